//! How fast the time of a run goes.

use std::fmt;
use std::str::FromStr;

/// How fast the time of a run goes, as `--speed` says it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// As fast as the machine's: `1`.
    Live,
    /// So many times as fast, above 0 and at most [`Pace::FACTOR_MAX`]: `60`.
    Factor(f64),
    /// As fast as it goes: when nobody is busy, the next timer is due. `max`
    Max,
}

/// A word that is no pace.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no speed: give a number above 0 and at most {max}, or \"max\" for as fast as it goes",
    max = Pace::FACTOR_MAX
)]
pub struct BadPace(pub String);

impl Pace {
    /// The largest factor. At a larger one the machine falls behind the market it plays, however
    /// small the market; who wants speed wants [`Pace::Max`], which waits for everybody.
    pub const FACTOR_MAX: f64 = 10_000.0;

    /// Clock seconds per second of tokio's clock. Under [`Pace::Max`] it is tokio's clock that
    /// jumps.
    pub(crate) fn factor(self) -> f64 {
        match self {
            Self::Live | Self::Max => 1.0,
            Self::Factor(factor) => factor,
        }
    }

    /// The pace, if it is one: a factor may have been made without [`FromStr`].
    pub(crate) fn checked(self) -> Result<Self, BadPace> {
        match self {
            Self::Factor(factor) if !(factor > 0.0 && factor <= Self::FACTOR_MAX) => {
                Err(BadPace(factor.to_string()))
            }
            pace => Ok(pace),
        }
    }
}

impl FromStr for Pace {
    type Err = BadPace;

    fn from_str(text: &str) -> Result<Self, BadPace> {
        if text == "max" {
            return Ok(Self::Max);
        }
        let factor: f64 = text.parse().map_err(|_| BadPace(text.to_owned()))?;
        match Self::Factor(factor).checked() {
            Ok(_) if factor == 1.0 => Ok(Self::Live),
            Ok(pace) => Ok(pace),
            Err(_) => Err(BadPace(text.to_owned())),
        }
    }
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Live => f.write_str("1"),
            Self::Factor(factor) => write!(f, "{factor}"),
            Self::Max => f.write_str("max"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_reads_as_it_is_written() {
        for (text, pace) in [
            ("1", Pace::Live),
            ("60", Pace::Factor(60.0)),
            ("max", Pace::Max),
        ] {
            assert_eq!(text.parse(), Ok(pace));
            assert_eq!(pace.to_string(), text);
        }
        assert_eq!("1.0".parse(), Ok(Pace::Live));
        assert_eq!("0.5".parse(), Ok(Pace::Factor(0.5)));
        assert_eq!("10000".parse(), Ok(Pace::Factor(Pace::FACTOR_MAX)));
        for text in ["", "0", "-1", "10001", "1e9", "NaN", "inf", "fast", "MAX"] {
            assert_eq!(text.parse::<Pace>(), Err(BadPace(text.to_owned())));
        }
        let said = BadPace("1e9".to_owned()).to_string();
        assert!(said.contains("1e9") && said.contains("10000"), "{said}");
    }
}
