//! The journal's records: all that must survive, and nothing that can be derived.
//!
//! The state of the order management is the fold of these records ([`Book`](crate::Book)); live
//! and replayed runs go through the same `apply`. The types here are what is stored: they are
//! versioned and change on purpose, the inner types are free. The envelope around a record
//! (sequence, chain, checksum) is the store's.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use polyfolio_execution::AlgoSpec;
use polyfolio_model::{
    Amend, ClOrdId, ExecId, ExecutionReport, Instrument, InstrumentId, Money, NewOrder, ParentId,
    Price, Qty, RequestId, RunId, Side, SleeveId, Span, Ts,
};
use polyfolio_portfolio::TradingState;
use serde::{Deserialize, Serialize};

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
    /// An order is proved absent at the venue.
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

/// A run, with all that a restart needs to go on with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Planned {
    /// Counted from 1.
    pub run: RunId,
    /// The date whose closes decided.
    pub decision_date: NaiveDate,
    /// When execution began (Clock time).
    pub start: Ts,
    /// When it must be over.
    pub deadline: Ts,
    /// How many parents follow in the same batch.
    pub parents: u32,
    /// The plan as `polyfolio plan --json` prints it.
    pub plan: serde_json::Value,
}

impl Planned {
    /// The name of the run that people use: decision date and count.
    pub fn label(&self) -> String {
        run_label(self.decision_date, self.run)
    }
}

/// `20221228-001`: the decision date and the count of the run.
pub fn run_label(decision_date: NaiveDate, run: RunId) -> String {
    format!("{}-{:03}", decision_date.format("%Y%m%d"), run.0)
}

/// The end of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunEnded {
    /// Which.
    pub run: RunId,
    /// When.
    pub time: Ts,
}

/// A run is given up. It ends when the last of its orders is closed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Abandoned {
    /// Which.
    pub run: RunId,
    /// Why.
    pub reason: String,
    /// When.
    pub time: Ts,
}

/// A run that outlived its deadline, and what it may still do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Extended {
    /// Which.
    pub run: RunId,
    /// The deadline from now on, of the run and of every parent that is not done.
    pub deadline: Ts,
    /// Why.
    pub reason: String,
}

/// What happens to the remainder of a parent when its time is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AtDeadline {
    /// A market order for what the exposure rule leaves room for.
    Sweep,
    /// It is left undone, and said so.
    Leave,
}

/// A parent order: one instrument, one side, the sleeves that want it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parent {
    /// Its id.
    pub id: ParentId,
    /// The trading rules that held when it was planned.
    pub instrument: Instrument,
    /// Which way.
    pub side: Side,
    /// How much, above zero.
    pub order_qty: Qty,
    /// Whole lots each sleeve wants, in config order; they sum to `order_qty`.
    pub wants: Vec<(SleeveId, Qty)>,
    /// How it is worked.
    pub algo: AlgoSpec,
    /// No child at a worse price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Price>,
    /// No child above this quantity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_child: Option<Qty>,
    /// The close that sized it; absent when sizing needs no prices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision_price: Option<Price>,
    /// When it may begin.
    pub start: Ts,
    /// When it must end.
    pub deadline: Ts,
    /// What happens to the remainder then.
    pub at_deadline: AtDeadline,
    /// How long a sweep may wait for the market after the deadline.
    pub sweep_for: Span,
}

/// The price at which a parent met the market.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arrived {
    /// Which parent.
    pub parent: ParentId,
    /// Half way between bid and offer.
    pub mid: Price,
    /// When.
    pub time: Ts,
}

/// The life of a parent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParentStage {
    /// Its algorithm decides.
    Working,
    /// Its time is over: what works is being canceled.
    Winding,
    /// A market order takes the remainder.
    Sweeping,
    /// Nothing more will be sent for it.
    Done {
        /// Why something was left, when it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        left: Option<String>,
    },
}

impl ParentStage {
    /// Whether nothing more will be sent.
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done { .. })
    }
}

/// A parent enters another stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParentStaged {
    /// Which parent.
    pub parent: ParentId,
    /// The stage from now on.
    pub stage: ParentStage,
    /// When.
    pub time: Ts,
}

