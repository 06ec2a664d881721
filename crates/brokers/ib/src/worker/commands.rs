//! Commands on their way out: cancels first, within the budget, and new orders with their ids on
//! disk.

use ibapi::Error;
use polyfolio_model::{
    Amend, CancelRejectReason, ClOrdId, ExecKind, NewOrder, Qty, RejectReason, RequestId,
};
use polyfolio_ports::{Command, Report, SnapshotFailed};
use tokio::time::timeout;

use super::dial::ms;
use super::serve::Live;
use super::{End, Worker};
use crate::blotter::{Heard, report};
use crate::ids::{Assigned, NoId};
use crate::notice::{IbNotice, Level};
use crate::pacing::Class;
use crate::wire_order::Terms;

impl Worker {
    /// Takes a command that was let through.
    pub(super) fn queue_up(&mut self, command: Command) {
        let leaves = matches!(
            command,
            Command::New(_) | Command::Cancel(..) | Command::Replace(..)
        );
        if !leaves || !self.link.is_up() {
            self.shared.taken();
        }
        match command {
            Command::Prepare(ids) if self.link.is_up() => self.prepare(&ids),
            Command::Prepare(_) => {}
            Command::Query(id) => self.questions.query(id),
            Command::Snapshot(id) => self.questions.snapshot(id),
            leaves if self.link.is_up() => self.queue.push_back(leaves),
            // The connection was lost after the command was let through.
            leaves => self.never_left(leaves, "the connection to IB was lost before it left"),
        }
    }

    /// What waits will not leave any more.
    pub(super) fn give_back(&mut self, reason: &str) {
        for command in std::mem::take(&mut self.queue) {
            self.shared.taken();
            self.never_left(command, reason);
        }
    }

    /// A definite answer to a command of which no byte has left.
    fn never_left(&mut self, command: Command, why: &str) {
        match command {
            Command::New(order) => {
                let text = format!("not sent: {why}");
                self.refuse_unless_sent(order.cl_ord_id, RejectReason::Other, text);
            }
            Command::Cancel(id, request) | Command::Replace(id, request, _) => {
                self.refuse_change(id, request, CancelRejectReason::Other);
            }
            Command::Snapshot(id) => {
                let failed = SnapshotFailed(why.to_owned());
                self.report(Report::Snapshot(id, Err(failed)));
            }
            Command::Query(_) | Command::Prepare(_) => {}
        }
    }

    /// Sends what the budget allows.
    pub(super) async fn send_queued(&mut self, live: &mut Live) -> Option<End> {
        while let Some((id, terms, order_id)) = self.questions.anew.pop_front() {
            if let Err(end) = self.submit(id, terms, order_id, live).await {
                return Some(end);
            }
        }
        while self.link.is_up() {
            let (place, class) = self.next_to_leave()?;
            if let Err(again) = self.pacing.take(class, 1, self.now().host) {
                self.questions.try_again(again);
                return None;
            }
            let command = self.queue.remove(place)?;
            self.shared.taken();
            let sent = match command {
                Command::New(order) => self.send_new(order, live).await,
                Command::Cancel(id, request) => self.send_cancel(id, request, live).await,
                Command::Replace(id, request, amend) => {
                    self.send_replace(id, request, amend, live).await
                }
                Command::Prepare(_) | Command::Query(_) | Command::Snapshot(_) => Ok(()),
            };
            if let Err(end) = sent {
                return Some(end);
            }
        }
        None
    }

    /// Cancels first, but none before the order that it cancels.
    fn next_to_leave(&self) -> Option<(usize, Class)> {
        let of = |command: &Command| match command {
            Command::New(order) => Some(order.cl_ord_id),
            Command::Cancel(id, _) | Command::Replace(id, ..) | Command::Query(id) => Some(*id),
            Command::Prepare(_) | Command::Snapshot(_) => None,
        };
        let cancel = self.queue.iter().enumerate().position(|(place, command)| {
            let is_cancel = matches!(command, Command::Cancel(..));
            let mut before = self.queue.iter().take(place);
            is_cancel && !before.any(|other| of(other) == of(command))
        });
        match cancel {
            Some(place) => Some((place, Class::Cancel)),
            None => (!self.queue.is_empty()).then_some((0, Class::Other)),
        }
    }

