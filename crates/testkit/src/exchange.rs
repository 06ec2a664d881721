//! The venue's side of the truth: a real [`SyntheticVenue`], and what its lists show of it when.
//!
//! It adds what real venues have and the synthetic one has not: client order ids that can be used
//! again, fills that the venue itself learns of late, fees that come later, busts and corrections,
//! orders that end though nobody asked, order ids that begin again, and lists that are not of one
//! moment. It never lies about what happened; the wire does.

mod amend;
mod lists;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use polyfolio_matching::{
    Happening, SyntheticVenue, TapeEvent, Venue, VenueCommand, VenueError, VenueEvent,
};
use polyfolio_model::broker::DuplicateScope;
use polyfolio_model::{
    CancelRejectReason, ClOrdId, ExecKind, ExecutionReport, InstrumentId, Money, NewOrder,
    OrdStatus, Qty, Quote, RequestId, Span, Ts, VenueOrderId,
};

use crate::scenario::Scenario;
pub use lists::{AsOf, Lists};

/// What is heard from a venue, and when it may leave at the earliest.
#[derive(Clone, Debug)]
pub enum Heard {
    /// About an order.
    Report(Ts, ExecutionReport),
    /// About the market.
    Quote(InstrumentId, Quote),
}

/// How late a venue learns of what trades next.
#[derive(Clone, Copy, Debug, Default)]
pub struct Late {
    /// Of the execution.
    pub fill: Span,
    /// Of its fee, after the execution; none when both come at once.
    pub fee: Option<Span>,
}

/// A venue with an account.
#[derive(Debug)]
pub struct Exchange {
    venue: SyntheticVenue,
    scope: DuplicateScope,
    deployment: u32,
    /// The orders of each client order id.
    copies: BTreeMap<ClOrdId, Copies>,
    lists: Lists,
    late: Late,
    /// The venue's ids, as they are said outside, by its own name of an order.
    names: BTreeMap<ClOrdId, VenueOrderId>,
    next_name: u64,
    ids_roll_back: bool,
    /// What of an order was busted.
    busted: BTreeMap<ClOrdId, Qty>,
    /// How an order ends that the venue ends by itself.
    unasked: OrdStatus,
    next_doing: u64,
}

/// How many orders there are of one client order id.
#[derive(Clone, Copy, Debug, Default)]
struct Copies {
    /// Each under a name of its own inside.
    named: u32,
    /// Those that were not refused.
    accepted: u32,
}

/// The request id of what the venue does by itself.
const UNASKED: RequestId = RequestId(u64::MAX);

/// By how many ids a venue falls back that begins again at an older one.
const ROLLS_BACK_BY: u64 = 3;

impl Exchange {
    /// The venue of a scenario, open for trading.
    pub fn open(scenario: &Scenario, now: Ts) -> Result<Self, VenueError> {
        let mut venue = SyntheticVenue::new(scenario.venue.clone())?;
        venue.open_account(scenario.cash, scenario.positions.clone(), now);
        venue.set_market(Scenario::date(), now, &scenario.closes)?;
        Ok(Self {
            venue,
            scope: scenario.character.capabilities.duplicates,
            deployment: scenario.deployment,
            copies: BTreeMap::new(),
            lists: Lists::new(scenario.cash, &scenario.positions),
            late: Late::default(),
            names: BTreeMap::new(),
            next_name: 0,
            ids_roll_back: scenario.character.ids_roll_back,
            busted: BTreeMap::new(),
            unasked: OrdStatus::Canceled,
            next_doing: 0,
        })
    }

    /// When something happens next by itself.
    pub fn next_event(&self) -> Option<Ts> {
        self.venue.next_event()
    }

    /// Lets time pass.
    pub fn advance(&mut self, to: Ts, late: Late) -> Vec<Heard> {
        self.late = late;
        let events = self.venue.advance(to);
        self.take(events)
    }

