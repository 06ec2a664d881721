//! Values and positions.

use ibapi::accounts::types::{AccountGroup, AccountId};
use ibapi::accounts::{AccountSummaryResult, AccountUpdate, PositionUpdate};
use ibapi::orders::Action;
use ibapi::prelude::{StreamExt, Subscription, SubscriptionItem};

use polyfolio_model::Span;

use crate::common::{Trader, Venue, config, market, soon, stock};
use polyfolio_simulators::tws::GatewayConfig;

/// The values that are told for the tags, up to the end of them.
async fn values(trader: &Trader, tags: &[&str]) -> Vec<String> {
    let group = AccountGroup("All".into());
    let summary = trader.client.account_summary(&group, tags).await;
    let mut summary = summary.unwrap();
    let mut told = Vec::new();
    loop {
        match soon("a value", summary.next()).await.unwrap().unwrap() {
            SubscriptionItem::Data(AccountSummaryResult::Summary(value)) => {
                assert_eq!(value.account, "DU1234567");
                told.push(format!("{} {} {}", value.tag, value.value, value.currency));
            }
            SubscriptionItem::Data(AccountSummaryResult::End) => return told,
            other => panic!("{other:?}"),
        }
    }
}

async fn position(positions: &mut Subscription<PositionUpdate>) -> Option<(String, f64, f64)> {
    match soon("a position", positions.next()).await.unwrap().unwrap() {
        SubscriptionItem::Data(PositionUpdate::Position(p)) => {
            Some((p.contract.symbol.to_string(), p.position, p.average_cost))
        }
        SubscriptionItem::Data(PositionUpdate::PositionEnd) => None,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_account_is_worth_its_cash_and_its_positions() {
    let venue = Venue::open().await;
    let trader = venue.client(1).await;
    let tags = [
        "NetLiquidation",
        "TotalCashValue",
        "GrossPositionValue",
        "Unheard",
    ];
    let told = values(&trader, &tags).await;
    let expect = [
        "NetLiquidation 105000 USD",
        "TotalCashValue 100000 USD",
        "GrossPositionValue 5000 USD",
    ];
    assert_eq!(told.len(), expect.len(), "{told:?}");
    for (told, expect) in told.iter().zip(expect) {
        let number = |text: &str| text.split(' ').nth(1).unwrap().parse::<f64>().unwrap();
        assert_eq!(number(told), number(expect), "{told}");
        assert_eq!(told.split(' ').next(), expect.split(' ').next());
        assert!(told.ends_with(" USD"));
    }
}

/// Positions are told at once, and again as they change; one that was left is told as zero.
#[tokio::test]
async fn positions_follow_the_fills() {
    let venue = Venue::open().await;
    let trader = venue.client(1).await;
    let mut positions = trader.client.positions().await.unwrap();
    let aaa = |quantity, cost| Some(("AAA".to_owned(), quantity, cost));
    assert_eq!(position(&mut positions).await, aaa(50.0, 100.0));
    assert_eq!(position(&mut positions).await, None);
    trader.submit(1, &market(Action::Buy, 50.0)).await;
    assert_eq!(position(&mut positions).await, aaa(100.0, 100.005));
    trader.submit(2, &market(Action::Sell, 100.0)).await;
    assert_eq!(position(&mut positions).await, aaa(0.0, 0.0));
    // Bought 50 at 100.01 and sold 100 at 99.99, each for its fee.
    let told = values(&trader, &["TotalCashValue"]).await;
    let cash: f64 = told[0].split(' ').nth(1).unwrap().parse().unwrap();
    let fees = 1.0 + 1.0 + 9_999.0 * 0.000_027_8 + 100.0 * 0.000_166;
    assert!(
        (cash - (100_000.0 - 5_000.5 + 9_999.0 - fees)).abs() < 1e-9,
        "{told:?}"
    );
}

/// Values that changed are told again after three minutes, and nothing else is.
#[tokio::test]
async fn values_are_told_again_when_they_changed() {
    let venue = Venue::open().await;
    let trader = venue.client(1).await;
    let group = AccountGroup("All".into());
    let tags = ["SettledCash", "NetLiquidation"];
    let mut summary = trader.client.account_summary(&group, &tags).await.unwrap();
    let mut next = async || match soon("a value", summary.next()).await.unwrap().unwrap() {
        SubscriptionItem::Data(AccountSummaryResult::Summary(value)) => {
            (value.tag, value.value.parse().unwrap())
        }
        SubscriptionItem::Data(AccountSummaryResult::End) => ("end".into(), 0.0),
        other => panic!("{other:?}"),
    };
    assert_eq!(next().await, ("SettledCash".into(), 100_000.0));
    assert_eq!(next().await, ("NetLiquidation".into(), 105_000.0));
    assert_eq!(next().await, ("end".into(), 0.0));
    venue.clock.pass(Span::from_secs(200));
    soon("the time", trader.client.server_time()).await.unwrap();
    trader.submit(1, &market(Action::Buy, 10.0)).await;
    soon("the time", trader.client.server_time()).await.unwrap();
    venue.clock.pass(Span::from_secs(200));
    // Ten at 100.01 and a fee of one; they are worth 100.
    assert_eq!(next().await, ("SettledCash".into(), 98_998.9));
    assert_eq!(next().await, ("NetLiquidation".into(), 104_998.9));
}

#[tokio::test]
async fn an_account_without_positions_says_so() {
    let empty = GatewayConfig {
        positions: [].into(),
        stocks: vec![stock(1, "DDD", "NYSE", None)],
        ..config()
    };
    let venue = Venue::of(empty).await;
    let trader = venue.client(1).await;
    let mut positions = trader.client.positions().await.unwrap();
    assert_eq!(position(&mut positions).await, None);
}

/// What is told of the account as a whole, in a few words.
async fn whole(updates: &mut Subscription<AccountUpdate>) -> String {
    match soon("an update", updates.next()).await.unwrap().unwrap() {
        SubscriptionItem::Data(AccountUpdate::AccountValue(value)) => {
            format!("{} {}", value.key, value.value)
        }
        SubscriptionItem::Data(AccountUpdate::PortfolioValue(held)) => {
            let (symbol, worth) = (held.contract.symbol, held.market_value);
            format!("{symbol} {} worth {worth}", held.position)
        }
        SubscriptionItem::Data(AccountUpdate::UpdateTime(time)) => format!("at {}", time.timestamp),
        SubscriptionItem::Data(AccountUpdate::End) => "end".into(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_account_is_told_as_a_whole_and_as_it_changes() {
    let venue = Venue::open().await;
    let trader = venue.client(1).await;
    let account = AccountId("DU1234567".into());
    let mut updates = trader.client.account_updates(&account).await.unwrap();
    let mut told = Vec::new();
    while told.last().is_none_or(|last| last != "end") {
        told.push(whole(&mut updates).await);
    }
    let expect = [
        "AccountReady true",
        "NetLiquidation 105000",
        "TotalCashValue 100000",
        "TotalCashBalance 100000",
        "SettledCash 100000",
        "GrossPositionValue 5000",
        "at 21:00",
        "AAA 50 worth 5000",
        "end",
    ];
    let plain: Vec<&str> = told
        .iter()
        .map(|line| line.trim_end_matches('0').trim_end_matches('.'))
        .collect();
    for (told, expect) in plain.iter().zip(expect) {
        assert!(expect.starts_with(told), "{told} {expect}");
    }
    assert_eq!(told.len(), expect.len(), "{told:?}");
    trader.submit(1, &market(Action::Buy, 10.0)).await;
    assert_eq!(whole(&mut updates).await, "AAA 60 worth 6000");
    venue.clock.pass(Span::from_secs(200));
    assert_eq!(whole(&mut updates).await, "NetLiquidation 104998.9");
}
