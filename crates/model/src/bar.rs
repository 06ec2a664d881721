//! Prices over a stretch of time.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Price, Qty, Span, Ts};

/// How long a bar is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum BarSize {
    /// A minute.
    #[serde(rename = "1m")]
    Min1,
    /// Five minutes.
    #[serde(rename = "5m")]
    Min5,
    /// An hour.
    #[serde(rename = "1h")]
    Hour1,
    /// A trading day.
    #[serde(rename = "1d")]
    Day1,
}

impl BarSize {
    /// Its length; a trading day's is that from one midnight to the next.
    pub const fn span(self) -> Span {
        Span::from_secs(match self {
            Self::Min1 => 60,
            Self::Min5 => 300,
            Self::Hour1 => 3_600,
            Self::Day1 => 86_400,
        })
    }
}

impl fmt::Display for BarSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Min1 => "1m",
            Self::Min5 => "5m",
            Self::Hour1 => "1h",
            Self::Day1 => "1d",
        })
    }
}

/// The prices of a stretch of time that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bar {
    /// When it begins; a trading day's bar begins with its date, 00:00 UTC.
    pub start: Ts,
    /// The first price.
    pub open: Price,
    /// The highest one.
    pub high: Price,
    /// The lowest one.
    pub low: Price,
    /// The last one.
    pub close: Price,
    /// How much traded, where that is known.
    pub volume: Option<Qty>,
}

impl Bar {
    /// Whether its prices are prices, and its extremes are extremes.
    pub fn is_sound(&self) -> bool {
        let inner = [self.open, self.close];
        let within = |price: Price| self.low <= price && price <= self.high;
        self.low.is_positive() && self.high.is_in_bounds() && inner.into_iter().all(within)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_sound_when_its_extremes_are() {
        let check = |prices: [i64; 4], expect| {
            let [open, high, low, close] = prices.map(Price::from);
            let (start, volume) = (Ts::from_nanos(0), None);
            let bar = Bar {
                start,
                open,
                high,
                low,
                close,
                volume,
            };
            assert_eq!(bar.is_sound(), expect, "{prices:?}");
        };
        check([3, 5, 2, 4], true);
        check([3, 3, 3, 3], true);
        check([6, 5, 2, 4], false);
        check([3, 5, 2, 1], false);
        check([3, 5, 0, 4], false);
        check([-1, -1, -1, -1], false);
    }

    #[test]
    fn a_size_is_written_as_it_is_said() {
        for (size, text) in [(BarSize::Min5, "5m"), (BarSize::Day1, "1d")] {
            assert_eq!(size.to_string(), text);
            assert_eq!(serde_json::to_string(&size).unwrap(), format!("{text:?}"));
        }
    }
}
