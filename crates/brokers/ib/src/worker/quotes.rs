//! Quotes as they stream: one request an instrument, told as they change.
//!
//! IB says −1 (or 0) where nobody quotes, and goes on saying nothing when a farm or the connection
//! is gone. Both are absent quotes here, never prices.

use std::collections::VecDeque;
use std::sync::Arc;

use ibapi::Client;
use ibapi::contracts::Contract;
use ibapi::contracts::tick_types::TickType;
use ibapi::market_data::MarketDataType;
use ibapi::market_data::realtime::TickTypes;
use ibapi::prelude::{StreamExt, SubscriptionItem};
use polyfolio_model::{InstrumentId, Price, Quote, Ts, convert};
use polyfolio_ports::{Clock, QuoteUpdate, Sink};
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinSet;

use super::Worker;
use super::serve::{Done, Live};
use crate::codes;
use crate::notice::{IbNotice, Level};
use crate::pacing::Class;
use crate::words::request_failed;

/// Whose quotes are wanted, and which of them stream.
#[derive(Default)]
pub(super) struct Quotes {
    wanted: Option<(Vec<InstrumentId>, Sink<QuoteUpdate>)>,
    /// Those that were not asked for yet in this session.
    pending: VecDeque<InstrumentId>,
    /// Whether this session was told which kind of quotes we want.
    is_kind_said: bool,
    /// Whether anybody was told a quote that is still one.
    is_told: bool,
    streams: JoinSet<()>,
}

impl Quotes {
    pub(super) fn wanted(&mut self, instruments: Vec<InstrumentId>, sink: Sink<QuoteUpdate>) {
        self.wanted = Some((instruments, sink));
        self.lost();
    }

    /// Every quote has to be asked for again.
    pub(super) fn lost(&mut self) {
        self.streams.abort_all();
        let wanted = self.wanted.iter().flat_map(|(wanted, _)| wanted.clone());
        self.pending = wanted.collect();
    }

    pub(super) fn session_over(&mut self) {
        self.lost();
        self.is_kind_said = false;
    }

    /// No quote is one any more.
    pub(super) fn gone(&mut self, now: Ts) {
        if !std::mem::take(&mut self.is_told) {
            return;
        }
        if let Some((wanted, sink)) = &self.wanted {
            for instrument in wanted {
                sink(QuoteUpdate {
                    instrument: instrument.clone(),
                    quote: Quote::new(None, None, now),
                });
            }
        }
    }
}

impl Worker {
    /// Asks for the quotes that do not stream yet, as far as the budget goes.
    pub(super) fn renew_quotes(&mut self, live: &Live) {
        while self.quotes.streams.try_join_next().is_some() {}
        while let Some(instrument) = self.quotes.pending.front().cloned() {
            let directory = self.shared.view().directory.clone();
            let Some(facts) = directory.facts(&instrument) else {
                self.quotes.pending.pop_front();
                let text = "no quotes: IB's contract for it is not known";
                let notice = IbNotice::new(Level::Warning, text);
                self.tell(notice.of_instrument(&instrument));
                continue;
            };
            let is_first = !self.quotes.is_kind_said;
            let messages = if is_first { 2 } else { 1 };
            if let Err(again) = self.pacing.take(Class::Bulk, messages, self.now().host) {
                return self.questions.try_again(again);
            }
            self.quotes.pending.pop_front();
            let Some((_, sink)) = &self.quotes.wanted else {
                return;
            };
            let stream = Stream {
                client: Arc::clone(&live.session.client),
                contract: facts.contract.clone(),
                instrument,
                kind: MarketDataType::from(i32::from(self.shared.config.market_data_type)),
                says_kind: is_first,
                sink: sink.clone(),
                clock: self.shared.clock.clone(),
                done: live.done.clone(),
            };
            self.quotes.is_kind_said = true;
            self.quotes.is_told = true;
            self.quotes.streams.spawn(stream.run());
        }
    }
}

/// One instrument's quotes.
struct Stream {
    client: Arc<Client>,
    contract: Contract,
    instrument: InstrumentId,
    kind: MarketDataType,
    /// Whether the session does not know yet which kind we want.
    says_kind: bool,
    sink: Sink<QuoteUpdate>,
    clock: Arc<dyn Clock>,
    done: UnboundedSender<Done>,
}

impl Stream {
    async fn run(self) {
        if let Err(fault) = self.stream().await {
            self.tell(Level::Warning, None, request_failed("no quotes", &fault));
            (self.sink)(self.update(None, None));
        }
    }

