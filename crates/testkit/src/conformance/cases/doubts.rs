//! Orders whose fate is not known, and orders that are sent again.

use polyfolio_model::{ExecKind, OrdStatus, OrdType, Qty, RejectReason};
use polyfolio_ports::Command;

use crate::conformance::log::ends;
use crate::conformance::trial::{Trial, bought, facts};
use crate::conformance::{Act, Rig, Verdict};

/// What may be said of a repeat: that the first one is there, in whatever words.
fn is_evidence(kind: &ExecKind) -> bool {
    match kind {
        ExecKind::Rejected { reason, .. } => *reason == RejectReason::DuplicateClOrdId,
        _ => true,
    }
}

/// An order of 10 rests at the venue, once.
async fn is_one<R: Rig>(trial: &mut Trial<'_, R>, id: polyfolio_model::ClOrdId) {
    let facts = trial.listed(id).await;
    assert_eq!(
        (facts.status, facts.order_qty),
        (OrdStatus::New, Qty::from(10)),
        "{facts:?}"
    );
    assert_eq!(trial.rig.taken(id), 1);
    let said = trial.log.of(id);
    assert!(said.iter().all(|kind| is_evidence(kind)), "{said:?}");
}

pub(in crate::conformance) async fn c50_the_same_id_twice_is_one_order<R: Rig>(
    rig: &mut R,
) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let order = trial.resting_order(10);
    let id = trial.place(&order);
    trial.place(&order);
    trial
        .hear(id, "acknowledgement", |k| *k == ExecKind::New)
        .await;
    trial.place(&order);
    trial.snapshot().await;
    is_one(&mut trial, id).await;
    Ok(())
}

pub(in crate::conformance) async fn c51_the_same_id_after_a_restart_is_one_order<R: Rig>(
    rig: &mut R,
) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let order = trial.resting_order(10);
    let id = trial.place(&order);
    trial
        .hear(id, "acknowledgement", |k| *k == ExecKind::New)
        .await;
    trial.restart().await;
    trial.place(&order);
    trial
        .hear(id, "evidence that it is there", is_evidence)
        .await;
    is_one(&mut trial, id).await;
    Ok(())
}

pub(in crate::conformance) async fn c52_a_filled_order_again_buys_nothing<R: Rig>(
    rig: &mut R,
) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let order = trial.order(10, OrdType::Market);
    let id = trial.place(&order);
    trial.hear_traded(id, 10).await;
    for _ in 0..2 {
        trial.place(&order);
        trial.hear(id, "evidence", is_evidence).await;
        let snapshot = trial.snapshot().await;
        assert_eq!(bought(&snapshot, id), Qty::from(10));
        assert_eq!(trial.held(&snapshot), Qty::from(10));
        assert_eq!(trial.rig.taken(id), 1);
        assert!(trial.log.of(id).into_iter().all(is_evidence));
        trial.restart().await;
    }
    Ok(())
}

pub(in crate::conformance) async fn c53_an_order_lost_before_acceptance_is_absent_and_goes_again<
    R: Rig,
>(
    rig: &mut R,
) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let first = trial.rest(3).await;
    trial.act(Act::LoseNextOrder).await?;
    let order = trial.resting_order(10);
    let id = trial.place(&order);
    trial.ready_again().await;
    trial.rig.wait(trial.can().absence_horizon).await;
    for _ in 0..2 {
        let snapshot = trial.snapshot_at_last().await;
        assert_eq!(facts(&snapshot, id), []);
        assert_eq!(facts(&snapshot, first).len(), 1);
        trial.rig.wait(trial.can().propagation_lag).await;
    }
    assert_eq!(trial.rig.taken(id), 0);
    assert!(!trial.log.says(id, ends), "{:#?}", trial.log);
    trial.place(&order);
    trial
        .hear(id, "acknowledgement", |k| *k == ExecKind::New)
        .await;
    is_one(&mut trial, id).await;
    Ok(())
}

pub(in crate::conformance) async fn c54_an_order_whose_answer_was_lost_is_found<R: Rig>(
    rig: &mut R,
) -> Verdict {
    let mut trial = Trial::open(rig).await;
    trial.act(Act::LoseNextAnswer).await?;
    let order = trial.resting_order(10);
    let id = trial.place(&order);
    trial.ready_again().await;
    let snapshot = trial.snapshot_at_last().await;
    assert_eq!(facts(&snapshot, id).len(), 1, "{snapshot:#?}");
    // Somebody who could not look sends it again all the same.
    trial.must_send(Command::New(order));
    trial
        .hear(id, "evidence that it is there", is_evidence)
        .await;
    is_one(&mut trial, id).await;
    Ok(())
}

pub(in crate::conformance) async fn c55_ids_that_roll_back_are_not_used_again<R: Rig>(
    rig: &mut R,
) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let (old, older) = (trial.rest(10).await, trial.rest(10).await);
    let done = trial.filled(3).await;
    trial.act(Act::RollBackIds).await?;
    trial.restart().await;
    let new = trial.rest(10).await;
    for id in [old, older, new, done] {
        assert_eq!(trial.rig.taken(id), 1, "{id}");
    }
    trial.act(Act::Fill(new, Qty::from(10))).await?;
    trial.hear_traded(new, 10).await;
    let request = trial.cancel(old);
    trial.answer(request).await;
    let snapshot = trial.snapshot().await;
    for (id, status, traded) in [
        (old, OrdStatus::Canceled, 0),
        (older, OrdStatus::New, 0),
        (done, OrdStatus::Filled, 3),
        (new, OrdStatus::Filled, 10),
    ] {
        let [facts] = &facts(&snapshot, id)[..] else {
            panic!("{id}: {snapshot:#?}");
        };
        assert_eq!(facts.status, status, "{id}");
        assert_eq!(bought(&snapshot, id), Qty::from(traded), "{id}");
    }
    for id in [old, older] {
        assert_eq!(trial.log.traded(id), Qty::ZERO, "{:#?}", trial.log);
    }
    Ok(())
}

pub(in crate::conformance) async fn c56_a_former_process_orders_are_managed<R: Rig>(
    rig: &mut R,
) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let id = trial.rest(10).await;
    trial.restart().await;
    if trial.can().replaces {
        let price = trial.away(trial.low(), 1);
        let request = trial.replace(id, 8, Some(price));
        let answer = trial.answer(request).await;
        assert!(matches!(answer, ExecKind::Replaced { .. }), "{answer:?}");
        assert_eq!(trial.listed(id).await.order_qty, Qty::from(8));
    }
    let request = trial.cancel(id);
    let answer = trial.answer(request).await;
    assert!(matches!(answer, ExecKind::Canceled { .. }), "{answer:?}");
    assert_eq!(trial.rig.taken(id), 1);
    Ok(())
}
