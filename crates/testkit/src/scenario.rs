//! What a seed means: a book, a market, a venue with a character, and a plan of crashes.

mod book;
mod character;
mod crash_plan;
mod doings;
mod people;

use chrono::NaiveDate;
use polyfolio_execution::optimal_quote::QuoteParams;
use polyfolio_matching::{FeeModel, FillModel, Latency, Listing, MarketParams, VenueConfig};
use polyfolio_model::{Currency, Instrument, InstrumentId, Money, Price, Qty, Span, Ts};
use polyfolio_oms::router::{LateResume, OnBreak, RouterConfig, RunPlan};
use polyfolio_portfolio::RiskLimits;
use rust_decimal::Decimal;

pub use character::{Amends, Busy, Character, Rate};
pub use crash_plan::{Crash, CrashPoint, Tail};
pub use doings::Doing;
pub use people::Wish;

use crate::chance::Chance;

/// Everything that a simulation depends on.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Where it came from.
    pub seed: u64,
    /// The first part of every client order id.
    pub deployment: u32,
    /// The market.
    pub venue: VenueConfig,
    /// Where prices begin.
    pub closes: Vec<(InstrumentId, Price)>,
    /// What the account begins with.
    pub cash: Money,
    /// What the account begins with.
    pub positions: Vec<(InstrumentId, Qty)>,
    /// How the router is run; its capabilities are the venue's true ones.
    pub router: RouterConfig,
    /// What is to be traded, run by run.
    pub runs: Vec<RunPlan>,
    /// How the venue and the way to it behave.
    pub character: Character,
    /// When the process dies.
    pub crashes: Vec<Crash>,
    /// What the venue does though nobody asked, and when.
    pub doings: Vec<(Span, Doing)>,
    /// What people want of it, and when.
    pub wishes: Vec<(Span, Wish)>,
}

impl Scenario {
    /// The scenario of a seed.
    pub fn draw(seed: u64) -> Self {
        let chance = &mut Chance::new(seed, 1);
        let listings: Vec<Listing> = (0..instruments(chance))
            .map(|i| listing(i, chance))
            .collect();
        let closes = listings
            .iter()
            .map(|listing| {
                (
                    listing.instrument.id.clone(),
                    Price::from(chance.between(20, 200)),
                )
            })
            .collect();
        let positions = listings
            .iter()
            .map(|listing| (listing.instrument.id.clone(), chance.qty(-40, 60)))
            .collect();
        let runs = book::draw(&listings, &mut Chance::new(seed, 2));
        let character = character::draw(&mut Chance::new(seed, 3));
        let crashes = crash_plan::draw(&mut Chance::new(seed, 4));
        let amends = character.amends.is_some();
        Self {
            seed,
            deployment: 0x5eed,
            venue: venue(seed, listings, chance),
            closes,
            cash: Money::from(1_000_000),
            positions,
            router: router(&character, chance),
            runs,
            character,
            crashes,
            doings: doings::draw(amends, &mut Chance::new(seed, 7)),
            wishes: people::draw(&mut Chance::new(seed, 6)),
        }
    }

    /// The first moment of every simulation.
    pub fn start() -> Ts {
        Ts::on(Self::date(), 21)
    }

    /// The market date of every simulation.
    pub fn date() -> NaiveDate {
        NaiveDate::from_ymd_opt(2022, 12, 28).unwrap_or_default()
    }
}

/// Mostly a few: what goes wrong goes wrong in a small book too, and sooner.
fn instruments(chance: &mut Chance) -> i64 {
    match chance.between(0, 19) {
        0..9 => chance.between(1, 2),
        9..18 => chance.between(2, 4),
        _ => chance.between(5, 12),
    }
}

/// A small market: prices of 20 to 200, quoted to the cent, in lots of one.
fn listing(number: i64, chance: &mut Chance) -> Listing {
    let instrument = Instrument {
        id: InstrumentId::new(format!("I{number}")),
        tick: Price::new(Decimal::new(1, 2)),
        lot: Qty::from(1),
        min_notional: Money::ZERO,
        currency: Currency::from("USD"),
    };
    let market = MarketParams {
        sigma: chance.real(0.5, 3.0),
        arrival_rate: chance.real(0.1, 2.0),
        decay: chance.real(0.2, 1.0),
        tick: Price::ZERO,
    };
    Listing { instrument, market }
}

/// The model's market is the market.
fn quote_params(market: &MarketParams, chance: &mut Chance) -> QuoteParams {
    QuoteParams {
        sigma: market.sigma,
        arrival_rate: market.arrival_rate,
        decay: market.decay,
        risk_aversion: chance.one_of(&[0.0, 0.01, 0.1]),
        liquidation_cost: 3.0,
        drift: 0.0,
    }
}

/// The way to the venue has the latency; the venue itself answers at once.
fn venue(seed: u64, listings: Vec<Listing>, chance: &mut Chance) -> VenueConfig {
    VenueConfig {
        seed,
        latency: Latency::each_way(Span::ZERO),
        quote_interval: Span::from_millis(chance.one_of(&[250, 500, 1_000, 1_000, 2_000])),
        spread_ticks: chance.one_of(&[1, 2, 4]),
        fill_model: chance.one_of(&[FillModel::Poisson, FillModel::Touch]),
        fill_size: chance.one_of(&[0, 1, 3, 3, 7]).into(),
        fees: chance.one_of(&[
            FeeModel::Zero,
            FeeModel::Bps(Decimal::new(25, 1)),
            FeeModel::IbkrFixed,
        ]),
        close: polyfolio_matching::close_of_us_stocks(),
        listings,
    }
}

fn router(character: &Character, chance: &mut Chance) -> RouterConfig {
    let late = [LateResume::Sweep, LateResume::Extend, LateResume::Abandon];
    RouterConfig {
        capabilities: character.capabilities.clone(),
        limits: limits(chance),
        on_late_resume: chance.one_of(&late),
        on_break: chance.one_of(&[OnBreak::Halt, OnBreak::Adopt]),
        lazy_for: Span::from_millis(100),
        quote_age_max: Span::from_secs(chance.between(5, 60)),
        snapshot_retry: Span::from_secs(1),
        looks_only: false,
        vanish_share_max: 0.5,
    }
}

/// Mostly none: an order that is denied ends its parent.
fn limits(chance: &mut Chance) -> RiskLimits {
    let max_order_notional = chance
        .hits(0.1)
        .then(|| Money::from(chance.between(500, 4_000)));
    let max_quote_age = chance.hits(0.1).then(|| Span::from_secs(3));
    RiskLimits {
        max_order_notional,
        max_quote_age,
        ..RiskLimits::default()
    }
}
