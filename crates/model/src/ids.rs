//! Names of things. Ours are made by counting, never by chance; a broker's are learned later and
//! are attributes, never keys.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::text::Ascii;

/// The client order id (FIX 11): 128 bits, written as 32 lower-case hex digits.
///
/// Counted, stored before it is used, never used for a second order. A stray order on a statement
/// can be read back to its state directory, run and parent.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClOrdId {
    /// Drawn once, when the state directory was created.
    pub deployment: u32,
    /// The run, counted from 1.
    pub run: u32,
    /// The parent order within the run, counted from 1.
    pub parent: u32,
    /// The child order within the parent, counted from 1.
    pub child: u32,
}

impl ClOrdId {
    /// The parent order this child belongs to.
    pub fn parent_id(self) -> ParentId {
        ParentId {
            run: RunId(self.run),
            parent: self.parent,
        }
    }

    /// The 128 bits, in the order of their hex digits.
    const fn bits(self) -> u128 {
        let high = (self.deployment as u128) << 96 | (self.run as u128) << 64;
        high | (self.parent as u128) << 32 | self.child as u128
    }

    fn text(self) -> Ascii<32> {
        let mut text = Ascii::new();
        for part in [self.deployment, self.run, self.parent, self.child] {
            text.hex(part);
        }
        text
    }
}

// One comparison in place of four: every map of orders is searched by it.
impl Ord for ClOrdId {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.bits().cmp(&other.bits())
    }
}

impl PartialOrd for ClOrdId {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for ClOrdId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text().as_str())
    }
}

impl fmt::Debug for ClOrdId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Text that is not a client order id of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a client order id: 32 lower-case hex digits are expected")]
pub struct NotAClOrdId(pub String);

impl FromStr for ClOrdId {
    type Err = NotAClOrdId;
    fn from_str(text: &str) -> Result<Self, NotAClOrdId> {
        let fault = || NotAClOrdId(text.to_owned());
        if text.len() != 32 {
            return Err(fault());
        }
        let mut bits = 0_u128;
        for byte in text.bytes() {
            let digit = match byte {
                b'0'..=b'9' => byte - b'0',
                b'a'..=b'f' => byte - b'a' + 10,
                _ => return Err(fault()),
            };
            bits = bits << 4 | u128::from(digit);
        }
        let part = |shift: u32| (bits >> shift) as u32;
        Ok(Self {
            deployment: part(96),
            run: part(64),
            parent: part(32),
            child: part(0),
        })
    }
}

impl Serialize for ClOrdId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.text().as_str())
    }
}

impl<'de> Deserialize<'de> for ClOrdId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::text::read(deserializer)
    }
}

/// A rebalance, counted from 1 within a state directory.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct RunId(pub u32);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A parent order: what one run wants of one instrument. Written `run.parent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ParentId {
    /// The run.
    pub run: RunId,
    /// The parent within it, counted from 1.
    pub parent: u32,
}

impl fmt::Display for ParentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.run, self.parent)
    }
}

impl Serialize for ParentId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ParentId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::text::read(deserializer)
    }
}

/// Text that is not a parent id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a parent id is written run.parent")]
pub struct NotAParentId;

impl FromStr for ParentId {
    type Err = NotAParentId;
    fn from_str(text: &str) -> Result<Self, NotAParentId> {
        let (run, parent) = text.split_once('.').ok_or(NotAParentId)?;
        Ok(Self {
            run: RunId(run.parse().map_err(|_| NotAParentId)?),
            parent: parent.parse().map_err(|_| NotAParentId)?,
        })
    }
}

macro_rules! counted {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize,
            Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }
    };
}

counted! {
    /// One request to cancel or replace an order.
    RequestId
}
counted! {
    /// One request for everything the broker knows.
    SnapshotId
}

macro_rules! named {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// From its text, byte for byte.
            pub fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            /// Its text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }

        impl FromStr for $name {
            type Err = std::convert::Infallible;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Ok(Self::new(text))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::text::read(deserializer)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }
    };
}

named! {
    /// What is traded. Symbols compare byte for byte.
    InstrumentId
}
named! {
    /// A weighted strategy's account within the book; [`SleeveId::unassigned`] holds the rest.
    SleeveId
}
named! {
    /// A currency code such as `USD`.
    Currency
}
named! {
    /// The broker's own id of an order (FIX 37).
    VenueOrderId
}
named! {
    /// The broker's id of one execution (FIX 17); it counts once.
    ExecId
}

impl SleeveId {
    /// What the account holds and no strategy owns. No sleeve in a config may have this name.
    pub const UNASSIGNED: &'static str = "unassigned";

    /// The sleeve of what nobody owns.
    pub fn unassigned() -> Self {
        Self::new(Self::UNASSIGNED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_order_id_reads_back() {
        let id = ClOrdId {
            deployment: 0xdead_beef,
            run: 1,
            parent: 2,
            child: 0x10,
        };
        assert_eq!(id.to_string(), "deadbeef000000010000000200000010");
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn ids_are_ordered_by_deployment_run_parent_and_child() {
        let id = |[deployment, run, parent, child]: [u32; 4]| ClOrdId {
            deployment,
            run,
            parent,
            child,
        };
        let parts = [0, 1, u32::MAX];
        let all: Vec<[u32; 4]> = (0..81)
            .map(|n| [n / 27, n / 9 % 3, n / 3 % 3, n % 3].map(|i| parts[i]))
            .collect();
        for (a, b) in all.iter().flat_map(|a| all.iter().map(move |b| (a, b))) {
            assert_eq!(id(*a).cmp(&id(*b)), a.cmp(b), "{a:?} {b:?}");
        }
    }

    #[test]
    fn foreign_order_ids_are_refused() {
        for text in ["", "DEADBEEF000000010000000200000010", "deadbeef", "zz"] {
            assert!(text.parse::<ClOrdId>().is_err(), "{text}");
        }
    }
}
