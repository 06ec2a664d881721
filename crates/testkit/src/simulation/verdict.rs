//! When a run is over, and what must be true then.

use polyfolio_model::{Qty, Side, Span};
use polyfolio_oms::records::ParentStage;
use polyfolio_oms::router::Input;
use polyfolio_oms::{Book, Record, Router};
use polyfolio_portfolio::TradingState;
use polyfolio_portfolio::invariants::{check_cash, check_positions};

use super::process::PERSON;
use super::{Due, Simulation};
use crate::fault::Fault;
use crate::scenario::Scenario;

/// How long a second reconcile is watched.
const LOOK_AGAIN: Span = Span::from_secs(60);

impl Simulation {
    /// Every run has ended, nothing is on its way, nothing is left to be learned.
    pub(super) fn is_over(&self) -> bool {
        let Some(router) = &self.process else {
            return false;
        };
        let book = router.book();
        let has_run = book.next_run().0 as usize > self.scenario.runs.len() || has_stopped(book);
        let is_open = book.open_children().any(|child| {
            let may_be_proved = !book.stopped().contains_key(&child.order.instrument);
            let is_there = self.exchange.exposure(child.id()).is_some();
            child.is_working() || may_be_proved || is_there
        });
        has_run
            && book.active_run().is_none()
            && !is_open
            && self.queue.values().all(is_idle)
            && self.journal.unflushed() == 0
            && self.exchange.lists().are_settled(self.now)
            && self.character().honest_after.is_zero()
    }

    pub(super) fn stuck(&self) -> String {
        let Some(router) = &self.process else {
            return "nobody is there".to_owned();
        };
        let book = router.book();
        let parents: Vec<_> = book
            .active_parents()
            .map(|(id, p)| (id, &p.stage, p.cum_qty))
            .collect();
        let open: Vec<_> = book.open_children().collect();
        format!(
            "after {} events, synchronised: {}, run: {:?}, parents: {parents:?}, open: {open:?}",
            self.events,
            router.is_synchronised(),
            book.run()
                .map(|run| (run.planned.run, &run.ended, &run.abandoned)),
        )
    }

    /// The end of a seed.
    pub(super) fn judge(&mut self) -> Result<(), Fault> {
        let Some(router) = &self.process else {
            return Err(Fault::new("every run ends", "nobody is there"));
        };
        self.judge_parents(router.book())?;
        self.judge_account(router.book())?;
        self.judge_journal(router)?;
        self.outcome.fills = self.exchange.lists().executions().count();
        self.outcome.records = self.journal.len();
        self.outcome.lasted = self.now.since(Scenario::start());
        Ok(())
    }

    fn judge_parents(&self, book: &Book) -> Result<(), Fault> {
        for (id, parent) in book.parents() {
            let wanted = parent.parent.order_qty;
            let is_accounted = match &parent.stage {
                ParentStage::Done { left: None } => parent.cum_qty == wanted,
                ParentStage::Done { left: Some(_) } => parent.cum_qty <= wanted,
                _ => false,
            };
            if !is_accounted {
                let what = format!(
                    "parent {id}: {:?} with {} of {wanted}",
                    parent.stage, parent.cum_qty
                );
                return Err(Fault::new("every parent is complete or says why not", what));
            }
            for (sleeve, want) in &parent.parent.wants {
                let got = parent.got.get(sleeve).copied().unwrap_or_default();
                if got > *want {
                    let what = format!("parent {id}: {sleeve} got {got} of {want}");
                    return Err(Fault::new("no sleeve gets more than it wants", what));
                }
            }
        }
        let (trading, why) = book.trading();
        if trading != TradingState::Active && why != PERSON {
            return Err(Fault::new("only a person halts trading", why));
        }
        Ok(())
    }

