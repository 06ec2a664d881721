//! What the router is to do, and what has come true.

use polyfolio_model::ClOrdId;
use polyfolio_oms::events::Event;
use polyfolio_oms::router::StopPolicy;
use polyfolio_portfolio::TradingState;
use serde_json::{Value, json};

use crate::mail::Payload;

/// Conductor → OrderRouter.
#[derive(Clone, Debug)]
pub enum RouterCommand {
    /// Nothing more for the run; what works of it is canceled.
    Abandon(String),
    /// Cancel everything of ours that works.
    CancelAll(String),
    /// Ask the broker for everything, and compare.
    Reconcile,
    /// Take what differs into what nobody owns.
    Adopt(String),
    /// Orders that were sent from here are not on record.
    AdoptMark(String),
    /// A person says that an order is dead of which no list can say what became.
    Resolve(ClOrdId, String),
    /// Trading is allowed, or not.
    SetTrading(TradingState, String),
    /// Have the quotes of the run told again: whoever told them is new.
    Resubscribe,
    /// Come to a stop.
    Stop(StopPolicy),
}

impl Payload for RouterCommand {
    const NAME: &'static str = "RouterCommand";
    fn body(&self) -> Value {
        json!(format!("{self:?}"))
    }
}

/// OrderRouter → Conductor: what has come true.
#[derive(Clone, Debug)]
pub enum RouterSaid {
    /// An event of the book.
    Happened(Box<Event>),
    /// The journal took a write no more: nothing is sent from here on.
    JournalFailed(String),
}

impl Payload for RouterSaid {
    const NAME: &'static str = "RouterSaid";
    fn body(&self) -> Value {
        match self {
            Self::Happened(event) => serde_json::to_value(event).unwrap_or(Value::Null),
            Self::JournalFailed(error) => json!({ "journal_failed": error }),
        }
    }
}

/// OrderRouter → Notifier: what a person may want to know of.
#[derive(Clone, Debug)]
pub struct Noticed {
    /// What happened to the book.
    pub event: Box<Event>,
    /// The name of the last run.
    pub run: Option<String>,
}

impl Payload for Noticed {
    const NAME: &'static str = "Noticed";
    fn body(&self) -> Value {
        serde_json::to_value(&self.event).unwrap_or(Value::Null)
    }
}
