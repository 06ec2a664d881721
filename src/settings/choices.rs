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
        /// No real money: the embedded broker, or a broker's own paper account.
        Paper = "paper",
        /// Real money.
        Live = "live",
    }
}

choice! {
    /// Which quotes Interactive Brokers sends.
    IbMarketData {
        /// As they come.
        Live = "live",
        /// The last ones when the market is closed.
        Frozen = "frozen",
        /// Some fifteen minutes old, without a subscription.
        Delayed = "delayed",
        /// Delayed, and the last ones when the market is closed.
        DelayedFrozen = "delayed_frozen",
    }
}

choice! {
    /// What an instrument is at Interactive Brokers.
    IbSecType {
        /// A stock.
        Stock = "STK",
        /// An exchange-traded fund.
        Etf = "ETF",
        /// A future.
        Future = "FUT",
        /// A pair of currencies.
        Forex = "CASH",
    }
}

choice! {
    /// When a strategy fails or is late.
    OnStrategyFailure {
        /// What its sleeve holds stays.
        HoldSleeve = "hold-sleeve",
        /// Nothing is traded.
        Abort = "abort",
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
