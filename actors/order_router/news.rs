//! What has come true, to whom it concerns: the observer, the log, the conductor, the NAV tracker,
//! the market and the notifier.

use polyfolio_oms::events::{AccountMark, Event};

use super::OrderRouter;
use crate::mail::Station;
use crate::messages::{AccountMarked, BookMark, Noticed, RouterSaid, Subscribe};
use crate::notifier::kind_of;

impl OrderRouter {
    pub(super) fn publish(&mut self, event: Event) {
        (self.observer)(event.clone());
        match &event {
            Event::RunPlanned { label, .. } => {
                self.board.post.name_run(Some(label.clone()));
                self.subscribe();
            }
            Event::Recovered(found) if found.run.is_some() => {
                self.board.post.name_run(found.run.clone());
                self.subscribe();
            }
            Event::AccountMarked(account) => self.mark(account.clone()),
            _ => {}
        }
        let body = serde_json::to_value(&event).unwrap_or(serde_json::Value::Null);
        self.board
            .post
            .note(&Station::OrderRouter, "Event", body, self.cause);
        self.notice(&event);
        if concerns_the_conductor(&event) {
            self.unsaid.push_back(RouterSaid::Happened(Box::new(event)));
        }
    }

    /// What does not fit is dropped and counted: nothing waits for a notice.
    fn notice(&self, event: &Event) {
        let line = &self.board.noticed;
        let Some(kind) = kind_of(event).filter(|_| line.is_connected()) else {
            return;
        };
        let run = self.core.book().run();
        let noticed = Noticed {
            event: Box::new(event.clone()),
            run: run.map(|run| run.planned.label()),
        };
        let post = &self.board.post;
        let sent = post.send(&Station::OrderRouter, line, noticed, self.cause);
        if sent.is_err() {
            self.board.missed.add(kind, post.now());
        }
    }

    pub(super) fn subscribe(&self) {
        let instruments = self.core.book().active_instruments().into_iter().collect();
        let line = &self.board.subscribe;
        let _ = self.board.post.send(
            &Station::OrderRouter,
            line,
            Subscribe(instruments),
            self.cause,
        );
    }

    pub(super) fn mark(&self, account: AccountMark) {
        let book = self.core.book();
        let in_flight = book.in_flight();
        let mark = BookMark {
            account,
            ledger: book.ledger().clone(),
            working: in_flight.working,
            unknown: in_flight.unknown,
            trading: book.trading().0,
            tracks: book.tracks().clone(),
        };
        let line = &self.board.account_marked;
        let mark = AccountMarked(Box::new(mark));
        let _ = self
            .board
            .post
            .send(&Station::OrderRouter, line, mark, self.cause);
    }

    pub(super) fn say(&mut self) {
        while let Some(said) = self.unsaid.pop_front() {
            let line = &self.board.router_said;
            let sent = self
                .board
                .post
                .send(&Station::OrderRouter, line, said, self.cause);
            if let Err(undelivered) = sent {
                self.unsaid.push_front(undelivered.body);
                return;
            }
        }
    }
}

fn concerns_the_conductor(event: &Event) -> bool {
    !matches!(
        event,
        Event::OrderSubmitted { .. }
            | Event::CancelRequested { .. }
            | Event::OrderChanged { .. }
            | Event::Filled { .. }
            | Event::AccountMarked(_)
    )
}
