//! Orders that wait for something.

use polyfolio_model::{ClOrdId, ExecKind, OrdStatus, OrdType, Price, TimeInForce};

use crate::conformance::trial::Trial;
use crate::conformance::{Rig, Verdict};

/// Places an order that waits, and looks whether it is listed at these prices.
async fn waits<R: Rig>(
    trial: &mut Trial<'_, R>,
    ord_type: OrdType,
    time_in_force: TimeInForce,
) -> ClOrdId {
    let mut order = trial.order(10, ord_type);
    order.time_in_force = time_in_force;
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
    id
}

pub(in crate::conformance) async fn c12_a_stop_waits<R: Rig>(rig: &mut R) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let trigger = trial.high();
    waits(
        &mut trial,
        OrdType::Stop(trigger),
        TimeInForce::GoodTillCancel,
    )
    .await;
    Ok(())
}

pub(in crate::conformance) async fn c13_a_stop_limit_waits<R: Rig>(rig: &mut R) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let trigger = trial.high();
    let limit: Price = trial.away(trigger, 5);
    let ord_type = OrdType::StopLimit { trigger, limit };
    waits(&mut trial, ord_type, TimeInForce::GoodTillCancel).await;
    Ok(())
}

pub(in crate::conformance) async fn c14_orders_at_the_close_rest<R: Rig>(rig: &mut R) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let high = trial.high();
    // Both would trade at once if they were for any other time.
    for ord_type in [OrdType::Market, OrdType::Limit(high)] {
        waits(&mut trial, ord_type, TimeInForce::AtTheClose).await;
    }
    Ok(())
}

pub(in crate::conformance) async fn c15_a_stop_behind_the_market_wakes<R: Rig>(
    rig: &mut R,
) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let low = trial.low();
    let order = trial.order(10, OrdType::Stop(low));
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