/// An order that may leave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    /// The order, price included: a decision that was journalled is never made again.
    pub order: NewOrder,
    /// 1 for the first time; a repeat after an absence proof counts on, under the same id.
    pub attempt: u32,
    /// When it was decided.
    pub time: Ts,
}

/// Our own risk check refused an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Denied {
    /// For which parent.
    pub parent: ParentId,
    /// The rule, e.g. `max_order_notional`.
    pub code: String,
    /// What was asked and what is allowed.
    pub message: String,
    /// When.
    pub time: Ts,
}

/// An order that is certain not to exist at the venue: it never did, or the venue acknowledged it
/// and has lost it since. What it executed stays booked; later evidence brings it back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Withdrawn {
    /// Which.
    pub cl_ord_id: ClOrdId,
    /// How we know.
    pub evidence: String,
    /// When.
    pub time: Ts,
}

/// A request about a working order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// Which order.
    pub cl_ord_id: ClOrdId,
    /// The request.
    pub request: RequestId,
    /// New terms; absent for a cancel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amend: Option<Amend>,
    /// When.
    pub time: Ts,
}

/// Something a broker said of an order of ours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// What it said.
    pub report: ExecutionReport,
    /// When we heard it (Clock time).
    pub heard: Ts,
}

/// An execution, given to sleeves. Stands in the same batch as the fact it follows from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Allocated {
    /// Of which order.
    pub cl_ord_id: ClOrdId,
    /// Of which execution.
    pub exec_id: ExecId,
    /// Of what.
    pub instrument: InstrumentId,
    /// The price it is booked at.
    pub price: Price,
    /// Who gets what.
    pub shares: Vec<Share>,
}

/// A sleeve's part of an execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Whose.
    pub sleeve: SleeveId,
    /// Signed, as it changes the position; a bust has the opposite sign, a fee that comes later
    /// than its execution has none.
    pub quantity: Qty,
    /// What it costs; a rebate is negative.
    pub fee: Money,
}

/// Opposite wishes, met inside the book.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cross {
    /// The run that found them.
    pub run: RunId,
    /// Of what.
    pub instrument: InstrumentId,
    /// Above zero.
    pub quantity: Qty,
    /// The decision price.
    pub price: Price,
    /// Who gives.
    pub from: SleeveId,
    /// Who takes.
    pub to: SleeveId,
}

/// Cash moved to a sleeve from what nobody owns, so that its value is its weight. Not a profit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transfer {
    /// The run that sized it.
    pub run: RunId,
    /// Whose cash; the other side is `unassigned`.
    pub sleeve: SleeveId,
    /// Positive into the sleeve.
    pub cash: Money,
}

/// A difference taken over into the book of what nobody owns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Adopted {
    /// Signed differences of positions.
    pub positions: BTreeMap<InstrumentId, Qty>,
    /// The difference of cash.
    pub cash: Money,
    /// Why: `opening`, `policy`, `command`, `cash`.
    pub reason: String,
    /// When.
    pub time: Ts,
}

/// Our book is not the broker's. Nothing is invented to explain it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Break {
    /// Of what; absent for a break of orders or of the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instrument: Option<InstrumentId>,
    /// What differs: `position`, `order`, `overfill`, `lost_order`, `order_mismatch`, `older_state`.
    pub code: String,
    /// Ours against theirs, for a person.
    pub message: String,
    /// When.
    pub time: Ts,
}

/// What the account and its sleeves were worth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Nav {
    /// The date of the prices.
    pub date: NaiveDate,
    /// When it was marked.
    pub time: Ts,
    /// The account, in the base currency.
    pub account: Money,
    /// Its cash.
    pub cash: Money,
    /// Each sleeve.
    pub sleeves: BTreeMap<SleeveId, Money>,
    /// The run it belongs to, when it was marked by one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
}

/// Whether trading is allowed, from now on. `Active` is said by a person who has looked: it also
/// frees every stopped instrument.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trading {
    /// The state.
    pub state: TradingState,
    /// Who or what changed it.
    pub reason: String,
    /// When.
    pub time: Ts,
}

/// An instrument that is not traded until a person has looked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stopped {
    /// Which.
    pub instrument: InstrumentId,
    /// Why; absent when a person has looked and it may go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When.
    pub time: Ts,
}

