//! Bars of the past and bars as they are made, through the real client crate.

use ibapi::contracts::Contract;
use ibapi::market_data::TradingHours;
use ibapi::market_data::historical::{
    Bar, BarSize, BarTimestamp, Duration, HistoricalBarUpdate, WhatToShow,
};
use ibapi::prelude::{StreamExt, SubscriptionItem};
use polyfolio_model::Span;
use polyfolio_simulators::tws::faults::List;
use polyfolio_simulators::tws::{Fault, GatewayConfig};

use crate::common::{Trader, Venue, aaa, config, soon};

const CLOSES: [(&str, &str); 4] = [
    ("2022-11-28", "99.5"),
    ("2022-11-29", "101.25"),
    ("2022-11-30", "98.75"),
    ("2022-12-01", "100"),
];

/// AAA with four closes, the last one at 21:00 of the day on which it begins, and a market that
/// moves.
fn with_closes() -> GatewayConfig {
    let mut config = config();
    let closes = CLOSES.map(|(date, close)| (date.parse().unwrap(), close.parse().unwrap()));
    config.stocks[0].closes = closes.into();
    config.stocks[0].listing.market.sigma = 0.5;
    config
}

async fn ask(
    trader: &Trader,
    size: BarSize,
    duration: Duration,
    show: WhatToShow,
) -> Result<Vec<Bar>, ibapi::Error> {
    let contract = aaa();
    let request = trader.client.historical_data(&contract, size);
    let request = request.duration(duration).what_to_show(show);
    let data = soon(
        "bars",
        request.trading_hours(TradingHours::Extended).fetch(),
    )
    .await?;
    Ok(data.bars)
}

async fn trades(trader: &Trader, size: BarSize, duration: Duration) -> Vec<Bar> {
    let bars = ask(trader, size, duration, WhatToShow::Trades).await;
    bars.unwrap()
}

async fn code(trader: &Trader, size: BarSize, duration: Duration) -> String {
    let refused = ask(trader, size, duration, WhatToShow::Trades).await;
    refused.unwrap_err().to_string()
}

#[tokio::test]
async fn daily_bars_are_the_closes_that_the_gateway_was_started_with() {
    let venue = Venue::of(with_closes()).await;
    let trader = venue.client(1).await;
    let bars = trades(&trader, BarSize::Day, Duration::months(1)).await;
    let told: Vec<_> = bars
        .iter()
        .map(|bar| (bar.date.to_string(), bar.close))
        .collect();
    let expect = CLOSES.map(|(date, close)| (date.replace('-', ""), close.parse().unwrap()));
    assert_eq!(told[..3], expect[..3]);
    // The last day goes on: the market began five seconds after its close.
    assert_eq!(told[3].0, "20221201");
    let ends = CLOSES
        .iter()
        .map(|(_, close)| close.parse::<f64>().unwrap());
    for (bar, begun) in bars[1..].iter().zip(ends) {
        assert_eq!(bar.open, begun);
    }
}

#[tokio::test]
async fn bars_of_every_length_agree_and_end_at_the_close() {
    let venue = Venue::of(with_closes()).await;
    let trader = venue.client(1).await;
    let minutes = trades(&trader, BarSize::Min, Duration::days(1)).await;
    // 390 of the day, and the one in which the market began.
    assert_eq!(minutes.len(), 391);
    assert_eq!((minutes[0].open, minutes[389].close), (98.75, 100.0));
    for (size, per) in [(BarSize::Min5, 5), (BarSize::Hour, 60)] {
        let longer = trades(&trader, size, Duration::days(1)).await;
        let (mut high, mut volume) = (0.0_f64, 0.0);
        for bar in &longer {
            high = high.max(bar.high);
            volume += bar.volume;
        }
        let same = minutes.iter().map(|m| m.high).fold(0.0_f64, f64::max);
        assert_eq!((high, volume), (same, 39_100.0), "{size}");
        let BarTimestamp::DateTime(start) = longer[1].date else {
            panic!("{:?}", longer[1]);
        };
        assert_eq!(start.unix_timestamp() % (per * 60), 0);
        assert_eq!(longer[0].date, minutes[0].date);
    }
    // And again it is the same past.
    venue.clock.pass(Span::from_secs(15));
    assert_eq!(
        trades(&trader, BarSize::Min, Duration::days(1)).await.len(),
        391
    );
}

