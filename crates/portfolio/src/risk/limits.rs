//! The limits themselves, as a person states them.

use std::collections::BTreeSet;

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
    /// Instruments that are not traded at all.
    pub restricted: BTreeSet<InstrumentId>,
}
