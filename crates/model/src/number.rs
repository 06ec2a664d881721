//! The shape that money, prices and quantities share: a newtype over an exact decimal.
//!
//! A macro and not a generic, so that `Qty + Price` does not compile.

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
                self.0 > rust_decimal::Decimal::ZERO
            }

            /// Whether it is below zero.
            pub fn is_negative(self) -> bool {
                self.0 < rust_decimal::Decimal::ZERO
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
                serializer.collect_str(&self.0.normalize())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
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
                values.fold(Self::ZERO, |a, b| a + b)
            }
        }
    };
}

pub(crate) use decimal_newtype;
