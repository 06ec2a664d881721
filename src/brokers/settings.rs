//! What a config says in a broker's own table, read as its keys declare it.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use polyfolio_model::{InstrumentId, Money, Price, Qty, Span};
use serde_json::Value;

use super::{BrokerKey, Need};
use crate::settings::{Reading, parse_span};

/// The values of `[broker.NAME]`, each of its declared kind. One that nobody set and that has no
/// default is `None`. Each is asked for as what it was declared: as another kind it is `None`, or
/// what its text reads as.
#[derive(Clone, Default)]
pub struct BrokerSettings {
    values: BTreeMap<String, Value>,
}

/// A setting that a broker cannot use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}; expected {expected}")]
pub struct BadSetting {
    /// The key, as it is called in the broker's own table.
    pub key: &'static str,
    /// One sentence.
    pub what: String,
    /// What should stand there.
    pub expected: String,
}

impl BrokerSettings {
    /// These values, written as in environment variables, and the defaults of the other keys: for
    /// the tests of a broker.
    ///
    /// # Errors
    /// A key that there is not or that is needed, or a value that is not of its kind.
    pub fn of(keys: &[BrokerKey], given: &[(&'static str, &str)]) -> Result<Self, BadSetting> {
        let mut settings = Self::default();
        let is_known = |name: &str| keys.iter().any(|key| key.name == name);
        if let Some((name, _)) = given.iter().find(|(name, _)| !is_known(name)) {
            let names: Vec<&str> = keys.iter().map(|key| key.name).collect();
            let what = format!("there is no key {name}");
            return Err(settings.refuse(name, what, names.join(", ")));
        }
        for key in keys {
            let given = given.iter().find(|(name, _)| *name == key.name);
            let text = match (given, key.need) {
                (Some((_, text)), _) => text,
                (None, Need::Otherwise(text)) => text,
                (None, Need::Optional) => continue,
                (None, Need::Needed) => {
                    let what = format!("{} is missing", key.name);
                    return Err(settings.refuse(key.name, what, key.kind.expected()));
                }
            };
            let Some(reading) = key.kind.read_text(text) else {
                let what = format!("{} is not {}", key.name, key.kind.noun());
                return Err(settings.refuse(key.name, what, key.kind.expected()));
            };
            settings.put(key.name, &reading);
        }
        Ok(settings)
    }

    pub(crate) fn put(&mut self, name: &str, reading: &Reading) {
        let value = reading.json();
        self.values.insert(name.to_owned(), value);
    }

    /// Text, a word of a choice, or a secret.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name)?.as_str()
    }

    /// True or false.
    pub fn switch(&self, name: &str) -> Option<bool> {
        self.values.get(name)?.as_bool()
    }

    /// A whole number.
    pub fn count(&self, name: &str) -> Option<u64> {
        self.values.get(name)?.as_u64()
    }

    /// A double.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.values.get(name)?.as_f64()
    }

    /// An exact amount of money.
    pub fn money(&self, name: &str) -> Option<Money> {
        self.parsed(name)
    }

    /// An exact price.
    pub fn price(&self, name: &str) -> Option<Price> {
        self.parsed(name)
    }

    /// An exact quantity.
    pub fn quantity(&self, name: &str) -> Option<Qty> {
        self.parsed(name)
    }

    /// A length of time.
    pub fn span(&self, name: &str) -> Option<Span> {
        parse_span(self.text(name)?)
    }

    /// A date.
    pub fn date(&self, name: &str) -> Option<NaiveDate> {
        self.parsed(name)
    }

    /// A list of symbols.
    pub fn symbols(&self, name: &str) -> Option<Vec<InstrumentId>> {
        let list = self.values.get(name)?.as_array()?.iter();
        list.map(|symbol| symbol.as_str().map(InstrumentId::from))
            .collect()
    }

    /// Says that a value cannot be used.
    pub fn refuse(
        &self,
        key: &'static str,
        what: impl Into<String>,
        expected: impl Into<String>,
    ) -> BadSetting {
        BadSetting {
            key,
            what: what.into(),
            expected: expected.into(),
        }
    }

    fn parsed<T: FromStr>(&self, name: &str) -> Option<T> {
        self.text(name)?.parse().ok()
    }
}

/// Names only: a value may be a secret.
impl fmt::Debug for BrokerSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}
