//! The executor: never above the room, and in the end what was decided.

#![allow(clippy::unwrap_used)] // The helpers of a test may fail it.

use polyfolio_execution::{Action, ChildView, Decision, Limits, Reason, reconcile, requote_due};
use polyfolio_model::{ClOrdId, OrdType, Price, Qty, Span, TimeInForce, Ts};
use proptest::prelude::*;

fn id(child: u32) -> ClOrdId {
    ClOrdId {
        deployment: 1,
        run: 1,
        parent: 1,
        child,
    }
}

fn at(secs: i64) -> Ts {
    Ts::from_nanos(0) + Span::from_secs(secs)
}

fn limit(price: i64) -> OrdType {
    OrdType::Limit(Price::from(price))
}

fn child(n: u32, leaves: i64, price: i64, sent: i64) -> ChildView {
    ChildView {
        cl_ord_id: id(n),
        leaves: Qty::from(leaves),
        ord_type: limit(price),
        sent_at: at(sent),
        cancel_pending: false,
        unknown: false,
    }
}

fn work(open_qty: i64, ord_type: OrdType) -> Decision {
    Decision::Work {
        open_qty: Qty::from(open_qty),
        ord_type,
        wake_at: None,
        reason: Reason::ModelQuote,
    }
}

fn limits(lot: i64, max_child: Option<i64>) -> Limits {
    Limits {
        max_child: max_child.map(Qty::from),
        requote_min: Span::from_secs(1),
        lot: Qty::from(lot),
        tick: Price::from(1),
        time_in_force: TimeInForce::Day,
    }
}

fn submit(qty: i64, ord_type: OrdType) -> Action {
    Action::Submit {
        qty: Qty::from(qty),
        ord_type,
        time_in_force: TimeInForce::Day,
    }
}

#[test]
fn a_child_away_from_the_price_is_canceled_after_its_pause_and_replaced_when_accounted() {
    let limits = limits(1, None);
    let decision = work(100, limit(50));
    let mut children = [child(1, 100, 49, 10)];
    let room = Qty::from(400);
    let early = at(10) + Span::from_millis(999);
    assert_eq!(reconcile(&decision, &children, room, &limits, early), []);
    assert_eq!(requote_due(&decision, &children, &limits), Some(at(11)));
    let cancel = [Action::Cancel(id(1))];
    assert_eq!(
        reconcile(&decision, &children, room, &limits, at(11)),
        cancel
    );
    children[0].cancel_pending = true;
    assert_eq!(reconcile(&decision, &children, room, &limits, at(12)), []);
    assert_eq!(requote_due(&decision, &children, &limits), None);
    let new = [submit(100, limit(50))];
    assert_eq!(
        reconcile(&decision, &[], Qty::from(500), &limits, at(12)),
        new
    );
}

#[test]
fn less_than_a_tick_is_the_same_price() {
    let half = OrdType::Limit("50.5".parse().unwrap());
    let children = [child(1, 100, 50, 0)];
    let (decision, room) = (work(100, half), Qty::ZERO);
    assert_eq!(
        reconcile(&decision, &children, room, &limits(1, None), at(9)),
        []
    );
    let no_grid = Limits {
        tick: Price::ZERO,
        ..limits(1, None)
    };
    let cancel = [Action::Cancel(id(1))];
    assert_eq!(
        reconcile(&decision, &children, room, &no_grid, at(9)),
        cancel
    );
}

#[test]
fn a_stop_is_told_from_other_orders_by_its_prices() {
    let price = |text: &str| text.parse::<Price>().unwrap();
    let stop = |text: &str| OrdType::Stop(price(text));
    let both = |trigger: &str, limit: &str| OrdType::StopLimit {
        trigger: price(trigger),
        limit: price(limit),
    };
    let cases = [
        (stop("50"), stop("50.5"), false),
        (stop("50"), stop("51"), true),
        (stop("50"), limit(50), true),
        (stop("50"), OrdType::Market, true),
        (stop("50"), both("50", "50"), true),
        (both("50", "49"), both("50.5", "49.5"), false),
        (both("50", "49"), both("51", "49"), true),
        (both("50", "49"), both("50", "48"), true),
        (both("50", "49"), limit(49), true),
    ];
    for (have, want, away) in cases {
        let mut working = child(1, 100, 50, 0);
        working.ord_type = have;
        let said = reconcile(
            &work(100, want),
            &[working],
            Qty::ZERO,
            &limits(1, None),
            at(9),
        );
        let expect = if away {
            vec![Action::Cancel(id(1))]
        } else {
            vec![]
        };
        assert_eq!(said, expect, "{have:?} and {want:?}");
    }
}

#[test]
fn too_much_is_canceled_newest_first() {
    let children = [
        child(1, 100, 50, 1),
        child(3, 40, 50, 3),
        child(2, 60, 50, 2),
    ];
    let cancels = [Action::Cancel(id(3)), Action::Cancel(id(2))];
    let limits = limits(1, None);
    assert_eq!(
        reconcile(&work(120, limit(50)), &children, Qty::ZERO, &limits, at(9)),
        cancels
    );
}

#[test]
fn an_unknown_child_counts_as_there() {
    let mut lost = child(1, 100, 50, 1);
    lost.unknown = true;
    let limits = limits(1, None);
    let room = Qty::from(300);
    assert_eq!(
        reconcile(&work(100, limit(55)), &[lost], room, &limits, at(99)),
        []
    );
    let more = [submit(50, limit(55))];
    assert_eq!(
        reconcile(&work(150, limit(55)), &[lost], room, &limits, at(99)),
        more
    );
}

