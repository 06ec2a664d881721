//! What must be true at the end.

use std::collections::BTreeSet;

use polyfolio_model::{InstrumentId, Money, ParentId, Qty};
use polyfolio_oms::records::ParentStage;
use polyfolio_oms::router::{CASH, OnBreak};
use polyfolio_oms::{Book, ParentState, Record, Router};
use polyfolio_portfolio::TradingState;
use polyfolio_portfolio::invariants::{Violation, check_cash, check_positions};

use super::Simulation;
use super::process::PERSON;
use crate::fault::Fault;
use crate::scenario::Scenario;
use crate::trouble::Trouble;

impl Simulation {
    /// The end of a seed.
    pub(super) fn judge(&mut self) -> Result<(), Fault> {
        let Some(router) = &self.process else {
            return Err(Fault::new("every run ends", "nobody is there"));
        };
        let book = router.book();
        self.check_process()?;
        self.judge_parents(book)?;
        self.judge_trading(book)?;
        self.judge_account(book)?;
        self.judge_journal(router)?;
        self.outcome.undecided = u64::from(book.open_children().next().is_some());
        self.outcome.breaks = u64::from(!book.breaks().is_empty());
        self.outcome.fills = self.exchange.lists().executions().count() as u64;
        let (late_fills, late_fees) = self.exchange.lists().late();
        self.outcome.troubles[Trouble::FillLate as usize] = late_fills;
        self.outcome.troubles[Trouble::FeeLate as usize] = late_fees;
        self.outcome.records = self.journal.len() as u64;
        self.outcome.lasted = self.now.since(Scenario::start());
        Ok(())
    }

    /// A parent is complete, or it says why not.
    fn judge_parents(&self, book: &Book) -> Result<(), Fault> {
        for (id, parent) in self.parents(book) {
            let wanted = parent.parent.order_qty;
            let is_accounted = match &parent.stage {
                ParentStage::Done { left: None } => {
                    // A bust may come when all is done.
                    parent.cum_qty == wanted || (parent.cum_qty < wanted && self.is_amended())
                }
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
        Ok(())
    }

    /// Every parent there was: as the book has it, or as it was when the book let go of it.
    fn parents<'a>(
        &'a self,
        book: &'a Book,
    ) -> impl Iterator<Item = (&'a ParentId, &'a ParentState)> {
        let forgotten = |(id, _): &(&ParentId, _)| !book.parents().contains_key(id);
        let left = self.left.iter().filter(forgotten);
        book.parents().iter().chain(left)
    }

    fn is_amended(&self) -> bool {
        !self.exchange.restated().is_empty()
    }

    /// Trading is halted by a person, or by a difference that is on record.
    fn judge_trading(&self, book: &Book) -> Result<(), Fault> {
        let (trading, why) = book.trading();
        let by_break = self.may_break() && !book.breaks().is_empty();
        if trading != TradingState::Active && why != PERSON && !by_break {
            return Err(Fault::new("only a person halts trading", why));
        }
        Ok(())
    }

    /// The venue's account = what the parents have filled = the ledger. Where the venue keeps
    /// facts to itself the difference is on record, and trading is halted, or the instrument is
    /// stopped.
    fn judge_account(&self, book: &Book) -> Result<(), Fault> {
        let on_record: BTreeSet<&InstrumentId> = book
            .breaks()
            .iter()
            .filter_map(|found| found.instrument.as_ref())
            .collect();
        let halts = self.scenario.router.on_break == OnBreak::Halt;
        let waits = |instrument: &InstrumentId| halts || book.stopped().contains_key(instrument);
        let is_excused = |violation: &Violation| match violation {
            Violation::Position { instrument, .. } => {
                waits(instrument) && on_record.contains(instrument)
            }
            Violation::Cash { .. } => on_record.iter().any(|instrument| waits(instrument)),
        };
        let truth = self.exchange.positions();
        let positions = check_positions(book.ledger(), &truth);
        let cash = check_cash(book.ledger(), self.exchange.cash());
        let violations = positions.into_iter().chain(cash);
        let mut unexplained = violations.filter(|v| !(self.may_break() && is_excused(v)));
        if let Some(violation) = unexplained.next() {
            return Err(Fault::new("the ledger is the account", violation));
        }
        if self.may_break() {
            return Ok(());
        }
        self.judge_cash_taken_over()?;
        for (instrument, opening) in &self.scenario.positions {
            let now = truth.get(instrument).copied().unwrap_or_default();
            let parents = self.parents(book).map(|(_, parent)| parent);
            let parents = parents.filter(|p| p.parent.instrument.id == *instrument);
            let filled: Qty = parents.map(|p| p.parent.side.signed(p.cum_qty)).sum();
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

    /// Cash that was taken over though nobody asked, because the venue's cash knew of a fee before
    /// its lists did, was given back when the fee was booked: in the end it comes to nothing.
    fn judge_cash_taken_over(&self) -> Result<(), Fault> {
        let taken: Money = self
            .journal
            .records()
            .map(|record| match record {
                Record::Adopted(adopted) if adopted.reason == CASH => adopted.cash,
                _ => Money::ZERO,
            })
            .sum();
        if taken.is_zero() {
            return Ok(());
        }
        let what = format!("{taken} was taken over, and every fee is booked");
        Err(Fault::new("cash moves by what was traded", what))
    }

    /// The end of every run is on record. (That a record reads back from its bytes was seen when it
    /// was written.)
    fn judge_journal(&self, router: &Router) -> Result<(), Fault> {
        let is_end = |record: &&Record| matches!(record, Record::RunEnded(_));
        let ends = self.journal.records().filter(is_end).count();
        if ends + 1 != router.book().next_run().0 as usize {
            let what = format!("{ends} ends");
            return Err(Fault::new("the end of every run is on record", what));
        }
        Ok(())
    }
}
