//! Prices: the closes that decide, and the quotes that execution sees.
//!
//! In: `RequestCloses`, `Subscribe`. Out: `ClosesPublished` to the scaler and the NAV tracker,
//! `QuotesChanged` to the order router.
//! Mailbox: 1,024. Quotes are conflated: what moved several times while the router was busy is
//! told once, with its last quote. A full router is tried again when everybody else has had a turn;
//! one that is gone subscribes again when it is back, and is told every quote then.
//! It knows no order and no sleeve.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix::prelude::*;
use indexmap::IndexMap;
use polyfolio_model::{InstrumentId, Quote};
use polyfolio_ports::{MarketData, PriceHistory, QuoteUpdate};

use crate::mail::{Mail, Station};
use crate::messages::{ClosesPublished, QuotesChanged, RequestCloses, Subscribe};
use crate::switchboard::Switchboard;

/// Makes a source of quotes.
pub type MarketDataFactory = Arc<dyn Fn() -> Box<dyn MarketData> + Send + Sync>;

/// How many messages may wait.
pub const MAILBOX: usize = 1_024;

/// The actor.
pub struct MarketDataActor {
    history: Arc<dyn PriceHistory>,
    source: Box<dyn MarketData>,
    /// The source fills it from wherever it lives.
    waiting: Arc<Mutex<Waiting>>,
    board: Arc<Switchboard>,
}

impl std::fmt::Debug for MarketDataActor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MarketDataActor")
    }
}

impl MarketDataActor {
    /// The actor over a history and a source of quotes.
    pub fn new(
        history: Arc<dyn PriceHistory>,
        source: Box<dyn MarketData>,
        board: Arc<Switchboard>,
    ) -> Self {
        Self {
            history,
            source,
            waiting: Arc::default(),
            board,
        }
    }

    fn tell(&mut self, ctx: &mut Context<Self>) {
        let moved = std::mem::take(&mut *lock(&self.waiting)).moved;
        if moved.is_empty() {
            return;
        }
        let update = |(instrument, quote)| QuoteUpdate { instrument, quote };
        let changed = QuotesChanged(moved.into_iter().map(update).collect());
        let line = &self.board.quotes_changed;
        let sent = self
            .board
            .post
            .send(&Station::MarketData, line, changed, None);
        if let Err(undelivered) = sent {
            let mut waiting = lock(&self.waiting);
            for update in undelivered.body.0 {
                let newer = waiting.moved.entry(update.instrument);
                newer.or_insert(update.quote);
            }
            if undelivered.why == "full" {
                waiting.knocked = true;
                let turn = tokio::task::yield_now().into_actor(self);
                ctx.spawn(turn.map(|(), market_data, ctx| market_data.tell(ctx)));
            }
        }
    }
}

impl Actor for MarketDataActor {
    type Context = Context<Self>;

    fn stopped(&mut self, _: &mut Self::Context) {
        self.board.report_stopped(&Station::MarketData);
    }
}

/// What has moved and was not told yet.
#[derive(Debug, Default)]
struct Waiting {
    moved: IndexMap<InstrumentId, Quote>,
    /// Whether the actor knows.
    knocked: bool,
}

fn lock(waiting: &Mutex<Waiting>) -> MutexGuard<'_, Waiting> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The source has something new; whatever it is stands in the shared map.
#[derive(Message)]
#[rtype(result = "()")]
struct Moved;

impl Handler<Moved> for MarketDataActor {
    type Result = ();
    fn handle(&mut self, _: Moved, ctx: &mut Self::Context) {
        self.tell(ctx);
    }
}

impl Handler<Mail<Subscribe>> for MarketDataActor {
    type Result = ();

    fn handle(&mut self, mail: Mail<Subscribe>, ctx: &mut Self::Context) {
        let (waiting, me) = (Arc::clone(&self.waiting), ctx.address());
        let sink = Arc::new(move |update: QuoteUpdate| {
            let mut waiting = lock(&waiting);
            waiting.moved.insert(update.instrument, update.quote);
            // One knock for all that waits; one that is not heard is repeated by the next quote.
            if !waiting.knocked {
                waiting.knocked = me.try_send(Moved).is_ok();
            }
        });
        self.source.subscribe(mail.body.0, sink);
    }
}

impl Handler<Mail<RequestCloses>> for MarketDataActor {
    type Result = ();

    fn handle(&mut self, mail: Mail<RequestCloses>, _: &mut Self::Context) {
        let closes = self.history.closes(mail.body.as_of);
        let board = &self.board;
        for line in [&board.closes_to_scaler, &board.closes_to_nav_tracker] {
            let published = ClosesPublished(closes.clone());
            let _ = board
                .post
                .send(&Station::MarketData, line, published, Some(mail.id));
        }
    }
}
