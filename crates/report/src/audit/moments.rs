//! Where in a run the process was when it was killed.

use std::collections::{BTreeMap, BTreeSet};

use polyfolio_model::{ClOrdId, ParentId};
use polyfolio_oms::Record;
use polyfolio_oms::records::ParentStage;
use serde::Serialize;

use super::ours::is_evidence;
use super::venue::{Orders, Tape};

/// A kill, as seen from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kill {
    /// How many records the journal acknowledged before it.
    pub records: u64,
    /// How many events the venue wrote down before it.
    pub events: usize,
    /// Whether the process that was killed had written any of them.
    pub wrote: bool,
}

/// What the process was about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// No run was open, and it had not written anything yet.
    Starting,
    /// A run was open, and it had not written anything yet.
    Recovering,
    /// A run was durable, and no order of it was made.
    Planned,
    /// Orders were worked.
    Executing,
    /// The time of every parent at work was over: what was left went to the market.
    Sweeping,
    /// Nothing was left to do but to end the run.
    Closing,
    /// The last run was over.
    Over,
}

/// Where a kill landed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Landing {
    /// What the process was about.
    pub moment: Moment,
    /// Orders that stood at the venue.
    pub working: usize,
    /// Orders that the journal meant, and knew no answer to.
    pub unanswered: usize,
}

/// Follows the journal from kill to kill.
#[derive(Clone, Debug, Default)]
pub(super) struct Moments {
    kills: Vec<(Kill, usize)>,
    landings: Vec<Landing>,
    records: u64,
    is_run_open: bool,
    stages: BTreeMap<ParentId, ParentStage>,
    has_orders: bool,
    unanswered: BTreeSet<ClOrdId>,
}

impl Moments {
    pub(super) fn new(kills: Vec<Kill>, tape: &Tape) -> Self {
        let mut orders = Orders::default();
        let mut taken = 0;
        let with_working = kills.into_iter().map(|kill| {
            let upto = kill.events.min(tape.events.len());
            for event in tape.events.get(taken..upto).unwrap_or_default() {
                orders.take(&event.what);
            }
            taken = taken.max(upto);
            (kill, orders.open().count())
        });
        Self {
            kills: with_working.collect(),
            ..Self::default()
        }
    }

    pub(super) fn take(&mut self, record: &Record) {
        self.land_before(self.records + 1);
        self.records += 1;
        match record {
            Record::Planned(_) => {
                self.is_run_open = true;
                self.has_orders = false;
                self.stages.clear();
            }
            Record::RunEnded(_) => self.is_run_open = false,
            Record::Parent(parent) => drop(self.stages.insert(parent.id, ParentStage::Working)),
            Record::Stage(staged) => drop(self.stages.insert(staged.parent, staged.stage.clone())),
            Record::Intent(intent) => {
                self.has_orders = true;
                self.unanswered.insert(intent.order.cl_ord_id);
            }
            Record::Fact(fact) if is_evidence(&fact.report.kind) => {
                self.unanswered.remove(&fact.report.cl_ord_id);
            }
            Record::NotSent(order) | Record::Absent(order) => {
                self.unanswered.remove(&order.cl_ord_id);
            }
            _ => {}
        }
    }

    /// The kills before this record.
    fn land_before(&mut self, record: u64) {
        while let Some((kill, working)) = self.kills.get(self.landings.len()).copied() {
            if kill.records >= record {
                return;
            }
            let landing = Landing {
                moment: self.moment(kill.wrote),
                working,
                unanswered: self.unanswered.len(),
            };
            self.landings.push(landing);
        }
    }

    fn moment(&self, wrote: bool) -> Moment {
        let is_done = |stage: &ParentStage| stage.is_done();
        let is_working = |stage: &ParentStage| *stage == ParentStage::Working;
        match (wrote, self.is_run_open) {
            (false, false) => Moment::Starting,
            (false, true) => Moment::Recovering,
            (true, false) => Moment::Over,
            (true, true) if self.stages.values().all(is_done) => Moment::Closing,
            (true, true) if !self.has_orders => Moment::Planned,
            (true, true) if self.stages.values().any(is_working) => Moment::Executing,
            (true, true) => Moment::Sweeping,
        }
    }

    pub(super) fn finish(mut self) -> Vec<Landing> {
        self.land_before(u64::MAX);
        self.landings
    }
}