    /// A session begins.
    pub fn begin_session(&mut self) {
        if self.ids_roll_back {
            self.next_name = self.next_name.saturating_sub(ROLLS_BACK_BY);
        }
    }

    /// An order arrives.
    pub fn submit(&mut self, order: NewOrder, now: Ts, late: Late) -> Vec<Heard> {
        self.late = late;
        let id = order.cl_ord_id;
        let there = self.copies.entry(id).or_default().named;
        let last = self.inside(id, there.max(1));
        let is_refused = match self.scope {
            DuplicateScope::Forever => there > 0,
            DuplicateScope::WhileOpen => self.venue.book().order(last).is_some_and(|o| o.is_open()),
            DuplicateScope::Never => false,
        };
        // The venue refuses what it has; so a refused repeat goes in under the name it has.
        let copy = if is_refused { there } else { there + 1 };
        self.copies.entry(id).or_default().named = copy;
        let cl_ord_id = self.inside(id, copy);
        let events = self
            .venue
            .apply(VenueCommand::New(NewOrder { cl_ord_id, ..order }), now);
        self.take(events)
    }

    /// A cancel comes to a front end that does not know the order.
    pub fn disown(&self, id: ClOrdId, request: RequestId, now: Ts) -> Heard {
        let kind = ExecKind::CancelRejected {
            request,
            reason: CancelRejectReason::UnknownOrder,
        };
        let report = ExecutionReport {
            cl_ord_id: id,
            venue_id: None,
            time: now,
            kind,
        };
        Heard::Report(now, report)
    }

    /// When the last order of this client order id came onto the book.
    pub fn entered(&self, id: ClOrdId) -> Option<Ts> {
        let record = self.venue.book().order(self.last(id))?;
        Some(record.entered)
    }

    /// A cancel arrives.
    pub fn cancel(&mut self, id: ClOrdId, request: RequestId, now: Ts) -> Vec<Heard> {
        let events = self
            .venue
            .apply(VenueCommand::Cancel(self.last(id), request), now);
        self.take(events)
    }

    /// A question about an order arrives. What was over before `back_to` is known no more.
    pub fn query(&mut self, id: ClOrdId, back_to: Option<Ts>, now: Ts) -> Vec<Heard> {
        let record = self.venue.book().order(self.last(id));
        let is_old = |from| record.is_some_and(|r| !r.is_open() && r.since < from);
        if back_to.is_some_and(is_old) {
            return Vec::new();
        }
        let events = self.venue.apply(VenueCommand::Query(self.last(id)), now);
        self.take(events)
    }

    /// What the lists say.
    pub fn lists(&self) -> &Lists {
        &self.lists
    }

    /// What is true of the account.
    pub fn positions(&self) -> BTreeMap<InstrumentId, Qty> {
        self.lists.positions(Ts::MAX)
    }

    /// What is true of the account.
    pub fn cash(&self) -> Money {
        self.lists.cash(Ts::MAX)
    }

    /// How many orders there are of one client order id, refused ones not counted.
    pub fn accepted_copies(&self, id: ClOrdId) -> u32 {
        self.copies.get(&id).map_or(0, |copies| copies.accepted)
    }

    /// What the venue's orders of one client order id have filled and may still fill.
    pub fn exposure(&self, id: ClOrdId) -> Option<Qty> {
        Some(self.exposure_of(id, *self.copies.get(&id)?))
    }

    /// What the venue's orders of these client order ids have filled and may still fill.
    pub fn exposure_within(&self, ids: std::ops::RangeInclusive<ClOrdId>) -> Qty {
        let there = self.copies.range(ids);
        there
            .map(|(id, copies)| self.exposure_of(*id, *copies))
            .sum()
    }

    fn exposure_of(&self, id: ClOrdId, copies: Copies) -> Qty {
        let inside = (1..=copies.named).map(|copy| self.inside(id, copy));
        let exposed = inside.filter_map(|id| {
            let record = self.venue.book().order(id)?;
            let busted = self.busted.get(&id).copied().unwrap_or_default();
            Some(record.cum_qty + record.leaves_qty() - busted)
        });
        exposed.sum()
    }

