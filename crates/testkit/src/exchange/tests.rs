use super::*;
use crate::scenario::Doing;
use polyfolio_model::{OrdStatus, OrdType, RejectReason, Side, TimeInForce};

/// How many orders two submits of one id make where ids are unique in `scope`.
fn check_scope(scope: DuplicateScope, expect: u32) {
    let mut scenario = Scenario::draw(1);
    scenario.character.capabilities.duplicates = scope;
    let now = Scenario::start();
    let mut exchange = Exchange::open(&scenario, now).unwrap();
    let order = far_away(&scenario);
    let id = order.cl_ord_id;
    exchange.submit(order.clone(), now, Late::default());
    let heard = exchange.submit(order, now, Late::default());
    let refused = heard.iter().any(|heard| {
        let Heard::Report(_, report) = heard else {
            return false;
        };
        assert_eq!(report.cl_ord_id, id, "whatever its name inside");
        let reason = RejectReason::DuplicateClOrdId;
        matches!(&report.kind, ExecKind::Rejected { reason: r, .. } if *r == reason)
    });
    assert_eq!(exchange.accepted_copies(id), expect, "{scope:?}");
    assert_eq!(refused, expect == 1, "{scope:?}");
}

/// An order that rests for ever.
fn far_away(scenario: &Scenario) -> NewOrder {
    NewOrder {
        cl_ord_id: ClOrdId {
            deployment: scenario.deployment,
            run: 1,
            parent: 1,
            child: 1,
        },
        instrument: scenario.closes[0].0.clone(),
        side: Side::Buy,
        order_qty: Qty::from(5),
        ord_type: OrdType::Limit("0.01".parse().unwrap()),
        time_in_force: TimeInForce::Day,
    }
}

#[test]
fn ids_are_unique_as_far_as_the_venue_says() {
    check_scope(DuplicateScope::Forever, 1);
    check_scope(DuplicateScope::WhileOpen, 1);
    check_scope(DuplicateScope::Never, 2);
}

#[test]
fn an_order_can_be_between_two_lists() {
    let scenario = Scenario::draw(1);
    let now = Scenario::start();
    let mut exchange = Exchange::open(&scenario, now).unwrap();
    let order = far_away(&scenario);
    let id = order.cl_ord_id;
    exchange.submit(order, now, Late::default());
    let later = now + Span::from_secs(1);
    exchange.cancel(id, RequestId(1), later);
    let listed = |open, done| {
        let as_of = AsOf {
            open,
            done,
            fills: now,
            account: now,
            back_to: None,
        };
        let orders = exchange.lists().snapshot(as_of).orders;
        orders.first().map(|order| order.status)
    };
    assert_eq!(listed(now, now), Some(OrdStatus::New));
    assert_eq!(listed(later, later), Some(OrdStatus::Canceled));
    assert_eq!(listed(later, now), None);
}

#[test]
fn a_bust_takes_an_execution_off_the_account_and_says_so() {
    let scenario = Scenario::draw(1);
    let now = Scenario::start();
    let mut exchange = Exchange::open(&scenario, now).unwrap();
    let before = (exchange.positions(), exchange.cash());
    let mut order = far_away(&scenario);
    order.ord_type = OrdType::Market;
    let id = order.cl_ord_id;
    exchange.submit(order, now, Late::default());
    exchange.advance(now + Span::from_secs(60), Late::default());
    let fills = exchange.lists().executions().count();
    assert!(fills > 0 && exchange.exposure(id) == Some(Qty::from(5)));
    let later = now + Span::from_secs(61);
    let mut said = 0;
    for _ in 0..fills {
        let heard = exchange.by_itself(Doing::Bust, 0.0, |_, _| true, later);
        let is_bust = |heard: &&Heard| matches!(heard, Heard::Report(_, r) if matches!(r.kind, ExecKind::TradeCancel { .. }));
        said += heard.iter().filter(is_bust).count();
    }
    assert_eq!(said, fills);
    assert_eq!((exchange.positions(), exchange.cash()), before);
    assert_eq!(exchange.exposure(id), Some(Qty::ZERO));
    assert_eq!(exchange.restated().len(), fills, "and says it again");
}
