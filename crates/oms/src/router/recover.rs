//! Start = recover: the state is the fold of the journal, and what was in the air is in doubt
//! until the broker has spoken.

use std::collections::{BTreeMap, BTreeSet};

use polyfolio_model::{InstrumentId, Span, Ts};
use polyfolio_portfolio::TradingState;

use super::compare::POSITION;
use super::watch::Watch;
use super::{LateResume, Outbox, Router, RouterConfig};
use crate::book::Book;
use crate::events::{Event, Recovered};
use crate::protocol::{Protocol, Rule};
use crate::records::{Extended, Record};
use crate::timers::Timers;

impl Router {
    /// The router of a journal. Every order that is not certainly over is watched; nothing is
    /// sent before the first reconcile.
    pub fn recover(
        config: RouterConfig,
        deployment: u32,
        records: impl IntoIterator<Item = Record>,
    ) -> Self {
        Self::fold(Protocol::WHOLE, config, deployment, records)
    }

    /// The router of a book that a snapshot and the records behind it have made.
    pub fn of_book(config: RouterConfig, book: Book) -> Self {
        Self::begin_with(Protocol::WHOLE, config, book)
    }

    /// The same under other rules.
    #[cfg(feature = "mutations")]
    pub fn of_book_under(protocol: Protocol, config: RouterConfig, book: Book) -> Self {
        Self::begin_with(protocol, config, book)
    }

    /// The router of records under other rules.
    #[cfg(feature = "mutations")]
    pub fn recover_under(
        protocol: Protocol,
        config: RouterConfig,
        deployment: u32,
        records: impl IntoIterator<Item = Record>,
    ) -> Self {
        Self::fold(protocol, config, deployment, records)
    }

    fn fold(
        protocol: Protocol,
        config: RouterConfig,
        deployment: u32,
        records: impl IntoIterator<Item = Record>,
    ) -> Self {
        let mut book = Book::new(deployment);
        for record in records {
            book.apply(&record);
        }
        Self::begin_with(protocol, config, book)
    }

    fn begin_with(protocol: Protocol, config: RouterConfig, book: Book) -> Self {
        let doubtful = book.children().filter(|child| {
            let settles = !config.capabilities.settle.is_zero();
            let unsettled = child.is_closed() && (settles || !child.is_closed_as_known());
            let missing = child.gone.is_none() && !child.state.missing_qty().is_zero();
            (child.is_unknown() && protocol.keeps(Rule::UnknownSurvivesAStart))
                || child.is_working()
                || missing
                || (child.gone.is_none() && book.is_in_doubt(child.id()))
                || (unsettled && is_active(&book, child.id().run))
        });
        let watches = doubtful.map(|child| (child.id(), Watch::found())).collect();
        let mut router = Self {
            config,
            protocol,
            quotes: BTreeMap::new(),
            algos: BTreeMap::new(),
            by_instrument: BTreeMap::new(),
            timers: Timers::default(),
            dirty: BTreeSet::new(),
            touched: BTreeSet::new(),
            held_back: BTreeMap::new(),
            put_off: BTreeMap::new(),
            known_breaks: book.breaks().iter().map(|b| b.message.clone()).collect(),
            known_differences: standing_differences(&book),
            watches,
            checks: Timers::default(),
            resolving: BTreeMap::new(),
            sync: Default::default(),
            account: Default::default(),
            closing_since: None,
            late_resume_done: false,
            stopping: None,
            stop_by: None,
            stopped: false,
            out: Outbox::default(),
            lazy_due: None,
            book,
        };
        router.account.positions = router.book.ledger().positions();
        router.look_at_everything();
        let found = router.found();
        router.publish(Event::Recovered(found));
        router
    }

    fn found(&self) -> Recovered {
        let unanswered = self
            .watches
            .keys()
            .filter(|id| self.book.child(**id).is_some_and(|c| c.is_unknown()));
        let run = self.book.active_run();
        let seen = self.book.as_of().unwrap_or_default();
        Recovered {
            run: run.map(|run| run.planned.label()),
            elapsed: run.map_or(Span::ZERO, |run| seen.since(run.planned.start)),
            left: run.map_or(Span::ZERO, |run| run.deadline.since(seen)),
            done: self
                .book
                .active_parents()
                .filter(|(_, state)| state.stage.is_done())
                .count(),
            records: self.book.records(),
            unanswered: unanswered.copied().collect(),
        }
    }

    /// Once, after the first reconcile: a run whose deadline passed while nobody was there.
    pub(super) fn resume(&mut self, now: Ts) {
        if std::mem::replace(&mut self.late_resume_done, true) {
            return;
        }
        let Some(run) = self.book.active_run() else {
            return;
        };
        let (number, late) = (run.planned.run, now >= run.deadline);
        if !late || run.abandoned.is_some() {
            return;
        }
        let horizon = run.planned.deadline.since(run.planned.start);
        let (deadline, reason) = match self.config.on_late_resume {
            LateResume::Abandon => {
                let reason = "its deadline passed while nobody was there".to_owned();
                return self.abandon(reason, now);
            }
            LateResume::Sweep => (now, "on_late_resume = \"sweep\""),
            LateResume::Extend => (now + horizon, "on_late_resume = \"extend\""),
        };
        let reason = reason.to_owned();
        self.record_durably(Record::Extended(Extended {
            run: number,
            deadline,
            reason,
        }));
        self.look_at_everything();
    }
}

fn is_active(book: &Book, run: u32) -> bool {
    book.active_run()
        .is_some_and(|active| active.planned.run.0 == run)
}

/// The first moment there is nothing left to wait for, when there is one.
pub(super) fn earliest(times: impl IntoIterator<Item = Option<Ts>>) -> Option<Ts> {
    times.into_iter().flatten().min()
}

/// The differences that a person has not answered yet: trading is halted, or the instrument stopped.
/// The same one found again is no other break.
fn standing_differences(book: &Book) -> BTreeMap<InstrumentId, String> {
    let is_halted = book.trading().0 == TradingState::Halted;
    let stands = |instrument: &InstrumentId| is_halted || book.stopped().contains_key(instrument);
    let of_positions = book.breaks().iter().filter(|found| found.code == POSITION);
    of_positions
        .filter_map(|found| Some((found.instrument.clone()?, found.message.clone())))
        .filter(|(instrument, _)| stands(instrument))
        .collect()
}
