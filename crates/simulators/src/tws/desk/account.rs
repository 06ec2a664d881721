//! The account: its values and its positions.

use polyfolio_model::convert::price_f64;
use polyfolio_model::{Money, Span, Ts};

use super::{Desk, SessionId};
use crate::tws::faults::List;
use crate::tws::messages::{
    AccountSummary, AccountSummaryEnd, AccountSummaryRequest, CancelAccountSummary, Position,
    PositionEnd,
};
use crate::tws::notices::NO_REQUEST;

/// How long a value that changed waits until it is told again; the gateway's three minutes.
pub(super) const SUMMARY_INTERVAL: Span = Span::from_secs(180);

/// The values that a client wants to know, and what it was told of each.
#[derive(Debug)]
pub(super) struct Summary {
    told: Vec<(String, Option<Money>)>,
}

impl Desk {
    /// The values of the tags that are asked for and known, and from then on those that change. A
    /// value that cannot be told, because something held has no price, is not told: it is never
    /// zero instead.
    pub(super) fn account_summary(
        &mut self,
        id: SessionId,
        request: &AccountSummaryRequest,
        now: Ts,
    ) {
        let Some(req_id) = request.req_id else {
            return;
        };
        let tags = request.tags.clone().unwrap_or_default();
        let tags = tags.split(',').map(|tag| tag.trim().to_owned());
        let told = tags.map(|tag| (tag, None)).collect();
        if let Some(session) = self.sessions.get_mut(&id) {
            session.summaries.insert(req_id, Summary { told });
        }
        let telling = self.telling(List::AccountSummary);
        self.tell_changes(id, req_id, telling.most());
        let end = AccountSummaryEnd {
            req_id: Some(req_id),
        };
        self.ends(id, telling, req_id, &end, now);
        self.summaries_due = self.summaries_due.min(now + SUMMARY_INTERVAL);
    }

    pub(super) fn cancel_summary(&mut self, id: SessionId, request: &CancelAccountSummary) {
        if let (Some(session), Some(req_id)) = (self.sessions.get_mut(&id), request.req_id) {
            session.summaries.remove(&req_id);
        }
    }

    /// Tells everybody the values that changed since they were told last.
    pub(super) fn tell_summaries(&mut self, now: Ts) {
        let sessions = self.sessions.iter();
        let wanted: Vec<(SessionId, i32)> = sessions
            .flat_map(|(id, session)| session.summaries.keys().map(|req_id| (*id, *req_id)))
            .collect();
        let watching = self.watching_account();
        self.summaries_due = match wanted.is_empty() && watching.is_empty() {
            true => Ts::MAX,
            false => now + SUMMARY_INTERVAL,
        };
        for (id, req_id) in wanted {
            self.tell_changes(id, req_id, usize::MAX);
        }
        for id in watching {
            self.tell_account(id, usize::MAX, now);
        }
    }

    /// Tells values that changed, of the first so many.
    fn tell_changes(&mut self, id: SessionId, req_id: i32, most: usize) {
        let session = self.sessions.get_mut(&id);
        let Some(mut summary) = session.and_then(|s| s.summaries.remove(&req_id)) else {
            return;
        };
        for (tag, told) in summary.told.iter_mut().take(most) {
            let value = self.value(tag);
            if value.is_none() || value == *told {
                continue;
            }
            *told = value;
            let answer = AccountSummary {
                req_id: Some(req_id),
                account: Some(self.config.account.clone()),
                tag: Some(tag.clone()),
                value: value.map(|value| value.to_string()),
                currency: Some(self.config.currency.to_string()),
            };
            self.say(id, &answer);
        }
        if let Some(session) = self.sessions.get_mut(&id) {
            session.summaries.insert(req_id, summary);
        }
    }

    /// Every position, and from then on those that change.
    pub(super) fn positions(&mut self, id: SessionId, now: Ts) {
        let held = self.ledger.holdings.iter();
        let stocks = &self.config.stocks;
        let place = |held| stocks.iter().position(|stock| stock.instrument() == held);
        let positions: Vec<Position> = held
            .filter_map(|(held, _)| self.position(place(held)?))
            .collect();
        let telling = self.telling(List::Positions);
        for position in positions.iter().take(telling.most()) {
            self.say(id, position);
        }
        self.ends(id, telling, NO_REQUEST, &PositionEnd {}, now);
        self.watch_positions(id, true);
    }

    pub(super) fn watch_positions(&mut self, id: SessionId, watches: bool) {
        if let Some(session) = self.sessions.get_mut(&id) {
            session.positions = watches;
        }
    }

    /// Tells a position to whoever watches them.
    pub(super) fn position_changed(&mut self, stock: usize) {
        if self.is_silent() || self.is_cut_off() {
            return;
        }
        self.portfolio_changed(stock);
        if let Some(position) = self.position(stock) {
            let watching = self
                .sessions
                .values_mut()
                .filter(|session| session.positions);
            watching.for_each(|session| session.line.say(&position));
        }
    }

    fn position(&self, stock: usize) -> Option<Position> {
        let held = self
            .ledger
            .holdings
            .of(self.config.stocks.get(stock)?.instrument());
        Some(Position {
            account: Some(self.config.account.clone()),
            contract: self.contract(stock),
            position: Some(held.quantity.to_string()),
            avg_cost: Some(price_f64(held.average)),
        })
    }

    pub(super) fn value(&self, tag: &str) -> Option<Money> {
        let cash = self.market.book().account.cash;
        match tag {
            "TotalCashValue" | "TotalCashBalance" | "SettledCash" => Some(cash),
            "NetLiquidation" => self.market.equity().ok(),
            "GrossPositionValue" => {
                let held = self.market.book().account.positions.iter();
                held.map(|(id, quantity)| Some(self.market.mid(id)? * quantity.abs()))
                    .sum()
            }
            _ => None,
        }
    }
}
