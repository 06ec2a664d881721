//! All that a plan hangs on: settings, sleeves, the account, who owns what of it, rules, prices.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use indexmap::IndexMap;
use polyfolio_model::{Instrument, InstrumentId, Money, Price, Qty};
use serde::{Deserialize, Serialize};

use crate::ledger::Ledger;
use crate::risk::RiskLimits;
use crate::scaling::{ScaleSettings, SleeveInput};
use crate::trading_state::TradingState;

/// All that a plan hangs on.
#[derive(Clone, Copy, Debug)]
pub struct PlanInput<'a> {
    /// The date whose closes decide.
    pub decision_date: NaiveDate,
    /// How it is to be sized, netted and rounded.
    pub settings: &'a PlanSettings,
    /// What is allowed.
    pub limits: &'a RiskLimits,
    /// Whether trading is allowed.
    pub trading: TradingState,
    /// Strategies, weights and wishes, in config order.
    pub sleeves: &'a [SleeveInput],
    /// The account as the broker shows it.
    pub account: &'a Account,
    /// Who owns what of it.
    pub ledger: &'a Ledger,
    /// Trading rules; needed with lots.
    pub instruments: &'a BTreeMap<InstrumentId, Instrument>,
    /// Decision prices; needed under [`Sizing::Nav`](crate::scaling::Sizing::Nav).
    pub prices: &'a BTreeMap<InstrumentId, Close>,
}

/// How a plan is made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlanSettings {
    /// Sizing, leverage, weights.
    pub scale: ScaleSettings,
    /// What happens to positions that no sleeve owns.
    pub unclaimed: Unclaimed,
    /// What happens to what a sleeve holds that left the configuration.
    pub on_departure: OnDeparture,
    /// Whether quantities are whole lots.
    pub rounding: Rounding,
    /// Differences up to this share of the target are not worth trading; 0 trades them all.
    pub no_trade_band: f64,
    /// Orders below this value are not sent; the instrument's own minimum counts as well.
    pub min_notional: Money,
}

/// What happens to positions that no sleeve owns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unclaimed {
    /// They stay beside the sleeves, and their value is not shared out.
    #[default]
    Keep,
    /// They are sold.
    Liquidate,
}

/// What happens to what a sleeve holds that left the configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnDeparture {
    /// It is crossed to who wants it, and the rest is traded away.
    #[default]
    WindDown,
    /// It is given to what no sleeve owns, at the decision price.
    Unassign,
}

/// Whether quantities are whole lots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rounding {
    /// Toward zero, in the instrument's lots.
    #[default]
    Lot,
    /// As the doubles fall.
    None,
}

/// The account as the broker shows it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Account {
    /// Net asset value in the base currency; needed under `Sizing::Nav`. Never 0 for unknown.
    pub nav: Option<Money>,
    /// Signed positions, in the broker's order.
    pub positions: IndexMap<InstrumentId, Qty>,
    /// Signed quantities that known orders may still fill.
    pub working: BTreeMap<InstrumentId, Qty>,
    /// Signed quantities of orders whose fate is not known.
    pub unknown: BTreeMap<InstrumentId, Qty>,
}

/// A decision price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Close {
    /// In the base currency.
    pub price: Price,
    /// Its date, at or before the decision date.
    pub date: NaiveDate,
    /// How much is usually traded in a day; `None` where nobody knows.
    pub volume: Option<Qty>,
}
