//! The kinds of values that settings have: how each is read and what a person is told to write.
//!
//! A value is checked where it stands, before layers are merged, so that what is wrong can be
//! shown as it was written. What a value *means* is checked later, in `resolve`.

use std::str::FromStr;

use chrono::NaiveDate;
use config::ValueKind;
use rust_decimal::Decimal;
use toml::de::DeValue;

use super::span;

/// What may stand at a key. The text in a kind is an example of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text(&'static str),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// True or false.
    Switch,
    /// A whole number, zero or above.
    Count(&'static str),
    /// A double.
    Number(&'static str),
    /// An exact decimal: money, a price, a quantity.
    Amount(&'static str),
    /// A length of time with its unit.
    Span(&'static str),
    /// A calendar date.
    Date,
    /// A list of symbols.
    Symbols,
    /// `"all"` or a list of symbols.
    Universe,
    /// Whatever a strategy takes.
    Free,
}

/// A value that was read: as the merge takes it, and as TOML writes it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reading {
    /// For the merge. Amounts, dates and lengths of time travel as text.
    pub value: ValueKind,
    /// Canonical TOML.
    pub toml: String,
}

impl Kind {
    /// Reads what stands in a file; `None` when it is of another kind.
    pub(crate) fn read(self, value: &DeValue<'_>) -> Option<Reading> {
        match (self, value) {
            (Self::Text(_), DeValue::String(text)) => Some(Reading::text(text)),
            (Self::Choice(valid), DeValue::String(text)) => choice(valid, text),
            (Self::Switch, DeValue::Boolean(on)) => Some(Reading::plain(*on, on)),
            (Self::Count(_) | Self::Number(_) | Self::Amount(_), DeValue::Integer(number)) => {
                let whole = i128::from_str_radix(number.as_str(), number.radix()).ok()?;
                self.number(&whole.to_string())
            }
            (Self::Number(_) | Self::Amount(_), DeValue::Float(number)) => {
                self.number(number.as_str())
            }
            // An amount with more digits than a double holds is written as text.
            (Self::Amount(_), DeValue::String(text)) => self.number(text),
            (Self::Span(_), DeValue::String(text)) => length(text),
            (Self::Date, DeValue::String(text)) => date(text),
            (Self::Date, DeValue::Datetime(time)) => date(&time.to_string()),
            (Self::Symbols, DeValue::Array(_)) => symbols(value),
            (Self::Universe, DeValue::Array(_)) => symbols(value),
            (Self::Universe, DeValue::String(text)) => choice(&["all"], text),
            (Self::Free, value) => Some(Reading {
                value: free(value)?,
                toml: canonical(value)?,
            }),
            _ => None,
        }
    }

    /// Reads the text of an environment variable or a flag.
    pub(crate) fn read_text(self, text: &str) -> Option<Reading> {
        match self {
            Self::Text(_) => Some(Reading::text(text)),
            Self::Choice(valid) => choice(valid, text),
            Self::Switch => bool::from_str(text).ok().map(|on| Reading::plain(on, on)),
            Self::Count(_) | Self::Number(_) | Self::Amount(_) => self.number(text),
            Self::Span(_) => length(text),
            Self::Date => date(text),
            Self::Universe if text == "all" => Some(Reading::text(text)),
            Self::Symbols | Self::Universe => listed(text),
            Self::Free => match DeValue::parse(text) {
                Ok(value) => self.read(value.get_ref()),
                Err(_) => Some(Reading::text(text)),
            },
        }
    }

    /// What a value is not, when it is of another kind: "weight is not …".
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Choice(_) => "one of its words",
            Self::Switch => "true or false",
            Self::Count(_) => "a whole number",
            Self::Number(_) | Self::Amount(_) => "a number",
            Self::Span(_) => "a length of time",
            Self::Date => "a date",
            Self::Symbols => "a list of symbols",
            Self::Universe => "\"all\" or a list of symbols",
            Self::Free => "a value",
        }
    }

    /// What a person should write instead.
    pub(crate) fn expected(self) -> String {
        match self {
            Self::Text(example) => format!("text such as \"{example}\""),
            Self::Choice(valid) => {
                let words: Vec<String> = valid.iter().map(|word| format!("\"{word}\"")).collect();
                match words.as_slice() {
                    [only] => only.clone(),
                    words => format!("one of {}", words.join(", ")),
                }
            }
            Self::Switch => "true or false".to_owned(),
            Self::Count(example) => format!("a whole number such as {example}"),
            Self::Number(example) | Self::Amount(example) => format!("a number such as {example}"),
            Self::Span(example) => {
                format!("a length of time with its unit, such as \"{example}\" or \"250ms\"")
            }
            Self::Date => "a date such as 2022-12-28".to_owned(),
            Self::Symbols => "a list of symbols such as [\"AAPL\", \"XOM\"]".to_owned(),
            Self::Universe => "\"all\" or a list of symbols such as [\"AAPL\", \"XOM\"]".to_owned(),
            Self::Free => "a value".to_owned(),
        }
    }

    fn number(self, text: &str) -> Option<Reading> {
        let text = text.replace('_', "");
        match self {
            Self::Count(_) => text.parse::<u64>().ok().map(|n| Reading::plain(n, n)),
            Self::Number(_) => {
                let number = f64::from_str(&text).ok()?;
                // 1e999 reads as infinity, which nobody wrote.
                let overflow = number.is_infinite() && !text.contains("inf");
                (!overflow).then(|| Reading::plain(number, float(number)))
            }
            _ => {
                let amount = Decimal::from_str_exact(&text)
                    .or_else(|_| Decimal::from_scientific(&text))
                    .ok()?;
                let text = amount.normalize().to_string();
                Some(Reading {
                    value: text.clone().into(),
                    toml: text,
                })
            }
        }
    }
}

