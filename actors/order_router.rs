//! The single writer of the journal: a thin actor over the router core.
//!
//! In: `TargetsScaled`, `RouterCommand`, `NoteNav`, `QuotesChanged`, `BrokerSaid`. Out:
//! `SendToBroker`, `Subscribe`, `AccountMarked`, `RouterSaid`.
//! Mailbox: 65,536. Everything that waits is taken into one round of the core, and one round is
//! one write of the journal; quotes that wait are conflated. While the journal writes, inputs
//! wait, and no effect that stands behind the write is performed.
//! A full or closed connector is a definite "not sent". A journal that fails stops everything:
//! nothing is sent from there on.
//! It decides nothing: the core does.

use std::collections::VecDeque;
use std::sync::Arc;

use actix::prelude::*;
use indexmap::IndexMap;
use polyfolio_model::broker::{Command, Report};
use polyfolio_model::{InstrumentId, Quote, Ts};
use polyfolio_oms::events::Event;
use polyfolio_oms::records::{DecodeError, Record, VERSION};
use polyfolio_oms::{Book, Effect, Input, Router, RouterConfig};
use polyfolio_ports::{Blob, Clock, Journal, JournalError, Sink};

use crate::mail::{Mail, Station};
use crate::messages::{
    AccountMarked, BookMark, BrokerSaid, NoteNav, QuotesChanged, RouterCommand, RouterSaid, Said,
    SendToBroker, Subscribe, TargetsScaled,
};
use crate::switchboard::Switchboard;

/// A journal that cannot be folded.
#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    /// The store cannot give the records.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A record is not one of ours.
    #[error("record {seq}: {source}")]
    Record {
        /// Its place.
        seq: u64,
        /// Why.
        source: DecodeError,
    },
}

/// How many messages may wait.
pub const MAILBOX: usize = 65_536;

/// The actor.
pub struct OrderRouter {
    core: Router,
    journal: Arc<dyn Journal>,
    clock: Arc<dyn Clock>,
    board: Arc<Switchboard>,
    observer: Sink<Event>,
    inbox: Vec<Input>,
    quotes: IndexMap<InstrumentId, Quote>,
    /// Decided, and not yet given to the journal.
    lazy: Vec<Record>,
    unsaid: VecDeque<RouterSaid>,
    pumping: bool,
    writing: bool,
    failed: bool,
    timer: Option<(Ts, SpawnHandle)>,
    cause: Option<u64>,
}

impl std::fmt::Debug for OrderRouter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OrderRouter")
            .field("writing", &self.writing)
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}

/// Reads every record of a journal.
///
/// # Errors
/// What the store or a record says.
pub fn read_records(journal: &dyn Journal) -> Result<Vec<Record>, RecoverError> {
    let mut records = Vec::new();
    let mut fault = None;
    journal.replay(
        1,
        &mut |seq, blob| match Record::decode(&blob.kind, blob.version, &blob.bytes) {
            Ok(record) => records.push(record),
            Err(source) => {
                fault.get_or_insert(RecoverError::Record { seq, source });
            }
        },
    )?;
    fault.map_or(Ok(records), Err)
}

impl OrderRouter {
    /// The router of what the journal holds.
    ///
    /// # Errors
    /// What the store or a record says.
    pub fn recover(
        journal: Arc<dyn Journal>,
        config: RouterConfig,
        clock: Arc<dyn Clock>,
        board: Arc<Switchboard>,
        observer: Sink<Event>,
    ) -> Result<Self, RecoverError> {
        let records = read_records(&*journal)?;
        let core = Router::recover(config, journal.deployment(), records);
        Ok(Self {
            core,
            journal,
            clock,
            board,
            observer,
            inbox: Vec::new(),
            quotes: IndexMap::new(),
            lazy: Vec::new(),
            unsaid: VecDeque::new(),
            pumping: false,
            writing: false,
            failed: false,
            timer: None,
            cause: None,
        })
    }

    fn push(&mut self, input: Input, cause: Option<u64>, ctx: &mut Context<Self>) {
        self.inbox.push(input);
        self.knock(cause, ctx);
    }

    /// Asks for a round behind everything that waits in the mailbox now.
    fn knock(&mut self, cause: Option<u64>, ctx: &mut Context<Self>) {
        self.cause = cause.or(self.cause);
        if !self.pumping && !self.writing && !self.failed {
            self.pumping = true;
            ctx.notify(Round);
        }
    }

    fn round(&mut self, ctx: &mut Context<Self>) {
        self.pumping = false;
        if self.writing || self.failed {
            return;
        }
        let mut inputs = std::mem::take(&mut self.inbox);
        inputs.extend(
            self.quotes
                .drain(..)
                .map(|(id, quote)| Input::Quote(id, quote)),
        );
        let effects = self.core.handle_all(inputs, self.clock.now());
        self.perform(effects.into(), ctx);
    }

