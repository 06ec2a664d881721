//! Values on their way from TOML or text to the merge.

use std::str::FromStr;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use config::ValueKind;
use toml::de::DeValue;

use crate::settings::{key, span};

/// What stands in the place of a secret.
pub(crate) const NOT_SHOWN: &str = "(not shown)";

/// A value that was read: as the merge takes it, and as TOML writes it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reading {
    /// For the merge. Amounts, dates and lengths of time travel as text.
    pub value: ValueKind,
    /// Canonical TOML.
    pub toml: String,
}

impl Reading {
    /// The value as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        let value = config::Value::new(None, self.value.clone());
        value.try_deserialize().unwrap_or_default()
    }

    pub(super) fn plain(value: impl Into<ValueKind>, shown: impl ToString) -> Self {
        Self {
            value: value.into(),
            toml: shown.to_string(),
        }
    }

    fn secret(text: &str) -> Self {
        Self {
            value: text.into(),
            toml: toml::Value::from(NOT_SHOWN).to_string(),
        }
    }

    pub(super) fn text(text: &str) -> Self {
        Self {
            value: text.into(),
            toml: toml::Value::from(text).to_string(),
        }
    }
}

/// What is shown in its place is no value of it: read back, it is refused.
pub(super) fn secret(text: &str) -> Option<Reading> {
    (text != NOT_SHOWN).then(|| Reading::secret(text))
}

/// A double as TOML writes it: always with a point, an exponent, or a name.
pub(super) fn float(number: f64) -> String {
    toml::Value::from(number).to_string()
}

pub(super) fn choice(valid: &[&str], text: &str) -> Option<Reading> {
    valid.contains(&text).then(|| Reading::text(text))
}

/// A list of which every word is one of these.
pub(super) fn words(valid: &[&str], list: Reading) -> Option<Reading> {
    let is_valid = |word: &config::Value| match &word.kind {
        ValueKind::String(word) => valid.contains(&word.as_str()),
        _ => false,
    };
    let ValueKind::Array(words) = &list.value else {
        return None;
    };
    words.iter().all(is_valid).then_some(list)
}

pub(super) fn length(text: &str) -> Option<Reading> {
    span::parse(text).map(|_| Reading::text(text))
}

pub(super) fn date(text: &str) -> Option<Reading> {
    let date = NaiveDate::from_str(text).ok()?;
    Some(Reading {
        value: date.to_string().into(),
        toml: date.to_string(),
    })
}

/// A date alone is its midnight.
pub(super) fn moment(text: &str) -> Option<Reading> {
    let time = match NaiveDate::from_str(text) {
        Ok(date) => date.and_time(NaiveTime::MIN),
        Err(_) => NaiveDateTime::from_str(&text.replacen(' ', "T", 1)).ok()?,
    };
    let is_date = time.time() == NaiveTime::MIN;
    let shown = if is_date {
        time.date().to_string()
    } else {
        time.format("%FT%T%.f").to_string()
    };
    Some(Reading {
        value: time.format("%FT%T%.f").to_string().into(),
        toml: shown,
    })
}

pub(super) fn symbols(value: &DeValue<'_>) -> Option<Reading> {
    let all_text = value.as_array()?.iter().all(|item| item.get_ref().is_str());
    if !all_text {
        return None;
    }
    Some(Reading {
        value: free(value)?,
        toml: canonical(value)?,
    })
}

/// A list in an environment variable: TOML, or names with commas between.
pub(super) fn listed(text: &str) -> Option<Reading> {
    if text.trim_start().starts_with('[') {
        return symbols(DeValue::parse(text).ok()?.get_ref());
    }
    let names: Vec<&str> = text.split(',').map(str::trim).collect();
    let names: Vec<&str> = names.into_iter().filter(|name| !name.is_empty()).collect();
    Some(Reading {
        toml: toml::Value::from(names.clone()).to_string(),
        value: ValueKind::Array(names.into_iter().map(Into::into).collect()),
    })
}

/// Any TOML value, as the merge takes it.
pub(super) fn free(value: &DeValue<'_>) -> Option<ValueKind> {
    Some(match value {
        DeValue::String(text) => text.as_ref().into(),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .ok()?
            .into(),
        DeValue::Float(number) => f64::from_str(number.as_str()).ok()?.into(),
        DeValue::Boolean(on) => (*on).into(),
        DeValue::Datetime(time) => time.to_string().into(),
        DeValue::Array(items) => {
            let items = items.iter().map(|item| free(item.get_ref()).map(unplaced));
            ValueKind::Array(items.collect::<Option<_>>()?)
        }
        DeValue::Table(table) => {
            let pairs = table.iter().map(|(name, item)| {
                Some((name.get_ref().to_string(), unplaced(free(item.get_ref())?)))
            });
            ValueKind::Table(pairs.collect::<Option<_>>()?)
        }
    })
}

fn unplaced(value: ValueKind) -> config::Value {
    config::Value::new(None, value)
}

/// Any TOML value on one line.
pub(super) fn canonical(value: &DeValue<'_>) -> Option<String> {
    Some(match value {
        DeValue::String(text) => toml::Value::from(text.as_ref()).to_string(),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .ok()?
            .to_string(),
        DeValue::Float(number) => float(f64::from_str(number.as_str()).ok()?),
        DeValue::Boolean(on) => on.to_string(),
        DeValue::Datetime(time) => time.to_string(),
        DeValue::Array(items) => {
            let items = items.iter().map(|item| canonical(item.get_ref()));
            format!("[{}]", items.collect::<Option<Vec<_>>>()?.join(", "))
        }
        DeValue::Table(table) => {
            let pairs = table.iter().map(|(name, item)| {
                let name = key::written(name.get_ref());
                Some(format!("{name} = {}", canonical(item.get_ref())?))
            });
            format!("{{ {} }}", pairs.collect::<Option<Vec<_>>>()?.join(", "))
        }
    })
}
