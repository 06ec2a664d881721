//! What the book can be asked.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use polyfolio_model::{ClOrdId, InstrumentId, ParentId, Qty, RequestId, RunId, Side, Ts};
use polyfolio_portfolio::TradingState;
use polyfolio_portfolio::ledger::Ledger;
use polyfolio_portfolio::risk::loss::Tracks;

use super::{Book, ParentState, Run};
use crate::child::Child;
use crate::doubt::order_in_doubt;
use crate::records::{Break, Nav};

impl Book {
    /// The first part of every client order id.
    pub fn deployment(&self) -> u32 {
        self.deployment
    }

    /// The last run, ended or not.
    pub fn run(&self) -> Option<&Run> {
        self.run.as_ref()
    }

    /// The run that is not over.
    pub fn active_run(&self) -> Option<&Run> {
        self.run.as_ref().filter(|run| run.ended.is_none())
    }

    /// The id of the next run.
    pub fn next_run(&self) -> RunId {
        let behind_last = self.run.as_ref().map_or(0, |run| run.planned.run.0);
        let behind_last = behind_last.saturating_add(1);
        let behind_lost = self.salvaged.as_ref().map_or(0, |of| of.next_run.0);
        RunId(behind_last.max(behind_lost))
    }

    /// The next request id.
    pub fn next_request(&self) -> RequestId {
        RequestId(self.requests.saturating_add(1))
    }

    /// Every parent.
    pub fn parents(&self) -> &BTreeMap<ParentId, ParentState> {
        &self.parents
    }

    /// One parent.
    pub fn parent(&self, id: ParentId) -> Option<&ParentState> {
        self.parents.get(&id)
    }

    /// The parents of the run that is not over.
    pub fn active_parents(&self) -> impl Iterator<Item = (ParentId, &ParentState)> {
        let run = self.active_run().map(|run| run.planned.run);
        self.parents
            .iter()
            .filter(move |(id, _)| Some(id.run) == run)
            .map(|(id, p)| (*id, p))
    }

    /// Every child.
    pub fn children(&self) -> impl DoubleEndedIterator<Item = &Child> {
        self.children.values().map(|child| &**child)
    }

    /// One child.
    pub fn child(&self, id: ClOrdId) -> Option<&Child> {
        self.children.get(&id).map(|child| &**child)
    }

    /// The children of one parent, in the order they were made.
    pub fn children_of(&self, id: ParentId) -> impl DoubleEndedIterator<Item = &Child> {
        let bound = |child| ClOrdId {
            deployment: self.deployment,
            run: id.run.0,
            parent: id.parent,
            child,
        };
        self.children
            .range(bound(0)..=bound(u32::MAX))
            .map(|(_, child)| &**child)
    }

    /// The children of one parent that may still fill, in the order they were made.
    pub fn open_children_of(&self, id: ParentId) -> impl Iterator<Item = &Child> {
        let deployment = self.deployment;
        let bound = move |child| ClOrdId {
            deployment,
            run: id.run.0,
            parent: id.parent,
            child,
        };
        let open = self.open.range(bound(0)..=bound(u32::MAX));
        open.filter_map(|id| self.child(*id))
    }

    /// Sleeves' positions and cash, `unassigned` among them.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Whether the account was ever seen.
    pub fn is_opened(&self) -> bool {
        self.opened
    }

    /// Whether trading is allowed, and who said so.
    pub fn trading(&self) -> (TradingState, &str) {
        (self.trading, &self.trading_reason)
    }

    /// Instruments that wait for a person, and why.
    pub fn stopped(&self) -> &BTreeMap<InstrumentId, String> {
        &self.stopped
    }

    /// Whether an instrument waits for a person to say what became of this order.
    pub fn is_in_doubt(&self, id: ClOrdId) -> bool {
        let child = self.children.get(&id);
        child.and_then(|child| self.doubt_of(&child.order.instrument)) == Some(id)
    }

    /// Whether an instrument waits for a person to say what became of an order.
    pub fn has_doubts(&self, instrument: &InstrumentId) -> bool {
        self.doubt_of(instrument).is_some()
    }

    fn doubt_of(&self, instrument: &InstrumentId) -> Option<ClOrdId> {
        let stopped_for = self.stopped.get(instrument);
        stopped_for.and_then(|reason| order_in_doubt(reason))
    }

    /// What the account and its sleeves have come to, by the marks on record.
    pub fn tracks(&self) -> &Tracks {
        &self.tracks
    }

    /// The differences found between our book and the broker's, oldest first: the last
    /// [`BREAKS_MAX`](super::BREAKS_MAX).
    pub fn breaks(&self) -> &VecDeque<Break> {
        &self.breaks
    }

    /// What the account was worth, oldest first: the last [`NAVS_MAX`](super::NAVS_MAX) marks. Only
    /// the last [`SLEEVE_NAVS_MAX`](super::SLEEVE_NAVS_MAX) say it of every sleeve.
    pub fn navs(&self) -> &VecDeque<Nav> {
        &self.navs
    }

    /// How many records were folded.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// The time that the last record carries; `None` for an empty journal.
    pub fn as_of(&self) -> Option<Ts> {
        self.as_of
    }

    /// Orders of ours that may still trade, known or not.
    pub fn open_children(&self) -> impl Iterator<Item = &Child> {
        self.open.iter().filter_map(|id| self.child(*id))
    }

    /// What may still fill on our open orders, signed, by instrument: what works, and what is
    /// unknown.
    pub fn in_flight(&self) -> InFlight {
        let mut flight = InFlight::default();
        for child in self.open_children() {
            let signed = child.order.side.signed(child.may_still_fill());
            let into = if child.is_unknown() {
                &mut flight.unknown
            } else {
                &mut flight.working
            };
            *into.entry(child.order.instrument.clone()).or_default() += signed;
        }
        flight
    }

    /// What may still fill of one instrument on orders other than `except`.
    pub fn in_flight_of(&self, instrument: &InstrumentId, except: ClOrdId) -> OpenSides {
        let mut open = OpenSides::default();
        let others = self
            .open_by_instrument
            .get(instrument)
            .into_iter()
            .flatten();
        let others = others.filter(|id| **id != except);
        for child in others.filter_map(|id| self.child(*id)) {
            match child.order.side {
                Side::Buy => open.buy += child.may_still_fill(),
                Side::Sell => open.sell += child.may_still_fill(),
            }
        }
        open
    }

    /// The instruments of the active run.
    pub fn active_instruments(&self) -> BTreeSet<InstrumentId> {
        self.active_parents()
            .map(|(_, p)| p.parent.instrument.id.clone())
            .collect()
    }

    /// When the active run began.
    pub fn run_start(&self) -> Option<Ts> {
        self.active_run().map(|run| run.planned.start)
    }
}

/// What may still fill of one instrument, each side above zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenSides {
    /// On buys.
    pub buy: Qty,
    /// On sells.
    pub sell: Qty,
}

/// Signed quantities that may still fill.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InFlight {
    /// On orders the venue knows.
    pub working: BTreeMap<InstrumentId, Qty>,
    /// On orders nobody knows of.
    pub unknown: BTreeMap<InstrumentId, Qty>,
}
