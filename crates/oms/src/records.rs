//! The journal's records: all that must survive, and nothing that can be derived.
//!
//! The state of the order management is the fold of these records ([`Book`](crate::Book)); live
//! and replayed runs go through the same `apply`. The types here are what is stored: they are
//! versioned and change on purpose, the inner types are free. The envelope around a record
//! (sequence, chain, checksum) is the store's.

mod account;
mod decode;
mod order;
mod place;
mod run;
mod upcast;

use polyfolio_model::{ParentId, Ts};
use serde::{Deserialize, Serialize};

pub use account::{Adopted, Break, Given, GivenPosition, Nav, Salvaged, Stopped, Trading};
pub use order::{Allocated, Asked, Denied, Fact, Intent, Recovered, Share, Withdrawn};
pub use run::{
    Abandoned, Arrived, AtDeadline, Cross, Extended, Parent, ParentStage, ParentStaged, Planned,
    RunEnded, Transfer, run_label,
};

/// One record of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Record {
    /// A run begins: from here on it is durable.
    Planned(Planned),
    /// A run is given up: nothing more is sent for it.
    Abandoned(Abandoned),
    /// A run is given more time.
    Extended(Extended),
    /// A run ends.
    RunEnded(RunEnded),
    /// What a run wants of one instrument.
    Parent(Parent),
    /// The price at which a parent met the market.
    Arrived(Arrived),
    /// A parent enters another stage of its life.
    Stage(ParentStaged),
    /// An order that may leave from now on. Durable before a byte of it does.
    Intent(Intent),
    /// Our own risk check refused an order; it was never sent.
    Denied(Denied),
    /// No byte of an order left.
    NotSent(Withdrawn),
    /// An order is proved absent at the venue, or a person says that it is dead.
    Absent(Withdrawn),
    /// We asked for a working order to be canceled or changed.
    Asked(Asked),
    /// A broker said something of an order of ours.
    Fact(Fact),
    /// An execution was given to the sleeves that wanted it.
    Allocated(Allocated),
    /// Two sleeves traded with each other.
    Cross(Cross),
    /// Cash moved between a sleeve and what nobody owns, at the plan.
    Transfer(Transfer),
    /// Cash or positions of one sleeve went to another, in kind.
    Given(Given),
    /// The account as we first saw it, or a difference taken over on the record.
    Adopted(Adopted),
    /// Our book and the broker's differ.
    Break(Break),
    /// What the account and the sleeves were worth.
    Nav(Nav),
    /// Whether trading is allowed.
    Trading(Trading),
    /// An instrument stops until a person has looked.
    Stopped(Stopped),
    /// Records behind this point were lost: from here on the book is older than the world.
    Salvaged(Salvaged),
    /// An order of ours that a lost record sent, found at the broker.
    Recovered(Recovered),
}

/// The version of the encoding that this program writes.
pub const VERSION: u16 = 1;

/// Most records are shorter.
const BYTES_MOSTLY: usize = 512;

/// A record that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Written by a newer program, or by none.
    #[error("record of kind {kind:?} has version {version}, this program reads 1 to {VERSION}")]
    Newer {
        /// Its kind.
        kind: String,
        /// Its version.
        version: u16,
    },
    /// Not what it says it is.
    #[error("record of kind {kind:?} cannot be read{at}: {source}")]
    Malformed {
        /// Its kind.
        kind: String,
        /// Where it cannot, ` at report.time`; nothing when that is not known.
        at: String,
        /// Why.
        source: serde_json::Error,
    },
}