#[tokio::test]
async fn the_past_is_the_same_for_the_same_seed() {
    let mut heard = Vec::new();
    for seed in [5, 5, 6] {
        let seeded = GatewayConfig {
            seed,
            ..with_closes()
        };
        let venue = Venue::of(seeded).await;
        let trader = venue.client(1).await;
        heard.push(trades(&trader, BarSize::Min5, Duration::days(2)).await);
    }
    assert_eq!(heard[0], heard[1]);
    assert_ne!(heard[0], heard[2]);
}

#[tokio::test]
async fn quotes_stand_around_the_trades() {
    let venue = Venue::of(with_closes()).await;
    let trader = venue.client(1).await;
    let day = Duration::days(1);
    let bid_ask = ask(&trader, BarSize::Hour, day, WhatToShow::BidAsk).await;
    let mids = ask(&trader, BarSize::Hour, day, WhatToShow::MidPoint).await;
    let (bid_ask, mids) = (bid_ask.unwrap(), mids.unwrap());
    for (wide, mid) in bid_ask.iter().zip(&mids) {
        assert!(
            (wide.high - mid.high - 0.01).abs() < 1e-9,
            "{wide:?} {mid:?}"
        );
        assert!((mid.low - wide.low - 0.01).abs() < 1e-9, "{wide:?} {mid:?}");
        assert_eq!((mid.volume, mid.count), (-1.0, -1));
    }
}

#[tokio::test]
async fn what_cannot_be_told_is_refused_by_its_number() {
    let venue = Venue::of(with_closes()).await;
    let trader = venue.client(1).await;
    let check = |said: String, number: &str| assert!(said.contains(number), "{said}");
    check(code(&trader, BarSize::Min, Duration::days(2)).await, "162");
    check(code(&trader, BarSize::Sec, Duration::days(1)).await, "321");
    check(
        code(&trader, BarSize::Day, Duration::days(400)).await,
        "321",
    );
    let ccc = Contract::stock("CCC").build();
    for (contract, number) in [
        (Contract::stock("ZZZ").build(), "200"),
        (ccc, "200"),
        // It has no market, so it has no bars.
        (Contract::stock("DDD").build(), "162"),
    ] {
        let request = trader.client.historical_data(&contract, BarSize::Hour);
        let refused = soon("bars", request.duration(Duration::days(1)).fetch()).await;
        check(refused.unwrap_err().to_string(), number);
    }
    let blind = GatewayConfig {
        live_quotes: false,
        ..with_closes()
    };
    let venue = Venue::of(blind).await;
    let trader = venue.client(1).await;
    let said = code(&trader, BarSize::Hour, Duration::days(1)).await;
    check(said, "No market data permissions");
}

#[tokio::test]
async fn the_same_question_within_fifteen_seconds_is_too_soon() {
    let venue = Venue::of(with_closes()).await;
    let trader = venue.client(1).await;
    trades(&trader, BarSize::Hour, Duration::days(1)).await;
    let said = code(&trader, BarSize::Hour, Duration::days(1)).await;
    assert!(said.contains("162") && said.contains("pacing"), "{said}");
    venue.clock.pass(Span::from_secs(15));
    trades(&trader, BarSize::Hour, Duration::days(1)).await;
    // Where nobody is held to a pace, there is none to violate.
    let fault = Fault::Pacing {
        messages_per_second_max: 0,
    };
    venue.gateway.faults().order(fault).unwrap();
    trades(&trader, BarSize::Hour, Duration::days(1)).await;
}

#[tokio::test]
async fn a_list_of_bars_may_have_no_end() {
    let venue = Venue::of(with_closes()).await;
    let trader = venue.client(1).await;
    let cut = Fault::CutNextList {
        list: List::HistoricalData,
        after: 3,
        code: Some(162),
        hang_up: false,
    };
    venue.gateway.faults().order(cut).unwrap();
    let said = code(&trader, BarSize::Hour, Duration::days(1)).await;
    assert!(said.contains("162"), "{said}");
}

