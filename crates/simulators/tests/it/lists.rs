//! What there is, for who asks: open orders, completed orders, executions.

use std::time::Duration;

use ibapi::orders::{Action, ExecutionFilter, ExecutionFilterSide, Executions, Orders};
use ibapi::prelude::Subscription;
use polyfolio_model::Span;

use crate::common::{Trader, Venue, limit, market, named};

const BOUND: Duration = Duration::from_secs(20);

async fn all(mut orders: Subscription<Orders>) -> Vec<Orders> {
    orders.collect_to_end_within(BOUND).await.unwrap()
}

/// Open orders in a few words: whose, which, and how they stand.
pub(crate) async fn open(orders: Subscription<Orders>) -> Vec<String> {
    let words = |orders| match orders {
        Orders::OrderData(data) => {
            let order = data.order;
            let (client, id, name) = (order.client_id, data.order_id, order.order_ref);
            assert_eq!(order.account, "DU1234567");
            assert!(order.perm_id > 1_900_000_000);
            Some(format!(
                "{client}/{id} {name} {:?}",
                data.order_state.status
            ))
        }
        Orders::OrderStatus(_) => None,
    };
    all(orders).await.into_iter().filter_map(words).collect()
}

/// Orders that ended today.
pub(crate) async fn completed(trader: &Trader) -> Vec<String> {
    let orders = trader.client.completed_orders(false).await.unwrap();
    let words = |orders| match orders {
        Orders::OrderData(data) => {
            assert_eq!(data.order_id, -1);
            assert_eq!(
                data.order_state.completed_time.len(),
                "20221201 21:00:05 UTC".len()
            );
            let (order, status) = (data.order, data.order_state.status);
            let (filled, left) = (order.filled_quantity, order.total_quantity);
            format!("{} {status:?} {filled} of {left} left", order.order_ref)
        }
        Orders::OrderStatus(status) => panic!("{status:?}"),
    };
    all(orders).await.into_iter().map(words).collect()
}

/// Executions that fit, each followed by its cost.
pub(crate) async fn executions(trader: &Trader, filter: ExecutionFilter) -> Vec<String> {
    let mut executions = trader.client.executions(filter).await.unwrap();
    let told = executions.collect_to_end_within(BOUND).await.unwrap();
    let mut words = Vec::new();
    let mut last = String::new();
    for item in told {
        match item {
            Executions::ExecutionData(data) => {
                let execution = data.execution;
                let (id, name) = (execution.order_id, execution.order_reference);
                let (shares, price) = (execution.shares, execution.price);
                words.push(format!(
                    "{id} {name} {:?} {shares} at {price}",
                    execution.side
                ));
                last = execution.execution_id;
            }
            Executions::CommissionReport(report) => assert_eq!(report.execution_id, last),
        }
    }
    words
}

#[tokio::test]
async fn open_orders_are_a_clients_own_or_everybodys() {
    let venue = Venue::open().await;
    let (mut first, mut second) = (venue.client(1).await, venue.client(2).await);
    let none = open(first.client.open_orders().await.unwrap()).await;
    assert_eq!(none, [""; 0]);
    first
        .submit(1, &named(limit(Action::Buy, 1.0, 90.0), "one"))
        .await;
    first
        .submit(2, &named(limit(Action::Buy, 1.0, 91.0), "two"))
        .await;
    // What is said of an order while a list is asked for is told in the list too: first the one, then
    // the other.
    for _ in 0..8 {
        first.heard().await;
    }
    let own = ["1/1 one Submitted", "1/2 two Submitted"];
    assert_eq!(open(first.client.open_orders().await.unwrap()).await, own);
    second
        .submit(1, &named(limit(Action::Buy, 1.0, 92.0), "three"))
        .await;
    for _ in 0..4 {
        second.heard().await;
    }
    let client = &first.client;
    assert_eq!(
        open(second.client.open_orders().await.unwrap()).await,
        ["2/1 three Submitted"]
    );
    let everybodys = [
        "1/1 one Submitted",
        "1/2 two Submitted",
        "2/1 three Submitted",
    ];
    assert_eq!(
        open(client.all_open_orders().await.unwrap()).await,
        everybodys
    );
    assert_eq!(
        open(client.open_orders().await.unwrap()).await,
        everybodys[..2]
    );
}

#[tokio::test]
async fn executions_are_found_by_whose_what_and_when() {
    let venue = Venue::open().await;
    let (first, second) = (venue.client(1).await, venue.client(2).await);
    first
        .submit(1, &named(market(Action::Buy, 3.0), "buy"))
        .await;
    assert_eq!(
        executions(&first, ExecutionFilter::default()).await.len(),
        1
    );
    second
        .submit(1, &named(market(Action::Sell, 4.0), "sell"))
        .await;
    let (bought, sold) = ("1 buy Bought 3 at 100.01", "1 sell Sold 4 at 99.99");
    let of = |client_id| ExecutionFilter {
        client_id,
        ..ExecutionFilter::default()
    };
    assert_eq!(executions(&second, of(None)).await, [bought, sold]);
    assert_eq!(executions(&second, of(Some(0))).await, [bought, sold]);
    assert_eq!(executions(&second, of(Some(1))).await, [bought]);
    let sells = ExecutionFilter {
        side: Some(ExecutionFilterSide::Sell),
        ..ExecutionFilter::default()
    };
    assert_eq!(executions(&second, sells).await, [sold]);
    let elsewhere = ExecutionFilter {
        symbol: "BBB".into(),
        ..ExecutionFilter::default()
    };
    assert_eq!(executions(&second, elsewhere).await, [""; 0]);
    // The next day only who asks for more days sees them.
    venue.clock.pass(Span::from_secs(86_400));
    assert_eq!(executions(&second, of(None)).await, [""; 0]);
    let two_days = ExecutionFilter {
        last_n_days: 2,
        ..ExecutionFilter::default()
    };
    assert_eq!(executions(&second, two_days).await, [bought, sold]);
    assert_eq!(completed(&second).await, [""; 0]);
}
