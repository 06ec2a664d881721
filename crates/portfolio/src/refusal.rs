//! What a plan will not do, and why: a code for scripts, a sentence and the next step for people.

use polyfolio_model::{InstrumentId, SleeveId};
use serde::{Serialize, Serializer};

/// The rule that was broken. Its text is part of the plan's published form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// A sleeve's weight is not finite or below zero.
    Weight,
    /// The weights sum to zero and are to be normalised.
    WeightsZero,
    /// Leverage is not finite.
    Leverage,
    /// A sleeve's NAV is missing, not finite or not above zero.
    SleeveNav,
    /// The reference NAV is not finite or not above zero.
    ReferenceNav,
    /// The reference date lies outside a NAV series or more than 7 days from its nearest row.
    ReferenceDate,
    /// A NAV series has no row in the 7 days up to the decision date.
    DecisionDate,
    /// A NAV series has one date twice.
    NavDates,
    /// The account's NAV is missing or not above zero.
    AccountNav,
    /// A strategy's position is not finite.
    Position,
    /// A target or order is not a number that can be traded.
    Quantity,
    /// An instrument has no trading rules.
    Instrument,
    /// A price that is needed is missing.
    Price,
    /// The decision price is too old.
    StalePrice,
    /// The instrument is on the restricted list.
    Restricted,
    /// Trading is halted.
    Halted,
    /// Only reducing orders are allowed.
    ReduceOnly,
    /// The book would be too large for the account.
    MaxGrossLeverage,
    /// The book would lean too far to one side.
    MaxNetLeverage,
    /// One instrument would be too large for the account.
    MaxWeightPerInstrument,
    /// One order is worth too much.
    MaxOrderNotional,
    /// A group of instruments would be too large for the account.
    MaxGroupWeight,
    /// One order is too much of what is traded in a day, or nobody knows what that is.
    MaxVolumeShare,
    /// A plan trades too much at once.
    MaxTurnover,
    /// Too much was lost.
    Loss,
    /// An order's limit or trigger is not above zero or off the tick grid, or a stop is for the close.
    OrderPrice,
    /// An order's quantity is not above zero or not in whole lots.
    OrderQuantity,
}

impl Code {
    /// The text of it, as in the plan and the journal.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Weight => "weight",
            Self::WeightsZero => "weights_zero",
            Self::Leverage => "leverage",
            Self::SleeveNav => "sleeve_nav",
            Self::ReferenceNav => "reference_nav",
            Self::ReferenceDate => "reference_date",
            Self::DecisionDate => "decision_date",
            Self::NavDates => "nav_dates",
            Self::AccountNav => "account_nav",
            Self::Position => "position",
            Self::Quantity => "quantity",
            Self::Instrument => "instrument",
            Self::Price => "price",
            Self::StalePrice => "stale_price",
            Self::Restricted => "restricted",
            Self::Halted => "halted",
            Self::ReduceOnly => "reduce_only",
            Self::MaxGrossLeverage => "max_gross_leverage",
            Self::MaxNetLeverage => "max_net_leverage",
            Self::MaxWeightPerInstrument => "max_weight_per_instrument",
            Self::MaxOrderNotional => "max_order_notional",
            Self::MaxGroupWeight => "max_group_weight",
            Self::MaxVolumeShare => "max_volume_share",
            Self::MaxTurnover => "max_turnover",
            Self::Loss => "loss",
            Self::OrderPrice => "order_price",
            Self::OrderQuantity => "order_quantity",
        }
    }
}

impl Code {
    /// Whether what it refuses now may be allowed in a moment, by nothing but the market or a
    /// person moving on.
    pub const fn passes(self) -> bool {
        matches!(
            self,
            Self::StalePrice | Self::Price | Self::ReduceOnly | Self::Halted
        )
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One thing that is not done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// The rule.
    pub code: Code,
    /// The instrument it is about, when it is about one.
    pub symbol: Option<InstrumentId>,
    /// The sleeve it is about, when it is about one.
    pub sleeve: Option<SleeveId>,
    /// What was asked and what is allowed, with the numbers.
    pub message: String,
    /// What a person can do about it.
    #[serde(skip)]
    pub next: &'static str,
}

impl Refusal {
    /// Of the whole plan.
    pub fn new(code: Code, message: String, next: &'static str) -> Self {
        Self {
            code,
            symbol: None,
            sleeve: None,
            message,
            next,
        }
    }

    /// The same, about one sleeve.
    #[must_use]
    pub fn of_sleeve(mut self, sleeve: &SleeveId) -> Self {
        self.sleeve = Some(sleeve.clone());
        self
    }

    /// The same, about one instrument.
    #[must_use]
    pub fn of_symbol(mut self, symbol: &InstrumentId) -> Self {
        self.symbol = Some(symbol.clone());
        self
    }
}
