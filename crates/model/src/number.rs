//! The shape that money, prices and quantities share: a newtype over an exact decimal.
//!
//! A macro and not a generic, so that `Qty + Price` does not compile.
//!
//! Each has a greatest amount. What is read from outside and lies beyond it is refused, and what is
//! added up or multiplied stops there, so that no arithmetic ends the process and no sum is written
//! that does not read back. An amount that has stopped is no longer a sum, and the identities of
//! the books say so.

use rust_decimal::Decimal;

use crate::text::Ascii;

/// A text that is no amount.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AmountError {
    /// No decimal number.
    #[error("{text:?} is no {what}: {source}")]
    Malformed {
        /// What it should be.
        what: &'static str,
        /// What stands there.
        text: String,
        /// Why.
        source: rust_decimal::Error,
    },
    /// Further from zero than any amount can be.
    #[error("{text:?} is no {what}: none is greater than {max}")]
    TooLarge {
        /// What it should be.
        what: &'static str,
        /// What stands there.
        text: String,
        /// The greatest.
        max: Decimal,
    },
}

/// Ten to the power of `exponent`, at most 28.
pub(crate) const fn power_of_ten(exponent: u32) -> Decimal {
    let power = 10_u128.pow(exponent);
    let (low, middle, high) = (power as u32, (power >> 32) as u32, (power >> 64) as u32);
    Decimal::from_parts(low, middle, high, false, 0)
}

/// Whether `value` is no further from zero than `max`, a whole number. Its digits alone say so but
/// for very long ones: places behind the point only make it smaller.
pub(crate) fn is_within(value: Decimal, max: Decimal) -> bool {
    value.mantissa().unsigned_abs() <= max.mantissa().unsigned_abs() || value.abs() <= max
}

/// `value`, or the end that it is beyond.
pub(crate) fn stop_at(value: Decimal, max: Decimal) -> Decimal {
    if is_within(value, max) {
        value
    } else if value.is_sign_negative() {
        -max
    } else {
        max
    }
}

/// A sign, "0.", 28 places.
pub(crate) type Digits = Ascii<32>;

/// The digits of a normalised decimal as `Display` writes them; `None` where 64 bits do not hold
/// them, for `Display` to write.
pub(crate) fn digits(value: Decimal) -> Option<Digits> {
    let mantissa = u64::try_from(value.mantissa().unsigned_abs()).ok()?;
    let mut text = Digits::new();
    if value.is_sign_negative() {
        text.push(b'-');
    }
    match value.scale() {
        0 => text.whole(mantissa, 1),
        scale => {
            // Above 19 places all of 64 bits stands behind the point.
            let unit = 10_u64.checked_pow(scale);
            let (whole, part) =
                unit.map_or((0, mantissa), |unit| (mantissa / unit, mantissa % unit));
            text.whole(whole, 1);
            text.push(b'.');
            text.whole(part, scale as usize);
        }
    }
    Some(text)
}

macro_rules! decimal_newtype {
    ($(#[$doc:meta])* $name:ident, $what:literal, $max:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(rust_decimal::Decimal);

        impl $name {
            /// Nothing of it.
            pub const ZERO: Self = Self(rust_decimal::Decimal::ZERO);

            #[doc = concat!("The greatest: 10 to the power of ", $max, ", and as far below zero.")]
            pub const MAX: Self = Self(crate::number::power_of_ten($max));

            /// Whether it is no further from zero than [`MAX`](Self::MAX).
            pub fn is_in_bounds(self) -> bool {
                crate::number::is_within(self.0, Self::MAX.0)
            }

            /// The end of the range when it is beyond it.
            pub(crate) fn stopped(value: rust_decimal::Decimal) -> Self {
                Self(crate::number::stop_at(value, Self::MAX.0))
            }

            /// Wraps an exact decimal, whatever it is.
            pub const fn new(value: rust_decimal::Decimal) -> Self {
                Self(value)
            }

            /// The bare decimal.
            pub const fn get(self) -> rust_decimal::Decimal {
                self.0
            }

            /// Without its sign.
            pub fn abs(self) -> Self {
                Self(self.0.abs())
            }

            /// Whether it is exactly nothing.
            pub fn is_zero(self) -> bool {
                self.0.is_zero()
            }

            /// Whether it is above zero.
            pub fn is_positive(self) -> bool {
                self.0.is_sign_positive() && !self.0.is_zero()
            }

            /// Whether it is below zero.
            pub fn is_negative(self) -> bool {
                self.0.is_sign_negative() && !self.0.is_zero()
            }
        }

        impl From<i64> for $name {
            fn from(value: i64) -> Self {
                Self(rust_decimal::Decimal::from(value))
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::number::AmountError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text.trim().parse().map(Self) {
                    Ok(amount) if amount.is_in_bounds() => Ok(amount),
                    Ok(_) => Err(crate::number::AmountError::TooLarge {
                        what: $what,
                        text: text.to_owned(),
                        max: Self::MAX.0,
                    }),
                    Err(source) => Err(crate::number::AmountError::Malformed {
                        what: $what,
                        text: text.to_owned(),
                        source,
                    }),
                }
            }
        }

        // One printed form for one value: 1.50 and 1.5 are the same money, and records of the
        // same facts must have the same bytes.
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&self.0.normalize(), f)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0.normalize())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let value = self.0.normalize();
                match crate::number::digits(value) {
                    Some(digits) => serializer.serialize_str(digits.as_str()),
                    None => serializer.collect_str(&value),
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::text::read(deserializer)
            }
        }

        impl std::ops::Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self::stopped(self.0.saturating_add(other.0))
            }
        }

        impl std::ops::Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self::stopped(self.0.saturating_sub(other.0))
            }
        }

        impl std::ops::Neg for $name {
            type Output = Self;
            fn neg(self) -> Self {
                Self(-self.0)
            }
        }

        impl std::ops::AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                *self = *self + other;
            }
        }

        impl std::ops::SubAssign for $name {
            fn sub_assign(&mut self, other: Self) {
                *self = *self - other;
            }
        }

        impl std::iter::Sum for $name {
            fn sum<I: Iterator<Item = Self>>(values: I) -> Self {
                values.reduce(|a, b| a + b).unwrap_or(Self::ZERO)
            }
        }
    };
}

