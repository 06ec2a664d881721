//! Lists as one snapshot.

use ibapi::accounts::{AccountSummary, Position};
use ibapi::contracts::Contract;
use ibapi::orders::{CommissionReport, Execution, ExecutionData, OrderState, OrderStatus};

use super::*;

const ID: &str = "deadbeef000000010000000100000001";

fn aaa() -> Contract {
    Contract {
        contract_id: 1,
        ..Contract::stock("AAA").build()
    }
}

fn row(perm_id: i64, status: OrderStatusKind, total: f64, filled: f64) -> OrderData {
    OrderData {
        order_id: 5,
        contract: aaa(),
        order: Order {
            client_id: 7,
            perm_id,
            order_ref: ID.into(),
            account: "DU1".into(),
            total_quantity: total,
            filled_quantity: filled,
            order_type: "LMT".into(),
            limit_price: Some(99.5),
            ..Order::default()
        },
        order_state: OrderState {
            status,
            ..OrderState::default()
        },
    }
}

fn executed(exec_id: &str, account: &str, shares: f64) -> ExecutionData {
    ExecutionData {
        contract: aaa(),
        execution: Execution {
            execution_id: exec_id.into(),
            account_number: account.into(),
            time: "20221201 21:00:05 UTC".into(),
            shares,
            price: 99.5,
            order_reference: ID.into(),
            ..Execution::default()
        },
        ..ExecutionData::default()
    }
}

fn value(tag: &str, value: &str, currency: &str) -> AccountSummary {
    AccountSummary {
        account: "DU1".into(),
        tag: tag.into(),
        value: value.into(),
        currency: currency.into(),
    }
}

fn assembled(lists: &Lists) -> Result<Snapshot, SnapshotFailed> {
    let account = Account {
        name: "DU1",
        base_currency: &"USD".into(),
        zone: Zone::default(),
        begun: "2022-12-01T21:00:05Z".parse().unwrap(),
    };
    assemble(lists, &Directory::default(), &account)
}

use OrderStatusKind as S;

#[test]
fn nothing_listed_is_known_to_be_nothing_and_what_is_not_told_is_absent() {
    let snapshot = assembled(&Lists::default()).unwrap();
    assert_eq!((snapshot.orders.len(), snapshot.fills.len()), (0, 0));
    assert_eq!((snapshot.cash, snapshot.nav), (None, None));
}

/// F39: a missing value is absent, and a zero where there is none is no value.
#[test]
fn f39_a_value_is_told_or_absent() {
    let check = |values: Vec<AccountSummary>, cash: Option<&str>, nav: Option<&str>| {
        let lists = Lists {
            values,
            ..Lists::default()
        };
        let snapshot = assembled(&lists).unwrap();
        let money = |text: Option<&str>| text.map(|text| text.parse().unwrap());
        assert_eq!((snapshot.cash, snapshot.nav), (money(cash), money(nav)));
    };
    let both = vec![
        value("NetLiquidation", "105000.25", "USD"),
        value("TotalCashValue", "-12.5", "USD"),
    ];
    check(both, Some("-12.5"), Some("105000.25"));
    check(vec![value("NetLiquidation", "0", "USD")], None, None);
    check(vec![value("NetLiquidation", "", "USD")], None, None);
    check(vec![value("TotalCashValue", "0", "USD")], Some("0"), None);
}

#[test]
fn a_value_in_another_currency_fails_and_names_the_key() {
    let lists = Lists {
        values: vec![value("NetLiquidation", "5", "EUR")],
        ..Lists::default()
    };
    let failed = assembled(&lists).unwrap_err().to_string();
    assert!(
        failed.contains("base_currency is USD: set it to EUR"),
        "{failed}"
    );
}

#[test]
fn open_orders_are_told_with_what_has_filled() {
    let check = |status: S, filled: f64, expect: OrdStatus| {
        let lists = Lists {
            open: vec![row(9, status.clone(), 10.0, 0.0)],
            statuses: vec![OrderStatus {
                perm_id: 9,
                status,
                filled,
                ..OrderStatus::default()
            }],
            ..Lists::default()
        };
        let order = assembled(&lists).unwrap().orders.remove(0);
        assert_eq!(order.status, expect);
        assert_eq!(order.order_qty, Qty::from(10));
        assert_eq!(order.cum_qty, convert::qty(filled).unwrap());
        assert_eq!(order.cl_ord_id, ID.parse().ok());
        assert_eq!(order.venue_id, "9".into());
        assert_eq!(order.instrument, "AAA@1".into());
        assert_eq!(order.price, Some("99.5".parse().unwrap()));
    };
    check(S::PendingSubmit, 0.0, OrdStatus::PendingNew);
    check(S::PreSubmitted, 0.0, OrdStatus::New);
    check(S::Submitted, 4.0, OrdStatus::PartiallyFilled);
    check(S::PendingCancel, 4.0, OrdStatus::PendingCancel);
    check(S::Inactive, 0.0, OrdStatus::Suspended);
}

