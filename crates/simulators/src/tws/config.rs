//! What a gateway, its account and its market are made of.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate, NaiveTime};
use polyfolio_matching::{FeeModel, FillModel, Latency, Listing, VenueConfig, close_of_us_stocks};
use polyfolio_model::{Currency, InstrumentId, Money, Price, Qty, Span};
use serde::{Deserialize, Serialize};

use super::GatewayError;
use super::contract::{ContractTerms, Kind};
use super::hello::{VERSION_MAX, VERSION_MIN};

/// A gateway with one account. The same configuration and the same messages at the same times give
/// the same answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GatewayConfig {
    /// The newest version that is spoken.
    pub version_max: i32,
    /// The account's name; a paper account's begins with `DU`.
    pub account: String,
    /// The account's currency.
    pub currency: Currency,
    /// Opening cash.
    pub cash: Money,
    /// Opening positions, signed.
    pub positions: BTreeMap<InstrumentId, Qty>,
    /// Whether the login may see live quotes; without, only delayed ones.
    pub live_quotes: bool,
    /// What every quote shows as its size, on both sides: the market has no depth of its own.
    pub quote_size: Qty,
    /// How many messages a second a client may send before it is hung up on; 0 for any number.
    pub messages_per_second_max: u32,
    /// The seed of the market.
    pub seed: u64,
    /// How long a message between gateway and market takes, each way, in milliseconds.
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
    /// What is traded.
    pub stocks: Vec<Stock>,
}

/// A contract, as the gateway knows it: a stock, unless its terms say otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stock {
    /// IB's number for the contract.
    pub con_id: i32,
    /// What it is called; several contracts may share a symbol.
    pub symbol: String,
    /// Where it is listed.
    pub primary_exchange: String,
    /// Its name.
    pub long_name: String,
    /// The price its market begins at; without one there is no market and there are no quotes.
    pub start: Option<Price>,
    /// Its trading rules and how its market moves.
    pub listing: Listing,
    /// What kind of contract it is.
    #[serde(default)]
    pub terms: ContractTerms,
    /// Its daily closes before its market began, oldest first. Bars of the past are made of them;
    /// without any there is no past.
    #[serde(default)]
    pub closes: Vec<(NaiveDate, Price)>,
}

/// The letters of a future's months.
const MONTHS: &str = "FGHJKMNQUVXZ";

impl Default for GatewayConfig {
    fn default() -> Self {
        Self {
            version_max: VERSION_MAX,
            account: "DU0000001".to_owned(),
            currency: "USD".into(),
            cash: Money::from(1_000_000),
            positions: BTreeMap::new(),
            live_quotes: true,
            quote_size: Qty::from(100),
            messages_per_second_max: 50,
            seed: 1,
            latency_ms: 20,
            fees: FeeModel::IbkrTiered,
            fill_model: FillModel::Poisson,
            fill_size: Qty::ZERO,
            spread_ticks: 2,
            quote_interval_ms: 1_000,
            close: close_of_us_stocks(),
            stocks: Vec::new(),
        }
    }
}

impl Stock {
    /// The market's name for it.
    pub(crate) fn instrument(&self) -> &InstrumentId {
        &self.listing.instrument.id
    }

    /// Where orders for it go.
    pub(crate) fn exchange(&self) -> &str {
        let of_kind = match self.terms.kind {
            Kind::Stock | Kind::Etf => "SMART",
            Kind::Forex => "IDEALPRO",
            Kind::Future => self.primary_exchange.as_str(),
        };
        self.terms.exchange.as_deref().unwrap_or(of_kind)
    }

    /// What its exchange calls it.
    pub(crate) fn local_symbol(&self) -> String {
        let currency = &self.listing.instrument.currency;
        match (self.terms.kind, self.terms.expiry) {
            (Kind::Forex, _) => format!("{}.{currency}", self.symbol),
            (Kind::Future, Some(expiry)) => {
                let letter = MONTHS.chars().nth(expiry.month0() as usize).unwrap_or('?');
                format!("{}{letter}{}", self.symbol, expiry.year().rem_euclid(10))
            }
            _ => self.symbol.clone(),
        }
    }

    /// Its trading class.
    pub(crate) fn trading_class(&self) -> String {
        let named = self.terms.trading_class.clone();
        named.unwrap_or_else(|| match self.terms.kind {
            Kind::Forex => self.local_symbol(),
            _ => self.symbol.clone(),
        })
    }

    /// Its price grid: from each price on, a step; in ascending order and never empty.
    pub(crate) fn rule(&self) -> Vec<(Price, Price)> {
        match self.terms.rule.is_empty() {
            true => vec![(Price::ZERO, self.listing.tick())],
            false => self.terms.rule.clone(),
        }
    }

    /// The step of the grid at a price.
    pub(crate) fn step_at(&self, price: Price) -> Price {
        let rule = self.rule();
        let step = rule.iter().rev().find(|(edge, _)| *edge <= price);
        step.or(rule.first()).map_or(Price::ZERO, |(_, step)| *step)
    }

    /// Whether its description makes sense.
    fn is_sound(&self) -> bool {
        let needs_expiry = self.terms.kind == Kind::Future;
        let rule = &self.terms.rule;
        let ascends = rule.windows(2).all(|pair| pair[0].0 < pair[1].0);
        let steps = rule.iter().all(|(edge, step)| {
            !edge.is_negative() && step.is_positive() && step.is_on_grid(self.listing.tick())
        });
        let dates = self.closes.windows(2).all(|pair| pair[0].0 < pair[1].0);
        let prices = self.closes.iter().all(|(_, close)| close.is_positive());
        self.terms.expiry.is_some() == needs_expiry && ascends && steps && dates && prices
    }
}

impl GatewayConfig {
    /// The market it asks for.
    pub(crate) fn venue(&self) -> VenueConfig {
        VenueConfig {
            seed: self.seed,
            latency: Latency::each_way(Span::from_millis(i64::from(self.latency_ms))),
            quote_interval: Span::from_millis(i64::from(self.quote_interval_ms)),
            spread_ticks: self.spread_ticks,
            fill_model: self.fill_model,
            fill_size: self.fill_size,
            fees: self.fees,
            close: self.close,
            listings: self.stocks.iter().map(|s| s.listing.clone()).collect(),
        }
    }

    /// Where its markets begin.
    pub(crate) fn starts(&self) -> Vec<(InstrumentId, Price)> {
        let start = |stock: &Stock| Some((stock.instrument().clone(), stock.start?));
        self.stocks.iter().filter_map(start).collect()
    }

    /// Refuses by name what no gateway can be made of; the market has its own check.
    pub(crate) fn check(&self) -> Result<(), GatewayError> {
        if !(VERSION_MIN..=VERSION_MAX).contains(&self.version_max) {
            return Err(GatewayError::Version(self.version_max));
        }
        let mut ids = BTreeSet::new();
        let fault = |id: &i32| *id <= 0 || !ids.insert(*id);
        if let Some(id) = self.stocks.iter().map(|s| s.con_id).find(fault) {
            return Err(GatewayError::ContractId(id));
        }
        if let Some(stock) = self.stocks.iter().find(|stock| !stock.is_sound()) {
            return Err(GatewayError::Terms(stock.instrument().clone()));
        }
        self.positions.keys().try_for_each(|held| {
            let stock = self.stocks.iter().find(|s| s.instrument() == held);
            match stock.map(|s| s.start) {
                Some(Some(_)) => Ok(()),
                Some(None) => Err(GatewayError::Unpriced(held.clone())),
                None => Err(GatewayError::Position(held.clone())),
            }
        })
    }
}
