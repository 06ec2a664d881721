//! Orders that are refused, and why.

use polyfolio_model::{ClOrdId, ExecKind, NewOrder, OrdType, Price, RejectReason, TimeInForce};

use crate::conformance::trial::{Trial, facts};
use crate::conformance::{Act, Rig, Verdict};

fn reason(kind: &ExecKind) -> Option<(RejectReason, String)> {
    match kind {
        ExecKind::Rejected { reason, text } => Some((*reason, text.clone())),
        _ => None,
    }
}

/// Sends an order and hears why it is refused: once, in words, and for good.
async fn refused<R: Rig>(trial: &mut Trial<'_, R>, order: &NewOrder) -> RejectReason {
    let id = trial.place(order);
    let (why, text) = trial
        .until("rejection", |log| log.of(id).into_iter().find_map(reason))
        .await;
    assert!(!text.trim().is_empty(), "{why:?} without a word");
    let snapshot = trial.snapshot().await;
    let listed = facts(&snapshot, id);
    assert!(listed.iter().all(|order| !order.is_open()), "{listed:?}");
    let times = trial.log.times(id, |kind| reason(kind).is_some());
    assert_eq!(times, 1, "{:#?}", trial.log);
    // The next order is nobody's business but its own.
    trial.rest(1).await;
    why
}

fn none_taken<R: Rig>(trial: &mut Trial<'_, R>, id: ClOrdId) {
    assert_eq!(trial.rig.taken(id), 0, "it is an order at the venue");
}

pub(in crate::conformance) async fn c32_a_price_off_the_grid_is_a_tick<R: Rig>(
    rig: &mut R,
) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let half = trial.market.tick.get() / rust_decimal::Decimal::TWO;
    let off = Price::new(trial.low().get() + half);
    let order = trial.order(10, OrdType::Limit(off));
    assert_eq!(refused(&mut trial, &order).await, RejectReason::Tick);
    none_taken(&mut trial, order.cl_ord_id);
    Ok(())
}

pub(in crate::conformance) async fn c33_an_unknown_instrument_is_named<R: Rig>(
    rig: &mut R,
) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let mut order = trial.resting_order(10);
    order.instrument = trial.market.unknown.clone();
    let why = refused(&mut trial, &order).await;
    assert_eq!(why, RejectReason::UnknownInstrument);
    none_taken(&mut trial, order.cl_ord_id);
    Ok(())
}

async fn refused_by_the_venue<R: Rig>(rig: &mut R, expect: RejectReason) -> Verdict {
    let mut trial = Trial::open(rig).await;
    trial.act(Act::RejectNextOrder(expect)).await?;
    let order = trial.resting_order(10);
    assert_eq!(refused(&mut trial, &order).await, expect);
    Ok(())
}

pub(in crate::conformance) async fn c34_no_funds<R: Rig>(rig: &mut R) -> Verdict {
    refused_by_the_venue(rig, RejectReason::InsufficientFunds).await
}

pub(in crate::conformance) async fn c35_market_closed<R: Rig>(rig: &mut R) -> Verdict {
    refused_by_the_venue(rig, RejectReason::MarketClosed).await
}

pub(in crate::conformance) async fn c36_any_other_refusal<R: Rig>(rig: &mut R) -> Verdict {
    refused_by_the_venue(rig, RejectReason::Other).await
}

pub(in crate::conformance) async fn c37_a_stop_at_the_close_is_refused<R: Rig>(
    rig: &mut R,
) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let high = trial.high();
    let mut order = trial.order(10, OrdType::Stop(high));
    order.time_in_force = TimeInForce::AtTheClose;
    refused(&mut trial, &order).await;
    none_taken(&mut trial, order.cl_ord_id);
    Ok(())
}
