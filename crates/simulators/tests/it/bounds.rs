//! What no gateway is made of.

use std::sync::Arc;

use polyfolio_model::Qty;
use polyfolio_simulators::tws::{Gateway, GatewayConfig};

use crate::common::{HandClock, config, stock};

async fn refused(address: &str, config: GatewayConfig) -> String {
    let clock: Arc<HandClock> = HandClock::at("2022-12-01T21:00:05Z");
    let listening = Gateway::listen(address.parse().unwrap(), config, clock).await;
    listening.map(|_| ()).unwrap_err().to_string()
}

#[tokio::test]
async fn a_gateway_is_for_this_machine_alone() {
    let said = refused("0.0.0.0:0", config()).await;
    assert!(said.contains("listen on 127.0.0.1"), "{said}");
}

#[tokio::test]
async fn a_port_is_one_gateways() {
    let clock = HandClock::at("2022-12-01T21:00:05Z");
    let any = "127.0.0.1:0".parse().unwrap();
    let first = Gateway::listen(any, config(), clock).await.unwrap();
    let said = refused(&first.address().to_string(), config()).await;
    assert!(said.starts_with("cannot listen on 127.0.0.1:"), "{said}");
}

#[tokio::test]
async fn what_makes_no_sense_is_named() {
    let with = |change: fn(&mut GatewayConfig)| {
        let mut changed = config();
        change(&mut changed);
        async move { refused("127.0.0.1:0", changed).await }
    };
    let said = with(|c| c.version_max = 212).await;
    assert_eq!(said, "version_max is 212: 213 to 226 are spoken");
    let said = with(|c| c.stocks.push(stock(1_001, "EEE", "NYSE", None))).await;
    assert!(said.starts_with("contract id 1001 "), "{said}");
    let said = with(|c| {
        c.positions.insert("ZZZ.NYSE".into(), Qty::from(1));
    })
    .await;
    assert!(said.contains("ZZZ.NYSE"), "{said}");
    let said = with(|c| {
        c.positions.insert("DDD.NYSE".into(), Qty::from(1));
    })
    .await;
    assert!(said.contains("no start price"), "{said}");
    let said = with(|c| c.quote_interval_ms = 0).await;
    assert_eq!(said, "the market behind the gateway cannot be made");
}