/// What is kept up to date, in a few words.
fn words(item: SubscriptionItem<HistoricalBarUpdate>) -> String {
    let minute = |bar: &Bar| match bar.date {
        BarTimestamp::DateTime(time) => format!("{:02}:{:02}", time.hour(), time.minute()),
        BarTimestamp::Date(date) => date.to_string(),
    };
    match item {
        SubscriptionItem::Data(HistoricalBarUpdate::Historical(data)) => {
            format!(
                "{} bars to {}",
                data.bars.len(),
                minute(data.bars.last().unwrap())
            )
        }
        SubscriptionItem::Data(HistoricalBarUpdate::Update(bar)) => {
            format!("{} {}", minute(&bar), bar.close)
        }
        SubscriptionItem::Data(HistoricalBarUpdate::End { .. }) => "end".into(),
        SubscriptionItem::Notice(notice) => format!("notice {}", notice.code),
    }
}

#[tokio::test]
async fn bars_are_kept_up_to_date_every_five_seconds() {
    let venue = Venue::of(with_closes()).await;
    let trader = venue.client(1).await;
    let contract = aaa();
    let request = trader.client.historical_data(&contract, BarSize::Min);
    let request = request.duration(Duration::seconds(600));
    let mut bars = request.stream().await.unwrap();
    let mut next = async || words(soon("a bar", bars.next()).await.unwrap().unwrap());
    assert_eq!(next().await, "10 bars to 21:00");
    assert_eq!(next().await, "end");
    // 21:00:05 was the beginning; a minute is told again as it grows, and once more when it is over.
    venue.clock.pass(Span::from_secs(5));
    assert!(next().await.starts_with("21:00 "));
    venue.clock.pass(Span::from_secs(55));
    let mut told = next().await;
    while told.starts_with("21:00") {
        told = next().await;
    }
    assert!(told.starts_with("21:01 "), "{told}");
    // The finished minute is what history says of it.
    let minutes = trades(&trader, BarSize::Min, Duration::seconds(300)).await;
    assert_eq!(minutes.len(), 5);
}

#[tokio::test]
async fn five_second_bars_are_told_as_they_are_over() {
    let venue = Venue::of(with_closes()).await;
    let trader = venue.client(1).await;
    let contract = aaa();
    let request = trader.client.realtime_bars(&contract);
    let request = request.trading_hours(TradingHours::Extended);
    let mut bars = request.subscribe().await.unwrap();
    soon("the time", trader.client.server_time()).await.unwrap();
    venue.clock.pass(Span::from_secs(11));
    let mut starts = Vec::new();
    let mut end: Option<f64> = None;
    for _ in 0..2 {
        let SubscriptionItem::Data(bar) = soon("a bar", bars.next()).await.unwrap().unwrap() else {
            panic!("a notice");
        };
        assert!(bar.low <= bar.open && bar.open <= bar.high);
        assert!(end.is_none_or(|end| (bar.open - end).abs() < 0.1));
        end = Some(bar.close);
        starts.push(bar.date.second());
    }
    assert_eq!(starts, [5, 10]);
}

#[tokio::test]
async fn real_time_bars_need_permission() {
    let blind = GatewayConfig {
        live_quotes: false,
        ..with_closes()
    };
    let venue = Venue::of(blind).await;
    let trader = venue.client(1).await;
    let contract = aaa();
    let mut bars = trader
        .client
        .realtime_bars(&contract)
        .subscribe()
        .await
        .unwrap();
    let said = soon("a refusal", bars.next()).await.unwrap();
    let said = format!("{said:?}");
    assert!(said.contains("420"), "{said}");
}

#[tokio::test]
async fn the_head_of_history_is_the_first_day_there_is() {
    let venue = Venue::of(with_closes()).await;
    let trader = venue.client(1).await;
    let contract = aaa();
    let head = trader.client;
    let head = head.head_timestamp(&contract, WhatToShow::Trades, TradingHours::Regular);
    let head = soon("a head", head).await.unwrap();
    assert_eq!(head.to_string(), "2022-11-28 14:30:00.0 +00:00:00");
}
