//! The limits themselves, as a person states them.

use std::collections::{BTreeMap, BTreeSet};

use super::loss::OnLoss;
use polyfolio_model::{InstrumentId, Money, Span};
use serde::{Deserialize, Serialize};

/// What a person allows. What is absent is not limited.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RiskLimits {
    /// Σ |position value| over the account's NAV, after the plan.
    pub max_gross_leverage: Option<f64>,
    /// |Σ position value| over the account's NAV, after the plan.
    pub max_net_leverage: Option<f64>,
    /// |value of one instrument| over the account's NAV, after the plan.
    pub max_weight_per_instrument: Option<f64>,
    /// The value of one order, parent or child, in the base currency.
    pub max_order_notional: Option<Money>,
    /// How many calendar days a close may lie before the decision date.
    pub max_price_age_days: Option<u32>,
    /// How old a quote may be when an order is sent on it.
    pub max_quote_age: Option<Span>,
    /// How much of the account may be lost since its best mark.
    pub max_drawdown: Option<f64>,
    /// How much of a sleeve may be lost since its best mark.
    pub max_sleeve_drawdown: Option<f64>,
    /// How much of the account may be lost since the last mark of an earlier date.
    pub max_daily_loss: Option<f64>,
    /// What happens when more was lost.
    pub on_loss: OnLoss,
    /// Σ |order value| of a plan over the account's NAV.
    pub max_turnover: Option<f64>,
    /// One order over what is usually traded in a day of its instrument.
    pub max_volume_share: Option<f64>,
    /// Instruments that are limited together, by name.
    pub group: BTreeMap<String, GroupLimit>,
    /// Instruments that are not traded at all.
    pub restricted: BTreeSet<InstrumentId>,
}

/// Instruments that are limited together: a sector, a country, what rises and falls as one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupLimit {
    /// Which.
    pub instruments: BTreeSet<InstrumentId>,
    /// Σ |position value| of them over the account's NAV, after the plan.
    pub max_weight: f64,
}
