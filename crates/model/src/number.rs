//! The shape that money, prices and quantities share: a newtype over an exact decimal.
//!
//! A macro and not a generic, so that `Qty + Price` does not compile.

use rust_decimal::Decimal;

use crate::text::Ascii;

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
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(rust_decimal::Decimal);

        impl $name {
            /// Nothing of it.
            pub const ZERO: Self = Self(rust_decimal::Decimal::ZERO);

            /// Wraps an exact decimal.
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
            type Err = rust_decimal::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.trim().parse().map(Self)
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
                Self(self.0 + other.0)
            }
        }

        impl std::ops::Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(self.0 - other.0)
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
                self.0 += other.0;
            }
        }

        impl std::ops::SubAssign for $name {
            fn sub_assign(&mut self, other: Self) {
                self.0 -= other.0;
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
}
