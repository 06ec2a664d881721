//! Our orders, message by message: each fact is one report, whatever comes first.

use ibapi::Notice;
use ibapi::contracts::Contract;
use ibapi::orders::{CommissionReport, Execution, ExecutionData, Order, OrderState};
use polyfolio_model::{
    CancelRejectReason, NewOrder, OrdType, Price, RejectReason, Side, TimeInForce,
};
use proptest::prelude::*;

use super::*;
use crate::codes::{CODES, Code, Meaning};
use crate::refusals;

const US: i32 = 7;

fn id(child: u32) -> ClOrdId {
    ClOrdId {
        deployment: 1,
        run: 1,
        parent: 1,
        child,
    }
}

/// A blotter, its ids, and a time that moves when it is told to.
struct Room {
    blotter: Blotter,
    ids: Ids,
    host: Ts,
    _dir: tempfile::TempDir,
}

impl Room {
    /// With orders 1 and 2 submitted, as order ids 1 and 2.
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (mut ids, _) = Ids::open(dir.path(), US).unwrap();
        ids.assign(&[id(1), id(2)]).unwrap();
        let mut blotter = Blotter {
            desk: Desk {
                client_id: US,
                account: "DU1".into(),
                zone: Zone::default(),
                base_currency: Some("USD".into()),
            },
            ..Blotter::default()
        };
        for child in [1, 2] {
            blotter.submitting(id(child), terms(10));
        }
        Self {
            blotter,
            ids,
            host: Ts::from_nanos(0),
            _dir: dir,
        }
    }

    fn now(&self) -> Now {
        let wall = "2022-12-01T21:00:05Z".parse().unwrap();
        let host = self.host;
        Now { wall, host }
    }

    fn follow(&mut self, heard: Vec<Heard>) -> Vec<String> {
        let mut said = Vec::new();
        for heard in heard {
            match heard {
                Heard::Perm(id, perm_id) => self.ids.learn(id, perm_id).unwrap(),
                Heard::OrderId(id, order_id) => self.ids.adopt(id, order_id).unwrap(),
                Heard::Seen(order_id) => self.ids.raise(order_id),
                Heard::Report(report) => said.push(words(&report)),
                Heard::Tell(notice) => said.push(format!("{:?}", notice.level)),
                Heard::Look(id) => said.push(format!("look for {}", id.child)),
                Heard::IdUsed(id) => said.push(format!("id of {} used", id.child)),
            }
        }
        said
    }

    fn hears(&mut self, update: OrderUpdate, expect: &[&str]) {
        let now = self.now();
        let heard = self.blotter.hear(&update, &self.ids, now);
        assert_eq!(self.follow(heard), expect);
    }

    fn is_told(&mut self, order_id: i32, code: i32, text: &str, expect: &[&str]) {
        let said = self.told(order_id, code, text);
        assert_eq!(said, expect, "{code}");
    }

    fn told(&mut self, order_id: i32, code: i32, text: &str) -> Vec<String> {
        let notice = Notice {
            request_id: Some(order_id),
            code,
            message: text.to_owned(),
            error_time: None,
            advanced_order_reject_json: String::new(),
        };
        let now = self.now();
        let heard = refusals::hear(&mut self.blotter, &notice, &self.ids, now);
        self.follow(heard)
    }

    /// So much later, what is overdue.
    fn later(&mut self, seconds: i64, expect: &[&str]) {
        self.host = self.host + Span::from_secs(seconds);
        let now = self.now();
        let heard = self.blotter.tick(now);
        assert_eq!(self.follow(heard), expect);
    }
}