    async fn send_new(&mut self, order: NewOrder, live: &mut Live) -> Result<(), End> {
        let id = order.cl_ord_id;
        let terms = match self.terms_of(&order) {
            Ok(terms) => terms,
            Err((reason, text)) => {
                self.refuse_unless_sent(id, reason, text);
                return Ok(());
            }
        };
        // The ids of all that wait are made durable with one flush.
        let mut ids = vec![id];
        ids.extend(self.waiting());
        let assigned = match self.assign(&ids) {
            Ok(assigned) => assigned,
            Err(fault) => {
                self.check_ids(Err(fault.clone()));
                self.refuse_unless_sent(id, RejectReason::Other, fault.to_string());
                return Ok(());
            }
        };
        match assigned.first() {
            Some(given) => self.submit(id, terms, given.order_id, live).await,
            None => Ok(()),
        }
    }

    /// Gives the orders that come next their ids, while their intents are being made durable.
    /// What cannot be written is said when they come: then none of them leaves.
    fn prepare(&mut self, ids: &[ClOrdId]) {
        // Those that were announced before and still wait come first: ids must leave in their order.
        let mut all = self.waiting();
        all.extend(ids);
        let _ = self.assign(&all);
    }

    /// The new orders that wait to leave.
    fn waiting(&self) -> Vec<ClOrdId> {
        let new = self.queue.iter().filter_map(|command| match command {
            Command::New(order) => Some(order.cl_ord_id),
            _ => None,
        });
        new.collect()
    }

    /// The ids of orders, on disk. Those that have none yet have not left either.
    fn assign(&mut self, ids: &[ClOrdId]) -> Result<Vec<Assigned>, NoId> {
        let assigned = self.ids.assign(ids)?;
        let fresh = ids.iter().zip(&assigned);
        let fresh = fresh.filter(|(_, given)| given.is_first);
        self.unsent.extend(fresh.map(|(id, _)| *id));
        Ok(assigned)
    }

    /// Sends an order under an id that is on disk.
    pub(super) async fn submit(
        &mut self,
        id: ClOrdId,
        terms: Terms,
        order_id: i32,
        live: &mut Live,
    ) -> Result<(), End> {
        let is_first = self.unsent.remove(&id);
        let account = self.blotter.desk.account.clone();
        let (wire, contract) = (terms.order(id, &account), terms.contract.clone());
        self.blotter.submitting(id, terms);
        let client = &live.session.client;
        let sending = client.submit_order(order_id, &contract, &wire);
        match self.sent(timeout(self.write_patience(), sending).await) {
            Ok(Ok(())) => Ok(()),
            // What the library refuses has not left.
            Ok(Err(text)) => {
                if is_first {
                    self.refuse(id, RejectReason::Other, text);
                }
                Ok(())
            }
            Err(end) => Err(end),
        }
    }

