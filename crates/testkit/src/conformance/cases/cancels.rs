//! Cancels, and what fills meanwhile.

use polyfolio_model::{CancelRejectReason, ExecKind, OrdStatus, Qty, RequestId};
use polyfolio_ports::Command;

use crate::conformance::log::{Log, ends};
use crate::conformance::trial::{OURS, Trial};
use crate::conformance::{Act, Rig, Verdict};
use crate::orders::cl_ord_id;

/// What a confirmed cancel says has filled; nothing when it does not say.
fn cum_qty(answer: &ExecKind, asked: RequestId) -> Option<Qty> {
    match answer {
        ExecKind::Canceled { request, cum_qty } if *request == Some(asked) => *cum_qty,
        other => panic!("{other:?}"),
    }
}

fn is_refused(answer: &ExecKind, expect: CancelRejectReason) {
    match answer {
        ExecKind::CancelRejected { reason, .. } if *reason == expect => {}
        other => panic!("{other:?}, and {expect:?} is expected"),
    }
}

pub(in crate::conformance) async fn c16_a_cancel_says_whose_it_is_and_what_had_filled<R: Rig>(
    rig: &mut R,
) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let untouched = trial.rest(10).await;
    let request = trial.cancel(untouched);
    let answer = trial.answer(request).await;
    assert_eq!(cum_qty(&answer, request), Some(Qty::ZERO));
    let facts = trial.listed(untouched).await;
    assert_eq!(
        (facts.status, facts.cum_qty),
        (OrdStatus::Canceled, Qty::ZERO)
    );
    let id = trial.rest(10).await;
    trial.act(Act::Fill(id, Qty::from(3))).await?;
    trial.hear_traded(id, 3).await;
    let request = trial.cancel(id);
    let answer = trial.answer(request).await;
    assert_eq!(cum_qty(&answer, request), Some(Qty::from(3)));
    let facts = trial.listed(id).await;
    assert_eq!(
        (facts.status, facts.cum_qty),
        (OrdStatus::Canceled, Qty::from(3))
    );
    Ok(())
}

pub(in crate::conformance) async fn c17_a_cancel_of_an_unknown_order_is_refused_once<R: Rig>(
    rig: &mut R,
) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let request = trial.cancel(cl_ord_id(OURS, 99));
    let answer = trial.answer(request).await;
    is_refused(&answer, CancelRejectReason::UnknownOrder);
    Ok(())
}

pub(in crate::conformance) async fn c18_a_cancel_of_a_filled_order_is_refused_once<R: Rig>(
    rig: &mut R,
) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let id = trial.filled(10).await;
    let request = trial.cancel(id);
    let answer = trial.answer(request).await;
    is_refused(&answer, CancelRejectReason::TooLate);
    assert_eq!(trial.listed(id).await.status, OrdStatus::Filled);
    Ok(())
}

pub(in crate::conformance) async fn c19_a_cancel_of_a_canceled_order_is_refused_once<R: Rig>(
    rig: &mut R,
) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let id = trial.rest(10).await;
    let first = trial.cancel(id);
    trial.answer(first).await;
    let second = trial.cancel(id);
    let answer = trial.answer(second).await;
    is_refused(&answer, CancelRejectReason::TooLate);
    assert_eq!(trial.log.times(id, ends), 1, "{:#?}", trial.log);
    Ok(())
}

pub(in crate::conformance) async fn c20_a_part_that_fills_during_the_cancel_counts<R: Rig>(
    rig: &mut R,
) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let id = trial.rest(10).await;
    trial.act(Act::FillDuringCancel(id, Qty::from(4))).await?;
    let request = trial.cancel(id);
    let answer = trial.answer(request).await;
    let cum_qty = cum_qty(&answer, request);
    assert!(
        cum_qty.is_none_or(|cum| cum == Qty::from(4)),
        "{answer:?} of an order of which 4 had filled"
    );
    trial.hear_traded(id, 4).await;
    let facts = trial.listed(id).await;
    assert_eq!(
        (facts.status, facts.cum_qty),
        (OrdStatus::Canceled, Qty::from(4))
    );
    Ok(())
}

pub(in crate::conformance) async fn c21_an_order_that_fills_during_the_cancel_is_filled<R: Rig>(
    rig: &mut R,
) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let id = trial.rest(10).await;
    trial.act(Act::FillDuringCancel(id, Qty::from(10))).await?;
    let request = trial.cancel(id);
    trial.hear_traded(id, 10).await;
    let answer = trial.answer(request).await;
    is_refused(&answer, CancelRejectReason::TooLate);
    assert_eq!(trial.listed(id).await.status, OrdStatus::Filled);
    assert_eq!(trial.log.times(id, ends), 0, "{:#?}", trial.log);
    Ok(())
}

pub(in crate::conformance) async fn c22_a_fill_after_the_cancel_counts_within_settle<R: Rig>(
    rig: &mut R,
) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let id = trial.rest(10).await;
    trial.act(Act::FillAfterCancel(Qty::from(4))).await?;
    assert!(
        !trial.can().settle.is_zero(),
        "a venue that fills after a confirmed cancel promises that it does not"
    );
    let request = trial.cancel(id);
    let ended = trial
        .until("confirmation", |log: &Log| {
            log.answers(request).first().map(|kind| (*kind).clone())
        })
        .await;
    assert_eq!(cum_qty(&ended, request), Some(Qty::ZERO));
    trial.rig.wait(trial.can().settle).await;
    trial.hear_traded(id, 4).await;
    let snapshot = trial.snapshot().await;
    let bought = crate::conformance::trial::bought(&snapshot, id);
    assert_eq!(bought, Qty::from(4));
    assert_eq!(trial.held(&snapshot), Qty::from(4));
    assert_eq!(trial.log.times(id, ends), 1, "{:#?}", trial.log);
    Ok(())
}

pub(in crate::conformance) async fn c23_a_cancel_the_venue_refuses_leaves_the_order_working<
    R: Rig,
>(
    rig: &mut R,
) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let id = trial.rest(10).await;
    trial.act(Act::RejectNextCancel).await?;
    let request = trial.cancel(id);
    let answer = trial.answer(request).await;
    assert!(
        matches!(answer, ExecKind::CancelRejected { .. }),
        "{answer:?}"
    );
    assert!(trial.listed(id).await.is_open());
    let again = trial.cancel(id);
    let answer = trial.answer(again).await;
    assert_eq!(cum_qty(&answer, again), Some(Qty::ZERO));
    Ok(())
}

pub(in crate::conformance) async fn c24_a_cancel_that_is_repeated_ends_the_order_once<R: Rig>(
    rig: &mut R,
) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let id = trial.rest(10).await;
    let (first, second) = (RequestId(trial.count()), RequestId(trial.count()));
    for request in [first, second] {
        trial.must_send(Command::Cancel(id, request));
    }
    trial.hear(id, "end of the order", ends).await;
    let facts = trial.listed(id).await;
    assert_eq!(facts.status, OrdStatus::Canceled);
    trial.snapshot().await;
    assert_eq!(trial.log.times(id, ends), 1, "{:#?}", trial.log);
    for request in [first, second] {
        let answers = trial.log.answers(request).len();
        assert!(answers <= 1, "{:#?}", trial.log);
    }
    Ok(())
}
