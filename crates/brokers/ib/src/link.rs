//! Where the connection stands, and what follows from whatever happens to it.
//!
//! Pure: events come in, words and orders to the session come out, and the time is an argument. An
//! order may leave in `Ready` and `Degraded` only. Each way back to them leads through
//! `Synchronising`, in which everything is asked again.
//!
//! The socket says little: it stands while the gateway has lost IB (1100), and while the gateway
//! has stopped answering.

use std::collections::BTreeSet;
use std::fmt;

use polyfolio_model::{Span, Ts};

use crate::codes::{self, Meaning};
use crate::notice::{IbNotice, Level};

/// Where a connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// On the way to the gateway.
    Connecting,
    /// Connected; orders, executions and contracts are being asked for.
    Synchronising,
    /// Orders may leave.
    Ready,
    /// Orders may leave; a data farm is gone.
    Degraded,
    /// Nothing may leave.
    Down,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Phase::Connecting => "connecting",
            Phase::Synchronising => "synchronising",
            Phase::Ready => "ready",
            Phase::Degraded => "degraded",
            Phase::Down => "down",
        })
    }
}

/// A connection as a person sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkState {
    /// Where it stands.
    pub phase: Phase,
    /// Since when.
    pub since: Ts,
    /// Since when no order could leave, and why; none while orders may.
    pub down: Option<(Ts, String)>,
}

/// Something that happens to a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LinkEvent {
    /// An attempt begins.
    Dialling,
    /// The gateway has let us in.
    Connected,
    /// Everything was asked and answered.
    Synchronised,
    /// The gateway says something that is about no order.
    Said(i32, String),
    /// The gateway did not answer.
    Mute(Span),
    /// There is no connection, and why.
    Lost(String),
    /// Time passes.
    Tick,
}

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LinkOut {
    /// Orders may leave: say so.
    Ready,
    /// No order may leave any more: say so.
    Down(String),
    /// Ask for everything.
    Synchronise,
    /// Ask for the quotes again.
    Resubscribe,
    /// Ask for the bars again.
    AskBars,
    /// No quote is one any more, and bars may be missed.
    QuotesGone,
    /// Bars may be missed.
    BarsGone,
    /// End the connection.
    HangUp,
    /// Tell a person.
    Tell(IbNotice),
}

/// The state machine.
#[derive(Clone, Debug)]
pub(crate) struct LinkMachine {
    state: LinkState,
    /// Whether the gateway has lost IB.
    severed: bool,
    /// Farms that are gone, by their names.
    broken: BTreeSet<String>,
    alarm_every: Span,
    alarmed_at: Option<Ts>,
    /// Why the last attempt failed: the same reason is told once.
    told: Option<String>,
}

impl LinkMachine {
    pub(crate) fn new(now: Ts, alarm_every: Span) -> Self {
        let reason = "not connected yet".to_owned();
        Self {
            state: LinkState {
                phase: Phase::Down,
                since: now,
                down: Some((now, reason)),
            },
            severed: false,
            broken: BTreeSet::new(),
            alarm_every,
            alarmed_at: None,
            told: None,
        }
    }

    pub(crate) fn state(&self) -> &LinkState {
        &self.state
    }

    /// Whether an order may leave.
    pub(crate) fn is_up(&self) -> bool {
        matches!(self.state.phase, Phase::Ready | Phase::Degraded)
    }

    /// What follows from an event. `is_maintenance` says whether an outage is expected now.
    pub(crate) fn on(&mut self, event: LinkEvent, now: Ts, is_maintenance: bool) -> Vec<LinkOut> {
        match event {
            LinkEvent::Dialling => {
                self.enter(Phase::Connecting, now);
                vec![]
            }
            LinkEvent::Connected => {
                self.severed = false;
                self.broken.clear();
                self.enter(Phase::Synchronising, now);
                vec![LinkOut::Synchronise]
            }
            LinkEvent::Synchronised => self.synchronised(now),
            LinkEvent::Said(code, text) => self.said(code, &text, now),
            LinkEvent::Mute(silence) => {
                let reason = format!("the gateway has not answered for {silence}");
                let mut out = vec![LinkOut::HangUp];
                out.extend(self.lost(reason, now, is_maintenance));
                out
            }
            LinkEvent::Lost(reason) => self.lost(reason, now, is_maintenance),
            LinkEvent::Tick => self.tick(now, is_maintenance).into_iter().collect(),
        }
    }

