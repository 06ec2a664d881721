//! The router's messages, and what may be asked of it from another thread.

use actix::prelude::*;
use polyfolio_model::Ts;
use polyfolio_model::broker::Report;
use polyfolio_oms::records::Record;
use polyfolio_oms::{Book, Input};

use super::OrderRouter;
use crate::mail::Mail;
use crate::messages::{BrokerSaid, NoteNav, QuotesChanged, RouterCommand, Said, TargetsScaled};

impl Handler<Mail<TargetsScaled>> for OrderRouter {
    type Result = ();
    fn handle(&mut self, mail: Mail<TargetsScaled>, ctx: &mut Self::Context) {
        self.push(Input::Plan(mail.body.0), Some(mail.id), ctx);
    }
}

impl Handler<Mail<NoteNav>> for OrderRouter {
    type Result = ();
    fn handle(&mut self, mail: Mail<NoteNav>, ctx: &mut Self::Context) {
        self.push(
            Input::Note(Box::new(Record::Nav(mail.body.0))),
            Some(mail.id),
            ctx,
        );
    }
}

/// A person's command from outside the lines: from another thread of this process.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Decide(pub RouterCommand);

impl Handler<Decide> for OrderRouter {
    type Result = ();
    fn handle(&mut self, decide: Decide, ctx: &mut Self::Context) {
        self.command(decide.0, None, ctx);
    }
}

impl Handler<Mail<RouterCommand>> for OrderRouter {
    type Result = ();
    fn handle(&mut self, mail: Mail<RouterCommand>, ctx: &mut Self::Context) {
        self.command(mail.body, Some(mail.id), ctx);
    }
}

impl OrderRouter {
    fn command(&mut self, command: RouterCommand, cause: Option<u64>, ctx: &mut Context<Self>) {
        let input = match command {
            RouterCommand::Abandon(reason) => Input::Abandon(reason),
            RouterCommand::CancelAll(reason) => Input::CancelAll(reason),
            RouterCommand::Reconcile => Input::Reconcile,
            RouterCommand::Adopt(reason) => Input::Adopt(reason),
            RouterCommand::AdoptMark(reason) => Input::AdoptMark(reason),
            RouterCommand::Resolve(id, reason) => Input::Resolve(id, reason),
            RouterCommand::SetTrading(state, reason) => Input::SetTrading(state, reason),
            RouterCommand::Resubscribe => return self.subscribe(),
            RouterCommand::Stop(policy) => Input::Stop(policy),
        };
        self.push(input, cause, ctx);
    }
}

impl Handler<Mail<QuotesChanged>> for OrderRouter {
    type Result = ();
    fn handle(&mut self, mail: Mail<QuotesChanged>, ctx: &mut Self::Context) {
        for update in mail.body.0 {
            self.quotes.insert(update.instrument, update.quote);
        }
        self.knock(Some(mail.id), ctx);
    }
}

impl Handler<Mail<BrokerSaid>> for OrderRouter {
    type Result = ();
    fn handle(&mut self, mail: Mail<BrokerSaid>, ctx: &mut Self::Context) {
        let newest = self.board.is_newest_connector(mail.body.generation);
        for said in mail.body.said {
            let input = match said {
                // Facts are facts whoever heard them: money has moved. The state of a former link
                // is not, nor an answer to what was asked over it: a new router counts its
                // questions from the beginning.
                Said::Report(Report::Link(_) | Report::Snapshot(..)) if !newest => continue,
                Said::Report(report) => Input::Report(report),
                Said::NotSent(id, why) => Input::NotSent(id, why),
            };
            self.inbox.push(input);
        }
        self.knock(Some(mail.id), ctx);
    }
}

/// Ask for the book as it is; the answer goes to a channel, so that any thread may ask.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct ObserveBook {
    /// Where it goes, with the time at which it was true.
    pub answer: std::sync::mpsc::Sender<(Box<Book>, Ts)>,
    /// Only what the journal holds: the answer waits until nothing is decided and not yet durable.
    pub durable: bool,
}

impl Handler<ObserveBook> for OrderRouter {
    type Result = ();
    fn handle(&mut self, ask: ObserveBook, _: &mut Self::Context) {
        if ask.durable && self.is_ahead() {
            self.asking.push(ask);
        } else {
            self.show(&ask);
        }
    }
}

impl OrderRouter {
    /// Whether the book holds what the journal does not: for ever, once the journal has failed.
    fn is_ahead(&self) -> bool {
        self.writing || self.failed || !self.lazy.is_empty()
    }

    /// Answers those who wait for a book that is durable. Nothing is decided while the journal
    /// writes, so that it is when a write is done.
    pub(super) fn show_durable(&mut self) {
        for ask in std::mem::take(&mut self.asking) {
            self.show(&ask);
        }
    }

    fn show(&self, ask: &ObserveBook) {
        let book = Box::new(self.core.book().clone());
        // Whoever asked may have gone.
        let _ = ask.answer.send((book, self.clock.now()));
    }
}
