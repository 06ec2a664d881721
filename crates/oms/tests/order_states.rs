//! The scenarios of FIX Appendix D and of our own, step by step.

#![allow(clippy::unwrap_used)] // The helpers of a test may fail it.

use std::collections::BTreeMap;

use polyfolio_model::{
    CancelRejectReason, ExecId, ExecKind, Fill, OrdStatus, Price, Qty, RejectReason, RequestId,
    TimeInForce,
};
use polyfolio_oms::order_state::{OrderEvent, OrderNote, OrderState};
use serde_json::Value;

#[test]
fn every_scenario_of_the_check_data_holds() {
    let file: Value = serde_json::from_str(include_str!("data/order-states.json")).unwrap();
    let scenarios = file["scenarios"].as_array().unwrap();
    assert!(!scenarios.is_empty());
    for scenario in scenarios {
        play(scenario);
    }
}

fn play(scenario: &Value) {
    let mut requests = BTreeMap::new();
    let mut order = OrderState::new(qty(&scenario["qty"]), tif(&scenario["tif"]));
    for (n, step) in scenario["steps"].as_array().unwrap().iter().enumerate() {
        let at = format!("{} step {n}: {}", scenario["ref"], step["event"]);
        let notes = order.apply(&event(&step["event"], &mut requests));
        let expect = &step["expect"];
        if expect.is_null() {
            continue;
        }
        let status: OrdStatus = serde_json::from_value(expect["status"].clone()).unwrap();
        assert_eq!(order.status(), status, "{at}");
        assert_eq!(order.order_qty(), qty(&expect["qty"]), "{at}");
        assert_eq!(order.cum_qty(), qty(&expect["cum"]), "{at}");
        assert_eq!(order.leaves_qty(), qty(&expect["leaves"]), "{at}");
        if let Some(avg) = expect["avg"].as_f64() {
            let avg = polyfolio_model::convert::price(avg);
            assert_eq!(order.avg_px(), avg, "{at}");
        }
        if let Some(effect) = expect["effect"].as_str() {
            assert!(notes.iter().any(|note| is(note, effect)), "{at}: {notes:?}");
        }
    }
}

fn is(note: &OrderNote, effect: &str) -> bool {
    match effect {
        "duplicate" => *note == OrderNote::Duplicate,
        "late fill" => *note == OrderNote::LateFill,
        "overfill" => matches!(note, OrderNote::Overfill(_)),
        "early bust" => *note == OrderNote::EarlyBust,
        "void" => *note == OrderNote::Void,
        "stale" | "stale replace" => *note == OrderNote::Stale,
        "gap" => matches!(note, OrderNote::Gap { .. }),
        "resync" => *note == OrderNote::Resync,
        "unsolicited cancel" => *note == OrderNote::UnsolicitedCancel,
        "anomaly" => matches!(note, OrderNote::Anomaly(_)),
        "refused" => matches!(note, OrderNote::Refused(_)),
        other => panic!("the check data names an effect {other:?} that this test does not know"),
    }
}

fn event(json: &Value, requests: &mut BTreeMap<String, RequestId>) -> OrderEvent {
    let kind = match json["t"].as_str().unwrap() {
        "Submit" => return OrderEvent::Submitted,
        "RequestCancel" => return OrderEvent::CancelRequested(request(json, requests).unwrap()),
        "RequestReplace" => {
            let id = request(json, requests).unwrap();
            return OrderEvent::ReplaceRequested(id, qty(&json["qty"]));
        }
        "PendingNew" => ExecKind::PendingNew,
        "New" => ExecKind::New,
        "Rejected" => ExecKind::Rejected {
            reason: RejectReason::Other,
            text: String::new(),
        },
        "Trade" => ExecKind::Trade(fill(json)),
        "TradeCancel" => ExecKind::TradeCancel {
            exec_id: exec(&json["exec"]),
            reference: exec(&json["ref"]),
        },
        "TradeCorrect" => ExecKind::TradeCorrect {
            fill: fill(json),
            reference: exec(&json["ref"]),
        },
        "PendingCancel" => ExecKind::PendingCancel {
            request: request(json, requests).unwrap(),
        },
        "PendingReplace" => ExecKind::PendingReplace {
            request: request(json, requests).unwrap(),
        },
        "Canceled" => ExecKind::Canceled {
            request: request(json, requests),
            cum_qty: None,
        },
        "CancelReject" => ExecKind::CancelRejected {
            request: request(json, requests).unwrap(),
            reason: match json["reason"].as_str().unwrap() {
                "too late" => CancelRejectReason::TooLate,
                "unknown order" => CancelRejectReason::UnknownOrder,
                _ => CancelRejectReason::Other,
            },
        },
        "Replaced" => ExecKind::Replaced {
            request: request(json, requests),
            order_qty: qty(&json["qty"]),
            sequence: json["seq"].as_u64(),
        },
        "Expired" => ExecKind::Expired { cum_qty: None },
        "DoneForDay" => ExecKind::DoneForDay,
        "Restated" => ExecKind::Restated,
        "Suspended" => ExecKind::Suspended,
        "Resumed" => ExecKind::Resumed,
        "Stopped" => ExecKind::Stopped,
        "Status" => ExecKind::Status {
            cum_qty: qty(&json["cum"]),
        },
        other => panic!("the check data holds an event {other:?} that this test does not know"),
    };
    OrderEvent::Reported(kind)
}