impl Record {
    /// The name of its kind, as in the journal.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Planned(_) => "planned",
            Self::Abandoned(_) => "abandoned",
            Self::Extended(_) => "extended",
            Self::RunEnded(_) => "run_ended",
            Self::Parent(_) => "parent",
            Self::Arrived(_) => "arrived",
            Self::Stage(_) => "stage",
            Self::Intent(_) => "intent",
            Self::Denied(_) => "denied",
            Self::NotSent(_) => "not_sent",
            Self::Absent(_) => "absent",
            Self::Asked(_) => "asked",
            Self::Fact(_) => "fact",
            Self::Allocated(_) => "allocated",
            Self::Cross(_) => "cross",
            Self::Transfer(_) => "transfer",
            Self::Given(_) => "given",
            Self::Adopted(_) => "adopted",
            Self::Break(_) => "break",
            Self::Nav(_) => "nav",
            Self::Trading(_) => "trading",
            Self::Stopped(_) => "stopped",
            Self::Salvaged(_) => "salvaged",
            Self::Recovered(_) => "recovered",
        }
    }

    /// The parent it is about, when it is about one.
    pub fn parent(&self) -> Option<ParentId> {
        match self {
            Self::Parent(parent) => Some(parent.id),
            Self::Arrived(arrived) => Some(arrived.parent),
            Self::Stage(staged) => Some(staged.parent),
            Self::Denied(denied) => Some(denied.parent),
            Self::Intent(intent) => Some(intent.order.cl_ord_id.parent_id()),
            Self::Recovered(recovered) => Some(recovered.order.cl_ord_id.parent_id()),
            Self::NotSent(order) | Self::Absent(order) => Some(order.cl_ord_id.parent_id()),
            Self::Asked(asked) => Some(asked.cl_ord_id.parent_id()),
            Self::Fact(fact) => Some(fact.report.cl_ord_id.parent_id()),
            Self::Allocated(allocated) => Some(allocated.cl_ord_id.parent_id()),
            _ => None,
        }
    }

    /// When it came to be, by our clock; `None` for what stands in one batch with a record that
    /// says so.
    pub fn time(&self) -> Option<Ts> {
        match self {
            Self::Planned(planned) => Some(planned.start),
            Self::Abandoned(abandoned) => Some(abandoned.time),
            Self::RunEnded(ended) => Some(ended.time),
            Self::Arrived(arrived) => Some(arrived.time),
            Self::Stage(staged) => Some(staged.time),
            Self::Intent(intent) => Some(intent.time),
            Self::Denied(denied) => Some(denied.time),
            Self::NotSent(order) | Self::Absent(order) => Some(order.time),
            Self::Asked(asked) => Some(asked.time),
            Self::Fact(fact) => Some(fact.heard),
            Self::Given(given) => Some(given.time),
            Self::Adopted(adopted) => Some(adopted.time),
            Self::Break(found) => Some(found.time),
            Self::Nav(nav) => Some(nav.time),
            Self::Trading(trading) => Some(trading.time),
            Self::Stopped(stopped) => Some(stopped.time),
            Self::Salvaged(salvaged) => Some(salvaged.time),
            Self::Recovered(recovered) => Some(recovered.time),
            Self::Extended(_)
            | Self::Parent(_)
            | Self::Allocated(_)
            | Self::Cross(_)
            | Self::Transfer(_) => None,
        }
    }

    /// Its bytes, as JSON.
    pub fn encode(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut bytes = Vec::with_capacity(BYTES_MOSTLY);
        serde_json::to_writer(&mut bytes, self)?;
        Ok(bytes)
    }

    /// The record of these bytes; older versions are brought up to date here.
    pub fn decode(kind: &str, version: u16, bytes: &[u8]) -> Result<Self, DecodeError> {
        let steps = upcast::steps_from(&upcast::UPCASTS, kind, version)?;
        let read = if steps.is_empty() {
            decode::tag_first(bytes).unwrap_or_else(|| serde_json::from_slice(bytes))
        } else {
            let json = serde_json::from_slice(bytes);
            json.and_then(|json| serde_json::from_value(upcast::up_to_date(steps, kind, json)))
        };
        read.map_err(|source| DecodeError::Malformed {
            kind: kind.to_owned(),
            at: place::of(bytes, &source),
            source,
        })
    }
}
