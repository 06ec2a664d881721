//! The venue's side of the truth: a real [`SyntheticVenue`], and what its lists show of it when.
//!
//! It adds what real venues have and the synthetic one has not: client order ids that can be used
//! again, fills that the venue itself learns of late, and lists that are not of one moment. It
//! never lies about what happened; the wire does.

mod lists;

use std::collections::BTreeMap;

use polyfolio_matching::{
    Happening, SyntheticVenue, TapeEvent, Venue, VenueCommand, VenueError, VenueEvent,
};
use polyfolio_model::broker::DuplicateScope;
use polyfolio_model::{
    ClOrdId, ExecKind, ExecutionReport, InstrumentId, Money, NewOrder, Qty, Quote, RequestId, Span,
    Ts,
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

/// A venue with an account.
#[derive(Debug)]
pub struct Exchange {
    venue: SyntheticVenue,
    scope: DuplicateScope,
    deployment: u32,
    /// How many orders there have been of one client order id.
    copies: BTreeMap<ClOrdId, u32>,
    lists: Lists,
    /// How late the venue learns of its next fill.
    late: Span,
}

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
            late: Span::ZERO,
        })
    }

    /// When something happens next by itself.
    pub fn next_event(&self) -> Option<Ts> {
        self.venue.next_event()
    }

    /// Lets time pass. Fills on the way are learned of `late`.
    pub fn advance(&mut self, to: Ts, late: Span) -> Vec<Heard> {
        self.late = late;
        let events = self.venue.advance(to);
        self.take(events)
    }

    /// An order arrives.
    pub fn submit(&mut self, order: NewOrder, now: Ts, late: Span) -> Vec<Heard> {
        self.late = late;
        let id = order.cl_ord_id;
        let there = self.copies.get(&id).copied().unwrap_or_default();
        let last = self.inside(id, there.max(1));
        let is_refused = match self.scope {
            DuplicateScope::Forever => there > 0,
            DuplicateScope::WhileOpen => self.venue.book().order(last).is_some_and(|o| o.is_open()),
            DuplicateScope::Never => false,
        };
        // The venue refuses what it has; so a refused repeat goes in under the name it has.
        let copy = if is_refused { there } else { there + 1 };
        self.copies.insert(id, copy);
        let cl_ord_id = self.inside(id, copy);
        let events = self
            .venue
            .apply(VenueCommand::New(NewOrder { cl_ord_id, ..order }), now);
        self.take(events)
    }

    /// A cancel arrives.
    pub fn cancel(&mut self, id: ClOrdId, request: RequestId, now: Ts) -> Vec<Heard> {
        let events = self
            .venue
            .apply(VenueCommand::Cancel(self.last(id), request), now);
        self.take(events)
    }

    /// A question about an order arrives.
    pub fn query(&mut self, id: ClOrdId, now: Ts) -> Vec<Heard> {
        let events = self.venue.apply(VenueCommand::Query(self.last(id)), now);
        self.take(events)
    }

    /// What the lists say.
    pub fn lists(&self) -> &Lists {
        &self.lists
    }

    /// What is true of the account now.
    pub fn positions(&self) -> &BTreeMap<InstrumentId, Qty> {
        &self.venue.book().account.positions
    }

    /// What is true of the account now.
    pub fn cash(&self) -> Money {
        self.venue.book().account.cash
    }

    /// How many orders there are of each client order id, refused ones not counted.
    pub fn accepted_copies(&self) -> impl Iterator<Item = (ClOrdId, usize)> + '_ {
        self.copies.iter().map(|(id, copies)| {
            let accepted = (1..=*copies)
                .filter(|copy| {
                    let record = self.venue.book().order(self.inside(*id, *copy));
                    record.is_some_and(|record| record.number > 0)
                })
                .count();
            (*id, accepted)
        })
    }

    /// What the venue's orders of one client order id have filled and may still fill.
    pub fn exposure(&self, id: ClOrdId) -> Option<Qty> {
        let copies = self.copies.get(&id)?;
        let records =
            (1..=*copies).filter_map(|copy| self.venue.book().order(self.inside(id, copy)));
        Some(records.map(|r| r.cum_qty + r.leaves_qty()).sum())
    }

    /// Every client order id that has arrived.
    pub fn ids(&self) -> impl Iterator<Item = ClOrdId> + '_ {
        self.copies.keys().copied()
    }

    fn last(&self, id: ClOrdId) -> ClOrdId {
        self.inside(id, self.copies.get(&id).copied().unwrap_or(1))
    }

    /// The name of a copy within the synthetic venue, which knows no repeats.
    fn inside(&self, id: ClOrdId, copy: u32) -> ClOrdId {
        let deployment = id.deployment.wrapping_add(copy.saturating_sub(1));
        ClOrdId { deployment, ..id }
    }

    fn take(&mut self, events: Vec<VenueEvent>) -> Vec<Heard> {
        let mut heard = Vec::new();
        for event in events {
            match event {
                VenueEvent::Tape(event) => self.write_down(&event),
                VenueEvent::Quote { instrument, quote } => {
                    heard.push(Heard::Quote(instrument, quote))
                }
                VenueEvent::Report(report) => heard.push(self.said(report)),
            }
        }
        heard
    }

    fn write_down(&mut self, event: &TapeEvent) {
        let late = match event.what {
            Happening::Traded { .. } => self.late,
            _ => Span::ZERO,
        };
        let deployment = self.deployment;
        self.lists
            .take(event, late, |id| ClOrdId { deployment, ..id });
    }

    /// A fill is said when the venue knows of it; a close says what the venue knows then.
    fn said(&self, mut report: ExecutionReport) -> Heard {
        let copy = report.cl_ord_id;
        report.cl_ord_id.deployment = self.deployment;
        let mut at = report.time;
        match &mut report.kind {
            ExecKind::Trade(fill) => at = self.lists.known_at(&fill.exec_id).unwrap_or(at),
            ExecKind::Canceled { cum_qty, .. } | ExecKind::Expired { cum_qty } => {
                *cum_qty = cum_qty.map(|cum| cum.min(self.lists.known_qty(copy, at)));
            }
            _ => {}
        }
        Heard::Report(at, report)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use polyfolio_model::{OrdStatus, OrdType, RejectReason, Side, TimeInForce};

    /// How many orders two submits of one id make where ids are unique in `scope`.
    fn check_scope(scope: DuplicateScope, expect: usize) {
        let mut scenario = Scenario::draw(1);
        scenario.character.capabilities.duplicates = scope;
        let now = Scenario::start();
        let mut exchange = Exchange::open(&scenario, now).unwrap();
        let order = far_away(&scenario);
        let id = order.cl_ord_id;
        exchange.submit(order.clone(), now, Span::ZERO);
        let heard = exchange.submit(order, now, Span::ZERO);
        let refused = heard.iter().any(|heard| {
            let Heard::Report(_, report) = heard else {
                return false;
            };
            assert_eq!(report.cl_ord_id, id, "whatever its name inside");
            let reason = RejectReason::DuplicateClOrdId;
            matches!(&report.kind, ExecKind::Rejected { reason: r, .. } if *r == reason)
        });
        let copies: Vec<_> = exchange.accepted_copies().collect();
        assert_eq!(copies, [(id, expect)], "{scope:?}");
        assert_eq!(refused, expect == 1, "{scope:?}");
    }

    /// An order that rests for ever.
    fn far_away(scenario: &Scenario) -> NewOrder {
        NewOrder {
            cl_ord_id: ClOrdId {
                deployment: scenario.deployment,
                run: 1,
                parent: 1,
                child: 1,
            },
            instrument: scenario.closes[0].0.clone(),
            side: Side::Buy,
            order_qty: Qty::from(5),
            ord_type: OrdType::Limit("0.01".parse().unwrap()),
            time_in_force: TimeInForce::Day,
        }
    }

    #[test]
    fn ids_are_unique_as_far_as_the_venue_says() {
        check_scope(DuplicateScope::Forever, 1);
        check_scope(DuplicateScope::WhileOpen, 1);
        check_scope(DuplicateScope::Never, 2);
    }

    #[test]
    fn an_order_can_be_between_two_lists() {
        let scenario = Scenario::draw(1);
        let now = Scenario::start();
        let mut exchange = Exchange::open(&scenario, now).unwrap();
        let order = far_away(&scenario);
        let id = order.cl_ord_id;
        exchange.submit(order, now, Span::ZERO);
        let later = now + Span::from_secs(1);
        exchange.cancel(id, RequestId(1), later);
        let listed = |open, done| {
            let as_of = AsOf {
                open,
                done,
                fills: now,
                account: now,
            };
            let orders = exchange.lists().snapshot(as_of).orders;
            orders.first().map(|order| order.status)
        };
        assert_eq!(listed(now, now), Some(OrdStatus::New));
        assert_eq!(listed(later, later), Some(OrdStatus::Canceled));
        assert_eq!(listed(later, now), None);
    }
}