/// The scenarios name requests by letters; ours are counted.
fn request(json: &Value, requests: &mut BTreeMap<String, RequestId>) -> Option<RequestId> {
    let name = json["req"].as_str()?;
    let next = RequestId(requests.len() as u64 + 1);
    Some(*requests.entry(name.to_owned()).or_insert(next))
}

fn fill(json: &Value) -> Fill {
    Fill {
        exec_id: exec(&json["exec"]),
        last_qty: qty(&json["qty"]),
        last_px: json["px"]
            .as_f64()
            .and_then(polyfolio_model::convert::price)
            .unwrap(),
        fee: None,
        liquidity: None,
    }
}

fn exec(json: &Value) -> ExecId {
    ExecId::new(json.as_str().unwrap())
}

fn qty(json: &Value) -> Qty {
    Qty::from(json.as_i64().unwrap())
}

fn tif(json: &Value) -> TimeInForce {
    match json.as_str().unwrap() {
        "DAY" => TimeInForce::Day,
        "GTC" => TimeInForce::GoodTillCancel,
        "IOC" | "FOK" => TimeInForce::ImmediateOrCancel,
        other => panic!("time in force {other:?}"),
    }
}

mod cases {
    //! What the scenarios leave out.

    use super::*;
    use polyfolio_model::Money;
    use polyfolio_oms::order_state::Refusal;

    fn working(order_qty: i64) -> OrderState {
        let mut order = OrderState::new(Qty::from(order_qty), TimeInForce::Day);
        order.apply(&OrderEvent::Submitted);
        order.apply(&OrderEvent::Reported(ExecKind::New));
        order
    }

    fn told(order: &mut OrderState, kind: ExecKind) -> Vec<OrderNote> {
        order.apply(&OrderEvent::Reported(kind))
    }

    fn traded(id: &str, qty: i64) -> Fill {
        Fill {
            exec_id: ExecId::new(id),
            last_qty: Qty::from(qty),
            last_px: Price::from(10),
            fee: None,
            liquidity: None,
        }
    }

    #[test]
    fn a_correction_of_a_trade_known_from_a_list_still_kills_the_old_one() {
        let mut order = working(100);
        told(&mut order, ExecKind::Trade(traded("a", 40)));
        told(&mut order, ExecKind::Trade(traded("b", 30)));
        let correct = ExecKind::TradeCorrect {
            fill: traded("b", 30),
            reference: ExecId::new("a"),
        };
        let notes = told(&mut order, correct);
        assert_eq!(notes, [OrderNote::Reversed(traded("a", 40))]);
        assert_eq!(order.cum_qty(), Qty::from(30));
    }

