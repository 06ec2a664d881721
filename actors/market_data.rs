//! Prices: the closes that decide, and the quotes that execution sees.
//!
//! In: `RequestCloses`, `Subscribe`. Out: `ClosesPublished` to the scaler and the NAV tracker,
//! `QuotesChanged` to the order router.
//! Mailbox: 1,024. Quotes are conflated: what moved several times while the router was busy is
//! told once, with its last quote; a full router mailbox delays them, and loses none for good.
//! It knows no order and no sleeve.

use std::sync::{Arc, Mutex, PoisonError};

use actix::prelude::*;
use indexmap::IndexMap;
use polyfolio_model::{InstrumentId, Quote};
use polyfolio_ports::{MarketData, PriceHistory, QuoteUpdate};

use crate::mail::{Mail, Station};
use crate::messages::{ClosesPublished, QuotesChanged, RequestCloses, Subscribe};
use crate::switchboard::Switchboard;

/// Makes a source of quotes.
pub type MarketDataFactory = Arc<dyn Fn() -> Box<dyn MarketData> + Send + Sync>;

/// The actor.
pub struct MarketDataActor {
    history: Arc<dyn PriceHistory>,
    source: Box<dyn MarketData>,
    /// What has moved and was not told yet; the source fills it from wherever it lives.
    moved: Arc<Mutex<IndexMap<InstrumentId, Quote>>>,
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
            moved: Arc::default(),
            board,
        }
    }

    fn tell(&mut self) {
        let moved = std::mem::take(&mut *self.moved.lock().unwrap_or_else(PoisonError::into_inner));
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
            let mut moved = self.moved.lock().unwrap_or_else(PoisonError::into_inner);
            for update in undelivered.body.0 {
                moved.entry(update.instrument).or_insert(update.quote);
            }
        }
    }
}

impl Actor for MarketDataActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(1_024);
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        self.board.report_stopped(&Station::MarketData);
    }
}

/// The source has something new; whatever it is stands in the shared map.
#[derive(Message)]
#[rtype(result = "()")]
struct Moved;

impl Handler<Moved> for MarketDataActor {
    type Result = ();
    fn handle(&mut self, _: Moved, _: &mut Self::Context) {
        self.tell();
    }
}

impl Handler<Mail<Subscribe>> for MarketDataActor {
    type Result = ();

    fn handle(&mut self, mail: Mail<Subscribe>, ctx: &mut Self::Context) {
        let (moved, me) = (Arc::clone(&self.moved), ctx.address());
        let sink = Arc::new(move |update: QuoteUpdate| {
            let mut waiting = moved.lock().unwrap_or_else(PoisonError::into_inner);
            let first = waiting.is_empty();
            waiting.insert(update.instrument, update.quote);
            drop(waiting);
            // One knock for all that waits. A full mailbox has work that ends in telling anyway.
            if first {
                let _ = me.try_send(Moved);
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
