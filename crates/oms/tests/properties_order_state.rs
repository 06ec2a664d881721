//! What holds for every order, whatever the broker says and in whatever order it says it.

use polyfolio_model::{
    CancelRejectReason, ExecId, ExecKind, Fill, Money, OrdStatus, Price, Qty, RejectReason,
    RequestId, Side, TimeInForce,
};
use polyfolio_oms::order_state::{OrderEvent, OrderNote, OrderState};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use rust_decimal::Decimal;

fn exec_id() -> impl Strategy<Value = ExecId> {
    (0..8u8).prop_map(|n| ExecId::new(format!("e{n}")))
}

fn request_id() -> impl Strategy<Value = RequestId> {
    (1..5u64).prop_map(RequestId)
}

fn quantity() -> impl Strategy<Value = Qty> {
    prop_oneof![
        20 => (1..150i64).prop_map(Qty::from),
        1 => Just(Qty::ZERO),
        1 => Just(Qty::from(-7)),
        1 => Just(Qty::MAX),
    ]
}

fn fill() -> impl Strategy<Value = Fill> {
    let fee = proptest::option::of((-3..10i64).prop_map(Money::from));
    (exec_id(), quantity(), -5..200i64, fee).prop_map(|(exec_id, last_qty, px, fee)| Fill {
        exec_id,
        last_qty,
        last_px: Price::from(px),
        fee,
        liquidity: None,
    })
}

fn execution() -> impl Strategy<Value = ExecKind> {
    prop_oneof![
        4 => fill().prop_map(ExecKind::Trade),
        1 => (exec_id(), exec_id())
            .prop_map(|(exec_id, reference)| ExecKind::TradeCancel { exec_id, reference }),
        1 => (fill(), exec_id())
            .prop_map(|(fill, reference)| ExecKind::TradeCorrect { fill, reference }),
        1 => (exec_id(), -3..10i64)
            .prop_map(|(exec_id, fee)| ExecKind::Fee { exec_id, fee: Money::from(fee) }),
    ]
}

fn cancel_reject_reason() -> impl Strategy<Value = CancelRejectReason> {
    use CancelRejectReason as R;
    select(vec![R::TooLate, R::UnknownOrder, R::Other])
}

fn other_report() -> impl Strategy<Value = ExecKind> {
    use ExecKind as K;
    let request = || proptest::option::of(request_id());
    let claim = || proptest::option::of(quantity());
    prop_oneof![
        select(vec![
            K::PendingNew,
            K::New,
            K::DoneForDay,
            K::Restated,
            K::Suspended,
            K::Resumed,
            K::Stopped,
            K::Triggered,
            K::Rejected {
                reason: RejectReason::Other,
                text: "no".to_owned()
            },
        ]),
        request_id().prop_map(|request| K::PendingCancel { request }),
        request_id().prop_map(|request| K::PendingReplace { request }),
        (request(), claim()).prop_map(|(request, cum_qty)| K::Canceled { request, cum_qty }),
        (request_id(), cancel_reject_reason())
            .prop_map(|(request, reason)| K::CancelRejected { request, reason }),
        (request(), quantity(), proptest::option::of(0..5u64)).prop_map(
            |(request, order_qty, sequence)| K::Replaced {
                request,
                order_qty,
                sequence
            }
        ),
        claim().prop_map(|cum_qty| K::Expired { cum_qty }),
        quantity().prop_map(|cum_qty| K::Status { cum_qty }),
    ]
}

fn event() -> impl Strategy<Value = OrderEvent> {
    prop_oneof![
        1 => Just(OrderEvent::Submitted),
        1 => request_id().prop_map(OrderEvent::CancelRequested),
        1 => (request_id(), quantity())
            .prop_map(|(id, qty)| OrderEvent::ReplaceRequested(id, qty)),
        4 => execution().prop_map(OrderEvent::Reported),
        4 => other_report().prop_map(OrderEvent::Reported),
    ]
}

fn time_in_force() -> impl Strategy<Value = TimeInForce> {
    use TimeInForce as T;
    select(vec![
        T::Day,
        T::GoodTillCancel,
        T::ImmediateOrCancel,
        T::AtTheClose,
    ])
}

