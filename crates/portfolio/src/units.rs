//! A planned quantity: exact where lots are traded, the double itself where nothing is rounded.
//!
//! Without rounding a plan must print the very number that its arithmetic gave, which is a double
//! with an exponent that no decimal of 28 places may hold; with lots it must be exact. Both print
//! as plain decimal digits, never with an exponent.

use std::fmt;

use polyfolio_model::{Qty, convert};
use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

/// A signed number of units of an instrument.
#[derive(Clone, Copy, Debug)]
pub enum Units {
    /// Whole lots, or what the account holds.
    Exact(Qty),
    /// A double, finite, printed as the shortest decimal that reads back as itself.
    Float(f64),
}

impl Units {
    /// Nothing.
    pub const ZERO: Self = Self::Exact(Qty::ZERO);

    /// Whether it is nothing at all.
    pub fn is_zero(self) -> bool {
        match self {
            Self::Exact(quantity) => quantity.is_zero(),
            Self::Float(value) => value == 0.0,
        }
    }

    /// Whether it is above zero.
    pub fn is_positive(self) -> bool {
        match self {
            Self::Exact(quantity) => quantity.is_positive(),
            Self::Float(value) => value > 0.0,
        }
    }

    /// Whether it is below zero.
    pub fn is_negative(self) -> bool {
        (-self).is_positive()
    }

    /// Without its sign.
    pub fn abs(self) -> Self {
        match self {
            Self::Exact(quantity) => Self::Exact(quantity.abs()),
            Self::Float(value) => Self::Float(value.abs()),
        }
    }

    /// The nearest double.
    pub fn float(self) -> f64 {
        match self {
            Self::Exact(quantity) => convert::qty_f64(quantity),
            Self::Float(value) => value,
        }
    }

    /// The quantity that can be sent: a double is cut to 28 places after the point. `None` for
    /// what is no quantity (not finite, or beyond [`Qty::MAX`]).
    pub fn qty(self) -> Option<Qty> {
        match self {
            Self::Exact(quantity) => Some(quantity),
            Self::Float(value) => convert::qty(value),
        }
    }
}

impl std::ops::Neg for Units {
    type Output = Self;
    fn neg(self) -> Self {
        match self {
            Self::Exact(quantity) => Self::Exact(-quantity),
            Self::Float(value) => Self::Float(-value),
        }
    }
}

impl From<Qty> for Units {
    fn from(quantity: Qty) -> Self {
        Self::Exact(quantity)
    }
}

/// Two quantities are the same when they print the same: 1.50 is 1.5, and −0 is 0.
impl PartialEq for Units {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Exact(a), Self::Exact(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a == b,
            _ => self.to_string() == other.to_string(),
        }
    }
}

impl fmt::Display for Units {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            // A negative zero of a product is nothing, and has no sign.
            Self::Exact(quantity) if quantity.is_zero() => fmt::Display::fmt(&Decimal::ZERO, f),
            Self::Exact(quantity) => fmt::Display::fmt(&quantity, f),
            Self::Float(value) => fmt::Display::fmt(&(value + 0.0), f),
        }
    }
}

impl Serialize for Units {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_prints_digits_and_no_exponent() {
        let said = [
            (
                Units::Float(5.551115123125783e-17),
                "0.00000000000000005551115123125783",
            ),
            (Units::Float(1e21), "1000000000000000000000"),
            (Units::Float(-0.0), "0"),
            (Units::Float(-1.5), "-1.5"),
            (Units::Float(0.1 + 0.2), "0.30000000000000004"),
            (Units::Exact("1.50".parse().unwrap()), "1.5"),
            (Units::Exact(-Qty::ZERO), "0"),
        ];
        for (units, text) in said {
            assert_eq!(units.to_string(), text);
            assert_eq!(serde_json::to_value(units).unwrap(), text);
        }
    }

    #[test]
    fn printed_and_read_back_is_the_same_double() {
        for value in [
            1e-300,
            0.1 + 0.2,
            286.6550115456052,
            -9.951933604030342e-08,
            1e300,
        ] {
            assert_eq!(Units::Float(value).to_string().parse(), Ok(value));
        }
    }
}
