//! The kinds of values that settings have: how each is read and what a person is told to write.
//!
//! A value is checked where it stands, before layers are merged, so that what is wrong can be
//! shown as it was written. What a value *means* is checked later, in `resolve`.

mod value;

use std::str::FromStr;

use polyfolio_model::{Money, Price, Qty};
use rust_decimal::Decimal;
use toml::de::DeValue;

use value::{canonical, choice, date, float, free, length, listed, moment, secret, symbols, words};

pub(crate) use value::{NOT_SHOWN, Reading};

/// What may stand at a key. The text in a kind is an example of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text(&'static str),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A list of such words.
    Choices(&'static [&'static str]),
    /// Text that nobody is shown.
    Secret(&'static str),
    /// True or false.
    Switch,
    /// A whole number of 32 bits, zero or above.
    Count(&'static str),
    /// A whole number of 64 bits, zero or above.
    Seed(&'static str),
    /// A double.
    Number(&'static str),
    /// An exact decimal: an amount of money.
    Money(&'static str),
    /// An exact decimal: a price.
    Price(&'static str),
    /// An exact decimal: a quantity.
    Quantity(&'static str),
    /// A length of time with its unit.
    Span(&'static str),
    /// A calendar date.
    Date,
    /// A date, with a time of day or at its midnight.
    Moment,
    /// A list of symbols.
    Symbols,
    /// `"all"` or a list of symbols.
    Universe,
    /// Whatever a strategy takes.
    Free,
}

impl Kind {
    /// Whether text, as it would stand in an environment variable, is of this kind.
    pub fn accepts(self, text: &str) -> bool {
        self.read_text(text).is_some()
    }

    /// Reads what stands in a file; `None` when it is of another kind.
    pub(crate) fn read(self, value: &DeValue<'_>) -> Option<Reading> {
        match (self, value) {
            (Self::Text(_), DeValue::String(text)) => Some(Reading::text(text)),
            (Self::Choice(valid), DeValue::String(text)) => choice(valid, text),
            (Self::Choices(valid), DeValue::Array(_)) => words(valid, symbols(value)?),
            (Self::Secret(_), DeValue::String(text)) => secret(text),
            (Self::Switch, DeValue::Boolean(on)) => Some(Reading::plain(*on, on)),
            (
                Self::Count(_)
                | Self::Seed(_)
                | Self::Number(_)
                | Self::Money(_)
                | Self::Price(_)
                | Self::Quantity(_),
                DeValue::Integer(number),
            ) => {
                let whole = i128::from_str_radix(number.as_str(), number.radix()).ok()?;
                self.number(&whole.to_string())
            }
            (
                Self::Number(_) | Self::Money(_) | Self::Price(_) | Self::Quantity(_),
                DeValue::Float(number),
            ) => self.number(number.as_str()),
            // An amount with more digits than a double holds is written as text.
            (Self::Money(_) | Self::Price(_) | Self::Quantity(_), DeValue::String(text)) => {
                self.number(text)
            }
            (Self::Span(_), DeValue::String(text)) => length(text),
            (Self::Date, DeValue::String(text)) => date(text),
            (Self::Date, DeValue::Datetime(time)) => date(&time.to_string()),
            (Self::Moment, DeValue::String(text)) => moment(text),
            (Self::Moment, DeValue::Datetime(time)) => moment(&time.to_string()),
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
            Self::Choices(valid) => words(valid, listed(text)?),
            Self::Secret(_) => secret(text),
            Self::Switch => bool::from_str(text).ok().map(|on| Reading::plain(on, on)),
            Self::Count(_)
            | Self::Seed(_)
            | Self::Number(_)
            | Self::Money(_)
            | Self::Price(_)
            | Self::Quantity(_) => self.number(text),
            Self::Span(_) => length(text),
            Self::Date => date(text),
            Self::Moment => moment(text),
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
            Self::Text(_) | Self::Secret(_) => "text",
            Self::Choice(_) => "one of its words",
            Self::Choices(_) => "a list of its words",
            Self::Switch => "true or false",
            Self::Count(_) | Self::Seed(_) => "a whole number",
            Self::Number(_) | Self::Money(_) | Self::Price(_) | Self::Quantity(_) => "a number",
            Self::Span(_) => "a length of time",
            Self::Date | Self::Moment => "a date",
            Self::Symbols => "a list of symbols",
            Self::Universe => "\"all\" or a list of symbols",
            Self::Free => "a value",
        }
    }

    /// What a person should write instead.
    pub(crate) fn expected(self) -> String {
        match self {
            Self::Text(example) | Self::Secret(example) => format!("text such as \"{example}\""),
            Self::Choices(valid) => format!("a list of: {}", valid.join(", ")),
            Self::Choice(valid) => {
                let words: Vec<String> = valid.iter().map(|word| format!("\"{word}\"")).collect();
                match words.as_slice() {
                    [only] => only.clone(),
                    words => format!("one of {}", words.join(", ")),
                }
            }
            Self::Switch => "true or false".to_owned(),
            Self::Count(example) | Self::Seed(example) => {
                format!("a whole number such as {example}")
            }
            Self::Number(example)
            | Self::Money(example)
            | Self::Price(example)
            | Self::Quantity(example) => format!("a number such as {example}"),
            Self::Span(example) => {
                format!("a length of time with its unit, such as \"{example}\" or \"250ms\"")
            }
            Self::Date => "a date such as 2022-12-28".to_owned(),
            Self::Moment => "a date such as 2022-12-28 or 2022-12-28T12:00:00".to_owned(),
            Self::Symbols => "a list of symbols such as [\"AAPL\", \"XOM\"]".to_owned(),
            Self::Universe => "\"all\" or a list of symbols such as [\"AAPL\", \"XOM\"]".to_owned(),
            Self::Free => "a value".to_owned(),
        }
    }

    fn number(self, text: &str) -> Option<Reading> {
        let text = text.replace('_', "");
        match self {
            Self::Count(_) => text.parse::<u32>().ok().map(|n| Reading::plain(n, n)),
            Self::Seed(_) => text.parse::<u64>().ok().map(|n| Reading::plain(n, n)),
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
                let is_in_bounds = match self {
                    Self::Price(_) => Price::new(amount).is_in_bounds(),
                    Self::Quantity(_) => Qty::new(amount).is_in_bounds(),
                    _ => Money::new(amount).is_in_bounds(),
                };
                let text = amount.normalize().to_string();
                is_in_bounds.then(|| Reading {
                    value: text.clone().into(),
                    toml: text,
                })
            }
        }
    }
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
            (Kind::Money("1"), "1_000_000.10", Some("1000000.1")),
            (
                Kind::Money("1"),
                "0.1234567890123456789",
                Some("0.1234567890123456789"),
            ),
            (Kind::Money("1"), "1e-8", Some("0.00000001")),
            (Kind::Money("1"), "nan", None),
            (
                Kind::Money("1"),
                "1e28",
                Some("10000000000000000000000000000"),
            ),
            (Kind::Money("1"), "-10000000000000000000000000001", None),
            (Kind::Price("1"), "10_000_000_000.01", None),
            (Kind::Quantity("1"), "1e18", Some("1000000000000000000")),
            (Kind::Quantity("1"), "1.000001e18", None),
            (Kind::Count("1"), "0x10", Some("16")),
            (Kind::Count("1"), "-1", None),
            (Kind::Count("1"), "4_294_967_296", None),
            (Kind::Seed("1"), "4_294_967_296", Some("4294967296")),
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
