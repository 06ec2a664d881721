//! Answers to "everything you know", and what follows from them.

use std::sync::Arc;

use polyfolio_model::{ClOrdId, ExecKind, InstrumentId, OrdStatus, OrderFacts, RejectReason};
use polyfolio_ports::{AccountFill, Report, Snapshot, SnapshotFailed};

use super::questions::{Answer, Running};
use super::{End, Worker};
use crate::blotter::report;
use crate::details::ContractFacts;
use crate::error::ContractError;
use crate::link::LinkEvent;
use crate::lists::Lists;
use crate::notice::{IbNotice, Level};
use crate::snapshot::{self, Account};

impl Worker {
    pub(super) fn answered(&mut self, answer: Answer) -> Option<End> {
        let running = self.questions.running.take()?;
        match answer {
            Answer::Contracts(answers) => {
                self.learn_contracts(answers);
                None
            }
            Answer::Lists(Ok(lists)) => {
                self.take_lists(&running, &lists);
                None
            }
            Answer::Lists(Err(what)) => {
                for id in running.snapshots {
                    let failed = SnapshotFailed(what.clone());
                    self.report(Report::Snapshot(id, Err(failed)));
                }
                for id in running.queries {
                    let text = format!("how it stands could not be asked: {what}");
                    self.tell(IbNotice::new(Level::Warning, text).of_order(id));
                }
                running
                    .is_sync
                    .then(|| End::Lost(format!("the gateway did not tell everything: {what}")))
            }
        }
    }

    fn learn_contracts(
        &mut self,
        answers: Vec<(InstrumentId, Result<ContractFacts, ContractError>)>,
    ) {
        for (id, answer) in answers {
            match answer {
                Ok(facts) => {
                    let mut view = self.shared.view();
                    Arc::make_mut(&mut view.directory).add(facts);
                }
                Err(fault) => {
                    let notice = IbNotice::new(Level::Alarm, fault.to_string());
                    self.tell(notice.of_instrument(&id));
                    self.questions.unknown.insert(id);
                }
            }
        }
    }

    fn take_lists(&mut self, running: &Running, lists: &Lists) {
        self.learn_names(lists);
        let directory = self.shared.view().directory.clone();
        let account = Account {
            name: &self.blotter.desk.account.clone(),
            base_currency: &self.shared.config.base_currency,
            zone: self.blotter.desk.zone,
            begun: running.begun,
        };
        let snapshot = snapshot::assemble(lists, &directory, &account);
        self.seed(lists);
        for id in &running.snapshots {
            self.report(Report::Snapshot(*id, snapshot.clone()));
        }
        match &snapshot {
            Ok(snapshot) => {
                for id in &running.queries {
                    self.say_how_it_stands(*id, snapshot);
                }
                for id in &running.id_used {
                    self.id_was_used(*id, snapshot);
                }
            }
            Err(failed) => self.tell(IbNotice::new(Level::Break, failed.to_string())),
        }
        if running.is_sync && running.epoch == self.questions.epoch {
            self.questions.wants_sync = false;
            self.synchronised();
        }
    }

    fn synchronised(&mut self) {
        let marked = self.ids.keep_mark();
        self.check_ids(marked);
        self.on_link(LinkEvent::Synchronised);
    }

    /// Ids that are in use, and IB's names of our orders.
    fn learn_names(&mut self, lists: &Lists) {
        let client_id = self.blotter.desk.client_id;
        for data in &lists.open {
            let order = &data.order;
            let is_of_client = order.client_id == client_id;
            if is_of_client {
                self.ids.raise(data.order_id);
            }
            let Some(id) = snapshot::cl_ord_id(order) else {
                continue;
            };
            if is_of_client {
                let adopted = self.ids.adopt(id, data.order_id);
                self.check_ids(adopted);
            }
            if order.perm_id > 0 {
                let learned = self.ids.learn(id, order.perm_id);
                self.check_ids(learned);
            }
        }
        for data in &lists.executions {
            if data.execution.client_id == client_id {
                self.ids.raise(data.execution.order_id);
            }
        }
    }