    fn enter(&mut self, phase: Phase, now: Ts) {
        if self.state.phase != phase {
            self.state.phase = phase;
            self.state.since = now;
        }
    }

    fn synchronised(&mut self, now: Ts) -> Vec<LinkOut> {
        // While it was being asked the gateway may have lost IB: then it is down, and the answers
        // are of the past.
        if self.state.phase != Phase::Synchronising {
            return vec![];
        }
        self.enter(self.up(), now);
        let mut out = vec![LinkOut::Ready];
        let alarmed = self.alarmed_at.take().is_some();
        if let Some((since, _)) = self
            .state
            .down
            .take()
            .filter(|_| alarmed || self.told.is_some())
        {
            let text = format!("connected to IB again after {}", now.since(since));
            out.push(tell(Level::Info, text));
        }
        self.told = None;
        out
    }

    fn up(&self) -> Phase {
        match self.broken.is_empty() {
            true => Phase::Ready,
            false => Phase::Degraded,
        }
    }

    fn said(&mut self, code: i32, text: &str, now: Ts) -> Vec<LinkOut> {
        let meaning = codes::find(code).map(|row| row.meaning);
        match meaning {
            Some(Meaning::Severed) => self.severed(code, text, now),
            Some(Meaning::Restored { quotes_lost }) => self.restored(quotes_lost, now),
            Some(Meaning::Missed) => {
                let mut out = self.go_down(format!("{text}; asking for everything again"), now);
                out.extend(self.resync(now));
                out
            }
            Some(Meaning::FarmBroken) => self.farm_broken(code, text, now),
            Some(Meaning::FarmOk) => self.farm_ok(code, text, now),
            Some(Meaning::FarmIdle) => self.farm_idle(code, text, now),
            Some(Meaning::HangsUp) => vec![LinkOut::HangUp],
            Some(Meaning::Refused(_)) if codes::is_read_only(code, text) => {
                self.read_only(code, text, now)
            }
            Some(Meaning::GoesOn) => vec![coded(Level::Info, code, text)],
            _ => vec![coded(Level::Warning, code, text)],
        }
    }

    /// Without the lists of orders nothing can be known, and nothing may leave.
    fn read_only(&mut self, code: i32, text: &str, now: Ts) -> Vec<LinkOut> {
        if self.state.phase != Phase::Synchronising {
            return vec![coded(Level::Warning, code, text)];
        }
        let reason = "the gateway's API is read-only, and tells no orders: untick Read-Only API \
                      (Configuration > API > Settings) (IB 321)";
        let mut out = self.go_down(reason.to_owned(), now);
        out.push(LinkOut::HangUp);
        out
    }

    fn severed(&mut self, code: i32, text: &str, now: Ts) -> Vec<LinkOut> {
        self.severed = true;
        let mut out = self.go_down(format!("the gateway has lost IB: {text}"), now);
        out.push(LinkOut::QuotesGone);
        out.push(coded(Level::Warning, code, text));
        self.told = Some(text.to_owned());
        out
    }

    fn restored(&mut self, quotes_lost: bool, now: Ts) -> Vec<LinkOut> {
        let mut out = Vec::new();
        // Without a word of the loss, orders and fills may have been missed all the same.
        if self.is_up() {
            out.extend(self.go_down("the gateway lost IB for a while".to_owned(), now));
        }
        self.severed = false;
        out.extend(self.resync(now));
        if quotes_lost {
            out.push(LinkOut::Resubscribe);
        }
        out
    }

    fn resync(&mut self, now: Ts) -> Vec<LinkOut> {
        if self.severed || self.state.phase == Phase::Connecting {
            return vec![];
        }
        self.enter(Phase::Synchronising, now);
        vec![LinkOut::Synchronise]
    }

    fn farm_broken(&mut self, code: i32, text: &str, now: Ts) -> Vec<LinkOut> {
        let is_news = self.broken.insert(farm(code, text));
        if self.is_up() {
            self.enter(Phase::Degraded, now);
        }
        let mut out = Vec::new();
        if is_news {
            out.push(coded(Level::Warning, code, text));
        }
        match code {
            MARKET_DATA_FARM => out.push(LinkOut::QuotesGone),
            HISTORY_FARM => out.push(LinkOut::BarsGone),
            _ => {}
        }
        out
    }