/// A done order's total is the part that did not fill.
#[test]
fn done_orders_are_as_large_as_they_were() {
    let check = |status: S, total: f64, filled: f64, expect: OrdStatus| {
        let lists = Lists {
            completed: vec![row(9, status, total, filled)],
            ..Lists::default()
        };
        let order = assembled(&lists).unwrap().orders.remove(0);
        let filled = convert::qty(filled).unwrap();
        assert_eq!(
            (order.status, order.order_qty, order.cum_qty),
            (expect, Qty::from(10), filled)
        );
        assert!(!order.is_open());
    };
    check(S::Filled, 0.0, 10.0, OrdStatus::Filled);
    check(S::Cancelled, 6.0, 4.0, OrdStatus::Canceled);
    check(S::Inactive, 10.0, 0.0, OrdStatus::Rejected);
}

#[test]
fn an_order_that_ended_between_two_lists_is_done() {
    let lists = Lists {
        open: vec![
            row(9, S::Submitted, 10.0, 0.0),
            row(8, S::Submitted, 1.0, 0.0),
        ],
        completed: vec![row(9, S::Filled, 0.0, 10.0)],
        ..Lists::default()
    };
    let orders = assembled(&lists).unwrap().orders;
    let stand: Vec<_> = orders
        .iter()
        .map(|o| (o.venue_id.to_string(), o.status))
        .collect();
    let expect = [
        ("8".to_owned(), OrdStatus::New),
        ("9".to_owned(), OrdStatus::Filled),
    ];
    assert_eq!(stand, expect);
}

#[test]
fn orders_of_another_account_are_not_this_ones() {
    let mut theirs = row(9, S::Submitted, 10.0, 0.0);
    theirs.order.account = "DU2".into();
    let lists = Lists {
        open: vec![theirs],
        positions: vec![Position {
            account: "DU2".into(),
            contract: aaa(),
            position: 5.0,
            average_cost: 1.0,
        }],
        executions: vec![executed("a.01.01", "DU2", 5.0)],
        ..Lists::default()
    };
    let snapshot = assembled(&lists).unwrap();
    assert_eq!(snapshot.orders, []);
    assert_eq!(snapshot.positions, []);
    assert_eq!(snapshot.fills, []);
}

#[test]
fn executions_are_listed_once_in_their_last_version_with_their_fee() {
    let fee = |id: &str, commission: f64, currency: &str| CommissionReport {
        execution_id: id.into(),
        commission,
        currency: currency.into(),
        ..CommissionReport::default()
    };
    let lists = Lists {
        executions: vec![
            executed("a.01.01", "DU1", 5.0),
            executed("a.01.02", "DU1", 4.0),
            executed("a.01.01", "DU1", 5.0),
            executed("b.01.01", "DU1", 1.0),
        ],
        commissions: vec![fee("a.01.02", 1.5, "USD"), fee("b.01.01", 2.0, "EUR")],
        ..Lists::default()
    };
    let fills = assembled(&lists).unwrap().fills;
    let told: Vec<_> = fills
        .iter()
        .map(|f| {
            (
                f.fill.exec_id.as_str(),
                f.fill.last_qty,
                f.fill.fee,
                f.replaces.clone(),
            )
        })
        .collect();
    let expect = [
        (
            "a.01.02",
            Qty::from(4),
            Some("1.5".parse().unwrap()),
            Some("a.01.01".into()),
        ),
        ("b.01.01", Qty::from(1), None, None),
    ];
    assert_eq!(told, expect);
}

/// F20, F22: what cannot be read fails the whole, and is never a shorter list.
#[test]
fn f20_what_cannot_be_read_is_a_failure_and_no_shorter_list() {
    let mut odd_time = executed("a.01.01", "DU1", 5.0);
    odd_time.execution.time = "today".into();
    let position = Position {
        account: "DU1".into(),
        contract: aaa(),
        position: f64::NAN,
        average_cost: 1.0,
    };
    let lists = [
        Lists {
            open: vec![row(9, S::Unknown("Odd".into()), 10.0, 0.0)],
            ..Lists::default()
        },
        Lists {
            completed: vec![row(9, S::Submitted, 10.0, 0.0)],
            ..Lists::default()
        },
        Lists {
            open: vec![row(9, S::Submitted, f64::NAN, 0.0)],
            ..Lists::default()
        },
        Lists {
            executions: vec![executed("a.01.01", "DU1", f64::NAN)],
            ..Lists::default()
        },
        Lists {
            executions: vec![odd_time],
            ..Lists::default()
        },
        Lists {
            positions: vec![position],
            ..Lists::default()
        },
    ];
    for lists in lists {
        assert!(assembled(&lists).is_err(), "{lists:?}");
    }
}
