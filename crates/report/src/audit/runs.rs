//! Run by run, at the end of each: the account is the ledger and the targets, or the reason is on
//! record.
//!
//! An account is known by run and not by time: what orders of this run and of earlier ones filled.
//! A clock that was set back by a kill changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use polyfolio_model::{ClOrdId, InstrumentId, Qty};
use polyfolio_oms::Record;
use polyfolio_oms::records::{ParentStage, Planned, RunEnded, run_label};
use rust_decimal::Decimal;

use super::finding::{Finding, Verdict};
use super::ours::{Ours, Wanted};
use super::plan::Plan;
use super::venue::{Account, Tape};

#[derive(Debug, Default)]
pub(super) struct Runs {
    pub(super) ended: BTreeSet<u32>,
    pub(super) abandoned: BTreeSet<u32>,
    pub(super) left: usize,
    /// Targets missed by what the plan itself left room for.
    pub(super) reserved: usize,
    pub(super) crosses: usize,
    pub(super) findings: Vec<Finding>,
    planned: Option<(String, Plan)>,
    /// The venue's account after the last run that ended, and the executions it has not seen yet.
    account: Option<Account>,
    ahead: Vec<usize>,
}

impl Runs {
    pub(super) fn take(&mut self, record: &Record, ours: &Ours, tape: &Tape) {
        match record {
            Record::Planned(planned) => self.plan(planned, tape),
            Record::Cross(_) => self.crosses += 1,
            Record::Abandoned(abandoned) => drop(self.abandoned.insert(abandoned.run.0)),
            Record::RunEnded(ended) => self.end(ended, ours, tape),
            _ => {}
        }
    }

    fn plan(&mut self, planned: &Planned, tape: &Tape) {
        let label = run_label(planned.decision_date, planned.run);
        let plan = Plan::read(&planned.plan);
        let account = self.account_after(planned.run.0.saturating_sub(1), tape);
        let all: BTreeSet<_> = plan
            .positions
            .keys()
            .chain(account.positions.keys())
            .collect();
        for symbol in all {
            let (seen, real) = (plan.position(symbol), account.position(symbol));
            if seen != real {
                let message =
                    format!("run {label} planned from {seen} {symbol}, the account held {real}");
                self.find("planned_from", message, symbol, &label);
            }
        }
        self.planned = Some((label, plan));
    }

    fn end(&mut self, ended: &RunEnded, ours: &Ours, tape: &Tape) {
        let run = ended.run.0;
        self.ended.insert(run);
        let account = self.account_after(run, tape);
        let (label, plan) = self.planned.take().unwrap_or_default();
        self.ledger(&label, &account, ours);
        if !self.abandoned.contains(&run) {
            let left = self.filled(run, &label, ours, tape);
            self.targets(&label, &account, &plan, &left);
        }
        self.account = Some(account);
    }

    /// The venue's account after all that orders of runs up to this one ever filled.
    fn account_after(&mut self, run: u32, tape: &Tape) -> Account {
        let mut account = match self.account.take() {
            Some(account) => account,
            None => {
                self.ahead = (0..tape.fills.len()).collect();
                tape.opening.clone()
            }
        };
        self.ahead.retain(|place| {
            let fill = &tape.fills[*place];
            let is_after = fill.cl_ord_id.run > run;
            if !is_after {
                account.trade(&fill.instrument, fill.signed, fill.price, fill.fee);
            }
            is_after
        });
        self.account = Some(account.clone());
        account
    }

    fn ledger(&mut self, label: &str, account: &Account, ours: &Ours) {
        let (theirs, book) = (&account.positions, &ours.account);
        let all: BTreeSet<_> = theirs.keys().chain(book.positions.keys()).collect();
        for symbol in all {
            let (real, booked) = (account.position(symbol), book.position(symbol));
            if real != booked {
                let message = format!(
                    "after run {label} the account holds {real} {symbol}, the ledger {booked}"
                );
                self.find("ledger_position", message, symbol, label);
            }
        }
        if account.cash != book.cash {
            let (real, booked) = (account.cash, book.cash);
            let message =
                format!("after run {label} the account has {real} in cash, the ledger {booked}");
            self.find("ledger_cash", message, "cash", label);
        }
    }

    /// Every parent is done and filled, or it is on record why not. Says what was left.
    fn filled(
        &mut self,
        run: u32,
        label: &str,
        ours: &Ours,
        tape: &Tape,
    ) -> BTreeSet<InstrumentId> {
        let filled = filled_by_parent(run, ours, tape);
        let mut left = BTreeSet::new();
        for wanted in ours.parents_of(run) {
            let parent = &wanted.parent;
            let got = filled.get(&parent.id.parent).copied().unwrap_or_default();
            match fault(wanted, got) {
                None if got != parent.order_qty => {
                    self.left += 1;
                    left.insert(parent.instrument.id.clone());
                }
                None => {}
                Some((code, what)) => {
                    let message = format!("run {label}: parent {} {what}", parent.id);
                    self.find(code, message, parent.id, label);
                }
            }
        }
        left
    }

    fn targets(
        &mut self,
        label: &str,
        account: &Account,
        plan: &Plan,
        left: &BTreeSet<InstrumentId>,
    ) {
        for (symbol, target) in &plan.targets {
            let is_on_record = left.contains(symbol) || plan.is_left.contains(symbol);
            let held = account.position(symbol);
            let is_there = [Qty::ZERO, plan.unclaimed(symbol)]
                .iter()
                .any(|unclaimed| is_near(held - *unclaimed, *target));
            if is_on_record || is_there {
                continue;
            }
            let short = *target + plan.unclaimed(symbol) - held;
            if plan.has_reserved(symbol, short) {
                self.reserved += 1;
            } else {
                let message = format!(
                    "after run {label} the account holds {held} {symbol}, the target is {target}"
                );
                self.find("target", message, symbol, label);
            }
        }
    }

    fn find(&mut self, code: &'static str, message: String, about: impl ToString, run: &str) {
        let finding = Finding::new(Verdict::PositionErrors, code, message);
        self.findings.push(finding.of(about).of(run));
    }
}

fn filled_by_parent(run: u32, ours: &Ours, tape: &Tape) -> BTreeMap<u32, Qty> {
    let mut filled: BTreeMap<u32, Qty> = BTreeMap::new();
    let is_of_run = |id: &ClOrdId| id.run == run && ours.has_counted(*id);
    let of_run = tape.orders.0.iter().filter(|(id, _)| is_of_run(id));
    for (id, order) in of_run {
        *filled.entry(id.parent).or_default() += order.cum_qty;
    }
    filled
}

/// What is wrong with a parent whose run is over.
fn fault(wanted: &Wanted, got: Qty) -> Option<(&'static str, String)> {
    let qty = wanted.parent.order_qty;
    let symbol = &wanted.parent.instrument.id;
    match &wanted.stage {
        ParentStage::Done { left: None } if got != qty => {
            let what = format!("is done with {got} of {qty} {symbol}, and no reason on record");
            Some(("unfilled", what))
        }
        ParentStage::Done { .. } => None,
        stage => Some(("not_done", format!("of {qty} {symbol} is still {stage:?}"))),
    }
}

/// Lots are exact; without rounding a target is a double, and the order the nearest decimal.
fn is_near(held: Qty, target: Qty) -> bool {
    let scale = target.get().abs().max(Decimal::ONE);
    (held - target).get().abs() <= scale * Decimal::new(1, 9)
}
