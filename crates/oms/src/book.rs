//! The durable state of the order management: the fold of the journal.
//!
//! [`Book::apply`] is total and decides nothing. A live run and a replay go through it alike, so
//! that what was true before a crash is true after it. It knows no clock, no connection, no
//! timer: what is volatile lives in the router.
//!
//! It does not grow for ever: what nobody will ask for again leaves it, by the records alone, so
//! that every fold forgets the same.

mod forget;
mod keep;
mod orders;
mod proof;
mod questions;
mod runs;
mod salvage;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use polyfolio_model::{ClOrdId, InstrumentId, ParentId, Price, Qty, RunId, SleeveId, Ts};
use polyfolio_portfolio::TradingState;
use polyfolio_portfolio::ledger::Ledger;
use polyfolio_portfolio::risk::loss::{Tracks, is_of_a_loss};
use serde::{Deserialize, Serialize};

use crate::child::{Child, Gone};
use crate::order_state::OrderNote;
use crate::records::{
    Adopted, Break, Cross, Denied, Fact, Given, Nav, Parent, ParentStage, Planned, Record,
    RunEnded, Salvaged,
};

pub use forget::{BREAKS_MAX, NAVS_MAX, SLEEVE_NAVS_MAX, STAYS_FOR};
pub use keep::{Kept, KeptError};
pub use questions::{InFlight, OpenSides};

/// A run and how far it has come.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Run {
    /// What was planned.
    pub planned: Planned,
    /// When it must be over; later than planned when it was extended.
    pub deadline: Ts,
    /// Why it was given up, when it was.
    pub abandoned: Option<String>,
    /// How it ended, when it has.
    pub ended: Option<RunEnded>,
    /// Sleeves that traded with each other in it.
    pub crosses: Vec<Cross>,
}

/// A parent order and what has become of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ParentState {
    /// What was planned.
    pub parent: Parent,
    /// Where it is in its life.
    pub stage: ParentStage,
    /// The price at which it met the market.
    pub arrival: Option<Price>,
    /// What its children have filled.
    pub cum_qty: Qty,
    /// What its children have filled beyond their own quantities: the venue's doing.
    pub overfilled: Qty,
    /// What each sleeve has got of it.
    pub got: BTreeMap<SleeveId, Qty>,
    /// How many children it has had.
    pub children: u32,
    /// The last refusal of our own risk check.
    pub denied: Option<Denied>,
}

impl ParentState {
    fn new(parent: Parent) -> Self {
        Self {
            parent,
            stage: ParentStage::Working,
            arrival: None,
            cum_qty: Qty::ZERO,
            overfilled: Qty::ZERO,
            got: BTreeMap::new(),
            children: 0,
            denied: None,
        }
    }

    /// What is still wanted.
    pub fn remaining(&self) -> Qty {
        self.parent.order_qty - self.cum_qty
    }
}

/// Everything that survives.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Book {
    deployment: u32,
    run: Option<Run>,
    /// The last run whose orders have left memory; see [`Book::has_left`].
    left: RunId,
    parents: BTreeMap<ParentId, ParentState>,
    /// Boxed: they are large, and the map moves what it holds.
    children: BTreeMap<ClOrdId, Box<Child>>,
    /// The children that may still trade: derived, and not kept.
    #[serde(skip)]
    open: BTreeSet<ClOrdId>,
    #[serde(skip)]
    open_by_instrument: BTreeMap<InstrumentId, BTreeSet<ClOrdId>>,
    requests: u64,
    /// The last time that records were lost.
    salvaged: Option<Salvaged>,
    ledger: Ledger,
    opened: bool,
    trading: TradingState,
    trading_reason: String,
    stopped: BTreeMap<InstrumentId, String>,
    breaks: VecDeque<Break>,
    navs: VecDeque<Nav>,
    /// What the account and its sleeves have come to; empty in a snapshot of an older program.
    #[serde(default)]
    tracks: Tracks,
    records: u64,
    as_of: Option<Ts>,
}

/// What a broker's fact meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// What there is to say and to book.
    pub notes: Vec<OrderNote>,
    /// Whether it changed anything; only then it is a record.
    pub is_news: bool,
}