/// A journal was damaged, and only what stands before this record was kept. What the lost records
/// said is not known: orders may have been sent under them, and ids used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Salvaged {
    /// How many records are known to be lost; there may have been more.
    pub lost: u64,
    /// The first run from here on: above any that a lost record could have begun. Orders of ours
    /// of an earlier run that the book does not know are orders of lost records.
    pub next_run: RunId,
    /// The first request from here on, likewise.
    pub next_request: RequestId,
    /// Where the damaged files are, and what was wrong with them, for a person.
    pub reason: String,
    /// The time of the last record that was kept.
    pub time: Ts,
}

/// An order of a lost record, as the broker lists it. Its parent may be lost too; then nobody wants
/// it any more, and what it fills is nobody's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recovered {
    /// The order.
    pub order: NewOrder,
    /// When we found it.
    pub time: Ts,
}

/// The version of the encoding that this program writes.
pub const VERSION: u16 = 1;

/// A record that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Written by a newer program.
    #[error("record of kind {kind:?} has version {version}, this program reads up to {VERSION}")]
    Newer {
        /// Its kind.
        kind: String,
        /// Its version.
        version: u16,
    },
    /// Not what it says it is.
    #[error("record of kind {kind:?} cannot be read: {source}")]
    Malformed {
        /// Its kind.
        kind: String,
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
        serde_json::to_vec(self)
    }

    /// The record of these bytes; older versions are brought up to date here.
    pub fn decode(kind: &str, version: u16, bytes: &[u8]) -> Result<Self, DecodeError> {
        let malformed = |source| DecodeError::Malformed {
            kind: kind.to_owned(),
            source,
        };
        if version == VERSION {
            return serde_json::from_slice(bytes).map_err(malformed);
        }
        let json = up_to_date(&UPCASTS, kind, version, bytes)?;
        serde_json::from_value(json).map_err(malformed)
    }
}

/// Brings the JSON of a record from one version to the next; the kind says of which record.
type Upcast = fn(&str, serde_json::Value) -> serde_json::Value;

/// From version 1 to 2, from 2 to 3, and so on. There is one for every step: whoever raises
/// [`VERSION`] cannot forget it.
const UPCASTS: [Upcast; VERSION as usize - 1] = [];

/// The JSON of a record of any version there ever was, as the newest would have it.
fn up_to_date(
    upcasts: &[Upcast],
    kind: &str,
    version: u16,
    bytes: &[u8],
) -> Result<serde_json::Value, DecodeError> {
    let steps = usize::from(version).checked_sub(1);
    let Some(steps) = steps.and_then(|done| upcasts.get(done..)) else {
        return Err(DecodeError::Newer {
            kind: kind.to_owned(),
            version,
        });
    };
    let json = serde_json::from_slice(bytes).map_err(|source| DecodeError::Malformed {
        kind: kind.to_owned(),
        source,
    })?;
    Ok(steps.iter().fold(json, |json, upcast| upcast(kind, json)))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// Version 2 calls the time of a record `at`.
    fn to_2(_: &str, mut json: Value) -> Value {
        json["at"] = json["time"].take();
        json
    }

    /// Version 3 gives every break a code.
    fn to_3(kind: &str, mut json: Value) -> Value {
        if kind == "break" && json["code"].is_null() {
            json["code"] = json!("other");
        }
        json
    }

    #[test]
    fn an_older_record_takes_every_step_from_its_version_on() {
        let upcasts: [Upcast; 2] = [to_2, to_3];
        let read = |kind, version, json: Value| {
            up_to_date(&upcasts, kind, version, json.to_string().as_bytes()).unwrap()
        };
        let first = read("break", 1, json!({"time": 7}));
        assert_eq!(first, json!({"time": null, "at": 7, "code": "other"}));
        let second = read("break", 2, json!({"at": 7}));
        assert_eq!(second, json!({"at": 7, "code": "other"}));
        let newest = read("break", 3, json!({"at": 7}));
        assert_eq!(newest, json!({"at": 7}));
    }

    #[test]
    fn a_version_that_is_not_known_is_refused_by_name() {
        for version in [0, VERSION + 1, u16::MAX] {
            let refused = Record::decode("nav", version, b"{}");
            assert!(
                matches!(&refused, Err(DecodeError::Newer { kind, version: found })
                    if kind == "nav" && *found == version),
                "{refused:?}"
            );
        }
    }
}
