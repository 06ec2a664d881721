//! The connection's own thread: it dials, serves what comes, and dials again, for ever.
//!
//! Waits on the network are waits on the machine and use its time, whatever pace a run has.

mod answers;
mod bars;
mod commands;
mod dial;
mod hear;
mod questions;
mod quotes;
mod serve;

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use ibapi::Client;
use ibapi::prelude::{NoticeStream, Subscription};
use polyfolio_model::{ClOrdId, InstrumentId, Span, Ts};
use polyfolio_ports::{
    BarUpdate, BarsRequest, BarsWanted, Command, Link, QuoteUpdate, Report, Sink,
};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, timeout_at};

use crate::account::Shared;
use crate::backoff::Backoff;
use crate::blotter::{Blotter, Now};
use crate::config::millis;
use crate::ids::Ids;
use crate::link::{LinkEvent, LinkMachine, LinkOut};
use crate::notice::IbNotice;
use crate::pacing::Pacing;
use bars::{AnswerTo, BarsDesk};
use questions::Questions;
use quotes::Quotes;

/// What the wires ask of the connection.
pub(crate) enum Request {
    /// Reports go here from now on.
    Listen(u64, Sink<Report>),
    /// Nobody listens there any more.
    Leave(u64),
    /// A command.
    Command(u64, Command),
    /// Quotes of these go here from now on.
    Subscribe(Vec<InstrumentId>, Sink<QuoteUpdate>),
    /// Bars of the past.
    History(BarsRequest, AnswerTo),
    /// Bars of these go here from now on.
    SubscribeBars(Vec<BarsWanted>, Sink<BarUpdate>),
}

/// Why something ended.
#[derive(Debug)]
enum End {
    /// Nobody holds the account any more.
    Stop,
    /// There is no connection.
    Lost(String),
}

/// A connection that stands.
struct Session {
    client: Arc<Client>,
    notices: NoticeStream,
    updates: Subscription<ibapi::orders::OrderUpdate>,
}

/// The thread's state.
struct Worker {
    shared: Arc<Shared>,
    requests: UnboundedReceiver<Request>,
    /// The origin of the machine's time.
    origin: Instant,
    ids: Ids,
    blotter: Blotter,
    link: LinkMachine,
    pacing: Pacing,
    backoff: Backoff,
    /// Commands that wait to leave.
    queue: VecDeque<Command>,
    /// Orders that have an id and of which no byte has left.
    unsent: BTreeSet<ClOrdId>,
    questions: Questions,
    quotes: Quotes,
    bars: BarsDesk,
    /// What was heard of orders before the listener's session has begun: it is told then.
    early: Vec<Report>,
    /// Whether it has begun.
    has_begun: bool,
    /// What the session has to do next, as the state machine says.
    due: VecDeque<LinkOut>,
    /// The gateway's clock less ours.
    clock_offset: Span,
    is_offset_told: bool,
}

/// Lives until nobody holds the account any more.
pub(crate) async fn run(shared: Arc<Shared>, ids: Ids, requests: UnboundedReceiver<Request>) {
    let config = &shared.config;
    let (first, max) = (
        millis(config.backoff_first_ms),
        millis(config.backoff_max_ms),
    );
    let alarm_every = Span::from_secs(i64::from(config.alarm_every_s));
    let mut worker = Worker {
        origin: Instant::now(),
        ids,
        blotter: Blotter::default(),
        link: LinkMachine::new(shared.clock.now(), alarm_every),
        pacing: Pacing::new(config.messages_per_second, config.cancels_reserve),
        backoff: Backoff::new(first, max, config.seed),
        queue: VecDeque::new(),
        unsent: BTreeSet::new(),
        questions: Questions::default(),
        quotes: Quotes::default(),
        bars: BarsDesk::default(),
        early: Vec::new(),
        has_begun: false,
        due: VecDeque::new(),
        clock_offset: Span::ZERO,
        is_offset_told: false,
        shared,
        requests,
    };
    worker.live().await;
}

impl Worker {
    async fn live(&mut self) {
        // Until somebody wants something, nobody is dialled.
        match self.requests.recv().await {
            Some(request) => self.take(request),
            None => return,
        }
        loop {
            let ended = match self.dial().await {
                Ok(session) => self.serve(session).await,
                Err(end) => end,
            };
            match ended {
                End::Stop => return,
                End::Lost(reason) => self.lost(reason),
            }
            let wait = self.backoff.next();
            if !self.pass(wait).await {
                return;
            }
        }
    }

    /// The connection is gone, and everything that depended on it.
    fn lost(&mut self, reason: String) {
        self.on_link(LinkEvent::Lost(reason.clone()));
        self.due.clear();
        self.blotter.session_over();
        self.give_back(&reason);
        self.questions_failed(&reason);
        self.questions_over();
    }

