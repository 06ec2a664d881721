//! The shape of the JSON.

use std::fmt;

use chrono::NaiveDate;
use indexmap::IndexMap;
use polyfolio_model::InstrumentId;
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

/// The keys that are read; others are left alone.
#[derive(Debug, Deserialize)]
pub(super) struct File {
    nav: Vec<(Day, Number)>,
    positions: Positions,
}

impl File {
    pub(super) fn nav(&self) -> Vec<(NaiveDate, f64)> {
        self.nav
            .iter()
            .map(|(day, value)| (day.0, value.0))
            .collect()
    }

    pub(super) fn positions(self) -> IndexMap<InstrumentId, f64> {
        self.positions.0
    }
}

/// `2023-01-02`, also with a midnight behind it.
#[derive(Debug)]
struct Day(NaiveDate);

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let date = text
            .split_once(['T', ' '])
            .map_or(text.as_str(), |(date, time)| {
                let midnight = time
                    .trim_end_matches('Z')
                    .bytes()
                    .all(|b| b"0:.".contains(&b));
                if midnight { date } else { "" }
            });
        let expected = || D::Error::custom(format!("{text:?} is not a date such as 2023-01-02"));
        date.parse().map(Self).map_err(|_| expected())
    }
}

/// A JSON number, or one in quotes; NaN and infinities too.
#[derive(Debug)]
struct Number(f64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor).map(Self)
    }
}

struct NumberVisitor;

impl Visitor<'_> for NumberVisitor {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<f64, E> {
        Ok(value)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<f64, E> {
        Ok(value as f64)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<f64, E> {
        Ok(value as f64)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<f64, E> {
        text.parse()
            .map_err(|_| E::custom(format!("{text:?} is not a number")))
    }
}

/// Units by symbol; a symbol that stands twice is an error, not a choice.
#[derive(Debug)]
struct Positions(IndexMap<InstrumentId, f64>);

impl<'de> Deserialize<'de> for Positions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PositionsVisitor).map(Self)
    }
}

struct PositionsVisitor;

impl<'de> Visitor<'de> for PositionsVisitor {
    type Value = IndexMap<InstrumentId, f64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map from symbol to units")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut positions = IndexMap::new();
        while let Some((symbol, Number(units))) = map.next_entry::<InstrumentId, Number>()? {
            if symbol.as_str().is_empty() {
                return Err(A::Error::custom("a symbol is empty"));
            }
            if positions.insert(symbol.clone(), units).is_some() {
                return Err(A::Error::custom(format!(
                    "{symbol} stands twice in positions"
                )));
            }
        }
        Ok(positions)
    }
}
