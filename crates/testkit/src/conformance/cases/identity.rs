//! Whose an order is, and that it has arrived.

use std::collections::BTreeMap;

use polyfolio_model::{ExecId, ExecKind, Fill, OrdType, Qty};
use polyfolio_ports::Command;
use tokio::time::Instant;

use crate::conformance::log::Log;
use crate::conformance::trial::{OURS, Trial};
use crate::conformance::{Act, Rig, Verdict};
use crate::orders::cl_ord_id;

pub(in crate::conformance) async fn c01_reports_carry_our_ids<R: Rig>(rig: &mut R) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let rests = trial.rest(10).await;
    let filled = trial.filled(5).await;
    let listed = [trial.listed(rests).await, trial.listed(filled).await];
    for report in trial.log.executions() {
        let facts = listed
            .iter()
            .find(|facts| facts.cl_ord_id == Some(report.cl_ord_id));
        let Some(facts) = facts else {
            panic!("a report of an order that was not sent: {report:?}");
        };
        if let Some(venue_id) = &report.venue_id {
            assert_eq!(*venue_id, facts.venue_id, "{report:?}");
        }
    }
    assert_ne!(listed[0].venue_id, listed[1].venue_id);
    Ok(())
}

pub(in crate::conformance) async fn c02_foreign_orders_are_listed_and_not_owned<R: Rig>(
    rig: &mut R,
) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let own = trial.rest(10).await;
    trial.act(Act::PlaceForeignOrder).await?;
    let snapshot = trial.snapshot().await;
    let is_ours = |id: Option<polyfolio_model::ClOrdId>| id.is_some_and(|id| id.deployment == OURS);
    let foreign = snapshot.orders.iter().filter(|o| !is_ours(o.cl_ord_id));
    assert_eq!(foreign.count(), 1, "{snapshot:#?}");
    for report in trial.log.executions() {
        assert_eq!(report.cl_ord_id, own, "{report:?}");
    }
    Ok(())
}

pub(in crate::conformance) async fn c03_an_order_is_acknowledged_in_time<R: Rig>(
    rig: &mut R,
) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let order = trial.resting_order(10);
    let sent = Instant::now();
    let id = trial.place(&order);
    trial.hear(id, "word of the order", |_| true).await;
    let took = sent.elapsed();
    let allowed = trial.can().ack_timeout.to_std();
    assert!(took <= allowed, "{took:?}, and {allowed:?} is promised");
    trial
        .hear(id, "acknowledgement", |kind| *kind == ExecKind::New)
        .await;
    trial.snapshot().await;
    let acknowledged = trial.log.times(id, |kind| *kind == ExecKind::New);
    assert_eq!(acknowledged, 1, "{:#?}", trial.log);
    Ok(())
}

pub(in crate::conformance) async fn c04_a_query_says_how_an_order_stands<R: Rig>(
    rig: &mut R,
) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let filled = trial.filled(5).await;
    let rests = trial.rest(10).await;
    let trades = trial.log.trades(filled);
    let heard = trial.log.reports().len();
    trial.must_send(Command::Query(rests));
    let works = |kind: &ExecKind| match kind {
        ExecKind::New => true,
        ExecKind::Status { cum_qty } => cum_qty.is_zero(),
        _ => false,
    };
    let of = |log: &Log| log.after(heard).says(rests, works).then_some(());
    trial.until("word that the order works", of).await;
    trial.must_send(Command::Query(filled));
    let of = |log: &Log| {
        let traded = log.after(heard).traded(filled);
        (traded == Qty::from(5)).then_some(())
    };
    trial.until("the trades again", of).await;
    trial.snapshot().await;
    let again = trial.log.trades(filled);
    // A fee may have come since.
    let amounts = |trades: &BTreeMap<ExecId, Fill>| -> Vec<_> {
        let fills = trades.values();
        fills
            .map(|fill| (fill.exec_id.clone(), fill.last_qty, fill.last_px))
            .collect()
    };
    assert_eq!(amounts(&again), amounts(&trades), "{:#?}", trial.log);
    Ok(())
}

pub(in crate::conformance) async fn c05_a_query_of_an_unknown_order_proves_nothing<R: Rig>(
    rig: &mut R,
) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let never = cl_ord_id(OURS, 99);
    trial.must_send(Command::Query(never));
    trial.snapshot().await;
    let order = trial.order(5, OrdType::Market);
    let id = trial.place(&order);
    trial.hear_traded(id, 5).await;
    let said = trial.log.of(never);
    let is_nothing = |kind: &&ExecKind| match kind {
        ExecKind::Status { cum_qty } => cum_qty.is_zero(),
        _ => false,
    };
    assert!(said.iter().all(is_nothing), "{said:?}");
    Ok(())
}