    async fn stream(&self) -> Result<(), ibapi::Error> {
        if self.says_kind {
            self.client.switch_market_data_type(self.kind).await?;
        }
        let mut ticks = self.client.market_data(&self.contract).subscribe().await?;
        let mut seen = Seen::default();
        let mut told = None;
        while let Some(tick) = ticks.next().await {
            self.hear(tick?, &mut seen);
            // Bid and offer come one after the other, and together they are one quote: what is
            // there already belongs to it.
            tokio::task::yield_now().await;
            while let Some(tick) = at_once(ticks.next()).await {
                self.hear(tick?, &mut seen);
            }
            if seen.is_heard && told != Some((seen.bid, seen.ask)) {
                told = Some((seen.bid, seen.ask));
                (self.sink)(self.update(seen.bid, seen.ask));
            }
        }
        Ok(())
    }

    fn hear(&self, item: SubscriptionItem<TickTypes>, seen: &mut Seen) {
        match item {
            SubscriptionItem::Data(tick) => {
                if let Some((side, price)) = side(&tick, self.kind) {
                    seen.hear(side, price);
                }
            }
            SubscriptionItem::Notice(notice) => {
                let next = codes::find(notice.code).map_or("", |row| row.next);
                let text = match next {
                    "" => notice.message,
                    next => format!("{} Next: {next}.", notice.message),
                };
                self.tell(Level::Warning, Some(notice.code), text);
            }
        }
    }

    fn update(&self, bid: Option<Price>, ask: Option<Price>) -> QuoteUpdate {
        QuoteUpdate {
            instrument: self.instrument.clone(),
            quote: Quote::new(bid, ask, self.clock.now()),
        }
    }

    fn tell(&self, level: Level, code: Option<i32>, text: String) {
        let mut notice = IbNotice::new(level, text).of_instrument(&self.instrument);
        notice.code = code;
        let _ = self.done.send(Done::Quotes(notice));
    }
}

/// What is there now of a stream, if anything; its end is seen by who waits for more.
async fn at_once<T>(next: impl Future<Output = Option<T>>) -> Option<T> {
    tokio::select! {
        biased;
        next = next => next,
        () = std::future::ready(()) => None,
    }
}

/// What a stream has said of a quote.
#[derive(Debug, Default)]
struct Seen {
    bid: Option<Price>,
    ask: Option<Price>,
    /// Whether it has said anything.
    is_heard: bool,
}

impl Seen {
    fn hear(&mut self, side: Side, price: Option<Price>) {
        match side {
            Side::Bid => self.bid = price,
            Side::Ask => self.ask = price,
        }
        self.is_heard = true;
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Bid,
    Ask,
}

/// The price of a side, when a tick is one; absent where nobody quotes. Delayed prices are prices
/// only for those who asked for them.
fn side(tick: &TickTypes, kind: MarketDataType) -> Option<(Side, Option<Price>)> {
    let (tick_type, price) = match tick {
        TickTypes::Price(tick) => (tick.tick_type, tick.price),
        TickTypes::PriceSize(tick) => (tick.price_tick_type, tick.price),
        _ => return None,
    };
    let takes_delayed = matches!(
        kind,
        MarketDataType::Delayed | MarketDataType::DelayedFrozen
    );
    let side = match tick_type {
        TickType::Bid => Side::Bid,
        TickType::Ask => Side::Ask,
        TickType::DelayedBid if takes_delayed => Side::Bid,
        TickType::DelayedAsk if takes_delayed => Side::Ask,
        _ => return None,
    };
    Some((
        side,
        convert::price(price).filter(|price| price.is_positive()),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ibapi::market_data::realtime::TickPrice;

    fn check(
        tick_type: TickType,
        price: f64,
        kind: MarketDataType,
        expect: Option<(Side, Option<i64>)>,
    ) {
        let tick = TickTypes::Price(TickPrice {
            tick_type,
            price,
            ..TickPrice::default()
        });
        let expect = expect.map(|(side, price)| (side, price.map(Price::from)));
        assert_eq!(side(&tick, kind), expect, "{tick_type:?} {price}");
    }

    /// F26: what is no price is absent.
    #[test]
    fn minus_one_is_no_price() {
        let live = MarketDataType::Realtime;
        check(TickType::Bid, 5.0, live, Some((Side::Bid, Some(5))));
        for none in [-1.0, 0.0, -1.04, f64::NAN, f64::MAX, f64::INFINITY] {
            check(TickType::Bid, none, live, Some((Side::Bid, None)));
            check(TickType::Ask, none, live, Some((Side::Ask, None)));
        }
        check(TickType::Last, 5.0, live, None);
    }

    #[test]
    fn delayed_prices_are_for_those_who_asked_for_them() {
        check(TickType::DelayedBid, 5.0, MarketDataType::Realtime, None);
        check(TickType::DelayedAsk, 5.0, MarketDataType::Frozen, None);
        for kind in [MarketDataType::Delayed, MarketDataType::DelayedFrozen] {
            check(TickType::DelayedBid, 5.0, kind, Some((Side::Bid, Some(5))));
            check(TickType::DelayedAsk, 5.0, kind, Some((Side::Ask, Some(5))));
        }
    }
}
