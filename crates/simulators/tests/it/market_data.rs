//! Contracts, their rules, and quotes of the four kinds.

use ibapi::contracts::Contract;
use ibapi::market_data::MarketDataType;
use ibapi::market_data::realtime::TickTypes;
use ibapi::prelude::{StreamExt, Subscription, SubscriptionItem};
use polyfolio_model::Span;

use crate::common::{Trader, Venue, aaa, config, soon};
use polyfolio_simulators::tws::GatewayConfig;

#[tokio::test]
async fn a_contract_is_known_with_its_rules() {
    let venue = Venue::open().await;
    let trader = venue.client(1).await;
    let details = soon("details", trader.client.contract_details(&aaa()))
        .await
        .unwrap();
    assert_eq!(details.len(), 1);
    let known = &details[0];
    assert_eq!(known.contract.contract_id, 1_001);
    assert_eq!(known.contract.primary_exchange.to_string(), "NYSE");
    assert_eq!(
        (known.min_tick, known.min_size, known.size_increment),
        (0.01, Some(1.0), Some(1.0))
    );
    assert_eq!(known.trading_hours[0], "20221201:0000-20221201:2359");
    assert_eq!(known.time_zone_id, "UTC");
    let rule: i32 = known.market_rule_ids[0].parse().unwrap();
    let rule = soon("a rule", trader.client.market_rule(rule))
        .await
        .unwrap();
    assert_eq!(rule.price_increments[0].increment, 0.01);
}

#[tokio::test]
async fn a_description_may_fit_several_contracts_or_none() {
    let venue = Venue::open().await;
    let trader = venue.client(1).await;
    let ask = |contract: Contract| {
        let client = &trader.client;
        async move { soon("details", client.contract_details(&contract)).await }
    };
    assert_eq!(ask(Contract::stock("CCC").build()).await.unwrap().len(), 2);
    let one = ask(Contract::stock("CCC").primary("NASDAQ").build())
        .await
        .unwrap();
    assert_eq!(one[0].contract.contract_id, 1_004);
    let by_id = Contract {
        contract_id: 1_002,
        ..Contract::default()
    };
    assert_eq!(
        ask(by_id).await.unwrap()[0].contract.symbol.to_string(),
        "BBB"
    );
    let none = ask(Contract::stock("ZZZ").build()).await.unwrap_err();
    assert!(none.to_string().contains("200"), "{none}");
}

/// A tick in a few words; what carries none is nothing.
fn words(item: SubscriptionItem<TickTypes>) -> Option<String> {
    match item {
        SubscriptionItem::Notice(notice) => Some(format!("notice {}", notice.code)),
        SubscriptionItem::Data(TickTypes::PriceSize(tick)) => {
            let (kind, price, size) = (tick.price_tick_type, tick.price, tick.size);
            Some(format!("{kind:?} {price} of {size}"))
        }
        SubscriptionItem::Data(TickTypes::SnapshotEnd) => Some("end".into()),
        _ => None,
    }
}

async fn tick(ticks: &mut Subscription<TickTypes>) -> String {
    loop {
        let next = soon("a tick", ticks.next()).await.unwrap();
        if let Some(words) = next.map_or_else(|fault| Some(fault.to_string()), words) {
            return words;
        }
    }
}

async fn snapshot(trader: &Trader, contract: &Contract, expect: &[&str]) {
    let mut ticks = trader
        .client
        .market_data(contract)
        .snapshot()
        .subscribe()
        .await
        .unwrap();
    for expect in expect {
        assert_eq!(tick(&mut ticks).await, *expect);
    }
}

#[tokio::test]
async fn a_snapshot_is_a_quote_of_the_kind_asked_for_and_an_end() {
    let venue = Venue::open().await;
    let trader = venue.client(1).await;
    let live = ["Bid 99.99 of 100", "Ask 100.01 of 100", "end"];
    snapshot(&trader, &aaa(), &live).await;
    let delayed = ["DelayedBid 99.99 of 100", "DelayedAsk 100.01 of 100", "end"];
    for (kind, expect) in [
        (MarketDataType::Frozen, live),
        (MarketDataType::Delayed, delayed),
        (MarketDataType::DelayedFrozen, delayed),
        (MarketDataType::Realtime, live),
    ] {
        trader.client.switch_market_data_type(kind).await.unwrap();
        snapshot(&trader, &aaa(), &expect).await;
    }
}

#[tokio::test]
async fn where_there_is_no_market_the_prices_are_minus_one() {
    let venue = Venue::open().await;
    let trader = venue.client(1).await;
    let ddd = Contract::stock("DDD").build();
    snapshot(&trader, &ddd, &["Bid -1 of 0", "Ask -1 of 0", "end"]).await;
}

#[tokio::test]
async fn a_login_without_live_quotes_gets_delayed_ones_only() {
    let delayed = GatewayConfig {
        live_quotes: false,
        ..config()
    };
    let venue = Venue::of(delayed).await;
    let trader = venue.client(1).await;
    let mut ticks = trader.client.market_data(&aaa()).subscribe().await.unwrap();
    assert!(tick(&mut ticks).await.contains("354"));
    trader
        .client
        .switch_market_data_type(MarketDataType::Delayed)
        .await
        .unwrap();
    let told = [
        "notice 10167",
        "DelayedBid 99.99 of 100",
        "DelayedAsk 100.01 of 100",
        "end",
    ];
    snapshot(&trader, &aaa(), &told).await;
}

#[tokio::test]
async fn quotes_are_told_as_they_change() {
    let mut moving = config();
    moving.stocks[0].listing.market.sigma = 5.0;
    let venue = Venue::of(moving).await;
    let trader = venue.client(1).await;
    let mut ticks = trader.client.market_data(&aaa()).subscribe().await.unwrap();
    assert_eq!(tick(&mut ticks).await, "Bid 99.99 of 100");
    assert_eq!(tick(&mut ticks).await, "Ask 100.01 of 100");
    let mut bids = vec!["Bid 99.99 of 100".to_owned()];
    for _ in 0..3 {
        venue.clock.pass(Span::from_secs(10));
        bids.push(tick(&mut ticks).await);
        assert!(tick(&mut ticks).await.starts_with("Ask "));
    }
    assert!(bids.iter().all(|bid| bid.starts_with("Bid ")), "{bids:?}");
    bids.dedup();
    assert_eq!(bids.len(), 4, "each is another quote");
}
