//! What can go wrong with a gateway, as data: what its clients' connectors have to live through.
//!
//! A [`Fault`] is ordered of a [`Gateway`](super::Gateway) through its [`Faults`] handle, by a line
//! on the control port, by a line of a [`Script`], or drawn from a seed. Faults that wait for a
//! message (the next order, the next cancel, the next list) queue up: each message takes one. What
//! they do is known to the desk alone.

mod handle;
mod script;
mod state;

use polyfolio_model::Qty;
use serde::{Deserialize, Serialize};

pub use handle::Faults;
pub use script::{Script, ScriptError, Step, When};
pub use state::{ExecutionState, GatewayState, OrderState, SessionState};

/// One thing that goes wrong. As JSON: an object whose `do` names it, times in milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// The next order is refused with this code and text; its id counts as used.
    RejectNextOrder {
        /// IB's number.
        #[serde(default = "rejected")]
        code: i32,
        /// What a person reads; a text of the code's own otherwise.
        text: Option<String>,
    },
    /// The next cancel is refused with this code and text.
    RejectNextCancel {
        /// IB's number.
        #[serde(default = "cannot_cancel")]
        code: i32,
        /// What a person reads; a text of the code's own otherwise.
        text: Option<String>,
    },
    /// The connection of the next order drops before the order is looked at: its bytes are lost.
    DropBeforeNextOrder {},
    /// The connection of the next order drops once the order is taken: its answers are lost.
    DropAfterNextOrder {},
    /// The connection of the next cancel drops before the cancel is looked at.
    DropBeforeNextCancel {},
    /// The connection of the next cancel drops once the cancel is on its way.
    DropAfterNextCancel {},
    /// Connections stay and nothing is said on them.
    Mute {
        /// For how long; until [`Fault::Unmute`] otherwise.
        for_ms: Option<u64>,
        /// What becomes of what clients say meanwhile.
        #[serde(default)]
        messages: Meanwhile,
    },
    /// The gateway speaks again.
    Unmute {},
    /// Every connection drops.
    Kill {
        /// For how long nobody gets a new one.
        #[serde(default)]
        refuse_ms: u64,
    },
    /// From now on a connection that ends holds its client id for a while, as a dead one does
    /// until the gateway notices; 0 ends that.
    HoldClientIds {
        /// For how long.
        for_ms: u64,
    },
    /// The next order to be cancelled trades while the cancel is under way.
    FillDuringNextCancel {
        /// How much, at most; all of it otherwise.
        quantity: Option<Qty>,
    },
    /// The next cancel is confirmed, and then the order trades after all.
    FillAfterNextCancel {
        /// How much, at most; all of it otherwise.
        quantity: Option<Qty>,
        /// How long after the confirmation.
        #[serde(default)]
        after_ms: u64,
    },
    /// Orders that work trade now.
    Fill {
        /// Only those of this reference.
        order_ref: Option<String>,
        /// Only the one with this permanent id.
        perm_id: Option<i64>,
        /// How much of each, at most; all of it otherwise.
        quantity: Option<Qty>,
    },
    /// A person cancels orders that work, at the gateway itself.
    CancelByHand {
        /// Only those of this reference.
        order_ref: Option<String>,
        /// Only the one with this permanent id.
        perm_id: Option<i64>,
    },
    /// Each of the next executions is told twice.
    DuplicateExecutions {
        /// How many.
        #[serde(default = "one")]
        count: u32,
    },
    /// The next executions are held until so many have come or their order is done, and told then,
    /// the last one first, after what the order's status says of them.
    ReorderExecutions {
        /// How many.
        #[serde(default = "two")]
        count: u32,
    },
    /// Quotes are −1, with size 0.
    BlankQuotes {
        /// Of this symbol; of all otherwise.
        symbol: Option<String>,
        /// For how long; until [`Fault::RestoreQuotes`] otherwise.
        for_ms: Option<u64>,
    },
    /// Quotes are the market's again.
    RestoreQuotes {},
    /// A notice out of the blue. Nothing else happens.
    Notice {
        /// IB's number.
        code: i32,
        /// What a person reads; a text of the code's own otherwise.
        text: Option<String>,
        /// About this order or request; about none otherwise.
        order_id: Option<i32>,
        /// To this client; to everybody otherwise.
        client_id: Option<i32>,
    },
    /// The gateway loses its broker (1100): orders and cancels are refused with 504, and what
    /// happens to orders is not told, then or later.
    LoseConnectivity {
        /// For how long; until [`Fault::RestoreConnectivity`] otherwise.
        for_ms: Option<u64>,
        /// How it comes back.
        #[serde(default)]
        data_lost: bool,
    },
    /// The broker is back: 1101 when subscriptions are lost with it, 1102 otherwise.
    RestoreConnectivity {
        /// Whether quotes have to be asked for anew.
        #[serde(default)]
        data_lost: bool,
    },
    /// The gateway forgets the last order ids that were used, and gives them out again. Orders
    /// that have them work on.
    RollBackIds {
        /// How many.
        by: i32,
        /// Of this client; of every one otherwise.
        client_id: Option<i32>,
    },
    /// The day is over: its executions and completed orders are of yesterday.
    Midnight {},
    /// The next list of this kind ends early, and is not said to have ended.
    CutNextList {
        /// Which.
        list: List,
        /// How many entries are told.
        #[serde(default)]
        after: usize,
        /// What is said instead of the end; nothing otherwise.
        code: Option<i32>,
        /// Whether the connection drops there.
        #[serde(default)]
        hang_up: bool,
    },
    /// The clock that the gateway tells is off by this much, ahead if above zero.
    ClockOff {
        /// By how much.
        by_ms: i64,
    },
    /// The API is read only from now on, until [`Fault::Clear`]: orders, new terms and cancels are
    /// refused (321).
    ReadOnly {
        /// Whether the lists of open and completed orders are refused too, and never end.
        #[serde(default = "yes")]
        lists: bool,
    },
    /// How many messages a second a client may send; 0 for any number.
    Pacing {
        /// How many.
        messages_per_second_max: u32,
    },
    /// All is well again: what waits is forgotten, what lasts ends.
    Clear {},
}