    /// The venue's account = what the parents have filled = the ledger.
    fn judge_account(&self, book: &Book) -> Result<(), Fault> {
        let truth = self.exchange.positions();
        let violations = check_positions(book.ledger(), truth);
        if let Some(violation) = violations.first() {
            return Err(Fault::new("the ledger is the account", violation));
        }
        if let Some(violation) = check_cash(book.ledger(), self.exchange.cash()).first() {
            return Err(Fault::new("the ledger is the account", violation));
        }
        for (instrument, opening) in &self.scenario.positions {
            let now = truth.get(instrument).copied().unwrap_or_default();
            let parents = book
                .parents()
                .values()
                .filter(|p| p.parent.instrument.id == *instrument);
            let filled: Qty = parents.map(|p| signed(p.parent.side, p.cum_qty)).sum();
            if now - *opening != filled {
                let what = format!(
                    "{instrument}: the position moved by {}, the parents filled {filled}",
                    now - *opening
                );
                return Err(Fault::new(
                    "positions move by what the parents filled",
                    what,
                ));
            }
        }
        Ok(())
    }

    /// The live state is the fold of the journal, and folding twice gives equal bytes.
    fn judge_journal(&self, router: &Router) -> Result<(), Fault> {
        let fold = || -> Result<String, Fault> {
            let mut book = Book::new(self.scenario.deployment);
            for record in self.journal.records()? {
                book.apply(&record);
            }
            bytes(&book)
        };
        let (once, twice, live) = (fold()?, fold()?, bytes(router.book())?);
        if once != twice {
            return Err(Fault::new("folding twice gives equal bytes", "it does not"));
        }
        if once != live {
            let at = once
                .bytes()
                .zip(live.bytes())
                .take_while(|(a, b)| a == b)
                .count();
            let near = |text: &str| {
                text.get(at.saturating_sub(120)..(at + 60).min(text.len()))
                    .unwrap_or_default()
                    .to_owned()
            };
            let what = format!("folded …{}… live …{}…", near(&once), near(&live));
            return Err(Fault::new("the state is the fold of the journal", what));
        }
        let ends = self
            .journal
            .records()?
            .iter()
            .filter(|r| matches!(r, Record::RunEnded(_)))
            .count();
        if ends + 1 != book_runs(router.book()) {
            return Err(Fault::new(
                "the end of every run is on record",
                format!("{ends} ends"),
            ));
        }
        Ok(())
    }

    /// A second start and a second reconcile find nothing new.
    pub(super) fn start_again(&mut self) -> Result<(), Fault> {
        self.crashes.clear();
        self.scenario.runs.clear();
        let before = self.journal.len();
        self.kill(0);
        self.later(Span::ZERO, Due::Start);
        let until = self.now + LOOK_AGAIN;
        self.at(
            until,
            Due::Query(polyfolio_model::ClOrdId {
                deployment: 0,
                run: 0,
                parent: 0,
                child: 0,
            }),
        );
        let mut asked = false;
        while self.now < until {
            self.step()?;
            let is_synchronised = self.process.as_ref().is_some_and(Router::is_synchronised);
            if is_synchronised && !std::mem::replace(&mut asked, true) {
                self.deliver(vec![Input::Reconcile])?;
            }
        }
        let new = self.journal.kinds_from(before);
        if !asked || !new.is_empty() || self.journal.unflushed() > 0 {
            let what = format!(
                "reconciled: {asked}, new records: {new:?}, unflushed: {}",
                self.journal.unflushed()
            );
            return Err(Fault::new("a second reconcile finds nothing new", what));
        }
        Ok(())
    }
}

/// The market goes on for ever, and so does the connection.
fn is_idle(due: &Due) -> bool {
    matches!(
        due,
        Due::Say(_, Input::Quote(..)) | Due::Disconnect | Due::Connect
    )
}

fn signed(side: Side, quantity: Qty) -> Qty {
    side.signed(quantity)
}

fn book_runs(book: &Book) -> usize {
    book.next_run().0 as usize
}

/// An order whose fate nobody can ever know stops the rest of the scenario.
fn has_stopped(book: &Book) -> bool {
    !book.stopped().is_empty()
}

fn bytes(book: &Book) -> Result<String, Fault> {
    serde_json::to_string(book).map_err(|error| Fault::new("the state can be written", error))
}
