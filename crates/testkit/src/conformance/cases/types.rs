//! Orders that wait for something.

use polyfolio_model::{ExecKind, NewOrder, OrdStatus, OrdType, Price, TimeInForce};

use crate::conformance::rig::Cannot;
use crate::conformance::trial::{Trial, facts};
use crate::conformance::{Rig, Verdict};

/// An order of a type that a venue need not take. One that takes none refuses it in words, and has
/// no such order: then the case ends here.
async fn special<R: Rig>(
    trial: &mut Trial<'_, R>,
    ord_type: OrdType,
    time_in_force: TimeInForce,
) -> Result<NewOrder, Cannot> {
    let mut order = trial.order(10, ord_type);
    order.time_in_force = time_in_force;
    let Some(cannot) = trial.rig.takes_none(ord_type, time_in_force) else {
        return Ok(order);
    };
    let id = trial.place(&order);
    let in_words = |kind: &ExecKind| match kind {
        ExecKind::Rejected { text, .. } => !text.trim().is_empty(),
        _ => false,
    };
    trial.hear(id, "rejection in words", in_words).await;
    let snapshot = trial.snapshot().await;
    let listed = facts(&snapshot, id);
    assert!(listed.iter().all(|order| !order.is_open()), "{listed:?}");
    assert_eq!(trial.rig.taken(id), 0, "it is an order at the venue");
    Err(cannot)
}

/// Places an order that waits, and looks whether it is listed at these prices.
async fn waits<R: Rig>(
    trial: &mut Trial<'_, R>,
    ord_type: OrdType,
    time_in_force: TimeInForce,
) -> Verdict {
    let order = special(trial, ord_type, time_in_force).await?;
    let id = trial.place(&order);
    trial
        .hear(id, "acknowledgement", |k| *k == ExecKind::New)
        .await;
    let facts = trial.listed(id).await;
    assert_eq!(facts.status, OrdStatus::New, "{facts:?}");
    assert_eq!(
        (facts.price, facts.trigger),
        (ord_type.limit(), ord_type.trigger())
    );
    let woke = |kind: &ExecKind| matches!(kind, ExecKind::Triggered | ExecKind::Trade(_));
    assert!(!trial.log.says(id, woke), "{:#?}", trial.log);
    Ok(())
}

pub(in crate::conformance) async fn c12_a_stop_waits<R: Rig>(rig: &mut R) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let trigger = trial.high();
    waits(
        &mut trial,
        OrdType::Stop(trigger),
        TimeInForce::GoodTillCancel,
    )
    .await
}

pub(in crate::conformance) async fn c13_a_stop_limit_waits<R: Rig>(rig: &mut R) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let trigger = trial.high();
    let limit: Price = trial.away(trigger, 5);
    let ord_type = OrdType::StopLimit { trigger, limit };
    waits(&mut trial, ord_type, TimeInForce::GoodTillCancel).await
}

pub(in crate::conformance) async fn c14_orders_at_the_close_rest<R: Rig>(rig: &mut R) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let high = trial.high();
    // Both would trade at once if they were for any other time.
    let mut verdict = Ok(());
    for ord_type in [OrdType::Market, OrdType::Limit(high)] {
        // One that is not taken says nothing of the other.
        let one = waits(&mut trial, ord_type, TimeInForce::AtTheClose).await;
        verdict = verdict.and(one);
    }
    verdict
}

pub(in crate::conformance) async fn c15_a_stop_behind_the_market_wakes<R: Rig>(
    rig: &mut R,
) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let low = trial.low();
    let order = special(&mut trial, OrdType::Stop(low), TimeInForce::GoodTillCancel).await?;
    let id = trial.place(&order);
    trial.hear_traded(id, 10).await;
    trial.snapshot().await;
    let kinds = trial.log.of(id);
    let woke = kinds.iter().position(|kind| **kind == ExecKind::Triggered);
    let traded = kinds
        .iter()
        .position(|kind| matches!(kind, ExecKind::Trade(_)));
    assert!(woke.is_some() && woke < traded, "{kinds:?}");
    Ok(())
}