    fn seed(&mut self, lists: &Lists) {
        let open: Vec<_> = (lists.open.iter())
            .filter_map(|data| {
                let id = snapshot::cl_ord_id(&data.order)?;
                Some((id, data, snapshot::filled(lists, data)))
            })
            .collect();
        let account = &self.blotter.desk.account;
        let executions: Vec<_> = (lists.executions.iter())
            .filter(|data| data.execution.account_number == *account)
            .collect();
        self.blotter.seed(&open, &executions, &self.ids);
    }

    /// What the lists say of one order. Nothing, when they say nothing: that it is in none proves
    /// nothing yet.
    fn say_how_it_stands(&mut self, id: ClOrdId, snapshot: &Snapshot) -> bool {
        let now = self.now().wall;
        let fills = snapshot
            .fills
            .iter()
            .filter(|fill| fill.cl_ord_id == Some(id));
        let mut heard: Vec<_> = fills
            .map(|fill| report(id, None, fill.time, traded(fill)))
            .collect();
        let listed = snapshot
            .orders
            .iter()
            .find(|order| order.cl_ord_id == Some(id));
        if let Some(order) = listed {
            let venue_id = Some(order.venue_id.clone());
            let kinds = stands(order).into_iter();
            heard.extend(kinds.map(|kind| report(id, venue_id.clone(), now, kind)));
        }
        let is_there = !heard.is_empty();
        self.follow(heard);
        is_there
    }

    /// The gateway took an order's id for one that was used. It is in a list, or no order of ours
    /// can ever come of that id: then it leaves under a new one, once.
    fn id_was_used(&mut self, id: ClOrdId, snapshot: &Snapshot) {
        let now = self.now().host;
        if self.say_how_it_stands(id, snapshot) || self.blotter.has_evidence(id) {
            self.questions.id_used.remove(&id);
            return;
        }
        let Some(since) = self.questions.id_used.get_mut(&id) else {
            return;
        };
        if since.is_none() {
            *since = Some(now);
            return;
        }
        self.questions.id_used.remove(&id);
        let terms = self.blotter.terms(id).cloned();
        let Some(terms) = terms.filter(|_| self.questions.had_anew.insert(id)) else {
            let text = "the gateway refuses its order id, and lists it nowhere";
            self.tell(IbNotice::new(Level::Break, text).of_order(id));
            return;
        };
        match self.ids.assign_anew(id) {
            Ok(given) => {
                let order_id = given.order_id;
                let text = format!("its order id was used before: it leaves under {order_id}");
                self.tell(IbNotice::new(Level::Warning, text).of_order(id));
                self.questions.anew.push_back((id, terms, order_id));
            }
            Err(fault) => self.check_ids(Err(fault)),
        }
    }
}

fn traded(fill: &AccountFill) -> ExecKind {
    let reference = fill.replaces.clone();
    let fill = fill.fill.clone();
    match reference {
        Some(reference) => ExecKind::TradeCorrect { fill, reference },
        None => ExecKind::Trade(fill),
    }
}

fn stands(order: &OrderFacts) -> Vec<ExecKind> {
    let cum_qty = order.cum_qty;
    let ended = Some(cum_qty);
    match order.status {
        OrdStatus::PendingNew => vec![ExecKind::PendingNew],
        OrdStatus::Canceled => vec![ExecKind::Canceled {
            request: None,
            cum_qty: ended,
        }],
        OrdStatus::Rejected => vec![ExecKind::Rejected {
            reason: RejectReason::Other,
            text: "IB lists it as inactive".to_owned(),
        }],
        OrdStatus::Suspended => vec![ExecKind::Suspended],
        OrdStatus::Filled => vec![ExecKind::Status { cum_qty }],
        _ => vec![ExecKind::New, ExecKind::Status { cum_qty }],
    }
}