pub(crate) use decimal_newtype;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Money, Price, Qty};

    #[test]
    fn amounts_are_written_as_decimals_write_themselves() {
        let mantissas = [0, 1, 9, 10, 42, 1_000, 123_456_789, i64::MAX];
        for mantissa in mantissas.into_iter().flat_map(|m| [m, -m]) {
            for scale in 0..=28 {
                let value = Decimal::from_i128_with_scale(i128::from(mantissa), scale).normalize();
                let digits = digits(value).expect("64 bits hold it");
                assert_eq!(digits.as_str(), value.to_string());
            }
        }
        assert!(digits(Decimal::MAX).is_none());
        let longest = Decimal::from_i128_with_scale(-i128::from(u64::MAX), 28);
        let longest_digits = digits(longest).expect("64 bits hold it");
        assert_eq!(longest_digits.as_str(), longest.to_string());
    }

    #[test]
    fn the_greatest_is_an_amount_and_what_is_beyond_it_is_none() {
        let read = |text: &str| text.parse::<Qty>();
        for text in ["1000000000000000000", "-1000000000000000000.000"] {
            assert_eq!(read(text).map(Qty::abs), Ok(Qty::MAX));
        }
        for text in [
            "1000000000000000000.0000000001",
            "-1000000000000000001",
            "79228162514264337593543950335",
        ] {
            let said = read(text).map_err(|error| error.to_string());
            let why = format!("{text:?} is no quantity: none is greater than 1000000000000000000");
            assert_eq!(said, Err(why));
        }
        assert!("10000000000.01".parse::<Price>().is_err());
        assert!("10000000000000000000000000001".parse::<Money>().is_err());
        assert!("5 apples".parse::<Price>().is_err());
    }

    #[test]
    fn arithmetic_stops_at_the_greatest_and_reads_back() {
        let mut sum = Money::ZERO;
        for _ in 0..3 {
            sum += Price::MAX * Qty::MAX;
        }
        assert_eq!(sum, Money::MAX);
        assert_eq!(-sum - Money::MAX, -Money::MAX);
        assert_eq!(sum.to_string().parse(), Ok(sum));
        assert_eq!(Qty::MAX * Qty::MAX.get(), Qty::MAX);
        assert_eq!([Qty::MAX; 9].into_iter().sum::<Qty>(), Qty::MAX);
    }

    #[test]
    fn a_grid_too_fine_to_be_counted_ends_no_process() {
        let fine: Qty = "0.0000000000000000000000000001".parse().unwrap_or_default();
        assert!(fine.is_positive());
        assert_eq!(Qty::MAX.toward_zero_in_lots(fine), Qty::MAX);
        assert!(Qty::MAX.whole_lots(fine).is_sign_positive());
        let _ = (
            Qty::MAX.is_in_lots(fine),
            Price::MAX.is_on_grid(Price::new(fine.get())),
        );
        assert_eq!(
            Price::MAX.nearest_on_grid(Price::new(fine.get())),
            Price::MAX
        );
    }
}