#[test]
fn children_are_whole_lots_but_for_the_tail_of_the_parent() {
    let limits = limits(10, Some(100));
    let sent = |open: i64, room: i64| {
        reconcile(
            &work(open, OrdType::Market),
            &[],
            Qty::from(room),
            &limits,
            at(0),
        )
    };
    assert_eq!(sent(250, 250), [submit(100, OrdType::Market)]);
    assert_eq!(sent(47, 250), [submit(40, OrdType::Market)]);
    assert_eq!(sent(47, 47), [submit(47, OrdType::Market)]);
    assert_eq!(sent(7, 250), []);
}

#[test]
fn a_sweep_takes_resting_children_off_at_once() {
    let children = [child(1, 100, 50, 10)];
    let decision = work(100, OrdType::Market);
    let cancel = [Action::Cancel(id(1))];
    assert_eq!(
        reconcile(&decision, &children, Qty::ZERO, &limits(1, None), at(10)),
        cancel
    );
}

#[test]
fn waiting_leaves_things_as_they_are_and_idling_clears_them() {
    let children = [child(1, 100, 50, 1), child(2, 10, 51, 1)];
    let (wake_at, limits) = (None, limits(1, None));
    let sent = |decision| reconcile(&decision, &children, Qty::from(500), &limits, at(9));
    assert_eq!(
        sent(Decision::Wait {
            wake_at,
            reason: Reason::NoQuote
        }),
        []
    );
    let idle = sent(Decision::Idle {
        wake_at,
        reason: Reason::Deadline,
    });
    assert_eq!(idle, [Action::Cancel(id(1)), Action::Cancel(id(2))]);
}

fn any_child() -> impl Strategy<Value = ChildView> {
    let flags = (any::<bool>(), 0..5u8);
    (0..50i64, 45..55i64, 0..20i64, flags).prop_map(|(leaves, price, sent, flags)| ChildView {
        cancel_pending: flags.0,
        unknown: flags.1 == 0,
        ..child(0, leaves, price, sent)
    })
}

fn any_children() -> impl Strategy<Value = Vec<ChildView>> {
    proptest::collection::vec(any_child(), 0..6).prop_map(|mut children| {
        for (n, child) in (1..).zip(&mut children) {
            child.cl_ord_id = id(n);
        }
        children
    })
}

fn any_type() -> impl Strategy<Value = OrdType> {
    prop_oneof![4 => (45..55i64).prop_map(limit), 1 => Just(OrdType::Market)]
}

fn any_limits() -> impl Strategy<Value = Limits> {
    (0..7i64, proptest::option::of(1..60i64)).prop_map(|(lot, max)| limits(lot, max))
}

proptest! {
    /// The exposure rule, as far as it lies with the executor: one submit at most, within the room
    /// and the difference; and only what works is canceled, once.
    #[test]
    fn nothing_is_submitted_above_the_room(
        children in any_children(), open in 1..200i64, ord_type in any_type(),
        room in 0..200i64, limits in any_limits(), now in 0..30i64,
    ) {
        let actions =
            reconcile(&work(open, ord_type), &children, Qty::from(room), &limits, at(now));
        let there: Qty = children.iter().map(|c| c.leaves).sum();
        let mut canceled = vec![];
        let mut submits = 0;
        for action in actions {
            match action {
                Action::Submit { qty, .. } => {
                    submits += 1;
                    prop_assert!(qty.is_positive() && qty <= Qty::from(room));
                    prop_assert!(qty + there <= Qty::from(open));
                    prop_assert!(limits.max_child.is_none_or(|most| qty <= most));
                    prop_assert!(qty.is_in_lots(limits.lot) || qty == Qty::from(room));
                }
                Action::Cancel(cl_ord_id) => {
                    let child = children.iter().find(|c| c.cl_ord_id == cl_ord_id).unwrap();
                    prop_assert!(!child.cancel_pending && !child.unknown);
                    prop_assert!(!canceled.contains(&cl_ord_id));
                    canceled.push(cl_ord_id);
                }
            }
        }
        prop_assert!(submits <= 1);
    }

    /// With a venue that does what it is told, a few rounds leave exactly what was decided, and
    /// then there is nothing more to say.
    #[test]
    fn a_working_venue_ends_at_the_decision(
        mut children in any_children(), open in 1..200i64, ord_type in any_type(),
        spare in 0..100i64, max_child in 1..60i64,
    ) {
        children.iter_mut().for_each(|child| child.unknown = false);
        let limits = limits(1, Some(max_child));
        let decision = work(open, ord_type);
        let total = Qty::from(open + spare) + children.iter().map(|c| c.leaves).sum();
        let mut next = 100;
        for round in 30.. {
            let room = total - children.iter().map(|c| c.leaves).sum();
            let actions = reconcile(&decision, &children, room, &limits, at(round));
            children.retain(|c| !c.cancel_pending && !actions.contains(&Action::Cancel(c.cl_ord_id)));
            for action in &actions {
                if let Action::Submit { qty, ord_type, .. } = action {
                    next += 1;
                    let leaves = *qty;
                    children.push(ChildView { leaves, ord_type: *ord_type, ..child(next, 0, 0, round) });
                }
            }
            if actions.is_empty() && children.iter().map(|c| c.leaves).sum::<Qty>() == Qty::from(open) {
                break;
            }
            prop_assert!(round < 300, "not settled: {:?}", children);
        }
        prop_assert!(children.iter().all(|c| c.leaves.is_zero() || c.ord_type == ord_type));
    }
}