impl Reading {
    fn plain(value: impl Into<ValueKind>, shown: impl ToString) -> Self {
        Self {
            value: value.into(),
            toml: shown.to_string(),
        }
    }

    fn text(text: &str) -> Self {
        Self {
            value: text.into(),
            toml: toml::Value::from(text).to_string(),
        }
    }
}

/// A double as TOML writes it: always with a point, an exponent, or a name.
fn float(number: f64) -> String {
    toml::Value::from(number).to_string()
}

fn choice(valid: &[&str], text: &str) -> Option<Reading> {
    valid.contains(&text).then(|| Reading::text(text))
}

fn length(text: &str) -> Option<Reading> {
    span::parse(text).map(|_| Reading::text(text))
}

fn date(text: &str) -> Option<Reading> {
    let date = NaiveDate::from_str(text).ok()?;
    Some(Reading {
        value: date.to_string().into(),
        toml: date.to_string(),
    })
}

fn symbols(value: &DeValue<'_>) -> Option<Reading> {
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
fn listed(text: &str) -> Option<Reading> {
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
fn free(value: &DeValue<'_>) -> Option<ValueKind> {
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
fn canonical(value: &DeValue<'_>) -> Option<String> {
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
                let name = super::key::written(name.get_ref());
                Some(format!("{name} = {}", canonical(item.get_ref())?))
            });
            format!("{{ {} }}", pairs.collect::<Option<Vec<_>>>()?.join(", "))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: Kind, text: &str) -> Option<String> {
        kind.read(DeValue::parse(text).unwrap().get_ref())
            .map(|reading| reading.toml)
    }

    #[test]
    fn files_are_read_strictly_and_exactly() {
        let said = [
            (Kind::Number("1"), "0.30", Some("0.3")),
            (Kind::Number("1"), "\"0.3\"", None),
            (Kind::Number("1"), "nan", Some("nan")),
            (Kind::Number("1"), "1e999", None),
            (Kind::Amount("1"), "1_000_000.10", Some("1000000.1")),
            (
                Kind::Amount("1"),
                "0.1234567890123456789",
                Some("0.1234567890123456789"),
            ),
            (Kind::Amount("1"), "1e-8", Some("0.00000001")),
            (Kind::Amount("1"), "nan", None),
            (Kind::Count("1"), "0x10", Some("16")),
            (Kind::Count("1"), "-1", None),
            (Kind::Count("1"), "1.5", None),
            (Kind::Switch, "\"true\"", None),
            (Kind::Date, "2022-12-28", Some("2022-12-28")),
            (Kind::Date, "\"2022-12-28\"", Some("2022-12-28")),
            (Kind::Date, "\"2022-02-30\"", None),
            (Kind::Date, "2022-12-28T01:00:00Z", None),
            (Kind::Span("5m"), "\"5 minutes\"", None),
            (Kind::Choice(&["a", "b"]), "\"c\"", None),
            (Kind::Universe, "[\"A\", \"B\"]", Some("[\"A\", \"B\"]")),
            (Kind::Universe, "[\"A\", 1]", None),
            (
                Kind::Free,
                "[{ a = 1, \"b c\" = [true] }]",
                Some("[{ a = 1, \"b c\" = [true] }]"),
            ),
        ];
        for (kind, text, expected) in said {
            assert_eq!(read(kind, text).as_deref(), expected, "{kind:?} {text}");
        }
    }

    #[test]
    fn text_from_outside_is_read_as_the_key_wants_it() {
        let said = [
            (Kind::Number("1"), "0.5", Some("0.5")),
            (Kind::Number("1"), "half", None),
            (Kind::Switch, "true", Some("true")),
            (Kind::Symbols, "AAPL, XOM", Some("[\"AAPL\", \"XOM\"]")),
            (Kind::Universe, "all", Some("\"all\"")),
            (Kind::Free, "50", Some("50")),
            (Kind::Free, "a/b.json", Some("\"a/b.json\"")),
        ];
        for (kind, text, expected) in said {
            let toml = kind.read_text(text).map(|reading| reading.toml);
            assert_eq!(toml.as_deref(), expected, "{kind:?} {text}");
        }
    }
}