fn words(report: &ExecutionReport) -> String {
    let child = report.cl_ord_id.child;
    let what = match &report.kind {
        ExecKind::Trade(fill) => {
            let fee = fill.fee.map_or(String::new(), |fee| format!(" for {fee}"));
            format!("trade {} at {}{fee}", fill.last_qty, fill.last_px)
        }
        ExecKind::TradeCorrect { fill, reference } => {
            format!(
                "correct {reference} to {} at {}",
                fill.last_qty, fill.last_px
            )
        }
        ExecKind::Fee { fee, .. } => format!("fee {fee}"),
        ExecKind::Canceled { request, cum_qty } => format!(
            "canceled for {:?}, {:?}",
            request.map(|r| r.0),
            cum_qty.map(|q| q.to_string())
        ),
        ExecKind::Rejected { reason, .. } => format!("rejected {reason:?}"),
        ExecKind::CancelRejected { request, reason } => format!("{request} refused {reason:?}"),
        ExecKind::PendingCancel { request } => format!("pending cancel {request}"),
        ExecKind::Replaced { order_qty, .. } => format!("replaced {order_qty}"),
        ExecKind::Status { cum_qty } => format!("stands at {cum_qty}"),
        other => format!("{other:?}"),
    };
    format!("{child} {what}")
}

fn terms(quantity: i64) -> Terms {
    let order = NewOrder {
        cl_ord_id: id(1),
        instrument: "AAA".into(),
        side: Side::Buy,
        order_qty: Qty::from(quantity),
        ord_type: OrdType::Limit(Price::from(99)),
        time_in_force: TimeInForce::Day,
    };
    Terms::of(&order, Contract::stock("AAA").build(), false)
}

fn open(child: u32, quantity: f64, price: f64, status: OrderStatusKind) -> OrderUpdate {
    OrderUpdate::OpenOrder(OrderData {
        order_id: child as i32,
        order: Order {
            client_id: US,
            perm_id: 900 + i64::from(child),
            order_ref: id(child).to_string(),
            total_quantity: quantity,
            order_type: "LMT".into(),
            limit_price: Some(price),
            ..Order::default()
        },
        order_state: OrderState {
            status,
            ..OrderState::default()
        },
        ..OrderData::default()
    })
}

fn status(order_id: i32, perm_id: i64, status: OrderStatusKind, filled: f64) -> OrderUpdate {
    OrderUpdate::OrderStatus(OrderStatus {
        order_id,
        perm_id,
        status,
        filled,
        remaining: 10.0 - filled,
        client_id: US,
        ..OrderStatus::default()
    })
}

fn executed(child: u32, exec_id: &str, shares: f64, price: f64) -> OrderUpdate {
    OrderUpdate::ExecutionData(ExecutionData {
        execution: Execution {
            order_id: child as i32,
            client_id: US,
            execution_id: exec_id.to_owned(),
            time: "20221201 21:00:05 UTC".into(),
            account_number: "DU1".into(),
            shares,
            price,
            perm_id: 900 + i64::from(child),
            order_reference: id(child).to_string(),
            ..Execution::default()
        },
        ..ExecutionData::default()
    })
}

fn commission(exec_id: &str, commission: f64, currency: &str) -> OrderUpdate {
    OrderUpdate::CommissionReport(CommissionReport {
        execution_id: exec_id.to_owned(),
        commission,
        currency: currency.to_owned(),
        ..CommissionReport::default()
    })
}

use OrderStatusKind as S;

#[test]
fn an_acknowledgement_is_told_once_and_again_for_a_repeat() {
    let mut room = Room::new();
    room.hears(status(1, 901, S::PendingSubmit, 0.0), &["1 PendingNew"]);
    room.hears(status(1, 901, S::PendingSubmit, 0.0), &[]);
    room.hears(status(1, 901, S::PreSubmitted, 0.0), &["1 New"]);
    room.hears(open(1, 10.0, 99.0, S::Submitted), &[]);
    room.hears(status(1, 901, S::Submitted, 0.0), &[]);
    room.blotter.submitting(id(1), terms(10));
    room.hears(status(1, 901, S::Submitted, 0.0), &["1 New"]);
}

#[test]
fn an_execution_counts_once_and_its_fee_may_come_before_or_after_it() {
    let mut room = Room::new();
    room.hears(executed(1, "a.01.01", 4.0, 99.0), &["1 trade 4 at 99"]);
    room.hears(executed(1, "a.01.01", 4.0, 99.0), &[]);
    room.hears(commission("a.01.01", 1.25, "USD"), &["1 fee 1.25"]);
    room.hears(commission("a.01.01", 1.25, "USD"), &[]);
    room.hears(commission("b.01.01", 0.5, "USD"), &[]);
    room.hears(
        executed(1, "b.01.01", 6.0, 99.0),
        &["1 trade 6 at 99 for 0.5"],
    );
    room.hears(commission("b.01.01", f64::MAX, "USD"), &[]);
}

