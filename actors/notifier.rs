//! Tells somebody outside of what a person may have to look at.
//!
//! In: Noticed, from the order router. Out: notices, to the port.
//! Mailbox: 256; what does not fit is dropped, the log says so, and the port is told with the next one
//! how many there were, and since when. The port takes a notice without waiting or drops it; that is
//! logged too. No order waits for it, and nothing fails for it: it
//! restarts as any actor does. It knows no address and no protocol.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use actix::prelude::*;
use polyfolio_model::OrdStatus;
use polyfolio_oms::events::Event;
use polyfolio_portfolio::TradingState;
use polyfolio_ports::{Notice, NoticeKind, Notifier};
use serde_json::json;

use crate::mail::{Mail, Station};
use crate::messages::Noticed;
use crate::switchboard::Switchboard;

/// Makes one who tells, for each life of the actor.
pub type NotifierFactory = Arc<dyn Fn() -> Box<dyn Notifier> + Send + Sync>;

/// Who tells, and of what.
#[derive(Clone)]
pub struct Telling {
    /// One for each life.
    pub make: NotifierFactory,
    /// What is told.
    pub kinds: BTreeSet<NoticeKind>,
}

impl fmt::Debug for Telling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telling")
            .field("kinds", &self.kinds)
            .finish_non_exhaustive()
    }
}

/// How many messages may wait.
pub const MAILBOX: usize = 256;

/// The actor.
pub struct NotifierActor {
    notifier: Box<dyn Notifier>,
    kinds: BTreeSet<NoticeKind>,
    board: Arc<Switchboard>,
}

impl fmt::Debug for NotifierActor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NotifierActor")
            .field("kinds", &self.kinds)
            .finish_non_exhaustive()
    }
}

impl NotifierActor {
    /// One that tells of these kinds.
    pub fn new(telling: &Telling, board: Arc<Switchboard>) -> Self {
        Self {
            notifier: (telling.make)(),
            kinds: telling.kinds.clone(),
            board,
        }
    }

    /// How many there were that nobody here heard of.
    fn tell_missed(&mut self) {
        let kinds = &self.kinds;
        if let Some(missed) = self.board.missed.take(|kind| kinds.contains(&kind)) {
            self.notifier.missed(missed.count, missed.since);
        }
    }
}

impl Actor for NotifierActor {
    type Context = Context<Self>;

    fn stopped(&mut self, _: &mut Self::Context) {
        // There may be no next one.
        self.tell_missed();
        self.board.report_stopped(&Station::Notifier);
    }
}

impl Handler<Mail<Noticed>> for NotifierActor {
    type Result = ();

    fn handle(&mut self, mail: Mail<Noticed>, _: &mut Self::Context) {
        self.tell_missed();
        let Some(kind) = kind_of(&mail.body.event).filter(|kind| self.kinds.contains(kind)) else {
            return;
        };
        let notice = Notice {
            run: mail.body.run,
            ..notice(kind, &mail.body.event, mail.time)
        };
        if let Err(why) = self.notifier.tell(notice) {
            let body = json!({ "kind": kind.name(), "why": why.to_string() });
            let post = &self.board.post;
            post.note(&Station::Notifier, "NoticeDropped", body, Some(mail.id));
        }
    }
}

/// Of which kind an event is, if it is worth telling.
pub fn kind_of(event: &Event) -> Option<NoticeKind> {
    match event {
        Event::OrderChanged {
            status: OrdStatus::Rejected,
            ..
        } => Some(NoticeKind::OrderRejected),
        Event::OrderDenied { .. } => Some(NoticeKind::OrderDenied),
        Event::BreakFound(_) => Some(NoticeKind::Break),
        Event::InstrumentStopped { .. } => Some(NoticeKind::InstrumentStopped),
        Event::TradingChanged { state, .. } if *state != TradingState::Active => {
            Some(NoticeKind::TradingHalted)
        }
        Event::LinkChanged { ready: false, .. } => Some(NoticeKind::ConnectionLost),
        Event::InvariantViolated { .. } => Some(NoticeKind::InvariantViolated),
        Event::RunEnded { .. } => Some(NoticeKind::RunEnded),
        _ => None,
    }
}

fn notice(kind: NoticeKind, event: &Event, time: polyfolio_model::Ts) -> Notice {
    let (symbol, cl_ord_id, text) = match event {
        Event::OrderChanged {
            cl_ord_id,
            symbol,
            text,
            ..
        } => {
            let why = text.as_deref().unwrap_or("no reason was given");
            let text = format!("the broker refused an order of {symbol}: {why}");
            (Some(symbol), Some(*cl_ord_id), text)
        }
        Event::OrderDenied {
            symbol,
            code,
            message,
            ..
        } => {
            let text = format!("an order of {symbol} was denied ({code}): {message}");
            (Some(symbol), None, text)
        }
        Event::BreakFound(found) => {
            let text = format!(
                "our book is not the broker's ({}): {}",
                found.code, found.message
            );
            (found.instrument.as_ref(), None, text)
        }
        Event::InstrumentStopped { symbol, reason } => {
            (Some(symbol), None, format!("{symbol} is stopped: {reason}"))
        }
        Event::TradingChanged { state, reason } => {
            (None, None, format!("trading is {state}: {reason}"))
        }
        Event::LinkChanged { detail, .. } => (
            None,
            None,
            format!("the broker cannot be reached: {detail}"),
        ),
        Event::InvariantViolated { violations } => {
            let text = format!("the books do not add up: {}", violations.join("; "));
            (None, None, text)
        }
        Event::RunEnded {
            label, abandoned, ..
        } => {
            let how = match abandoned {
                Some(why) => format!("was given up: {why}"),
                None => "is over".to_owned(),
            };
            (None, None, format!("run {label} {how}"))
        }
        _ => (None, None, String::new()),
    };
    Notice {
        kind,
        time,
        run: None,
        symbol: symbol.cloned(),
        cl_ord_id,
        text,
    }
}
