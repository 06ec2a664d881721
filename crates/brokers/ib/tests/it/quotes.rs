//! Quotes over the wire.

use std::collections::BTreeSet;
use std::sync::Arc;

use polyfolio_broker_ib::IbConfig;
use polyfolio_model::{InstrumentId, Price, Quote, Span};
use polyfolio_ports::{MarketData, QuoteUpdate};
use polyfolio_simulators::tws::GatewayConfig;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::common::{Desk, Venue, config, gateway_config, soon};
use crate::relay::Relay;

pub(crate) fn subscribe(desk: &Desk, instruments: &[&str]) -> UnboundedReceiver<QuoteUpdate> {
    let (sender, quotes) = unbounded_channel();
    let instruments = instruments
        .iter()
        .map(|id| InstrumentId::from(*id))
        .collect();
    let sink = Arc::new(move |update| {
        let _ = sender.send(update);
    });
    desk.account.market_data().subscribe(instruments, sink);
    quotes
}

/// The first quote of an instrument that fits.
pub(crate) async fn quote(
    quotes: &mut UnboundedReceiver<QuoteUpdate>,
    instrument: &str,
    fits: impl Fn(&Quote) -> bool,
) -> Quote {
    loop {
        let what = format!("a quote of {instrument}");
        let update = soon(&what, quotes.recv()).await.unwrap();
        if update.instrument == instrument.into() && fits(&update.quote) {
            return update.quote;
        }
    }
}

pub(crate) fn is_whole(quote: &Quote) -> bool {
    quote.mid().is_some()
}

pub(crate) fn is_absent(quote: &Quote) -> bool {
    quote.bid.is_none() && quote.ask.is_none()
}

#[tokio::test]
async fn quotes_stream_and_begin_with_the_current_one() {
    let venue = Venue::open().await;
    let desk = venue.desk().await;
    let mut quotes = subscribe(&desk, &["AAA", "BBB", "CCC"]);
    let price = |text: &str| Some(text.parse::<Price>().unwrap());
    for (instrument, bid, ask) in [("AAA", "99.99", "100.01"), ("CCC", "10.99", "11.01")] {
        let quote = quote(&mut quotes, instrument, is_whole).await;
        assert_eq!((quote.bid, quote.ask), (price(bid), price(ask)));
    }
}

/// A bid and its offer are two messages. A new bid beside the old offer is a quote that never was,
/// and with prices that jump one whose sides are crossed.
#[tokio::test]
async fn a_bid_and_its_offer_are_one_quote() {
    let mut moving = gateway_config();
    moving.stocks[0].listing.market.sigma = 500.0;
    let venue = Venue::of(moving).await;
    let desk = venue.desk().await;
    let mut quotes = subscribe(&desk, &["AAA"]);
    quote(&mut quotes, "AAA", is_whole).await;
    let mut bids = BTreeSet::new();
    for _ in 0..20 {
        venue.clock.pass(Span::from_secs(1));
        let next = quote(&mut quotes, "AAA", |_| true).await;
        let (bid, ask) = (next.bid.unwrap(), next.ask.unwrap());
        assert_eq!((ask - bid).to_string(), "0.02", "{next:?}");
        bids.insert(bid);
    }
    assert!(
        bids.len() > 15,
        "it moves by some dollars a second: {bids:?}"
    );
}

/// F26: −1 is no price.
#[tokio::test]
async fn f26_what_nobody_quotes_is_absent() {
    let venue = Venue::open().await;
    let desk = venue.desk().await;
    let mut quotes = subscribe(&desk, &["DDD"]);
    let quote = quote(&mut quotes, "DDD", |_| true).await;
    assert!(is_absent(&quote), "{quote:?}");
}

#[tokio::test]
async fn quotes_are_absent_while_the_connection_is_gone_and_come_back_with_it() {
    let venue = Venue::open().await;
    let relay = Relay::to(venue.gateway.address()).await;
    let mut desk = Desk::open(config(relay.address), venue.clock.clone());
    desk.ready().await;
    let mut quotes = subscribe(&desk, &["AAA"]);
    quote(&mut quotes, "AAA", is_whole).await;
    relay.cut();
    quote(&mut quotes, "AAA", is_absent).await;
    desk.down().await;
    quote(&mut quotes, "AAA", is_whole).await;
}

#[tokio::test]
async fn a_new_subscription_takes_the_place_of_the_old_one() {
    let venue = Venue::open().await;
    let desk = venue.desk().await;
    let mut first = subscribe(&desk, &["AAA"]);
    quote(&mut first, "AAA", is_whole).await;
    let mut second = subscribe(&desk, &["BBB"]);
    quote(&mut second, "BBB", is_whole).await;
    while let Ok(update) = first.try_recv() {
        assert_eq!(update.instrument, "AAA".into());
    }
}

#[tokio::test]
async fn without_permission_there_is_a_next_step_and_no_quote() {
    let venue = Venue::of(GatewayConfig {
        live_quotes: false,
        ..gateway_config()
    })
    .await;
    let mut desk = venue.desk().await;
    let mut quotes = subscribe(&desk, &["AAA"]);
    let notice = desk.notice("354").await;
    let text = notice.to_string();
    assert!(
        text.contains("broker.ib.market_data = \"delayed\""),
        "{text}"
    );
    quote(&mut quotes, "AAA", is_absent).await;
    // Who asks for delayed ones gets them.
    drop(desk);
    let delayed = IbConfig {
        market_data_type: 3,
        ..venue.config()
    };
    let mut desk = Desk::open(delayed, venue.clock.clone());
    desk.ready().await;
    let mut quotes = subscribe(&desk, &["AAA"]);
    quote(&mut quotes, "AAA", is_whole).await;
}

#[tokio::test]
async fn a_quote_of_what_ib_does_not_know_is_said_to_be_missing() {
    let venue = Venue::open().await;
    let mut desk = venue.desk().await;
    let _quotes = subscribe(&desk, &["ZZZ"]);
    let notice = desk.notice("no quotes").await;
    assert_eq!(notice.instrument, Some("ZZZ".into()));
}
