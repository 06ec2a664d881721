//! What is known of instruments: rules and quote parameters, their own or everybody's.

use std::collections::BTreeMap;

use polyfolio_broker_ib::{ContractSpec, SecType};
use polyfolio_model::{Currency, Instrument, InstrumentId, Money, Price, Qty};

/// `[instrument.NAME]`, with what `[instrument.default]` says for the rest.
#[derive(Clone, Debug, Default)]
pub struct Instruments {
    pub(in crate::settings) default: InstrumentRules,
    pub(in crate::settings) named: BTreeMap<InstrumentId, InstrumentRules>,
    pub(in crate::settings) base_currency: Option<Currency>,
    /// Whether a plan may do without ticks and lots.
    pub(in crate::settings) optional: bool,
    /// Whether orders go out as they come, so that no instrument has a lot.
    pub(in crate::settings) unrounded: bool,
}

/// What one table says of an instrument.
#[derive(Clone, Debug, Default)]
pub struct InstrumentRules {
    /// The price grid, above 0.
    pub tick: Option<Price>,
    /// The quantity grid, above 0.
    pub lot: Option<Qty>,
    /// The smallest value of an order.
    pub min_notional: Option<Money>,
    /// What it is quoted in.
    pub currency: Option<Currency>,
    /// Its own quote parameters.
    pub quote: QuoteOverrides,
    /// What it is at Interactive Brokers.
    pub ib_sec_type: Option<SecType>,
    /// How it is called there, but for what it is and its currency.
    pub ib: ContractSpec,
}

/// Quote parameters that somebody wrote down for an instrument.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct QuoteOverrides {
    /// σ, ticks per √s.
    pub sigma: Option<f64>,
    /// A, per second.
    pub arrival_rate: Option<f64>,
    /// k, per tick.
    pub decay: Option<f64>,
    /// γ, per tick and lot.
    pub risk_aversion: Option<f64>,
    /// b, ticks.
    pub liquidation_cost: Option<f64>,
}

/// A trading rule that nobody gave.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("instrument {instrument} has no {rule}")]
pub struct NoRule {
    /// Which instrument.
    pub instrument: InstrumentId,
    /// `tick` or `lot`.
    pub rule: &'static str,
}

impl Instruments {
    /// The trading rules of an instrument.
    ///
    /// # Errors
    /// Names the rule that neither its own table nor `[instrument.default]` gives. Where a plan
    /// needs neither tick nor lot (reference sizing without rounding) a missing one is 0: no grid.
    /// Without rounding the lot is 0 whatever `[instrument.default]` says.
    pub fn rules(&self, id: &InstrumentId) -> Result<Instrument, NoRule> {
        let own = self.named.get(id).unwrap_or(&self.default);
        let missing = |rule| NoRule {
            instrument: id.clone(),
            rule,
        };
        let tick = own
            .tick
            .or(self.default.tick)
            .or(self.optional.then_some(Price::ZERO));
        let lot = match self.unrounded {
            true => Some(Qty::ZERO),
            false => own.lot.or(self.default.lot),
        };
        let currency = own
            .currency
            .clone()
            .or_else(|| self.default.currency.clone());
        let base = || {
            self.base_currency
                .clone()
                .unwrap_or_else(|| Currency::from(""))
        };
        Ok(Instrument {
            id: id.clone(),
            tick: tick.ok_or_else(|| missing("tick"))?,
            lot: lot.ok_or_else(|| missing("lot"))?,
            min_notional: own
                .min_notional
                .or(self.default.min_notional)
                .unwrap_or_default(),
            currency: currency.unwrap_or_else(base),
        })
    }

    /// How Interactive Brokers calls an instrument: in its own currency, and with what nobody wrote
    /// down left to the connector. What `[instrument.default]` says of a contract holds for its kind
    /// and exchange alone.
    pub fn ib_contract(&self, id: &InstrumentId, currency: &Currency) -> ContractSpec {
        let default = &self.default;
        let own = self.named.get(id).unwrap_or(default);
        ContractSpec {
            sec_type: own.ib_sec_type.or(default.ib_sec_type).unwrap_or_default(),
            exchange: own.ib.exchange.clone().or(default.ib.exchange.clone()),
            currency: Some(currency.to_string()),
            ..own.ib.clone()
        }
    }

    /// What somebody wrote down of an instrument's quote parameters.
    pub fn quote(&self, id: &InstrumentId) -> QuoteOverrides {
        let own = self
            .named
            .get(id)
            .map(|rules| rules.quote)
            .unwrap_or_default();
        let default = self.default.quote;
        QuoteOverrides {
            sigma: own.sigma.or(default.sigma),
            arrival_rate: own.arrival_rate.or(default.arrival_rate),
            decay: own.decay.or(default.decay),
            risk_aversion: own.risk_aversion.or(default.risk_aversion),
            liquidation_cost: own.liquidation_cost.or(default.liquidation_cost),
        }
    }
}
