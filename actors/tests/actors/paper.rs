//! Whole runs over the paper broker: its own clockwork, latencies, quotes and fees.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use polyfolio_broker_paper::{PaperConfig, PaperVenue, TapeTag, read_tape};
use polyfolio_matching::{Listing, MarketParams};
use polyfolio_model::{InstrumentId, Money, Price};
use polyfolio_oms::events::Event;

use crate::harness::{Setup, date, holds, qty, rules};

/// A paper account of 100,000 in this folder, and a setup that trades on it.
fn on_paper(dir: &Path) -> (PaperVenue, Setup) {
    let setup = Setup::new().sleeves(&[
        ("alpha", holds(&[("AAA", 10.0)])),
        ("beta", holds(&[("AAA", -2.0), ("BBB", 4.0)])),
    ]);
    let market = MarketParams {
        sigma: 0.3,
        arrival_rate: 0.1,
        decay: 0.3,
        tick: Price::from(1),
    };
    let listing = |id: &InstrumentId| Listing {
        instrument: rules(id),
        market,
    };
    let config = PaperConfig {
        cash: Money::from(100_000),
        listings: setup.instruments.iter().map(listing).collect(),
        ..PaperConfig::default()
    };
    let (venue, _) = PaperVenue::open(dir, config).unwrap();
    let closes: Vec<_> = setup
        .instruments
        .iter()
        .map(|id| (id.clone(), Price::from(50)))
        .collect();
    venue.set_market(date(), &closes).unwrap();
    let (orders, quotes) = (venue.clone(), venue.clone());
    let setup = Setup {
        broker: Some(Arc::new(move |clock| Box::new(orders.broker(clock)))),
        market: Arc::new(move |clock| Box::new(quotes.market_data(clock))),
        ..setup
    };
    (venue, setup)
}

fn held(venue: &PaperVenue, name: &str) -> polyfolio_model::Qty {
    let positions = venue.account().unwrap().positions;
    positions
        .get(&InstrumentId::new(name))
        .copied()
        .unwrap_or_default()
}

#[actix::test]
async fn a_run_on_paper_ends_at_its_targets() {
    let dir = tempfile::tempdir().unwrap();
    let (venue, setup) = on_paper(dir.path());
    let finished = setup.run().await;
    finished.is_done();
    assert_eq!(
        (held(&venue, "AAA"), held(&venue, "BBB")),
        (qty(400), qty(200))
    );
    let book = finished.book.unwrap();
    let account = venue.account().unwrap();
    assert_eq!(book.ledger().cash(), account.cash);
    assert!(
        account.cash < Money::from(70_000),
        "30,000 and the costs: {}",
        account.cash
    );
}

/// The router falls in the middle of it, with a connection that the broker takes for replaced: the
/// former connector's end is nobody's loss, and the run goes on.
#[actix::test]
async fn a_router_that_falls_on_paper_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let (venue, mut setup) = on_paper(dir.path());
    let fallen = AtomicBool::new(false);
    setup.on_event = Arc::new(move |event| {
        let now = matches!(event, Event::OrderSubmitted { .. });
        assert!(
            !now || fallen.swap(true, Ordering::SeqCst),
            "the test has the router panic"
        );
    });
    let finished = setup.run().await;
    finished.is_done();
    assert_eq!(
        (held(&venue, "AAA"), held(&venue, "BBB")),
        (qty(400), qty(200))
    );
    let tape = read_tape(dir.path()).unwrap();
    let accepted = tape.iter().filter(|line| line.event == TapeTag::Accepted);
    let ids: Vec<_> = accepted.map(|line| line.cl_ord_id).collect();
    assert_eq!(
        ids.iter().collect::<BTreeSet<_>>().len(),
        ids.len(),
        "{ids:?}"
    );
    assert!(ids.len() >= 2, "{ids:?}");
}
