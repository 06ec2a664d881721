//! Amounts that no amount can be, said by a broker or planned: not believed, said so, and nothing
//! ends the process or stands on record that does not read back.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod support;

use polyfolio_model::broker::Snapshot;
use polyfolio_model::{ExecKind, Fill, Money, OrdStatus, Price, Qty};
use polyfolio_oms::Event;
use polyfolio_oms::router::{Input, PlannedParent};
use rust_decimal::Decimal;
use support::*;

fn absurd() -> Qty {
    Qty::new(Decimal::MAX)
}

/// What the broker says of a working order is a break that names the field, and the instrument
/// stops; the order and the ledger are as they were.
fn not_believed(kind: ExecKind, field: &str) {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    let asked = desk.queries.len();
    desk.report(child(1), kind);
    let said = &desk.book().breaks()[0].message;
    assert!(
        said.contains(field) && said.contains("not believed"),
        "{said}"
    );
    assert!(desk.book().stopped().contains_key(SYMBOL));
    assert!(desk.queries.len() > asked, "how does it stand?");
    assert_eq!(desk.parent().cum_qty, Qty::ZERO);
    assert!(desk.book().ledger().positions().is_empty());
    assert!(desk.book().child(child(1)).unwrap().is_working());
    desk.trade(child(1), "E1", 4);
    assert_eq!(desk.parent().cum_qty, qty(4), "what can be believed counts");
    desk.pass(secs(1));
    let replayed = desk.crash(config());
    assert_eq!(replayed.book().breaks().len(), 1);
}

#[test]
fn a_report_of_an_absurd_amount_is_a_break() {
    let huge = |change: fn(&mut Fill)| {
        let mut fill = fill("E9", 1);
        change(&mut fill);
        ExecKind::Trade(fill)
    };
    let cum_qty = Some(absurd());
    not_believed(huge(|fill| fill.last_qty = -absurd()), "last_qty -79228");
    not_believed(
        huge(|fill| fill.last_px = Price::new(Decimal::MAX)),
        "last_px 79228",
    );
    not_believed(
        huge(|fill| fill.fee = Some(Money::new(Decimal::MAX))),
        "a fee 79228",
    );
    not_believed(ExecKind::Expired { cum_qty }, "cum_qty 79228");
    not_believed(ExecKind::Status { cum_qty: absurd() }, "cum_qty 79228");
    let replaced = ExecKind::Replaced {
        request: None,
        order_qty: absurd(),
        sequence: None,
    };
    not_believed(replaced, "order_qty 79228");
}

#[test]
fn a_snapshot_with_an_absurd_amount_is_a_failed_one() {
    let listed = listed(child(1), 10, 0, OrdStatus::New);
    let executed = executed(child(1), "E1", 4);
    let mut of_order = Snapshot {
        orders: vec![listed],
        ..Snapshot::default()
    };
    of_order.orders[0].cum_qty = absurd();
    let mut of_fill = Snapshot {
        fills: vec![executed],
        ..Snapshot::default()
    };
    of_fill.fills[0].fill.last_px = Price::new(Decimal::MAX);
    let positions = vec![("OTHER".into(), absurd())];
    let of_position = Snapshot {
        positions,
        ..Snapshot::default()
    };
    let of_cash = Snapshot {
        cash: Some(Money::new(Decimal::MAX)),
        ..Snapshot::default()
    };
    let of_nav = Snapshot {
        nav: Some(Money::new(Decimal::MAX)),
        ..Snapshot::default()
    };
    for (snapshot, what) in [
        (of_order, "order V-1: cum_qty 79228"),
        (of_fill, "execution E1: last_px 79228"),
        (of_position, "position OTHER: quantity 79228"),
        (of_cash, "cash 79228"),
        (of_nav, "nav 79228"),
    ] {
        let mut desk = Desk::new(config());
        desk.connect();
        desk.answer(snapshot);
        let reasons = desk.events.iter().filter_map(|event| match event {
            Event::SnapshotFailed { reason } => Some(reason.clone()),
            _ => None,
        });
        let reasons: Vec<String> = reasons.collect();
        assert!(
            reasons.len() == 1 && reasons[0].contains(what),
            "{reasons:?}"
        );
        assert!(!desk.book().is_opened() && !desk.router.is_synchronised());
        desk.pass(secs(2));
        desk.answer(Snapshot::default());
        assert!(desk.router.is_synchronised(), "it is asked for again");
    }
}

#[test]
fn a_plan_with_an_absurd_amount_is_not_begun() {
    let refused = |change: fn(&mut PlannedParent), what: &str| {
        let mut desk = Desk::new(config());
        desk.connect();
        desk.answer(Snapshot::default());
        desk.quote(99, 101);
        let mut parent = parent(limit());
        change(&mut parent);
        desk.take(Input::Plan(Box::new(plan(vec![parent]))));
        let reason = desk.events.iter().find_map(|event| match event {
            Event::PlanRefused { reason } => Some(reason.clone()),
            _ => None,
        });
        let reason = reason.unwrap();
        assert!(reason.contains(what), "{reason}");
        assert!(desk.book().run().is_none() && desk.sent.is_empty());
    };
    refused(
        |parent| parent.order_qty = absurd(),
        "order X: order_qty 79228",
    );
    refused(
        |parent| parent.order_qty = Qty::ZERO,
        "order X: order_qty 0",
    );
    refused(
        |parent| parent.wants[0].1 = absurd(),
        "order X: wants 79228",
    );
    let price = |parent: &mut PlannedParent| parent.decision_price = Some(Price::new(Decimal::MAX));
    refused(price, "order X: decision_price 79228");
    refused(
        |parent| parent.instrument.lot = absurd(),
        "order X: lot 79228",
    );
}
