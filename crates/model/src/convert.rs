//! The one place where exact decimals and `f64` meet.
//!
//! Into `f64` a value loses digits beyond the 17th; out of it we take the shortest decimal that
//! reads back as the same double, so that 0.1 becomes 0.1. What cannot be a decimal (NaN, the
//! infinities, magnitudes beyond 7.9e28) is `None`, for the caller to refuse by name; and so is a
//! quantity, a price or money beyond the greatest of its kind.

use std::str::FromStr;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::{Money, Price, Qty};

/// The decimal that `value` prints as, cut to 28 places after the point.
pub fn decimal(value: f64) -> Option<Decimal> {
    if !value.is_finite() {
        return None;
    }
    let text = format!("{value}");
    Decimal::from_str(&text).ok().map(|d| d.normalize())
}

/// The double nearest to `value`.
pub fn float(value: Decimal) -> f64 {
    // Through its digits: `to_f64` of the library divides and may be one unit off in the last
    // place, which would break "printed and read back is the same number".
    value
        .to_string()
        .parse()
        .unwrap_or_else(|_| value.to_f64().unwrap_or(f64::NAN))
}

/// A quantity from a double.
pub fn qty(value: f64) -> Option<Qty> {
    decimal(value).map(Qty::new).filter(|q| q.is_in_bounds())
}

/// A price from a double.
pub fn price(value: f64) -> Option<Price> {
    decimal(value).map(Price::new).filter(|p| p.is_in_bounds())
}

/// Money from a double.
pub fn money(value: f64) -> Option<Money> {
    decimal(value).map(Money::new).filter(|m| m.is_in_bounds())
}

/// A quantity as a double.
pub fn qty_f64(value: Qty) -> f64 {
    float(value.get())
}

/// A price as a double.
pub fn price_f64(value: Price) -> f64 {
    float(value.get())
}

/// Money as a double.
pub fn money_f64(value: Money) -> f64 {
    float(value.get())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_double_comes_back_as_itself() {
        for value in [
            0.1,
            -0.3,
            1e-12,
            123_456.789,
            0.1 + 0.2,
            200_760_437.152_500_3,
        ] {
            assert_eq!(decimal(value).map(float), Some(value));
        }
    }

    #[test]
    fn what_is_no_decimal_is_none() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300] {
            assert_eq!(decimal(value), None);
        }
    }
}
