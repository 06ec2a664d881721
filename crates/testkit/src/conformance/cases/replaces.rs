//! New terms.

use polyfolio_model::{CancelRejectReason, ExecKind, OrdStatus, Qty};

use crate::conformance::rig::Cannot;
use crate::conformance::trial::{OURS, Trial};
use crate::conformance::{Act, Rig, Verdict};
use crate::orders::cl_ord_id;

/// A session with a broker whose orders can be given new terms.
async fn open<R: Rig>(rig: &mut R) -> Result<Trial<'_, R>, Cannot> {
    let trial = Trial::open(rig).await;
    match trial.can().replaces {
        true => Ok(trial),
        false => Err(Cannot("orders cannot be given new terms".to_owned())),
    }
}

fn in_force(answer: &ExecKind) -> Qty {
    match answer {
        ExecKind::Replaced { order_qty, .. } => *order_qty,
        other => panic!("{other:?}"),
    }
}

fn refused(answer: &ExecKind) -> CancelRejectReason {
    match answer {
        ExecKind::CancelRejected { reason, .. } => *reason,
        other => panic!("{other:?}"),
    }
}

pub(in crate::conformance) async fn c25_new_terms_are_totals<R: Rig>(rig: &mut R) -> Verdict {
    let mut trial = open(rig).await?;
    let id = trial.rest(10).await;
    trial.act(Act::Fill(id, Qty::from(3))).await?;
    trial.hear_traded(id, 3).await;
    let request = trial.replace(id, 5, None);
    let answer = trial.answer(request).await;
    assert_eq!(in_force(&answer), Qty::from(5));
    let facts = trial.listed(id).await;
    assert_eq!(
        (facts.order_qty, facts.cum_qty),
        (Qty::from(5), Qty::from(3))
    );
    // As much as there is, which is two.
    trial.act(Act::Fill(id, Qty::from(7))).await?;
    trial.hear_traded(id, 5).await;
    let facts = trial.listed(id).await;
    assert_eq!(
        (facts.status, facts.cum_qty),
        (OrdStatus::Filled, Qty::from(5))
    );
    Ok(())
}

pub(in crate::conformance) async fn c26_a_new_price_is_in_force<R: Rig>(rig: &mut R) -> Verdict {
    let mut trial = open(rig).await?;
    let id = trial.rest(10).await;
    let price = trial.away(trial.low(), 1);
    let request = trial.replace(id, 12, Some(price));
    let answer = trial.answer(request).await;
    assert_eq!(in_force(&answer), Qty::from(12));
    let facts = trial.listed(id).await;
    assert_eq!((facts.order_qty, facts.price), (Qty::from(12), Some(price)));
    assert_eq!(trial.rig.taken(id), 1);
    // To where the market is: it trades there.
    let ask = trial.market.ask;
    let request = trial.replace(id, 12, Some(ask));
    trial.hear_traded(id, 12).await;
    assert_eq!(in_force(&trial.answer(request).await), Qty::from(12));
    Ok(())
}

pub(in crate::conformance) async fn c27_new_terms_for_an_unknown_order_are_refused<R: Rig>(
    rig: &mut R,
) -> Verdict {
    let mut trial = open(rig).await?;
    let low = trial.low();
    let request = trial.replace(cl_ord_id(OURS, 99), 5, Some(low));
    let answer = trial.answer(request).await;
    assert_eq!(refused(&answer), CancelRejectReason::UnknownOrder);
    Ok(())
}

pub(in crate::conformance) async fn c28_new_terms_for_a_done_order_are_refused<R: Rig>(
    rig: &mut R,
) -> Verdict {
    let mut trial = open(rig).await?;
    let limit = trial.market.ask;
    let order = trial.order(10, polyfolio_model::OrdType::Limit(limit));
    let id = trial.place(&order);
    trial.hear_traded(id, 10).await;
    let request = trial.replace(id, 12, Some(limit));
    let answer = trial.answer(request).await;
    assert_eq!(refused(&answer), CancelRejectReason::TooLate);
    assert_eq!(trial.listed_trades(id).await, Qty::from(10));
    assert_eq!(trial.rig.taken(id), 1);
    Ok(())
}

pub(in crate::conformance) async fn c29_new_terms_off_the_grid_leave_the_old_ones<R: Rig>(
    rig: &mut R,
) -> Verdict {
    let mut trial = open(rig).await?;
    let id = trial.rest(10).await;
    let half = trial.market.tick.get() / rust_decimal::Decimal::TWO;
    let off = polyfolio_model::Price::new(trial.low().get() + half);
    let request = trial.replace(id, 12, Some(off));
    let answer = trial.answer(request).await;
    refused(&answer);
    let facts = trial.listed(id).await;
    assert!(facts.is_open(), "{facts:?}");
    assert_eq!(
        (facts.order_qty, facts.price),
        (Qty::from(10), Some(trial.low()))
    );
    Ok(())
}