    /// Whether an order of this client order id can still trade.
    pub fn is_open(&self, id: ClOrdId) -> bool {
        let named = self.copies.get(&id).map_or(0, |copies| copies.named);
        let mut copies =
            (1..=named).filter_map(|copy| self.venue.book().order(self.inside(id, copy)));
        copies.any(|record| record.is_open())
    }

    fn last(&self, id: ClOrdId) -> ClOrdId {
        let named = self.copies.get(&id).map_or(1, |copies| copies.named);
        self.inside(id, named.max(1))
    }

    /// The name of a copy within the synthetic venue, which knows no repeats.
    fn inside(&self, id: ClOrdId, copy: u32) -> ClOrdId {
        let deployment = id.deployment.wrapping_add(copy.saturating_sub(1));
        ClOrdId { deployment, ..id }
    }

    fn outside(&self, id: ClOrdId) -> ClOrdId {
        let deployment = self.deployment;
        ClOrdId { deployment, ..id }
    }

    fn take(&mut self, events: Vec<VenueEvent>) -> Vec<Heard> {
        let mut heard = Vec::new();
        for event in events {
            match event {
                VenueEvent::Tape(event) => self.write_down(&event, &mut heard),
                VenueEvent::Quote { instrument, quote } => {
                    heard.push(Heard::Quote(instrument, quote))
                }
                VenueEvent::Report(report) => heard.push(self.said(report)),
            }
        }
        heard
    }

    fn write_down(&mut self, event: &TapeEvent, heard: &mut Vec<Heard>) {
        let mut name = None;
        if let Happening::Accepted { order, .. } = &event.what {
            self.next_name += 1;
            let venue_id = VenueOrderId::new(format!("V-{}", self.next_name));
            self.names.insert(order.cl_ord_id, venue_id.clone());
            name = Some(venue_id);
            let outside = self.outside(order.cl_ord_id);
            self.copies.entry(outside).or_default().accepted += 1;
        }
        let deployment = self.deployment;
        let outside = |id| ClOrdId { deployment, ..id };
        self.lists.take(event, self.late, outside, name.as_ref());
        match &event.what {
            Happening::Canceled {
                order,
                request: Some(UNASKED),
                ..
            } => self.lists.end(order.cl_ord_id, event.time, self.unasked),
            Happening::Traded { order, fill } => {
                heard.extend(self.fee_of(order.cl_ord_id, fill));
                heard.extend(self.end_of_busted(order.cl_ord_id, event.time));
            }
            _ => {}
        }
    }

    /// A fill is said when the venue knows of it; a close says what the venue knows then.
    fn said(&self, mut report: ExecutionReport) -> Heard {
        let inside = report.cl_ord_id;
        report.cl_ord_id = self.outside(inside);
        report.venue_id = report
            .venue_id
            .map(|own| self.names.get(&inside).cloned().unwrap_or(own));
        let mut at = report.time;
        match &mut report.kind {
            ExecKind::Trade(fill) => {
                if let Some(known) = self.lists.known(&fill.exec_id) {
                    at = known.at.max(at);
                    *fill = known.shown(at).fill;
                }
            }
            ExecKind::Canceled { cum_qty, .. } | ExecKind::Expired { cum_qty } => {
                *cum_qty = cum_qty.map(|cum| cum.min(self.lists.known_qty(inside, at)));
            }
            ExecKind::Status { cum_qty } => {
                *cum_qty = (*cum_qty).min(self.lists.known_qty(inside, at));
            }
            _ => {}
        }
        if let ExecKind::Canceled {
            request: Some(UNASKED),
            cum_qty,
        } = report.kind
        {
            report.kind = match self.unasked {
                OrdStatus::Expired => ExecKind::Expired { cum_qty },
                _ => ExecKind::Canceled {
                    request: None,
                    cum_qty,
                },
            };
        }
        Heard::Report(at, report)
    }
}