    async fn send_cancel(
        &mut self,
        id: ClOrdId,
        request: RequestId,
        live: &mut Live,
    ) -> Result<(), End> {
        let Some(names) = self.ids.of(id) else {
            self.refuse_change(id, request, CancelRejectReason::UnknownOrder);
            return Ok(());
        };
        self.blotter.cancelling(id, request);
        let cancelling = live.session.client.cancel_order(names.order_id, "");
        let sent = timeout(self.write_patience(), cancelling).await;
        // Its own stream of answers is not read: the updates hold them too. While it lived,
        // executions of the order would be missing in lists.
        match self.sent(sent.map(|sent| sent.map(drop))) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(text)) => {
                self.tell(IbNotice::new(Level::Warning, text).of_order(id));
                self.refuse_change(id, request, CancelRejectReason::Other);
                Ok(())
            }
            Err(end) => Err(end),
        }
    }

    async fn send_replace(
        &mut self,
        id: ClOrdId,
        request: RequestId,
        amend: Amend,
        live: &mut Live,
    ) -> Result<(), End> {
        let known = self.ids.of(id).zip(self.blotter.terms(id));
        let Some((names, terms)) = known else {
            self.refuse_change(id, request, CancelRejectReason::UnknownOrder);
            return Ok(());
        };
        let terms = terms.amended(amend);
        if let Some(text) = self.off_grid(&terms) {
            self.tell(IbNotice::new(Level::Warning, text).of_order(id));
            self.refuse_change(id, request, CancelRejectReason::Other);
            return Ok(());
        }
        let account = self.blotter.desk.account.clone();
        let wire = terms.order(id, &account);
        self.blotter.replacing(id, request, amend);
        let client = &live.session.client;
        let sending = client.submit_order(names.order_id, &terms.contract, &wire);
        match self.sent(timeout(self.write_patience(), sending).await) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(text)) => {
                self.tell(IbNotice::new(Level::Warning, text).of_order(id));
                self.blotter.answer(id).take_replace();
                self.refuse_change(id, request, CancelRejectReason::Other);
                Ok(())
            }
            Err(end) => Err(end),
        }
    }

    /// What became of a message: it is with the system, it was refused and has not left, or the
    /// connection is gone and nobody knows.
    fn sent(
        &self,
        sent: Result<Result<(), Error>, tokio::time::error::Elapsed>,
    ) -> Result<Result<(), String>, End> {
        match sent {
            Ok(Ok(())) => Ok(Ok(())),
            Ok(Err(
                fault @ (Error::InvalidArgument(_)
                | Error::OrderIdInRequestRange { .. }
                | Error::ServerVersion(..)
                | Error::NotImplemented),
            )) => Ok(Err(format!("not sent: {fault}"))),
            Ok(Err(fault)) => Err(End::Lost(format!("a message could not be sent: {fault}"))),
            Err(_) => {
                let waited = self.shared.config.write_timeout_ms;
                let text = format!("the gateway has not read for {waited} ms");
                Err(End::Lost(text))
            }
        }
    }

    fn write_patience(&self) -> std::time::Duration {
        ms(self.shared.config.write_timeout_ms)
    }

    pub(super) fn terms_of(&self, order: &NewOrder) -> Result<Terms, (RejectReason, String)> {
        let directory = self.shared.view().directory.clone();
        let Some(facts) = directory.facts(&order.instrument) else {
            let instrument = &order.instrument;
            let text =
                format!("not sent: IB's contract for {instrument} is not known: see [instrument]");
            return Err((RejectReason::UnknownInstrument, text));
        };
        if order.order_qty <= Qty::ZERO {
            return Err((RejectReason::Lot, "not sent: no quantity".to_owned()));
        }
        // On the wire such an order would be a stop like any other.
        if let Err(fault) = order.check_terms() {
            return Err((RejectReason::Other, format!("not sent: {fault}")));
        }
        let outside_rth = self.shared.config.outside_rth;
        let terms = Terms::of(order, facts.contract.clone(), outside_rth);
        match self.off_grid(&terms) {
            Some(text) => Err((RejectReason::Tick, text)),
            None => Ok(terms),
        }
    }

    /// F25: a price off the grid wastes the order, so it does not leave.
    fn off_grid(&self, terms: &Terms) -> Option<String> {
        let directory = self.shared.view().directory.clone();
        let name = directory.name(&terms.contract);
        let facts = directory.facts(&name)?;
        let mut prices = terms.limit().into_iter().chain(terms.trigger());
        let price = prices.find(|price| !price.is_positive() || !facts.is_on_grid(*price))?;
        let tick = facts.tick_at(price);
        Some(format!(
            "not sent: {price} is not on {name}'s grid of {tick}"
        ))
    }

    /// Refuses an order, unless an earlier copy of it may live.
    fn refuse_unless_sent(&mut self, id: ClOrdId, reason: RejectReason, text: String) {
        let is_unsent = self.unsent.remove(&id) || self.ids.of(id).is_none();
        match is_unsent {
            true => self.refuse(id, reason, text),
            false => self.tell(IbNotice::new(Level::Warning, text).of_order(id)),
        }
    }

    fn refuse(&mut self, id: ClOrdId, reason: RejectReason, text: String) {
        let kind = ExecKind::Rejected { reason, text };
        let refused: Heard = report(id, None, self.now().wall, kind);
        self.follow(vec![refused]);
    }

    fn refuse_change(&mut self, id: ClOrdId, request: RequestId, reason: CancelRejectReason) {
        let kind = ExecKind::CancelRejected { request, reason };
        let refused: Heard = report(id, None, self.now().wall, kind);
        self.follow(vec![refused]);
    }
}