    #[test]
    fn the_fee_of_a_trade_may_come_before_with_or_after_it() {
        let fee = |fee: i64| ExecKind::Fee {
            exec_id: ExecId::new("a"),
            fee: Money::from(fee),
        };
        let with_fee = |fee| Fill {
            fee: Some(Money::from(fee)),
            ..traded("a", 40)
        };

        let mut before = working(100);
        assert_eq!(told(&mut before, fee(2)), []);
        let notes = told(&mut before, ExecKind::Trade(traded("a", 40)));
        assert_eq!(notes, [OrderNote::Booked(with_fee(2))]);

        let mut after = working(100);
        told(&mut after, ExecKind::Trade(with_fee(1)));
        let booked = OrderNote::FeeBooked {
            exec_id: ExecId::new("a"),
            fee: Money::from(1),
        };
        assert_eq!(told(&mut after, fee(2)), [booked]);
        assert_eq!(told(&mut after, fee(2)), [OrderNote::Duplicate]);
        assert_eq!(
            (before.fees(), after.fees()),
            (Money::from(2), Money::from(2))
        );

        let bust = ExecKind::TradeCancel {
            exec_id: ExecId::new("x"),
            reference: ExecId::new("a"),
        };
        assert_eq!(told(&mut after, bust), [OrderNote::Reversed(with_fee(2))]);
        assert_eq!(after.fees(), Money::ZERO);
    }

    #[test]
    fn a_close_report_keeps_room_for_the_fills_it_claims() {
        let mut order = working(100);
        let close = ExecKind::Canceled {
            request: None,
            cum_qty: Some(Qty::from(60)),
        };
        let gap = OrderNote::Gap { qty: Qty::from(60) };
        assert_eq!(told(&mut order, close), [OrderNote::UnsolicitedCancel, gap]);
        assert_eq!(order.exposure_qty(), Qty::from(60));
        told(&mut order, ExecKind::Trade(traded("a", 60)));
        assert_eq!(order.exposure_qty(), Qty::ZERO);
        assert!(order.is_closed());
    }

    #[test]
    fn a_replace_in_flight_counts_with_the_larger_quantity() {
        let mut order = working(100);
        told(&mut order, ExecKind::Trade(traded("a", 30)));
        order.apply(&OrderEvent::ReplaceRequested(RequestId(1), Qty::from(150)));
        assert_eq!(
            (order.leaves_qty(), order.exposure_qty()),
            (Qty::from(70), Qty::from(120))
        );
        order.apply(&OrderEvent::ReplaceRequested(RequestId(2), Qty::from(50)));
        assert_eq!(order.exposure_qty(), Qty::from(120));
    }

    #[test]
    fn an_order_disowned_in_answer_to_its_cancel_looks_rejected_but_frees_nothing() {
        let mut order = OrderState::new(Qty::from(100), TimeInForce::Day);
        order.apply(&OrderEvent::Submitted);
        order.apply(&OrderEvent::CancelRequested(RequestId(1)));
        let reject = ExecKind::CancelRejected {
            request: RequestId(1),
            reason: CancelRejectReason::UnknownOrder,
        };
        assert_eq!(told(&mut order, reject), [OrderNote::Resync]);
        assert_eq!(order.status(), OrdStatus::Rejected);
        assert_eq!(
            (order.leaves_qty(), order.exposure_qty()),
            (Qty::ZERO, Qty::from(100))
        );
        assert!(order.is_open(), "the cancel may have overtaken the submit");
        told(&mut order, ExecKind::New);
        assert_eq!(order.status(), OrdStatus::New);
    }

    #[test]
    fn replaces_take_effect_in_the_order_of_the_broker() {
        let mut order = working(100);
        let replaced = |request, order_qty: i64, sequence| ExecKind::Replaced {
            request: Some(RequestId(request)),
            order_qty: Qty::from(order_qty),
            sequence,
        };
        told(&mut order, replaced(2, 300, Some(2)));
        assert_eq!(
            told(&mut order, replaced(1, 200, Some(1))),
            [OrderNote::Stale]
        );
        assert_eq!(order.order_qty(), Qty::from(300));

        let mut order = working(100);
        told(&mut order, replaced(2, 300, None));
        assert_eq!(told(&mut order, replaced(1, 200, None)), [OrderNote::Stale]);
        assert_eq!(
            told(&mut order, replaced(2, 300, None)),
            [OrderNote::Duplicate]
        );
        assert_eq!(order.order_qty(), Qty::from(300));
    }

    #[test]
    fn a_cancel_may_be_repeated_under_its_own_request_only() {
        let mut order = working(100);
        let cancel = |n| OrderEvent::CancelRequested(RequestId(n));
        assert_eq!(order.apply(&cancel(1)), []);
        assert_eq!(order.apply(&cancel(1)), [OrderNote::Duplicate]);
        let refused = OrderNote::Refused(Refusal::CancelInFlight);
        assert_eq!(order.apply(&cancel(2)), [refused]);
        assert_eq!(order.requests_in_flight().count(), 1);
    }
}