#[test]
fn a_commission_in_another_currency_is_told_and_not_booked() {
    let mut room = Room::new();
    room.hears(executed(1, "a.01.01", 4.0, 99.0), &["1 trade 4 at 99"]);
    room.hears(commission("a.01.01", 1.0, "EUR"), &["Warning"]);
}

#[test]
fn a_correction_stands_for_the_execution_before_it() {
    let mut room = Room::new();
    room.hears(executed(1, "a.01.01", 4.0, 99.0), &["1 trade 4 at 99"]);
    let corrected = ["1 correct a.01.01 to 3 at 98"];
    room.hears(executed(1, "a.01.02", 3.0, 98.0), &corrected);
    // The first one comes again, with a list.
    room.hears(executed(1, "a.01.01", 4.0, 99.0), &[]);
    room.hears(executed(1, "a.01.02", 3.0, 98.0), &[]);
    room.hears(status(1, 901, S::Submitted, 3.0), &["1 New"]);
    room.later(5, &[]);
}

#[test]
fn executions_of_another_account_or_without_an_amount_are_not_booked() {
    let mut room = Room::new();
    let OrderUpdate::ExecutionData(mut theirs) = executed(1, "a.01.01", 4.0, 99.0) else {
        panic!();
    };
    theirs.execution.account_number = "DU2".into();
    room.hears(OrderUpdate::ExecutionData(theirs), &[]);
    room.hears(
        executed(1, "b.01.01", f64::NAN, 99.0),
        &["Break", "look for 1"],
    );
    room.hears(executed(1, "b.01.01", 0.0, 99.0), &["Break", "look for 1"]);
}

#[test]
fn a_status_whose_executions_do_not_come_asks_for_them() {
    let mut room = Room::new();
    room.hears(status(1, 901, S::Submitted, 4.0), &["1 New"]);
    room.later(1, &[]);
    room.later(1, &["1 stands at 4"]);
    room.later(60, &[]);
    room.hears(status(2, 902, S::Filled, 10.0), &[]);
    room.hears(executed(2, "b.01.01", 10.0, 99.0), &["2 trade 10 at 99"]);
    room.later(60, &[]);
}

#[test]
fn a_cancel_ends_with_what_had_filled() {
    let mut room = Room::new();
    room.hears(status(1, 901, S::Submitted, 0.0), &["1 New"]);
    room.blotter.cancelling(id(1), RequestId(5));
    room.hears(
        status(1, 901, S::PendingCancel, 0.0),
        &["1 pending cancel 5"],
    );
    room.hears(status(1, 901, S::PendingCancel, 0.0), &[]);
    room.hears(executed(1, "a.01.01", 4.0, 99.0), &["1 trade 4 at 99"]);
    let canceled = ["1 canceled for Some(5), Some(\"4\")"];
    room.hears(status(1, 901, S::Cancelled, 4.0), &canceled);
    // The number behind the status is the same event.
    room.is_told(1, 202, "Order Canceled - reason:", &["Info"]);
    room.hears(status(1, 901, S::Cancelled, 4.0), &[]);
    room.later(60, &[]);
}

#[test]
fn a_cancel_without_a_status_is_told_after_a_while() {
    let mut room = Room::new();
    room.is_told(1, 202, "Order Canceled - reason:", &["Info"]);
    room.later(1, &[]);
    room.later(1, &["1 canceled for None, None"]);
    room.later(60, &[]);
    // With one, it is the status that is told.
    room.is_told(2, 202, "Order Canceled - reason:", &["Info"]);
    let canceled = ["2 canceled for None, Some(\"0\")"];
    room.hears(status(2, 902, S::ApiCancelled, 0.0), &canceled);
    room.later(60, &[]);
}

#[test]
fn an_inactive_order_waits_for_its_reason() {
    let mut room = Room::new();
    room.hears(status(1, 901, S::Inactive, 0.0), &[]);
    room.is_told(1, 201, "Order rejected - reason: no", &["1 rejected Other"]);
    room.later(60, &[]);
    room.is_told(1, 201, "Order rejected - reason: no", &["Info"]);
    // Without one it is held, and may come back.
    room.hears(status(2, 902, S::Inactive, 0.0), &[]);
    room.later(2, &["2 Suspended"]);
    room.hears(status(2, 902, S::Submitted, 0.0), &["2 New", "2 Resumed"]);
}