fn order() -> impl Strategy<Value = OrderState> {
    (1..200i64, time_in_force()).prop_map(|(qty, tif)| OrderState::new(Qty::from(qty), tif))
}

fn log() -> impl Strategy<Value = Vec<OrderEvent>> {
    proptest::collection::vec(event(), 0..40)
}

/// What P2 compares.
type Sum = (OrdStatus, Qty, Qty, Option<Price>, Qty);

fn sum(order: &OrderState) -> Sum {
    (
        order.status(),
        order.cum_qty(),
        order.leaves_qty(),
        order.avg_px(),
        order.overfill(),
    )
}

fn played(mut order: OrderState, events: &[OrderEvent]) -> OrderState {
    for event in events {
        order.apply(event);
    }
    order
}

/// A life of an order in which every execution id is used once: two trades and more, of which some
/// are busted or corrected (corrections of corrections too), and the end of it.
fn orderly_reports() -> impl Strategy<Value = Vec<ExecKind>> {
    let trade = |n: usize, qty: i64, px: i64| Fill {
        exec_id: ExecId::new(format!("t{n}")),
        last_qty: Qty::from(qty),
        last_px: Price::from(px),
        fee: None,
        liquidity: None,
    };
    let shape = (1..80i64, 1..50i64, 0..4u8);
    let trades = proptest::collection::vec(shape, 1..6).prop_map(move |shapes| {
        let mut reports = vec![];
        for (n, (qty, px, fate)) in shapes.into_iter().enumerate() {
            let id = |suffix: &str| ExecId::new(format!("t{n}{suffix}"));
            reports.push(ExecKind::Trade(trade(n, qty, px)));
            if fate == 1 {
                reports.push(ExecKind::TradeCancel {
                    exec_id: id("x"),
                    reference: id(""),
                });
            }
            if fate >= 2 {
                let fill = Fill {
                    exec_id: id("c"),
                    ..trade(n, qty + 1, px)
                };
                reports.push(ExecKind::TradeCorrect {
                    fill,
                    reference: id(""),
                });
            }
            if fate == 3 {
                let fill = Fill {
                    exec_id: id("cc"),
                    ..trade(n, qty, px + 2)
                };
                reports.push(ExecKind::TradeCorrect {
                    fill,
                    reference: id("c"),
                });
            }
        }
        reports
    });
    let request = RequestId(1);
    let end = (0..4u8, cancel_reject_reason()).prop_map(move |(end, reason)| match end {
        0 => vec![],
        1 => vec![ExecKind::Canceled {
            request: Some(request),
            cum_qty: None,
        }],
        2 => vec![ExecKind::Expired { cum_qty: None }],
        _ => vec![ExecKind::CancelRejected { request, reason }],
    });
    let rest = subsequence(
        vec![ExecKind::New, ExecKind::PendingCancel { request }],
        0..=2,
    );
    (trades, end, rest).prop_map(|(trades, end, rest)| [trades, end, rest].concat())
}

fn with_a_permutation() -> impl Strategy<Value = (Vec<ExecKind>, Vec<ExecKind>)> {
    orderly_reports().prop_flat_map(|reports| {
        let shuffled = Just(reports.clone()).prop_shuffle();
        (Just(reports), shuffled)
    })
}

fn reported(kinds: &[ExecKind]) -> Vec<OrderEvent> {
    let requests = [
        OrderEvent::Submitted,
        OrderEvent::CancelRequested(RequestId(1)),
    ];
    requests
        .into_iter()
        .chain(kinds.iter().cloned().map(OrderEvent::Reported))
        .collect()
}

