//! Funds, futures and currencies: what the configuration says of them, and what the gateway makes
//! of that.

use polyfolio_broker_ib::{ContractSpec, IbConfig, SecType};
use polyfolio_model::{BarSize, NewOrder, OrdType, Price, Side};
use polyfolio_ports::{Bars, BarsRequest, Command, Reach};
use polyfolio_simulators::tws::{ContractTerms, GatewayConfig, Kind, Stock, TradingDay};

use crate::common::{Desk, Venue, gateway_config, order, soon, stock};

fn price(text: &str) -> Price {
    text.parse().unwrap()
}

fn future(con_id: i32, expiry: &str, class: &str, multiplier: i64) -> Stock {
    let mut future = stock(con_id, "ES", "CME", Some(4_000));
    future.listing.instrument.id = format!("ES-{con_id}").as_str().into();
    future.listing.instrument.tick = price("0.25");
    future.terms = ContractTerms {
        kind: Kind::Future,
        expiry: Some(expiry.parse().unwrap()),
        trading_class: Some(class.into()),
        multiplier: Some(multiplier.into()),
        hours: Some(TradingDay {
            zone: "US/Central".into(),
            east_s: -6 * 3_600,
            from: "17:00:00".parse().unwrap(),
            to: "16:00:00".parse().unwrap(),
        }),
        ..ContractTerms::default()
    };
    future.closes = vec![
        ("2022-11-29".parse().unwrap(), price("3960")),
        ("2022-11-30".parse().unwrap(), price("4000")),
    ];
    future
}

fn of_all_kinds() -> GatewayConfig {
    let mut config = gateway_config();
    let mut fund = stock(2_001, "SPY", "ARCA", Some(400));
    fund.terms.kind = Kind::Etf;
    let mut euro = stock(2_002, "EUR", "IDEALPRO", Some(1));
    euro.listing.instrument.tick = price("0.00005");
    euro.listing.instrument.lot = 1_000.into();
    euro.terms = ContractTerms {
        kind: Kind::Forex,
        rule: vec![
            (price("0"), price("0.00005")),
            (price("10"), price("0.0001")),
        ],
        ..ContractTerms::default()
    };
    euro.closes = vec![("2022-11-30".parse().unwrap(), price("1.05"))];
    config.stocks.extend([
        fund,
        euro,
        future(2_003, "2022-12-16", "ES", 50),
        future(2_004, "2023-03-17", "ES", 50),
        future(2_005, "2023-03-17", "ESQ", 5),
    ]);
    config
}

fn spec(text: &str) -> ContractSpec {
    toml::from_str(text).unwrap()
}

fn asking(venue: &Venue, contracts: &[(&str, &str)]) -> IbConfig {
    let contracts = contracts.iter();
    IbConfig {
        contracts: contracts
            .map(|(id, text)| ((*id).into(), spec(text)))
            .collect(),
        ..venue.config()
    }
}

const ES: &str = "sec_type = \"FUT\"\nsymbol = \"ES\"\nexchange = \"CME\"\n";

#[tokio::test]
async fn each_kind_is_found_with_its_rules() {
    let venue = Venue::of(of_all_kinds()).await;
    let es = format!("{ES}expiry = \"202303\"\ntrading_class = \"ES\"");
    let contracts = [
        ("SPY", "sec_type = \"ETF\""),
        ("EUR.USD", "sec_type = \"CASH\""),
        ("ESH3", es.as_str()),
    ];
    let mut desk = Desk::open(asking(&venue, &contracts), venue.clock.clone());
    desk.ready().await;
    let facts = |id: &str| desk.account.contract(&id.into()).unwrap();
    let fund = facts("SPY");
    assert_eq!((fund.con_id, fund.instrument.tick), (2_001, price("0.01")));
    let euro = facts("EUR.USD");
    assert_eq!((euro.con_id, euro.instrument.lot), (2_002, 1_000.into()));
    assert_eq!(euro.tick_at(price("1.05")), price("0.00005"));
    assert_eq!(euro.tick_at(price("12")), price("0.0001"));
    let es = facts("ESH3");
    assert_eq!((es.con_id, es.multiplier), (2_004, 50.into()));
    assert_eq!(es.instrument.tick, price("0.25"));
    assert_eq!(es.trading_hours.zone, "US/Central");
    let local = |text: &str| text.parse().unwrap();
    assert!(es.trading_hours.contains(local("2022-11-30T18:00:00")));
    assert!(!es.trading_hours.contains(local("2022-12-01T16:30:00")));
    assert_eq!(SecType::Future.to_string(), "FUT");
}

#[tokio::test]
async fn a_future_that_is_one_of_several_or_none_is_named_with_the_key_to_set() {
    let venue = Venue::of(of_all_kinds()).await;
    let (two, none) = (
        format!("{ES}expiry = \"202303\""),
        format!("{ES}expiry = \"202306\""),
    );
    let contracts = [("TWO", two.as_str()), ("NONE", none.as_str())];
    let mut desk = Desk::open(asking(&venue, &contracts), venue.clock.clone());
    desk.ready().await;
    let named = desk.notice("NONE").await.to_string();
    assert!(
        named.contains("first its symbol, exchange, expiry"),
        "{named}"
    );
    let named = desk.notice("TWO").await.to_string();
    assert!(
        named.contains("instrument.\"TWO\".ib.trading_class to one of ES, ESQ"),
        "{named}"
    );
}

#[tokio::test]
async fn a_future_trades_and_has_bars_of_its_own_hours() {
    let venue = Venue::of(of_all_kinds()).await;
    let es = format!("{ES}expiry = \"20230317\"\ntrading_class = \"ES\"");
    let contracts = [("ESH3", es.as_str()), ("EUR.USD", "sec_type = \"CASH\"")];
    let mut desk = Desk::open(asking(&venue, &contracts), venue.clock.clone());
    desk.ready().await;
    let bought = NewOrder {
        instrument: "ESH3".into(),
        ord_type: OrdType::Limit(price("4000.25")),
        ..order(1, Side::Buy, 2, None)
    };
    desk.send(Command::New(bought));
    desk.hears(&["1 PendingNew", "1 New"]).await;
    assert_eq!(desk.heard().await, "1 trade 2 at 4000.25");
    let ask = |instrument: &str, count| {
        let (instrument, size) = (instrument.into(), BarSize::Hour1);
        let reach = Reach::Count(count);
        desk.account.bars().history(BarsRequest {
            instrument,
            size,
            reach,
        })
    };
    // A day of twenty-three hours, and what there is of the next one until 21:00.
    let bars = soon("bars", ask("ESH3", 50)).await.unwrap();
    let day = bars
        .iter()
        .filter(|bar| bar.start.date().to_string() == "2022-11-30");
    assert_eq!(day.count(), 23);
    // Currencies trade in no one place: the middle of the quote, and no volume.
    let bars = soon("bars", ask("EUR.USD", 3)).await.unwrap();
    assert!(bars.iter().all(|bar| bar.volume.is_none()));
}
