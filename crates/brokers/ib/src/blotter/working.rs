//! One order as it stands, and what a status is news of.

use ibapi::orders::OrderStatusKind;
use polyfolio_model::{Amend, CancelRejectReason, ExecKind, Price, Qty, RequestId, Ts};

use super::PATIENCE;
use crate::wire_order::Terms;

#[derive(Debug, Default)]
pub(super) struct Working {
    pub(super) terms: Option<Terms>,
    pub(super) is_pending_said: bool,
    pub(super) is_acked: bool,
    pub(super) is_suspended: bool,
    /// It is a stop, and waits for its trigger.
    pub(super) is_held: bool,
    pub(super) has_ended: bool,
    pub(super) cancel: Option<Asked>,
    pub(super) replace: Option<(RequestId, Amend)>,
    /// What IB says has filled, and what its executions add up to.
    pub(super) said: Qty,
    pub(super) heard: Qty,
    pub(super) waits: Option<(Ts, Wait)>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) request: RequestId,
    pub(super) is_pending_said: bool,
}

/// What is waited for, and what is said when it does not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    /// Executions of what a status says has filled.
    Executions,
    /// The number of an order that is inactive.
    Reason,
    /// The status of an order that a notice called cancelled.
    Status,
}

/// An order that IB's numbers speak of.
pub(crate) struct Answer<'a>(pub(super) &'a mut Working);

impl Answer<'_> {
    /// The request for new terms, which is answered now.
    pub(crate) fn take_replace(&mut self) -> Option<RequestId> {
        self.0.replace.take().map(|(request, _)| request)
    }

    /// The request to cancel, which is answered now.
    pub(crate) fn take_cancel(&mut self) -> Option<RequestId> {
        self.0.cancel.take().map(|asked| asked.request)
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.0.has_ended
    }

    /// It was refused: true the first time.
    pub(crate) fn refuse(&mut self) -> bool {
        self.0.waits = None;
        !std::mem::replace(&mut self.0.has_ended, true)
    }

    /// A notice calls it cancelled: its status will say how much had filled.
    pub(crate) fn await_status(&mut self, host: Ts) {
        if !self.0.has_ended {
            self.0.waits = Some((host + PATIENCE, Wait::Status));
        }
    }
}

impl Working {
    /// The report of new terms in force, when these are the ones that were asked for.
    pub(super) fn replaced(
        &mut self,
        quantity: Option<Qty>,
        limit: Option<Price>,
        trigger: Option<Price>,
    ) -> Option<ExecKind> {
        let (_, amend) = self.replace.as_ref()?;
        let has = |price: fn(&Terms) -> Option<Price>| {
            self.terms
                .as_ref()
                .is_some_and(|terms| price(terms).is_some())
        };
        let same_limit = !has(Terms::limit) || amend.price.is_none() || amend.price == limit;
        let same_trigger =
            !has(Terms::trigger) || amend.trigger.is_none() || amend.trigger == trigger;
        let same_price = same_limit && same_trigger;
        if quantity != Some(amend.order_qty) || !same_price {
            return None;
        }
        let (request, amend) = self.replace.take()?;
        self.terms = self.terms.take().map(|terms| terms.amended(amend));
        Some(ExecKind::Replaced {
            request: Some(request),
            order_qty: amend.order_qty,
            sequence: None,
        })
    }

    /// What a status is news of. Only a status of its own says how much has filled; the one that
    /// comes with an order's description ends nothing.
    pub(super) fn status(
        &mut self,
        status: &OrderStatusKind,
        filled: Option<Qty>,
        host: Ts,
    ) -> Vec<ExecKind> {
        use OrderStatusKind as S;
        if let Some(filled) = filled {
            self.said = self.said.max(filled);
            if self.said > self.heard && self.waits.is_none() {
                self.waits = Some((host + PATIENCE, Wait::Executions));
            }
        }
        if self.has_ended {
            return vec![];
        }
        match status {
            S::ApiPending | S::PendingSubmit => {
                let is_news = !self.is_acked && !self.is_pending_said;
                self.is_pending_said = true;
                is_news
                    .then_some(ExecKind::PendingNew)
                    .into_iter()
                    .collect()
            }
            S::PreSubmitted => {
                self.is_held = self.terms.as_ref().is_some_and(|t| t.trigger().is_some());
                self.works()
            }
            S::Submitted => {
                let mut kinds = self.works();
                let is_triggered = std::mem::take(&mut self.is_held);
                kinds.extend(is_triggered.then_some(ExecKind::Triggered));
                kinds
            }
            S::PendingCancel => self.pending_cancel().into_iter().collect(),
            S::Cancelled | S::ApiCancelled => match filled {
                Some(filled) => {
                    let mut kinds = Vec::new();
                    if let Some((request, _)) = self.replace.take() {
                        let reason = CancelRejectReason::TooLate;
                        kinds.push(ExecKind::CancelRejected { request, reason });
                    }
                    kinds.push(self.canceled(Some(filled)));
                    kinds
                }
                None => {
                    self.waits.get_or_insert((host + PATIENCE, Wait::Status));
                    vec![]
                }
            },
            S::Filled => {
                self.has_ended = filled.is_some();
                vec![]
            }
            S::Inactive => {
                self.waits = Some((host + PATIENCE, Wait::Reason));
                vec![]
            }
            S::Unknown(_) => vec![],
        }
    }

    fn works(&mut self) -> Vec<ExecKind> {
        self.waits.take_if(|(_, wait)| *wait == Wait::Reason);
        let mut kinds = Vec::new();
        if !std::mem::replace(&mut self.is_acked, true) {
            kinds.push(ExecKind::New);
        }
        if std::mem::take(&mut self.is_suspended) {
            kinds.push(ExecKind::Resumed);
        }
        kinds
    }

    fn pending_cancel(&mut self) -> Option<ExecKind> {
        let asked = self.cancel.as_mut()?;
        let is_news = !std::mem::replace(&mut asked.is_pending_said, true);
        let request = asked.request;
        is_news.then_some(ExecKind::PendingCancel { request })
    }

    pub(super) fn canceled(&mut self, cum_qty: Option<Qty>) -> ExecKind {
        self.has_ended = true;
        self.waits.take_if(|(_, wait)| *wait != Wait::Executions);
        let request = self.cancel.take().map(|asked| asked.request);
        ExecKind::Canceled { request, cum_qty }
    }
}
