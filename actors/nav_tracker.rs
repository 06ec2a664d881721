//! What the account and its sleeves are worth, at the closes that decide.
//!
//! In: `ClosesPublished`, `AccountMarked`. Out: `NavMarked` to the scaler and the conductor,
//! `NoteNav` to the order router when a run closes.
//! Mailbox: 1,024. A mark that does not fit is lost, and the next one says the same.
//! A NAV that the broker did not say, or that is not above zero, is an error and never 0.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix::prelude::*;
use polyfolio_model::{InstrumentId, Money, Price};
use polyfolio_oms::records::Nav;
use polyfolio_portfolio::nav::value_of;
use polyfolio_ports::Closes;

use crate::mail::{Mail, Station};
use crate::messages::{AccountMarked, BookMark, ClosesPublished, NavMarked, NoteNav};
use crate::switchboard::Switchboard;

/// How many messages may wait.
pub const MAILBOX: usize = 1_024;

/// The actor.
#[derive(Debug)]
pub struct NavTracker {
    board: Arc<Switchboard>,
    closes: Option<Result<Closes, String>>,
    book: Option<Box<BookMark>>,
}

impl NavTracker {
    /// A tracker that has seen nothing.
    pub fn new(board: Arc<Switchboard>) -> Self {
        Self {
            board,
            closes: None,
            book: None,
        }
    }

    /// Says what is known once both halves of it are.
    fn mark(&mut self, cause: u64) {
        let (Some(closes), Some(book)) = (&self.closes, &self.book) else {
            return;
        };
        let nav = closes.clone().and_then(|closes| self.nav(&closes, book));
        let from = Station::NavTracker;
        let post = &self.board.post;
        if let (Ok(nav), Some(_)) = (&nav, book.account.closes_run) {
            let _ = post.send(
                &from,
                &self.board.note_nav,
                NoteNav(nav.clone()),
                Some(cause),
            );
        }
        for line in [&self.board.nav_to_scaler, &self.board.nav_to_conductor] {
            let marked = NavMarked {
                nav: nav.clone(),
                book: book.clone(),
            };
            let _ = post.send(&from, line, marked, Some(cause));
        }
    }

    fn nav(&self, closes: &Closes, book: &BookMark) -> Result<Nav, String> {
        let said = book
            .account
            .nav
            .ok_or("the broker did not say what the account is worth")?;
        if said <= Money::ZERO {
            return Err(format!(
                "the broker says the account is worth {said}: nothing can be sized"
            ));
        }
        let cash = book
            .account
            .cash
            .ok_or("the broker did not say how much cash there is")?;
        let prices: BTreeMap<&InstrumentId, Price> = closes
            .prices
            .iter()
            .map(|(id, (_, price))| (id, *price))
            .collect();
        let price = |id: &InstrumentId| prices.get(id).copied();
        let held = book
            .account
            .positions
            .iter()
            .map(|(id, quantity)| (id, *quantity));
        // What has no close in the history is worth what the broker says.
        let account = value_of(held, price).map_or(said, |value| cash + value);
        if account <= Money::ZERO {
            return Err(format!(
                "the account is worth {account}: nothing can be sized"
            ));
        }
        let mut sleeves = BTreeMap::new();
        for (sleeve, own) in book.ledger.accounts() {
            if let Ok(nav) = own.nav(price) {
                sleeves.insert(sleeve.clone(), nav);
            }
        }
        let run = book.account.closes_run;
        Ok(Nav {
            date: closes.date,
            time: self.board.post.now(),
            account,
            cash,
            sleeves,
            run,
        })
    }
}

impl Actor for NavTracker {
    type Context = Context<Self>;

    fn stopped(&mut self, _: &mut Self::Context) {
        self.board.report_stopped(&Station::NavTracker);
    }
}

impl Handler<Mail<ClosesPublished>> for NavTracker {
    type Result = ();
    fn handle(&mut self, mail: Mail<ClosesPublished>, _: &mut Self::Context) {
        self.closes = Some(mail.body.0);
        self.mark(mail.id);
    }
}

impl Handler<Mail<AccountMarked>> for NavTracker {
    type Result = ();
    fn handle(&mut self, mail: Mail<AccountMarked>, _: &mut Self::Context) {
        self.book = Some(mail.body.0);
        self.mark(mail.id);
    }
}