#[test]
fn new_terms_are_in_force_when_they_are_shown() {
    let mut room = Room::new();
    room.hears(open(1, 10.0, 99.0, S::Submitted), &["1 New"]);
    let amend = Amend {
        order_qty: Qty::from(12),
        price: Some(Price::from(98)),
        trigger: None,
    };
    room.blotter.replacing(id(1), RequestId(5), amend);
    room.hears(open(1, 10.0, 99.0, S::Submitted), &[]);
    room.hears(open(1, 12.0, 99.0, S::Submitted), &[]);
    room.hears(open(1, 12.0, 98.0, S::Submitted), &["1 replaced 12"]);
    room.hears(open(1, 12.0, 98.0, S::Submitted), &[]);
    assert_eq!(room.blotter.terms(id(1)).unwrap().order_qty, Qty::from(12));
}

#[test]
fn new_terms_of_an_order_that_ends_are_answered_too() {
    let mut room = Room::new();
    let amend = Amend {
        order_qty: Qty::from(12),
        price: None,
        trigger: None,
    };
    room.blotter.replacing(id(1), RequestId(5), amend);
    let both = ["1 5 refused TooLate", "1 canceled for None, Some(\"0\")"];
    room.hears(status(1, 901, S::Cancelled, 0.0), &both);
}

/// F17: another session's order under our order id.
#[test]
fn f17_an_order_id_is_not_believed_against_ibs_own_id() {
    let mut room = Room::new();
    room.hears(status(1, 901, S::Submitted, 0.0), &["1 New"]);
    room.hears(status(1, 955, S::Filled, 10.0), &["Break"]);
    // IB's own id is believed whatever the order id.
    let canceled = ["1 canceled for None, Some(\"0\")"];
    room.hears(status(44, 901, S::Cancelled, 0.0), &canceled);
}

/// F16: the gateway gave our order id to an order of somebody else.
#[test]
fn f16_a_fill_belongs_to_the_order_that_it_names() {
    let mut room = Room::new();
    let OrderUpdate::ExecutionData(mut fill) = executed(2, "a.01.01", 4.0, 99.0) else {
        panic!();
    };
    fill.execution.order_id = 1;
    room.hears(
        OrderUpdate::ExecutionData(fill.clone()),
        &["Break", "2 trade 4 at 99"],
    );
    fill.execution.order_reference = "by hand".into();
    fill.execution.execution_id = "b.01.01".into();
    room.hears(OrderUpdate::ExecutionData(fill), &[]);
}

#[test]
fn a_session_that_is_over_answers_nothing() {
    let mut room = Room::new();
    room.hears(status(1, 901, S::Submitted, 0.0), &["1 New"]);
    room.blotter.cancelling(id(1), RequestId(5));
    room.hears(status(2, 902, S::Inactive, 0.0), &[]);
    room.blotter.session_over();
    room.later(60, &[]);
    let canceled = ["1 canceled for None, Some(\"0\")"];
    room.hears(status(1, 901, S::Cancelled, 0.0), &canceled);
}

#[test]
fn an_unknown_number_or_status_is_a_break_and_the_lists_are_asked() {
    let mut room = Room::new();
    room.is_told(1, 12_345, "something new", &["Break", "look for 1"]);
    let odd = S::Unknown("Odd".into());
    room.hears(status(1, 901, odd, 0.0), &["Break", "look for 1"]);
    room.is_told(77, 201, "Order rejected", &["Warning"]);
}