    /// Performs effects in their order; what stands behind a write waits for it.
    fn perform(&mut self, mut effects: VecDeque<Effect>, ctx: &mut Context<Self>) {
        while let Some(effect) = effects.pop_front() {
            match effect {
                Effect::AppendLazy(records) => self.lazy.extend(records),
                Effect::Append(records) => {
                    self.lazy.extend(records);
                    if !self.lazy.is_empty() {
                        self.write(effects, ctx);
                        return;
                    }
                }
                Effect::Submit(approved) => self.submit(Command::New(approved.into_inner())),
                Effect::Cancel(id, request) => self.ask(Command::Cancel(id, request)),
                Effect::Query(id) => self.ask(Command::Query(id)),
                Effect::Snapshot(id) => self.ask(Command::Snapshot(id)),
                Effect::WakeAt(at) => self.wake_at(at, ctx),
                Effect::Publish(event) => self.publish(event),
            }
        }
        self.say();
        if !self.inbox.is_empty() {
            self.knock(None, ctx);
        }
    }

    fn write(&mut self, rest: VecDeque<Effect>, ctx: &mut Context<Self>) {
        let blobs: Result<Vec<Blob>, _> = self.lazy.drain(..).map(|r| blob_of(&r)).collect();
        let blobs = match blobs {
            Ok(blobs) => blobs,
            Err(error) => return self.fail(error.to_string()),
        };
        self.writing = true;
        let written = self.journal.append(blobs).into_actor(self);
        ctx.spawn(written.map(move |written, router, ctx| {
            router.writing = false;
            match written {
                Ok(_) => {
                    router.perform(rest, ctx);
                    if !router.inbox.is_empty() || !router.quotes.is_empty() {
                        router.knock(None, ctx);
                    }
                }
                Err(error) => router.fail(error.to_string()),
            }
        }));
    }

    /// Fail-stop: what is not durable is not sent.
    fn fail(&mut self, error: String) {
        self.failed = true;
        self.unsaid.push_back(RouterSaid::JournalFailed(error));
        self.say();
    }

    fn submit(&mut self, command: Command) {
        let id = match &command {
            Command::New(order) => order.cl_ord_id,
            _ => return,
        };
        if let Err(why) = self.try_send(command) {
            self.inbox.push(Input::NotSent(id, why));
        }
    }

    /// A question or a cancel: when it does not get through it is asked again.
    fn ask(&mut self, command: Command) {
        let _ = self.try_send(command);
    }

    fn try_send(&mut self, command: Command) -> Result<(), &'static str> {
        let line = &self.board.send_to_broker;
        let sent = self.board.post.send(
            &Station::OrderRouter,
            line,
            SendToBroker(command),
            self.cause,
        );
        sent.map(drop).map_err(|undelivered| match undelivered.why {
            "full" => "the connector's mailbox is full",
            _ => "no connector",
        })
    }

    fn wake_at(&mut self, at: Ts, ctx: &mut Context<Self>) {
        if let Some((set, handle)) = self.timer.take() {
            if set == at {
                self.timer = Some((set, handle));
                return;
            }
            ctx.cancel_future(handle);
        }
        let sleep = self.clock.sleep_until(at).into_actor(self);
        let handle = ctx.spawn(sleep.map(|(), router, ctx| {
            router.timer = None;
            router.cause = None;
            router.push(Input::Wake, None, ctx);
        }));
        self.timer = Some((at, handle));
    }

    fn publish(&mut self, event: Event) {
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
        if concerns_the_conductor(&event) {
            self.unsaid.push_back(RouterSaid::Happened(Box::new(event)));
        }
    }

    fn subscribe(&self) {
        let instruments = self.core.book().active_instruments().into_iter().collect();
        let line = &self.board.subscribe;
        let _ = self.board.post.send(
            &Station::OrderRouter,
            line,
            Subscribe(instruments),
            self.cause,
        );
    }

    fn mark(&self, account: polyfolio_oms::events::AccountMark) {
        let book = self.core.book();
        let in_flight = book.in_flight();
        let mark = BookMark {
            account,
            ledger: book.ledger().clone(),
            working: in_flight.working,
            unknown: in_flight.unknown,
            trading: book.trading().0,
        };
        let line = &self.board.account_marked;
        let mark = AccountMarked(Box::new(mark));
        let _ = self
            .board
            .post
            .send(&Station::OrderRouter, line, mark, self.cause);
    }

    fn say(&mut self) {
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

fn blob_of(record: &Record) -> Result<Blob, serde_json::Error> {
    let kind = record.kind().to_owned();
    Ok(Blob {
        kind,
        version: VERSION,
        bytes: record.encode()?,
    })
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

impl Actor for OrderRouter {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.knock(None, ctx);
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        self.board.report_stopped(&Station::OrderRouter);
    }
}

/// Take everything that waits, and decide.
#[derive(Message)]
#[rtype(result = "()")]
struct Round;

impl Handler<Round> for OrderRouter {
    type Result = ();
    fn handle(&mut self, _: Round, ctx: &mut Self::Context) {
        self.round(ctx);
    }
}

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
}

impl Handler<ObserveBook> for OrderRouter {
    type Result = ();
    fn handle(&mut self, ask: ObserveBook, _: &mut Self::Context) {
        // Whoever asked may have gone.
        let _ = ask
            .answer
            .send((Box::new(self.core.book().clone()), self.clock.now()));
    }
}
