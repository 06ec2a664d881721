//! All that the gateway knows, behind one lock: the market, what outlives connections, and who is
//! connected.
//!
//! Synchronous: it is told the time, takes a client's message or lets the market live on, and
//! says what there is to say on the clients' lines. It knows no sockets and no clock. The
//! [`Ledger`] and the market are what a restart has to bring back; the sessions are what it loses.

mod account;
mod account_data;
mod bars;
mod cancel;
mod contracts;
#[cfg(test)]
mod conversation_tests;
mod faults;
mod holdings;
mod ledger;
mod lists;
mod order;
mod place;
mod quotes;
mod reports;
mod resume;
mod sessions;
mod terms;

use std::collections::BTreeMap;
use std::sync::Arc;

use polyfolio_matching::{SyntheticVenue, Venue, VenueCommand, VenueEvent};
use polyfolio_model::{InstrumentId, Price, Ts};
use tokio::sync::watch;

use super::GatewayError;
use super::config::GatewayConfig;
use super::ids::Answer;
use super::notices::Notice;
use super::record::{Line as Noted, RecordError, RecordFile};

use bars::BarRoom;
use faults::Faulty;
use holdings::Holdings;
use ledger::Ledger;
pub(super) use reports::exec_id;
pub use resume::Recovered;
use sessions::Session;
pub(crate) use sessions::SessionId;

/// The gateway's state.
#[derive(Debug)]
pub(crate) struct Desk {
    config: GatewayConfig,
    market: SyntheticVenue,
    ledger: Ledger,
    faults: Faulty,
    /// What a restart will read; none for a gateway that forgets.
    record: Option<RecordFile>,
    /// Why nothing can be written down any more, once it is so.
    broken: watch::Sender<Option<Arc<RecordError>>>,
    /// Nothing happens any more.
    is_over: bool,
    sessions: BTreeMap<SessionId, Session>,
    /// When account values are told again, if anybody wants them.
    summaries_due: Ts,
    /// What is known of the past, and when bars are told again.
    bars: BarRoom,
    /// How many connections there ever were.
    connections: u64,
    /// How many quotes were ever told, each to one who asked for it.
    pub(crate) quotes_told: u64,
}

impl Desk {
    /// A gateway whose account opens and whose market begins at `now`.
    pub(crate) fn new(config: GatewayConfig, now: Ts) -> Result<Self, GatewayError> {
        config.check()?;
        let mut desk = Self::unopened(config)?;
        desk.begin(now)?;
        Ok(desk)
    }

    fn unopened(config: GatewayConfig) -> Result<Self, GatewayError> {
        let market = SyntheticVenue::new(config.venue())?;
        let ledger = Ledger::new(Holdings::opening(&config.positions, &config.starts()));
        Ok(Self {
            config,
            market,
            ledger,
            faults: Faulty::none(),
            record: None,
            broken: watch::Sender::new(None),
            is_over: false,
            sessions: BTreeMap::new(),
            summaries_due: Ts::MAX,
            bars: BarRoom::empty(),
            connections: 0,
            quotes_told: 0,
        })
    }

    /// Opens the account and begins the market, as far as that was not done.
    fn begin(&mut self, now: Ts) -> Result<(), GatewayError> {
        let positions: Vec<_> = self.config.positions.clone().into_iter().collect();
        let opened = self.market.open_account(self.config.cash, positions, now);
        self.happened(opened);
        let date = self.market.book().market_date().unwrap_or(now.date());
        let starts: Vec<(InstrumentId, Price)> = self.config.starts();
        let begun = self.market.set_market(date, now, &starts)?;
        self.happened(begun);
        let adopted = self.market.adopt_parameters();
        self.happened(adopted);
        Ok(())
    }

    /// Why nothing can be written down any more.
    pub(crate) fn failure(&self) -> Option<Arc<RecordError>> {
        self.broken.borrow().clone()
    }

    /// Told when nothing can be written down any more.
    pub(crate) fn failures(&self) -> watch::Receiver<Option<Arc<RecordError>>> {
        self.broken.subscribe()
    }

    /// Writes something down before anything is said that follows from it. A gateway that cannot
    /// says nothing more to anybody.
    fn note(&mut self, line: &Noted) {
        let Some(record) = self.record.as_mut() else {
            return;
        };
        if let Err(fault) = record.append(line) {
            self.end();
            self.broken.send_replace(Some(Arc::new(fault)));
        }
    }

    /// The end, as by a kill: every connection drops, nothing happens any more, and the record is
    /// another's to open.
    pub(crate) fn end(&mut self) {
        self.is_over = true;
        self.record = None;
        let all: Vec<SessionId> = self.sessions.keys().copied().collect();
        all.into_iter().for_each(|id| self.part(id));
    }

    /// The newest version that is spoken.
    pub(crate) fn version_max(&self) -> i32 {
        self.config.version_max
    }

    /// When something happens next if nobody says anything.
    pub(crate) fn next_event(&self) -> Option<Ts> {
        if self.is_over {
            return None;
        }
        let due = self.summaries_due.min(self.bars.due);
        let due = Some(due).filter(|due| *due < Ts::MAX);
        let events = [self.market.next_event(), due, self.next_fault()];
        events.into_iter().flatten().min()
    }

    /// Lets the market live to `to`, or through the first `moments_max` moments at which something
    /// happens.
    pub(crate) fn advance_some(&mut self, to: Ts, moments_max: usize) {
        for _ in 0..moments_max {
            let Some(next) = self.next_event().filter(|next| *next <= to) else {
                return self.advance(to);
            };
            self.advance(next);
        }
    }

    fn advance(&mut self, to: Ts) {
        if self.is_over {
            return;
        }
        while let Some(due) = self.next_fault().filter(|due| *due <= to) {
            self.live(due);
            self.fall_due(due);
        }
        self.live(to);
    }

    fn live(&mut self, to: Ts) {
        self.ledger.forget(to);
        let events = self.market.advance(to);
        self.happened(events);
        if self.summaries_due <= to {
            self.tell_summaries(to);
        }
        if self.bars.due <= to {
            self.tell_bars(to);
        }
    }

    /// Hands a command to the market; what comes of it at once is heard at once.
    fn command(&mut self, command: VenueCommand, now: Ts) {
        let events = self.market.apply(command, now);
        self.happened(events);
    }

    fn happened(&mut self, events: Vec<VenueEvent>) {
        for event in events {
            match event {
                VenueEvent::Report(report) => self.reported(&report),
                VenueEvent::Quote { instrument, quote } => self.quoted(&instrument, &quote),
                VenueEvent::Tape(event) => self.note(&Noted::Venue { event }),
            }
        }
    }

    /// Says something on one connection.
    fn say<A: Answer>(&mut self, id: SessionId, answer: &A) {
        if self.is_silent() {
            return;
        }
        if let Some(session) = self.sessions.get_mut(&id) {
            session.line.say(answer);
        }
    }

    /// Tells a client something of its orders, if it is connected and the gateway hears of them.
    fn tell<A: Answer>(&mut self, client_id: i32, answer: &A) {
        if let Some(id) = self.connected(client_id).filter(|_| !self.is_cut_off()) {
            self.say(id, answer);
        }
    }

    /// Notices something about a request or an order on one connection.
    fn notice(&mut self, id: SessionId, about: i32, notice: &Notice, now: Ts) {
        self.say(id, &notice.about(about, now));
    }
}