/// F28: every number of the table, about an order that works, about one whose cancel is asked for,
/// and about one whose new terms are: each is one report, or is told with a look at the lists.
#[test]
fn f28_every_number_is_one_report_or_is_told() {
    let amend = Amend {
        order_qty: Qty::from(12),
        price: None,
        trigger: None,
    };
    for row in CODES {
        for asks in ["nothing", "cancel", "replace"] {
            let mut room = Room::new();
            match asks {
                "cancel" => room.blotter.cancelling(id(1), RequestId(5)),
                "replace" => room.blotter.replacing(id(1), RequestId(5), amend),
                _ => {}
            }
            let said = room.told(1, row.code, "text");
            let reports = said.iter().filter(|word| word.starts_with("1 ")).count();
            let told = ["Info", "Warning", "Break"].map(str::to_owned);
            let is_told = told.iter().any(|level| said.contains(level));
            assert!(reports <= 1, "{row:?} {asks}: {said:?}");
            assert!(reports == 1 || is_told, "{row:?} {asks}: {said:?}");
            assert_eq!(said, expected(row, asks), "{row:?} {asks}");
        }
    }
}

fn expected(row: &Code, asks: &str) -> Vec<String> {
    let refused = |reason: CancelRejectReason| format!("1 5 refused {reason:?}");
    let told = |level: &str| vec![level.to_owned()];
    let look = |level: &str| vec![level.to_owned(), "look for 1".to_owned()];
    match (row.meaning, asks) {
        (Meaning::Refused(_), "replace") => {
            vec!["Warning".into(), refused(CancelRejectReason::Other)]
        }
        (Meaning::Refused(reason), _) => vec![format!("1 rejected {reason:?}")],
        (Meaning::IdUsed, "replace") => vec![refused(CancelRejectReason::TooLate)],
        (Meaning::IdUsed, _) => vec!["Warning".into(), "id of 1 used".into()],
        (Meaning::NotReplaced(reason), "replace") => vec![refused(reason)],
        (Meaning::NotReplaced(_), _) => look("Info"),
        (Meaning::NotChanged(reason), "cancel" | "replace") => vec![refused(reason)],
        (Meaning::NotChanged(_) | Meaning::Canceled | Meaning::GoesOn, _) => told("Info"),
        _ => look("Break"),
    }
}

#[test]
fn a_rejections_reason_is_in_its_text() {
    let mut room = Room::new();
    let margin = "Order rejected - reason:INITIAL MARGIN";
    room.is_told(1, 201, margin, &["1 rejected InsufficientFunds"]);
    let reason = RejectReason::Tick;
    room.is_told(
        2,
        110,
        "price variation",
        &[&format!("2 rejected {reason:?}")],
    );
}

fn message() -> impl Strategy<Value = OrderUpdate> {
    let kinds = prop_oneof![
        Just(S::PendingSubmit),
        Just(S::PreSubmitted),
        Just(S::Submitted),
        Just(S::PendingCancel),
        Just(S::Cancelled),
        Just(S::Filled),
        Just(S::Inactive)
    ];
    let fill = (1..4_u32, 1..3_u32);
    prop_oneof![
        (kinds.clone(), 0..11_u32).prop_map(|(kind, filled)| status(
            1,
            901,
            kind,
            f64::from(filled)
        )),
        kinds.prop_map(|kind| open(1, 10.0, 99.0, kind)),
        fill.prop_map(|(n, v)| executed(1, &format!("x.{n:02}.{v:02}"), f64::from(v), 99.0)),
        (1..4_u32, 1..3_u32).prop_map(|(n, v)| commission(&format!("x.{n:02}.{v:02}"), 1.0, "USD")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever comes in whatever order and however often: an execution is a trade once, an order
    /// is acknowledged once and ends once, and all of it again says nothing.
    #[test]
    fn each_fact_is_told_once(messages in prop::collection::vec(message(), 1..40)) {
        let mut room = Room::new();
        let mut said = Vec::new();
        for _ in 0..2 {
            for message in &messages {
                let now = room.now();
                let heard = room.blotter.hear(message, &room.ids, now);
                said.extend(room.follow(heard));
                room.host = room.host + Span::from_secs(1);
                let now = room.now();
                let overdue = room.blotter.tick(now);
                said.extend(room.follow(overdue));
            }
        }
        let count = |part: &str| said.iter().filter(|word| word.contains(part)).count();
        prop_assert!(count("canceled") <= 1);
        prop_assert!(count("1 New") <= 1);
        prop_assert!(count("PendingNew") <= 1);
        // Three executions, each with one correction.
        prop_assert!(count("trade") <= 3);
        prop_assert!(count("correct") <= 3);
    }
}
