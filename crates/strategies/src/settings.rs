//! Over what and how a strategy is replayed: one sleeve's part of the config.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use polyfolio_model::InstrumentId;
use serde::{Deserialize, Serialize};

use crate::StrategyError;

/// The settings of one virtual account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// What it may hold.
    pub universe: Universe,
    /// It trades from the first row on or after this date; earlier rows are warm-up. Without one,
    /// from the first row of the history.
    pub start: Option<NaiveDate>,
    /// Rows after this date do not exist for it.
    pub end: Option<NaiveDate>,
    /// Fee of a fill as a share of its notional: 0.0005 is 5 basis points.
    pub fee_rate: f64,
    /// When a wish is filled.
    pub fill: FillRule,
    /// Whether targets are cut to whole units, towards zero.
    pub lots: bool,
    /// Equity on the first row, in account currency.
    pub capital: f64,
}

/// Instruments that a strategy may hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "UniverseText", into = "UniverseText")]
pub enum Universe {
    /// Every column of the history; written `"all"`.
    #[default]
    All,
    /// These, whatever their order here, in the order of the history.
    Only(Vec<InstrumentId>),
}

/// At which close a wish is filled. Its quantity is fixed at the close it was made on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FillRule {
    /// At the close it was made on.
    #[default]
    Same,
    /// At the next row's close; a wish of the last row is not filled.
    Next,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            universe: Universe::All,
            start: None,
            end: None,
            fee_rate: 0.0,
            fill: FillRule::Same,
            lots: false,
            capital: 1_000_000.0,
        }
    }
}

impl Settings {
    /// Refuses what no account can be kept with.
    pub fn validate(&self) -> Result<(), StrategyError> {
        let refuse = |setting, found: String, expected| {
            Err(StrategyError::Setting {
                setting,
                found,
                expected,
            })
        };
        if !(self.capital.is_finite() && self.capital > 0.0) {
            return refuse(
                "capital",
                self.capital.to_string(),
                "a finite amount above zero",
            );
        }
        if !(self.fee_rate.is_finite() && (0.0..1.0).contains(&self.fee_rate)) {
            return refuse(
                "fee_rate",
                self.fee_rate.to_string(),
                "0 or more and below 1",
            );
        }
        if let (Some(start), Some(end)) = (self.start, self.end)
            && end < start
        {
            return refuse("end", end.to_string(), "a date not before start");
        }
        match &self.universe {
            Universe::Only(names) if names.is_empty() => refuse(
                "universe",
                "[]".to_owned(),
                "\"all\" or at least one instrument",
            ),
            Universe::Only(names) => match twice(names) {
                Some(name) => refuse(
                    "universe",
                    format!("naming {name} twice"),
                    "every instrument once",
                ),
                None => Ok(()),
            },
            Universe::All => Ok(()),
        }
    }
}

/// The first name that stands there a second time.
fn twice(names: &[InstrumentId]) -> Option<&InstrumentId> {
    let mut seen = BTreeSet::new();
    names.iter().find(|name| !seen.insert(*name))
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum UniverseText {
    All(All),
    Only(Vec<InstrumentId>),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum All {
    All,
}

impl From<UniverseText> for Universe {
    fn from(text: UniverseText) -> Self {
        match text {
            UniverseText::All(All::All) => Self::All,
            UniverseText::Only(names) => Self::Only(names),
        }
    }
}

impl From<Universe> for UniverseText {
    fn from(universe: Universe) -> Self {
        match universe {
            Universe::All => Self::All(All::All),
            Universe::Only(names) => Self::Only(names),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_it_is_written_in_a_config() {
        let text = r#"{"universe":["A"],"start":"2020-01-02","fill":"next","lots":true}"#;
        let settings: Settings = serde_json::from_str(text).unwrap();
        assert_eq!(settings.universe, Universe::Only(vec!["A".into()]));
        assert_eq!(
            (settings.fill, settings.lots, settings.capital),
            (FillRule::Next, true, 1e6)
        );
        assert_eq!(serde_json::to_value(Universe::All).unwrap(), "all");
        let all: Universe = serde_json::from_str("\"all\"").unwrap();
        assert_eq!(all, Universe::All);
    }

    #[test]
    fn impossible_accounts_are_refused_by_name() {
        let check = |change: fn(&mut Settings), expect: &str| {
            let mut settings = Settings::default();
            change(&mut settings);
            assert_eq!(settings.validate().unwrap_err().to_string(), expect);
        };
        check(
            |s| s.capital = 0.0,
            "capital is 0; expected a finite amount above zero",
        );
        check(
            |s| s.capital = f64::NAN,
            "capital is NaN; expected a finite amount above zero",
        );
        check(
            |s| s.fee_rate = -0.1,
            "fee_rate is -0.1; expected 0 or more and below 1",
        );
        check(
            |s| s.universe = Universe::Only(vec![]),
            "universe is []; expected \"all\" or at least one instrument",
        );
        check(
            |s| s.universe = Universe::Only(vec!["A".into(), "B".into(), "A".into()]),
            "universe is naming A twice; expected every instrument once",
        );
        check(
            |s| (s.start, s.end) = ("2020-01-02".parse().ok(), "2020-01-01".parse().ok()),
            "end is 2020-01-01; expected a date not before start",
        );
    }
}
