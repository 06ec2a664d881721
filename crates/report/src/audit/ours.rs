//! What the journal says of orders, executions and the account, added up without the book.

use std::collections::BTreeMap;

use polyfolio_model::{ClOrdId, ExecId, ExecKind, NewOrder, ParentId, Qty};
use polyfolio_oms::Record;
use polyfolio_oms::records::{Allocated, Intent, Parent, ParentStage};

use super::finding::{Finding, Verdict};
use super::venue::Account;

/// An order that the journal meant to send.
#[derive(Clone, Debug)]
pub(super) struct Intended {
    pub(super) order: NewOrder,
    pub(super) attempts: u32,
    /// The venue spoke of it.
    pub(super) is_heard: bool,
    /// It was refused: by the venue, or on the way there, before a byte of it had left.
    pub(super) is_refused: bool,
    /// The last word of ours is that it does not exist.
    pub(super) is_withdrawn: bool,
}

impl Intended {
    /// Whether what became of it is on record.
    pub(super) fn is_known(&self) -> bool {
        self.is_heard || self.is_refused || self.is_withdrawn
    }
}

/// A parent, and how it ended.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) parent: Parent,
    pub(super) stage: ParentStage,
}

/// The journal, as far as it was read.
#[derive(Clone, Debug, Default)]
pub(super) struct Ours {
    pub(super) intents: BTreeMap<ClOrdId, Intended>,
    pub(super) parents: BTreeMap<ParentId, Wanted>,
    /// What the sleeves were given of each execution, signed.
    pub(super) booked: BTreeMap<(ClOrdId, ExecId), Qty>,
    /// The account as first seen, and every execution given to a sleeve since. What was adopted
    /// later to mend a difference is left out: the difference is what is looked for.
    pub(super) account: Account,
    is_opened: bool,
    pub(super) findings: Vec<Finding>,
}

impl Ours {
    pub(super) fn take(&mut self, record: &Record) {
        match record {
            Record::Intent(intent) => self.intend(intent),
            Record::Fact(fact) if matches!(fact.report.kind, ExecKind::Rejected { .. }) => {
                self.with(fact.report.cl_ord_id, |order| {
                    order.is_refused = true;
                    order.is_withdrawn = false;
                });
            }
            Record::Fact(fact) if is_evidence(&fact.report.kind) => {
                self.with(fact.report.cl_ord_id, |order| {
                    order.is_heard = true;
                    order.is_withdrawn = false;
                });
            }
            Record::NotSent(order) | Record::Absent(order) => {
                self.with(order.cl_ord_id, |order| order.is_withdrawn = true);
            }
            Record::Parent(parent) => self.want(parent),
            Record::Stage(staged) => {
                if let Some(wanted) = self.parents.get_mut(&staged.parent) {
                    wanted.stage = staged.stage.clone();
                }
            }
            Record::Allocated(allocated) => self.book(allocated),
            Record::Adopted(adopted) if !self.is_opened => {
                self.is_opened = true;
                self.account.cash += adopted.cash;
                self.account.positions.clone_from(&adopted.positions);
            }
            Record::Break(found) => {
                let finding = Finding::new(Verdict::PositionErrors, "break", found.message.clone());
                let about = found.instrument.as_ref().map(ToString::to_string);
                self.findings
                    .push(finding.of(about.unwrap_or_else(|| found.code.clone())));
            }
            _ => {}
        }
    }

    fn intend(&mut self, intent: &Intent) {
        let id = intent.order.cl_ord_id;
        let Some(before) = self.intents.get_mut(&id) else {
            let intended = Intended {
                order: intent.order.clone(),
                attempts: intent.attempt,
                is_heard: false,
                is_refused: false,
                is_withdrawn: false,
            };
            self.intents.insert(id, intended);
            return;
        };
        // A repeat is the same order once more, of which the venue has never spoken.
        let is_repeat = intent.attempt == before.attempts + 1
            && intent.order == before.order
            && !before.is_heard
            && !before.is_refused;
        before.attempts = before.attempts.max(intent.attempt);
        before.is_withdrawn = false;
        if !is_repeat {
            let message = format!(
                "attempt {} of {} {} {} under an id that was in use",
                intent.attempt, intent.order.side, intent.order.order_qty, intent.order.instrument
            );
            let finding = Finding::new(Verdict::Duplicates, "id_used_twice", message);
            self.findings.push(finding.of(id));
        }
    }

    fn want(&mut self, parent: &Parent) {
        let wanted = Wanted {
            parent: parent.clone(),
            stage: ParentStage::Working,
        };
        self.parents.insert(parent.id, wanted);
    }

    fn book(&mut self, allocated: &Allocated) {
        let key = (allocated.cl_ord_id, allocated.exec_id.clone());
        let booked = self.booked.entry(key).or_default();
        for share in &allocated.shares {
            *booked += share.quantity;
            let (instrument, price) = (&allocated.instrument, allocated.price);
            self.account
                .trade(instrument, share.quantity, price, share.fee);
        }
    }

    fn with(&mut self, id: ClOrdId, change: impl FnOnce(&mut Intended)) {
        if let Some(order) = self.intents.get_mut(&id) {
            change(order);
        }
    }

    /// Whether an id was counted by the deployment that wrote this journal.
    pub(super) fn has_counted(&self, id: ClOrdId) -> bool {
        let any = self.intents.keys().next();
        any.is_some_and(|own| own.deployment == id.deployment)
    }

    /// The parents of a run.
    pub(super) fn parents_of(&self, run: u32) -> impl Iterator<Item = &Wanted> {
        let all = self.parents.iter();
        all.filter(move |(id, _)| id.run.0 == run).map(|(_, w)| w)
    }
}

/// Whether a report says that the venue knows the order.
pub(super) fn is_evidence(kind: &ExecKind) -> bool {
    !matches!(
        kind,
        ExecKind::CancelRejected { .. } | ExecKind::Status { .. } | ExecKind::Fee { .. }
    )
}