    /// A farm that sleeps is there: who asks wakes it.
    fn farm_idle(&mut self, code: i32, text: &str, now: Ts) -> Vec<LinkOut> {
        match code {
            HISTORY_FARM_SLEEPS => self.farm_back(code, HISTORY_FARM, text, now),
            MARKET_DATA_FARM_SLEEPS => self.farm_back(code, MARKET_DATA_FARM, text, now),
            _ => vec![],
        }
    }

    fn farm_ok(&mut self, code: i32, text: &str, now: Ts) -> Vec<LinkOut> {
        // The number of a farm that is there is one above that of the same farm gone.
        self.farm_back(code, code - 1, text, now)
    }

    fn farm_back(&mut self, code: i32, gone: i32, text: &str, now: Ts) -> Vec<LinkOut> {
        let was_broken = self.broken.remove(&farm(gone, text));
        if self.is_up() {
            self.enter(self.up(), now);
        }
        if !was_broken {
            return vec![];
        }
        let mut out = vec![coded(Level::Info, code, text)];
        match gone {
            MARKET_DATA_FARM => out.extend([LinkOut::Resubscribe, LinkOut::AskBars]),
            HISTORY_FARM => out.push(LinkOut::AskBars),
            _ => {}
        }
        out
    }

    /// No order may leave any more. Said once.
    fn go_down(&mut self, reason: String, now: Ts) -> Vec<LinkOut> {
        let was_up = self.is_up();
        self.enter(Phase::Down, now);
        let since = self.state.down.take().map_or(now, |(since, _)| since);
        self.state.down = Some((since, reason.clone()));
        match was_up {
            true => vec![LinkOut::Down(reason)],
            false => vec![],
        }
    }

    fn lost(&mut self, reason: String, now: Ts, is_maintenance: bool) -> Vec<LinkOut> {
        self.severed = false;
        self.broken.clear();
        let was_up = self.is_up();
        let mut out = self.go_down(reason.clone(), now);
        out.push(LinkOut::QuotesGone);
        if self.told.as_ref() == Some(&reason) {
            return out;
        }
        if !was_up {
            // Whoever waits for the connection hears why there is none.
            out.insert(0, LinkOut::Down(reason.clone()));
        }
        self.told = Some(reason.clone());
        let (level, text) = match is_maintenance {
            true => (
                Level::Info,
                format!("{reason} (within a maintenance window)"),
            ),
            false => (Level::Warning, reason),
        };
        out.push(tell(level, text));
        out
    }

    /// An outage that lasts is told again and again.
    fn tick(&mut self, now: Ts, is_maintenance: bool) -> Option<LinkOut> {
        let (since, reason) = self.state.down.as_ref().filter(|_| !is_maintenance)?;
        let last = self.alarmed_at.unwrap_or(*since);
        if now.since(last) < self.alarm_every {
            return None;
        }
        self.alarmed_at = Some(now);
        let down_for = now.since(*since);
        let text = format!("no connection to IB since {since} ({down_for}): {reason}");
        Some(tell(Level::Alarm, text))
    }
}

const MARKET_DATA_FARM: i32 = 2103;
const HISTORY_FARM: i32 = 2105;
const HISTORY_FARM_SLEEPS: i32 = 2107;
const MARKET_DATA_FARM_SLEEPS: i32 = 2108;

/// A farm's kind and name; the name stands behind the last colon.
fn farm(code: i32, text: &str) -> String {
    let name = text.rsplit(':').next().unwrap_or_default();
    format!("{code}:{}", name.trim())
}

fn tell(level: Level, text: String) -> LinkOut {
    LinkOut::Tell(IbNotice::new(level, text))
}

fn coded(level: Level, code: i32, text: &str) -> LinkOut {
    let next = codes::find(code).map_or("", |row| row.next);
    let text = match next {
        "" => text.to_owned(),
        next => format!("{text} Next: {next}."),
    };
    LinkOut::Tell(IbNotice::new(level, text).coded(code))
}

#[cfg(test)]
#[path = "link_tests.rs"]
mod tests;
