//! "Everything you know": asked one at a time, for whoever wants it.
//!
//! A synchronisation asks it before anything may leave; the router asks it for its snapshots; a
//! doubt about a single order asks it too, as IB has no question for one order. An answer counts
//! for those who asked before it was begun.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use polyfolio_model::{ClOrdId, InstrumentId, SnapshotId, Ts};
use polyfolio_ports::{Report, SnapshotFailed};

use super::Worker;
use super::dial::ms;
use super::serve::{Done, Live};
use crate::config::millis;
use crate::contract::ContractSpec;
use crate::details::ContractFacts;
use crate::directory;
use crate::error::ContractError;
use crate::lists::{self, Lists};
use crate::pacing::Class;
use crate::wire_order::Terms;

/// How many contracts are asked for at once; each takes two messages.
const CONTRACTS: usize = 10;

/// What is wanted, and what is on its way.
#[derive(Debug, Default)]
pub(super) struct Questions {
    pub(super) wants_sync: bool,
    /// Counted with every synchronisation that is wanted: an answer to an older one is of no use.
    pub(super) epoch: u64,
    snapshots: Vec<SnapshotId>,
    queries: BTreeSet<ClOrdId>,
    /// Orders whose id was used before, and since when they are known to be in no list.
    pub(super) id_used: BTreeMap<ClOrdId, Option<Ts>>,
    /// Orders that got a new id once.
    pub(super) had_anew: BTreeSet<ClOrdId>,
    /// Orders that leave under a new id.
    pub(super) anew: VecDeque<(ClOrdId, Terms, i32)>,
    /// Instruments that IB could not describe in this session.
    pub(super) unknown: BTreeSet<InstrumentId>,
    pub(super) running: Option<Running>,
    /// When the budget allows more.
    pub(super) retry_at: Option<Ts>,
}

/// A question that is on its way.
#[derive(Clone, Debug, Default)]
pub(super) struct Running {
    pub(super) epoch: u64,
    pub(super) is_sync: bool,
    pub(super) snapshots: Vec<SnapshotId>,
    pub(super) queries: BTreeSet<ClOrdId>,
    pub(super) id_used: BTreeSet<ClOrdId>,
    pub(super) begun: Ts,
}

/// What came of it.
pub(super) enum Answer {
    Contracts(Vec<(InstrumentId, Result<ContractFacts, ContractError>)>),
    Lists(Result<Lists, String>),
}

impl Questions {
    pub(super) fn synchronise(&mut self) {
        self.wants_sync = true;
        self.epoch += 1;
        self.unknown.clear();
    }

    pub(super) fn snapshot(&mut self, id: SnapshotId) {
        self.snapshots.push(id);
    }

    pub(super) fn query(&mut self, id: ClOrdId) {
        self.queries.insert(id);
    }

    pub(super) fn look(&mut self, id: ClOrdId) {
        self.queries.insert(id);
    }

    pub(super) fn look_for_id(&mut self, id: ClOrdId) {
        self.id_used.entry(id).or_default();
    }

    pub(super) fn try_again(&mut self, at: Ts) {
        self.retry_at = Some(self.retry_at.map_or(at, |before| before.min(at)));
    }

    /// When to look again though nothing happens.
    pub(super) fn next_try(&self) -> Option<Ts> {
        self.retry_at
    }

    /// Whoever asked is gone.
    pub(super) fn forget_asked(&mut self) {
        self.snapshots.clear();
        self.queries.clear();
        if let Some(running) = &mut self.running {
            running.snapshots.clear();
        }
    }
}

impl Worker {
    /// Everybody who asked hears that there is no answer.
    pub(super) fn questions_failed(&mut self, reason: &str) {
        let mut asked = std::mem::take(&mut self.questions.snapshots);
        if let Some(running) = &mut self.questions.running {
            asked.append(&mut running.snapshots);
        }
        for id in asked {
            let failed = SnapshotFailed(reason.to_owned());
            self.report(Report::Snapshot(id, Err(failed)));
        }
        // What is in doubt stays in doubt: the next session begins with everything being asked.
        self.questions.queries.clear();
        self.questions.id_used.clear();
    }

    /// A connection is gone, and with it whatever was on its way.
    pub(super) fn questions_over(&mut self) {
        self.questions.running = None;
        self.questions.wants_sync = false;
        self.questions.anew.clear();
        self.questions.retry_at = None;
    }

    /// Begins the next question, when there is one and none is on its way.
    pub(super) fn ask_questions(&mut self, live: &mut Live) {
        if self.questions.running.is_some() {
            return;
        }
        let now = self.now().host;
        let lag = millis(self.shared.config.propagation_lag_ms);
        let is_up = self.link.is_up();
        let questions = &self.questions;
        // An order in no list is looked for once more when a fact has had time to get there.
        let due = |since: &Option<Ts>| since.is_none_or(|since| since + lag <= now);
        let id_used: BTreeSet<ClOrdId> = (questions.id_used.iter())
            .filter(|(_, since)| is_up && due(since))
            .map(|(id, _)| *id)
            .collect();
        let is_asked = !questions.snapshots.is_empty() || !questions.queries.is_empty();
        let is_wanted = questions.wants_sync || (is_up && is_asked);
        if !is_wanted && id_used.is_empty() {
            let waits = questions.id_used.values().flatten();
            if let Some(next) = waits.map(|since| *since + lag).filter(|at| *at > now).min() {
                self.questions.try_again(next);
            }
            return;
        }
        let contracts = self.contracts_to_ask();
        let messages = match contracts.is_empty() {
            true => lists::MESSAGES,
            false => 2 * contracts.len(),
        };
        if let Err(again) = self.pacing.take(Class::Other, messages, now) {
            return self.questions.try_again(again);
        }
        let mut running = Running {
            epoch: self.questions.epoch,
            is_sync: self.questions.wants_sync,
            begun: self.shared.clock.now() + self.clock_offset,
            ..Running::default()
        };
        if contracts.is_empty() {
            running.snapshots = std::mem::take(&mut self.questions.snapshots);
            running.queries = std::mem::take(&mut self.questions.queries);
            running.id_used = id_used;
        }
        self.questions.running = Some(running);
        self.begin(contracts, live);
    }

    /// The instruments that IB is to describe next, before anything may leave.
    fn contracts_to_ask(&self) -> Vec<(InstrumentId, ContractSpec)> {
        if !self.questions.wants_sync {
            return vec![];
        }
        let directory = self.shared.view().directory.clone();
        let mut missing = directory.missing(&self.shared.config);
        missing.retain(|(id, _)| !self.questions.unknown.contains(id));
        missing.truncate(CONTRACTS);
        missing
    }

    fn begin(&self, contracts: Vec<(InstrumentId, ContractSpec)>, live: &mut Live) {
        let (client, done) = (Arc::clone(&live.session.client), live.done.clone());
        let config = &self.shared.config;
        let patience = ms(config.snapshot_timeout_ms);
        let request_patience = ms(config.request_timeout_ms);
        live.tasks.spawn(async move {
            let answer = if contracts.is_empty() {
                Answer::Lists(lists::ask(&client, patience).await)
            } else {
                let mut answers = Vec::new();
                for (id, spec) in contracts {
                    let answer = directory::ask(&client, &id, &spec, request_patience).await;
                    answers.push((id, answer));
                }
                Answer::Contracts(answers)
            };
            let _ = done.send(Done::Answered(Box::new(answer)));
        });
    }
}
