//! Funds, futures and currencies beside stocks.

use ibapi::contracts::{Contract, ContractDetails, SecurityType};
use polyfolio_simulators::tws::{ContractTerms, GatewayConfig, Kind, TradingDay};

use crate::common::{Trader, Venue, config, soon, stock};

fn terms(kind: Kind) -> ContractTerms {
    ContractTerms {
        kind,
        ..ContractTerms::default()
    }
}

fn future(con_id: i32, expiry: &str) -> polyfolio_simulators::tws::Stock {
    let mut future = stock(con_id, "ES", "CME", Some(4_000));
    future.listing.instrument.id = format!("ES{con_id}").as_str().into();
    future.listing.instrument.tick = "0.25".parse().unwrap();
    future.terms = ContractTerms {
        expiry: Some(expiry.parse().unwrap()),
        multiplier: Some(50.into()),
        hours: Some(TradingDay {
            zone: "US/Central".into(),
            east_s: -6 * 3_600,
            from: "17:00:00".parse().unwrap(),
            to: "16:00:00".parse().unwrap(),
        }),
        ..terms(Kind::Future)
    };
    future
}

fn of_all_kinds() -> GatewayConfig {
    let mut config = config();
    let mut fund = stock(2_001, "SPY", "ARCA", Some(400));
    fund.terms = terms(Kind::Etf);
    let mut euro = stock(2_002, "EUR", "IDEALPRO", Some(1));
    euro.listing.instrument.tick = "0.00005".parse().unwrap();
    euro.terms = ContractTerms {
        rule: vec![
            (0.into(), "0.00005".parse().unwrap()),
            (10.into(), "0.0001".parse().unwrap()),
        ],
        ..terms(Kind::Forex)
    };
    let futures = [future(2_003, "2022-12-16"), future(2_004, "2023-03-17")];
    config.stocks.extend([fund, euro]);
    config.stocks.extend(futures);
    config
}

async fn found(trader: &Trader, contract: Contract) -> Vec<ContractDetails> {
    let details = trader.client.contract_details(&contract);
    soon("details", details).await.unwrap_or_default()
}

fn es(expiry: &str) -> Contract {
    Contract {
        symbol: "ES".into(),
        security_type: SecurityType::Future,
        exchange: "CME".into(),
        currency: "USD".into(),
        last_trade_date_or_contract_month: expiry.into(),
        ..Contract::default()
    }
}

#[tokio::test]
async fn a_future_is_known_by_its_month_or_its_day() {
    let venue = Venue::of(of_all_kinds()).await;
    let trader = venue.client(1).await;
    assert_eq!(found(&trader, es("")).await.len(), 2);
    for expiry in ["202303", "20230317"] {
        let details = found(&trader, es(expiry)).await;
        let [known] = details.as_slice() else {
            panic!("{details:?}");
        };
        let contract = &known.contract;
        assert_eq!(contract.contract_id, 2_004);
        assert_eq!(contract.local_symbol, "ESH3");
        assert_eq!(contract.multiplier, "50");
        assert_eq!(
            (known.min_tick, known.contract_month.as_str()),
            (0.25, "202303")
        );
        assert_eq!(known.time_zone_id, "US/Central");
        assert_eq!(known.trading_hours[0], "20221130:1700-20221201:1600");
        assert_eq!(known.trading_hours[2], "20221203:CLOSED");
    }
    assert!(found(&trader, es("202306")).await.is_empty());
    let elsewhere = Contract {
        exchange: "SMART".into(),
        ..es("202303")
    };
    assert!(found(&trader, elsewhere).await.is_empty());
}

#[tokio::test]
async fn a_fund_is_a_stock_of_another_type_and_a_pair_is_two_currencies() {
    let venue = Venue::of(of_all_kinds()).await;
    let trader = venue.client(1).await;
    let funds = found(&trader, Contract::stock("SPY").build()).await;
    assert_eq!((funds.len(), funds[0].stock_type.as_str()), (1, "ETF"));
    let euro = Contract {
        symbol: "EUR".into(),
        security_type: SecurityType::ForexPair,
        exchange: "IDEALPRO".into(),
        currency: "USD".into(),
        ..Contract::default()
    };
    let pairs = found(&trader, euro).await;
    assert_eq!(
        (pairs.len(), pairs[0].contract.local_symbol.as_str()),
        (1, "EUR.USD")
    );
    let rule: i32 = pairs[0].market_rule_ids[0].parse().unwrap();
    let rule = soon("a rule", trader.client.market_rule(rule))
        .await
        .unwrap();
    let steps = rule.price_increments.iter();
    let steps: Vec<_> = steps.map(|part| (part.low_edge, part.increment)).collect();
    assert_eq!(steps, [(0.0, 0.000_05), (10.0, 0.000_1)]);
    // A stock of that name there is none.
    assert!(
        found(&trader, Contract::stock("EUR").build())
            .await
            .is_empty()
    );
}