/// What becomes of messages to a gateway that is mute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meanwhile {
    /// They are taken off the wire and lost.
    #[default]
    Lost,
    /// They are worked, and what there is to say of it is lost.
    Worked,
    /// They wait, and are worked and answered when the gateway speaks again.
    Held,
}

/// A list that a client asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum List {
    /// Open orders, the client's or everybody's.
    OpenOrders,
    /// Completed orders.
    CompletedOrders,
    /// Executions.
    Executions,
    /// Positions.
    Positions,
    /// Values of the account.
    AccountSummary,
    /// Contracts that fit a description.
    ContractData,
    /// Bars of the past.
    HistoricalData,
    /// Values and positions of the account as a whole.
    AccountUpdates,
}

/// Why a fault cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// No such stock.
    #[error("symbol {0:?} is not among the stocks")]
    Symbol(String),
    /// No order to trade, or to cancel.
    #[error("no order that works fits")]
    NoOrder,
    /// A number that makes no sense.
    #[error("`{name}` is {value}: above zero is expected")]
    NotPositive {
        /// Of what.
        name: &'static str,
        /// The number.
        value: String,
    },
}

fn rejected() -> i32 {
    201
}

fn cannot_cancel() -> i32 {
    10_148
}

fn yes() -> bool {
    true
}

fn one() -> u32 {
    1
}

fn two() -> u32 {
    2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, expect: Fault) {
        let read: Fault = serde_json::from_str(json).unwrap();
        assert_eq!(read, expect, "{json}");
        let written = serde_json::to_string(&read).unwrap();
        assert_eq!(serde_json::from_str::<Fault>(&written).unwrap(), expect);
    }

    #[test]
    fn a_fault_reads_as_it_is_documented() {
        check(
            r#"{"do":"reject_next_order"}"#,
            Fault::RejectNextOrder {
                code: 201,
                text: None,
            },
        );
        check(r#"{"do":"kill"}"#, Fault::Kill { refuse_ms: 0 });
        check(
            r#"{"do":"mute","for_ms":500,"messages":"worked"}"#,
            Fault::Mute {
                for_ms: Some(500),
                messages: Meanwhile::Worked,
            },
        );
        check(
            r#"{"do":"cut_next_list","list":"open_orders","after":1}"#,
            Fault::CutNextList {
                list: List::OpenOrders,
                after: 1,
                code: None,
                hang_up: false,
            },
        );
        check(r#"{"do":"read_only"}"#, Fault::ReadOnly { lists: true });
        check(
            r#"{"do":"fill_during_next_cancel","quantity":"3"}"#,
            Fault::FillDuringNextCancel {
                quantity: Some(Qty::from(3)),
            },
        );
    }

    #[test]
    fn what_is_no_fault_is_refused() {
        for json in [
            r#"{"do":"explode"}"#,
            r#"{"do":"kill","for_ms":3}"#,
            r#"{"do":"midnight","at_once":true}"#,
            r#"{"do":"cut_next_list"}"#,
            r#"{"do":"notice"}"#,
            r#"{}"#,
        ] {
            assert!(serde_json::from_str::<Fault>(json).is_err(), "{json}");
        }
    }
}