    /// Lets time pass without a connection; false when nobody holds the account any more.
    async fn pass(&mut self, wait: Span) -> bool {
        let until = Instant::now() + wait.to_std();
        loop {
            let failure = self.bars.next_failure().map(|at| self.instant(at));
            let times = [self.alarm_due(), failure];
            let next = times.into_iter().flatten().fold(until, Instant::min);
            match timeout_at(next, self.requests.recv()).await {
                Ok(Some(request)) => self.take(request),
                Ok(None) => return false,
                Err(_) => {
                    self.on_link(LinkEvent::Tick);
                    self.fail_old_history();
                }
            }
            if Instant::now() >= until {
                return true;
            }
        }
    }

    /// Takes a request while there is no session to serve it at once.
    fn take(&mut self, request: Request) {
        match request {
            Request::Listen(life, reports) => self.listen(life, reports),
            Request::Leave(life) => {
                let mut listener = self.shared.listener();
                listener.take_if(|(have, _)| *have == life);
            }
            Request::Command(life, command) => {
                let listening = self.shared.listener().as_ref().map(|(have, _)| *have);
                match listening == Some(life) {
                    true => self.queue_up(command),
                    // Its wire is gone, and the next one asks for what it wants.
                    false => self.shared.taken(),
                }
            }
            Request::Subscribe(instruments, sink) => self.quotes.wanted(instruments, sink),
            Request::History(request, answer) => self.history_wanted(request, answer),
            Request::SubscribeBars(wanted, sink) => self.bars.wanted(wanted, &sink),
        }
    }

    /// A new listener begins a new session of its own.
    fn listen(&mut self, life: u64, reports: Sink<Report>) {
        *self.shared.listener() = Some((life, reports));
        self.queue.drain(..).for_each(|_| self.shared.taken());
        self.questions.forget_asked();
        self.has_begun = false;
        match (self.link.is_up(), &self.link.state().down) {
            (true, _) => self.report(Report::Link(Link::Ready)),
            (false, Some((_, reason))) if *reason != NOT_YET => {
                let reason = reason.clone();
                self.report(Report::Link(Link::Down { reason }));
            }
            _ => {}
        }
    }

    /// Tells whoever listens. `Ready` is the first word of a session: what the gateway says of
    /// orders while the lists are still being read waits for it.
    fn report(&mut self, report: Report) {
        match &report {
            Report::Execution(_) if !self.has_begun => self.early.push(report),
            Report::Link(Link::Ready) => {
                self.has_begun = true;
                self.shared.report(report);
                for early in std::mem::take(&mut self.early) {
                    self.shared.report(early);
                }
            }
            _ => self.shared.report(report),
        }
    }

    fn tell(&self, notice: IbNotice) {
        self.shared.tell(notice);
    }

    /// The state machine hears something; what follows at once is done, the rest is due.
    fn on_link(&mut self, event: LinkEvent) {
        let now = self.shared.clock.now();
        let windows = &self.shared.config.maintenance;
        let is_maintenance = windows.iter().any(|window| window.contains(now));
        let out = self.link.on(event, now, is_maintenance);
        // The gate first: nobody may think that an order can leave when none can.
        self.shared.view().link = self.link.state().clone();
        for out in out {
            match out {
                LinkOut::Tell(notice) => self.tell(notice),
                LinkOut::Ready => {
                    self.backoff.reset();
                    // What came meanwhile may have been missed, whether or not a word was said.
                    self.bars.again();
                    self.report(Report::Link(Link::Ready));
                }
                LinkOut::Down(reason) => {
                    self.give_back(&reason);
                    self.questions_failed(&reason);
                    self.report(Report::Link(Link::Down { reason }));
                }
                LinkOut::QuotesGone => {
                    self.quotes.gone(now);
                    self.bars.interrupted();
                }
                LinkOut::BarsGone => self.bars.interrupted(),
                LinkOut::AskBars => self.bars.again(),
                later => self.due.push_back(later),
            }
        }
    }

    fn now(&self) -> Now {
        let host = self.origin.elapsed().as_nanos();
        Now {
            wall: self.shared.clock.now(),
            host: Ts::from_nanos(i64::try_from(host).unwrap_or(i64::MAX)),
        }
    }

    /// When a time of the machine comes.
    fn instant(&self, host: Ts) -> Instant {
        self.origin + host.since(Ts::from_nanos(0)).to_std()
    }

    /// When a person may have to be told again that there is no connection.
    fn alarm_due(&self) -> Option<Instant> {
        self.link.state().down.as_ref()?;
        let every = u64::from(self.shared.config.alarm_every_s);
        Some(Instant::now() + std::time::Duration::from_secs(every))
    }
}

/// Nothing was tried, so nothing failed.
const NOT_YET: &str = "not connected yet";
