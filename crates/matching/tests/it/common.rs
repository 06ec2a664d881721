//! A small venue, and short ways of talking to it.

use chrono::NaiveDate;
use polyfolio_matching::{
    FeeModel, FillModel, Latency, Listing, MarketParams, SyntheticVenue, TapeEvent, Venue,
    VenueCommand, VenueConfig, VenueEvent,
};
use polyfolio_model::{
    ClOrdId, ExecKind, ExecutionReport, Instrument, NewOrder, Price, Qty, Side, Span, Ts,
};
use polyfolio_testkit::orders;

pub(crate) fn date(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2022, 12, day).unwrap()
}

/// When the market of the tests begins.
pub(crate) fn start() -> Ts {
    Ts::on(date(1), 21)
}

pub(crate) fn secs(secs: i64) -> Ts {
    start() + Span::from_secs(secs)
}

pub(crate) fn listing(symbol: &str) -> Listing {
    Listing {
        instrument: Instrument {
            id: symbol.into(),
            tick: "0.01".parse().unwrap(),
            lot: Qty::from(1),
            min_notional: polyfolio_model::Money::from(10),
            currency: "USD".into(),
        },
        market: MarketParams {
            sigma: 0.9,
            arrival_rate: 0.1,
            decay: 0.3,
            tick: Price::ZERO,
        },
    }
}

pub(crate) fn config(seed: u64) -> VenueConfig {
    VenueConfig {
        seed,
        latency: Latency::each_way(Span::from_millis(40)),
        quote_interval: Span::from_secs(1),
        spread_ticks: 2,
        fill_model: FillModel::Poisson,
        fill_size: Qty::ZERO,
        fees: FeeModel::IbkrTiered,
        close: polyfolio_matching::close_of_us_stocks(),
        listings: vec![listing("AAA"), listing("BBB")],
    }
}

/// A venue of the tests' date, both instruments at 100.
pub(crate) fn venue(config: VenueConfig) -> (SyntheticVenue, Vec<VenueEvent>) {
    let mut venue = SyntheticVenue::new(config).unwrap();
    let mut events = venue.open_account(1_000_000.into(), vec![("BBB".into(), 50.into())], start());
    let closes = [("AAA".into(), 100.into()), ("BBB".into(), 100.into())];
    events.extend(venue.set_market(date(1), start(), &closes).unwrap());
    (venue, events)
}

pub(crate) fn id(child: u32) -> ClOrdId {
    orders::cl_ord_id(1, child)
}

pub(crate) fn order(child: u32, side: Side, quantity: i64, price: &str) -> NewOrder {
    orders::order(id(child), "AAA", side, quantity, price)
}

pub(crate) fn new(child: u32, side: Side, quantity: i64, price: &str) -> VenueCommand {
    VenueCommand::New(order(child, side, quantity, price))
}

/// Lets the venue live to `to`, one event after the other, and notes when each came.
pub(crate) fn live(venue: &mut SyntheticVenue, to: Ts) -> Vec<(Ts, VenueEvent)> {
    let mut heard = Vec::new();
    while let Some(next) = venue.next_event().filter(|next| *next <= to) {
        heard.extend(venue.advance(next).into_iter().map(|event| (next, event)));
    }
    venue.advance(to);
    heard
}

pub(crate) fn reports(events: &[VenueEvent]) -> Vec<ExecutionReport> {
    let report = |event: &VenueEvent| match event {
        VenueEvent::Report(report) => Some(report.clone()),
        _ => None,
    };
    events.iter().filter_map(report).collect()
}

pub(crate) fn kinds(events: &[VenueEvent]) -> Vec<ExecKind> {
    reports(events).into_iter().map(|r| r.kind).collect()
}

pub(crate) fn tape(events: &[VenueEvent]) -> Vec<TapeEvent> {
    let taped = |event: &VenueEvent| match event {
        VenueEvent::Tape(event) => Some(event.clone()),
        _ => None,
    };
    events.iter().filter_map(taped).collect()
}
