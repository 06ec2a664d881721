//! The words that settings choose between.

use serde::Deserialize;

macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $word:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
        pub enum $name {
            $($(#[$word_doc])* #[serde(rename = $text)] $word),+
        }

        impl $name {
            /// The word as it stands in a config.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$word => $text),+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

choice! {
    /// Where orders go. Every mode has its own state directory.
    Mode {
        /// The embedded paper broker.
        Paper = "paper",
        /// Real money.
        Live = "live",
    }
}

choice! {
    /// What weights are shares of.
    Sizing {
        /// The account's NAV at the decision date.
        Nav = "nav",
        /// A fixed NAV at a fixed date.
        Reference = "reference",
    }
}

choice! {
    /// What happens to positions that no sleeve ever owned.
    Unclaimed {
        /// They stay beside the sleeves.
        Keep = "keep",
        /// They are closed.
        Liquidate = "liquidate",
    }
}

choice! {
    /// The grid of targets.
    Rounding {
        /// Whole lots, toward zero.
        Lot = "lot",
        /// As they come.
        None = "none",
    }
}

choice! {
    /// When a strategy fails or is late.
    OnStrategyFailure {
        /// Its last targets stay.
        HoldSleeve = "hold-sleeve",
        /// Nothing is traded.
        Abort = "abort",
    }
}

choice! {
    /// When a run is resumed after its deadline.
    OnLateResume {
        /// The rest goes to the market.
        Sweep = "sweep",
        /// It gets its horizon again.
        Extend = "extend",
        /// The run is given up.
        Abandon = "abandon",
    }
}

choice! {
    /// When the broker's book differs from ours.
    OnBreak {
        /// Trading stops until a person has looked.
        Halt = "halt",
        /// The difference goes to the unassigned sleeve, on the record.
        Adopt = "adopt",
    }
}

choice! {
    /// Working orders when the process is told to stop.
    OnStop {
        /// They stay at the broker.
        Leave = "leave",
        /// They are canceled.
        Cancel = "cancel",
    }
}

choice! {
    /// How parent orders are worked.
    Algorithm {
        /// One clip at a time at the optimal quote.
        OptimalLimit = "optimal_limit",
        /// Equal slices over the horizon.
        Twap = "twap",
        /// Everything at once, at one price.
        Limit = "limit",
        /// Everything at once, at whatever price there is.
        Market = "market",
    }
}

choice! {
    /// What happens at the deadline to what is left.
    AtDeadline {
        /// A market order.
        Sweep = "sweep",
        /// It is left undone, and said so.
        Leave = "leave",
    }
}
