//! A child order: one order at a venue, and what is known of it.

use std::collections::BTreeMap;

use polyfolio_model::{
    ClOrdId, ExecId, ExecKind, ExecutionReport, NewOrder, OrdStatus, Price, Qty, SleeveId, Ts,
    VenueOrderId,
};
use serde::{Deserialize, Serialize};

use crate::order_state::{OrderState, Request};
use crate::records::Share;

/// How an order is certain not to exist at the venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gone {
    /// No byte of it left.
    NotSent,
    /// Complete snapshots prove its absence, or a person vouches for it.
    Absent,
}

/// An order of ours at the venue.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Child {
    /// What was decided, and made durable before a byte left.
    pub order: NewOrder,
    /// How often it was sent under its one id; more than once only after an absence proof.
    pub attempts: u32,
    /// When it was last decided to send it.
    pub decided: Ts,
    /// The mid then, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mid: Option<Price>,
    /// What the venue's facts add up to.
    pub state: OrderState,
    /// Whether the venue has ever spoken of it. Without evidence its fate is unknown.
    pub evidence: bool,
    /// The proof that it does not exist, until evidence says otherwise.
    pub gone: Option<Gone>,
    /// The venue's id, once learned.
    pub venue_id: Option<VenueOrderId>,
    /// Who got what of each execution, for busts and late fees.
    pub shares: BTreeMap<ExecId, Vec<Share>>,
    /// When each execution happened, by the venue's clock.
    pub traded_at: BTreeMap<ExecId, Ts>,
    /// The latest time that a report about it carries, by the venue's clock.
    pub reported_at: Option<Ts>,
}

impl Child {
    /// An order that is about to leave for the first time.
    pub fn new(order: NewOrder, decided: Ts) -> Self {
        let state = OrderState::new(order.order_qty, order.time_in_force);
        Self {
            order,
            attempts: 1,
            decided,
            mid: None,
            state,
            evidence: false,
            gone: None,
            venue_id: None,
            shares: BTreeMap::new(),
            traded_at: BTreeMap::new(),
            reported_at: None,
        }
    }

    /// Keeps the venue's name for it and the times of a report. An execution happened when it was
    /// first reported.
    pub(crate) fn remember(&mut self, report: &ExecutionReport) {
        if report.venue_id.is_some() {
            self.venue_id.clone_from(&report.venue_id);
        }
        self.reported_at = self.reported_at.max(Some(report.time));
        if let ExecKind::Trade(fill) | ExecKind::TradeCorrect { fill, .. } = &report.kind {
            let exec_id = fill.exec_id.clone();
            self.traded_at.entry(exec_id).or_insert(report.time);
        }
    }

    /// Adds up what sleeves have of an execution.
    pub(crate) fn remember_shares(&mut self, exec_id: &ExecId, shares: &[Share]) {
        let held = self.shares.entry(exec_id.clone()).or_default();
        let known = held.iter().enumerate();
        let mut places: BTreeMap<SleeveId, usize> = known
            .map(|(place, share)| (share.sleeve.clone(), place))
            .collect();
        for share in shares {
            match places.get(&share.sleeve) {
                Some(place) => {
                    let have = &mut held[*place];
                    have.quantity += share.quantity;
                    have.fee += share.fee;
                }
                None => {
                    places.insert(share.sleeve.clone(), held.len());
                    held.push(share.clone());
                }
            }
        }
    }

    /// Whether it was refused, or taken off the book though nobody asked.
    pub fn is_setback(&self) -> bool {
        let unasked = self.state.requests_in_flight().next().is_none()
            && self.state.requests_answered().next().is_none();
        let ended = match self.status() {
            OrdStatus::Rejected => true,
            OrdStatus::Canceled | OrdStatus::Expired => unasked,
            _ => false,
        };
        self.is_closed() && ended && self.cum_qty().is_zero()
    }

    /// Its id.
    pub fn id(&self) -> ClOrdId {
        self.order.cl_ord_id
    }

    /// What has filled.
    pub fn cum_qty(&self) -> Qty {
        self.state.cum_qty()
    }

    /// Sent, and no evidence yet. Its whole quantity is reserved.
    pub fn is_unknown(&self) -> bool {
        self.gone.is_none() && !self.evidence
    }

    /// Known to the venue and able to trade.
    pub fn is_working(&self) -> bool {
        self.gone.is_none() && self.evidence && self.state.is_open()
    }

    /// Able to fill, as far as anybody can know: unknown, working, or closed with a claim that the
    /// executions do not account for.
    pub fn is_open(&self) -> bool {
        self.is_unknown() || self.is_working() || !self.may_still_fill().is_zero()
    }

    /// Closed by the venue: canceled, expired, rejected or filled.
    pub fn is_closed(&self) -> bool {
        self.gone.is_none() && self.evidence && !self.state.is_open()
    }

    /// Whether its end came with a final quantity, and our executions account for all of it. A
    /// close report without a quantity says nothing of the fills that may be missing.
    pub fn is_accounted(&self) -> bool {
        let is_said = self.state.closed_cum_qty().is_some()
            || matches!(self.status(), OrdStatus::Filled | OrdStatus::Rejected);
        is_said && self.state.missing_qty().is_zero()
    }

    /// Whether its end came with the final quantity that our executions come to. One that we know
    /// more of than its close says has lost an execution that we do not know to be busted, and may
    /// have others that we do not know of.
    pub fn is_closed_as_known(&self) -> bool {
        self.state.is_closed_at(self.cum_qty())
            || matches!(self.status(), OrdStatus::Filled | OrdStatus::Rejected)
    }

    /// The largest quantity that the venue may have it for: the one it was sent with, the one in
    /// force, and those that were asked for and have no answer.
    pub fn order_qty_max(&self) -> Qty {
        let asked = self.state.requests_in_flight();
        let asked = asked.filter_map(|(_, request)| match request {
            Request::Replace(order_qty) => Some(order_qty),
            Request::Cancel => None,
        });
        let known = self.order.order_qty.max(self.state.order_qty());
        asked.fold(known, Qty::max)
    }

    /// What may still fill, as far as anybody can know.
    pub fn may_still_fill(&self) -> Qty {
        match self.gone {
            Some(_) => Qty::ZERO,
            None if self.is_unknown() => (self.order_qty_max() - self.cum_qty()).max(Qty::ZERO),
            None => self.state.exposure_qty(),
        }
    }

    /// The status as it is shown: `PendingNew` before the venue has spoken.
    pub fn status(&self) -> OrdStatus {
        self.state.status()
    }
}
