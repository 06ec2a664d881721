//! What a paper account and its market are made of.

use std::collections::BTreeMap;

use chrono::NaiveTime;
use polyfolio_matching::{FeeModel, FillModel, Latency, Listing, VenueConfig, close_of_us_stocks};
use polyfolio_model::{InstrumentId, Money, Qty, Span};
use serde::{Deserialize, Serialize};

/// A paper account and its market. `cash` and `positions` count when the account is created and
/// never again; everything else counts from the next start on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PaperConfig {
    /// The account, for people.
    pub account: String,
    /// Opening cash, in the base currency.
    pub cash: Money,
    /// Opening positions, signed.
    pub positions: BTreeMap<InstrumentId, Qty>,
    /// The seed of the market.
    pub seed: u64,
    /// How long every message takes, each way, in milliseconds.
    pub latency_ms: u32,
    /// What trading costs.
    pub fees: FeeModel,
    /// When resting orders trade.
    pub fill_model: FillModel,
    /// The most that one execution trades; zero: whole orders.
    pub fill_size: Qty,
    /// Offer less bid, in ticks.
    pub spread_ticks: u32,
    /// The time between two moves of the mids, in milliseconds.
    pub quote_interval_ms: u32,
    /// The time of day (UTC) at which orders at the close trade.
    pub close: NaiveTime,
    /// What is traded, and how each market moves.
    pub listings: Vec<Listing>,
}

impl Default for PaperConfig {
    fn default() -> Self {
        Self {
            account: "PAPER-1".to_owned(),
            cash: Money::from(1_000_000),
            positions: BTreeMap::new(),
            seed: 1,
            latency_ms: 20,
            fees: FeeModel::IbkrTiered,
            fill_model: FillModel::Poisson,
            fill_size: Qty::ZERO,
            spread_ticks: 2,
            quote_interval_ms: 1_000,
            close: close_of_us_stocks(),
            listings: Vec::new(),
        }
    }
}

impl PaperConfig {
    /// The venue it asks for.
    pub fn venue(&self) -> VenueConfig {
        VenueConfig {
            seed: self.seed,
            latency: Latency::each_way(self.latency()),
            quote_interval: Span::from_millis(i64::from(self.quote_interval_ms)),
            spread_ticks: self.spread_ticks,
            fill_model: self.fill_model,
            fill_size: self.fill_size,
            fees: self.fees,
            close: self.close,
            listings: self.listings.clone(),
        }
    }

    /// How long every message takes.
    pub fn latency(&self) -> Span {
        Span::from_millis(i64::from(self.latency_ms))
    }

    pub(crate) fn opening(&self) -> Vec<(InstrumentId, Qty)> {
        let held = self.positions.iter().filter(|(_, q)| !q.is_zero());
        held.map(|(instrument, quantity)| (instrument.clone(), *quantity))
            .collect()
    }
}