/// Cash that the notes book.
fn cash(side: Side, notes: &[OrderNote]) -> Decimal {
    let of = |fill: &Fill| {
        let amount = side.signed(fill.last_qty).get() * fill.last_px.get();
        -amount - fill.fee.map_or(Decimal::ZERO, Money::get)
    };
    let booked = |note: &OrderNote| match note {
        OrderNote::Booked(fill) => of(fill),
        OrderNote::Reversed(fill) => -of(fill),
        OrderNote::FeeBooked { fee, .. } => -fee.get(),
        _ => Decimal::ZERO,
    };
    notes.iter().map(booked).sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// P1, for executions: said twice is said once, now and later.
    #[test]
    fn an_execution_said_again_changes_nothing(
        order in order(), before in log(), kind in execution(), between in log(),
    ) {
        // A fee that was corrected in between is the one report whose repeat is news.
        prop_assume!(!matches!(kind, ExecKind::Fee { .. }));
        let event = OrderEvent::Reported(kind);
        let once = played(played(order, &before), std::slice::from_ref(&event));
        let once = played(once, &between);
        let mut twice = once.clone();
        let notes = twice.apply(&event);
        prop_assert_eq!(once, twice);
        prop_assert!(notes.iter().all(|n| !matches!(n, OrderNote::Booked(_) | OrderNote::Reversed(_))));
    }

    /// P2: the same reports in any order make the same order.
    #[test]
    fn reports_in_any_order_add_up_to_the_same(
        order in order(), (straight, shuffled) in with_a_permutation(),
    ) {
        let a = played(order.clone(), &reported(&straight));
        let b = played(order, &reported(&shuffled));
        prop_assert_eq!(sum(&a), sum(&b));
        prop_assert_eq!(a.exposure_qty(), b.exposure_qty());
    }

    /// P3 to P5, P7 and P8, after every event of any log.
    #[test]
    fn every_state_is_sound(mut order in order(), log in log()) {
        let mut over = false;
        let mut answered = vec![];
        for event in log {
            order.apply(&event);
            let (cum, leaves) = (order.cum_qty(), order.leaves_qty());
            prop_assert!(!leaves.is_negative());
            prop_assert!(leaves.is_zero() || cum + leaves == order.order_qty());
            prop_assert!(order.exposure_qty() >= leaves);
            if order.status() == OrdStatus::Filled {
                prop_assert!(leaves.is_zero());
            }
            over |= matches!(
                event,
                OrderEvent::Reported(
                    ExecKind::Canceled { .. } | ExecKind::Expired { .. } | ExecKind::Rejected { .. }
                )
            );
            if over {
                prop_assert!(leaves.is_zero() && order.is_closed() && !order.is_open());
            }
            let now: Vec<_> = order.requests_answered().collect();
            prop_assert!(answered.iter().all(|request| now.contains(request)));
            prop_assert!(order.requests_in_flight().all(|(request, _)| !now.contains(&request)));
            answered = now;
        }
    }

    /// P6: what the notes book is what the live executions cost.
    #[test]
    fn booked_cash_is_that_of_the_live_executions(
        mut order in order(), log in log(), side in select(vec![Side::Buy, Side::Sell]),
    ) {
        let absurd = |event: &OrderEvent| match event {
            OrderEvent::Reported(ExecKind::Trade(fill) | ExecKind::TradeCorrect { fill, .. }) => {
                fill.last_qty == Qty::MAX
            }
            _ => false,
        };
        let mut booked = Decimal::ZERO;
        for event in log.iter().filter(|event| !absurd(event)) {
            booked += cash(side, &order.apply(event));
        }
        let live: Vec<_> = order.fills().map(OrderNote::Booked).collect();
        prop_assert_eq!(booked, cash(side, &live));
    }

    /// P9: the log is the state, and the state reads back from its bytes.
    #[test]
    fn a_log_replayed_gives_the_state(order in order(), log in log()) {
        let once = played(order.clone(), &log);
        let again = played(order, &log);
        let bytes = serde_json::to_string(&once).unwrap();
        prop_assert_eq!(&bytes, &serde_json::to_string(&again).unwrap());
        prop_assert_eq!(serde_json::from_str::<OrderState>(&bytes).unwrap(), once);
    }

    /// A command that is refused leaves no trace.
    #[test]
    fn a_refused_command_changes_nothing(order in order(), log in log(), event in event()) {
        let before = played(order, &log);
        let mut after = before.clone();
        if after.apply(&event).iter().any(|note| matches!(note, OrderNote::Refused(_))) {
            prop_assert_eq!(before, after);
        }
    }

    /// What is called a duplicate left no trace: nobody needs to keep it.
    #[test]
    fn a_duplicate_changes_nothing(order in order(), log in log(), event in event()) {
        let mut state = played(order, &log);
        for _ in 0..2 {
            let before = state.clone();
            if state.apply(&event).contains(&OrderNote::Duplicate) {
                prop_assert_eq!(&before, &state);
            }
        }
    }
}