impl Book {
    /// The book of a state directory in which nothing has happened.
    pub fn new(deployment: u32) -> Self {
        Self {
            deployment,
            run: None,
            left: RunId(0),
            parents: BTreeMap::new(),
            children: BTreeMap::new(),
            open: BTreeSet::new(),
            open_by_instrument: BTreeMap::new(),
            requests: 0,
            salvaged: None,
            ledger: Ledger::default(),
            opened: false,
            trading: TradingState::Active,
            trading_reason: String::new(),
            stopped: BTreeMap::new(),
            breaks: VecDeque::new(),
            navs: VecDeque::new(),
            tracks: Tracks::default(),
            records: 0,
            as_of: None,
        }
    }

    /// Takes one record in, and says what a broker's fact meant beyond itself. Records that speak
    /// of what is not there change nothing.
    pub fn apply(&mut self, record: &Record) -> Vec<OrderNote> {
        if let Record::Fact(fact) = record {
            return self.hear(fact).notes;
        }
        self.count(record.time());
        self.apply_own(record);
        Vec::new()
    }

    /// Takes a broker's fact in, and says whether it was any news. What is no news leaves no trace
    /// here, so that it need not be in the journal.
    pub fn hear(&mut self, fact: &Fact) -> Heard {
        let heard = self.fact(fact);
        if heard.is_news {
            self.count(Some(fact.heard));
        }
        heard
    }

    fn count(&mut self, time: Option<Ts>) {
        self.records += 1;
        self.as_of = time.or(self.as_of);
    }

    fn apply_own(&mut self, record: &Record) {
        match record {
            Record::Planned(planned) => self.plan(planned),
            Record::Abandoned(abandoned) => self.abandon(abandoned),
            Record::Extended(extended) => self.extend(extended),
            Record::RunEnded(ended) => self.end_run(ended),
            Record::Parent(parent) => {
                self.parents
                    .insert(parent.id, ParentState::new(parent.clone()));
            }
            Record::Arrived(arrived) => {
                self.with_parent(arrived.parent, |p| p.arrival = Some(arrived.mid));
            }
            Record::Stage(staged) => {
                self.with_parent(staged.parent, |p| p.stage = staged.stage.clone());
            }
            Record::Intent(intent) => self.intend(intent),
            Record::Denied(denied) => {
                self.with_parent(denied.parent, |p| p.denied = Some(denied.clone()));
            }
            Record::NotSent(withdrawn) => self.withdraw(withdrawn.cl_ord_id, Gone::NotSent),
            Record::Absent(withdrawn) => self.withdraw(withdrawn.cl_ord_id, Gone::Absent),
            Record::Asked(asked) => self.ask(asked),
            Record::Fact(fact) => drop(self.hear(fact)),
            Record::Allocated(allocated) => self.allocate(allocated),
            Record::Cross(cross) => self.cross(cross),
            Record::Transfer(transfer) => {
                self.ledger.transfer(&transfer.sleeve, transfer.cash);
                self.tracks.give(&transfer.sleeve, transfer.cash);
            }
            Record::Given(given) => self.give(given),
            Record::Adopted(adopted) => self.adopt(adopted),
            Record::Break(found) => self.find(found.clone()),
            Record::Nav(nav) => self.value(nav.clone()),
            Record::Trading(trading) => {
                let is_allowed = trading.state == TradingState::Active;
                if is_allowed && is_of_a_loss(&self.trading_reason) {
                    self.tracks.accept();
                }
                self.trading = trading.state;
                self.trading_reason.clone_from(&trading.reason);
                if is_allowed {
                    self.stopped.clear();
                }
            }
            Record::Stopped(stopped) => match &stopped.reason {
                Some(reason) => {
                    self.stopped
                        .insert(stopped.instrument.clone(), reason.clone());
                }
                None => {
                    self.stopped.remove(&stopped.instrument);
                }
            },
            Record::Salvaged(salvaged) => self.lose(salvaged),
            Record::Recovered(recovered) => self.take_back(recovered),
        }
    }

    fn give(&mut self, given: &Given) {
        let Given { from, to, .. } = given;
        self.ledger.give_cash(from, to, given.cash);
        let mut value = given.cash;
        for position in &given.positions {
            let (instrument, quantity) = (&position.instrument, position.quantity);
            self.ledger
                .give_position(from, to, instrument, quantity, position.price);
            value += position.price * quantity;
        }
        self.tracks.give(from, -value);
        self.tracks.give(to, value);
    }

    fn adopt(&mut self, adopted: &Adopted) {
        self.opened = true;
        for (instrument, difference) in &adopted.positions {
            self.ledger.adopt_position(instrument, *difference);
        }
        self.ledger.adopt_cash(adopted.cash);
        self.tracks.pay(adopted.cash);
        if !adopted.positions.is_empty() {
            self.tracks.rebase();
        }
    }
}
