//! Quotes: once, or as they change.

use polyfolio_model::convert::price_f64;
use polyfolio_model::{InstrumentId, Price, Quote, Ts};

use super::{Desk, SessionId};
use crate::tws::messages::{
    CancelMarketData, MarketDataRequest, MarketDataType, MarketDataTypeRequest, TickPrice,
    TickReqParams, TickSnapshotEnd,
};
use crate::tws::notices::{NO_REQUEST, Notice};

/// What stands for a price that there is none of.
const NO_PRICE: f64 = -1.0;

impl Desk {
    pub(super) fn market_data_type(
        &mut self,
        id: SessionId,
        request: &MarketDataTypeRequest,
        now: Ts,
    ) {
        let kind = request.market_data_type.unwrap_or_default();
        if !(1..=4).contains(&kind) {
            let what = format!("market data type {kind}: 1 to 4 are known");
            return self.notice(id, NO_REQUEST, &Notice::Invalid(what), now);
        }
        if let Some(session) = self.sessions.get_mut(&id) {
            session.data_type = kind;
        }
    }

    pub(super) fn market_data(&mut self, id: SessionId, request: &MarketDataRequest, now: Ts) {
        let Some(req_id) = request.req_id else {
            return;
        };
        let asked = request.contract.clone().unwrap_or_default();
        let stock = match self.the_stock(&asked) {
            Ok(stock) => stock,
            Err(notice) => return self.notice(id, req_id, &notice, now),
        };
        let kind = self
            .sessions
            .get(&id)
            .map_or(1, |session| session.data_type);
        if kind <= 2 && !self.config.live_quotes {
            return self.notice(id, req_id, &Notice::NotSubscribed, now);
        }
        if !self.config.live_quotes {
            self.notice(id, req_id, &Notice::Delayed, now);
        }
        let answer = MarketDataType {
            req_id: Some(req_id),
            market_data_type: Some(kind),
        };
        self.say(id, &answer);
        self.say_params(id, req_id, stock);
        let quote = self.quote(stock);
        for tick in self.ticks_of(req_id, kind, quote.as_ref()) {
            self.say(id, &tick);
        }
        if request.snapshot == Some(true) {
            let req_id = Some(req_id);
            self.say(id, &TickSnapshotEnd { req_id });
        } else if let Some(session) = self.sessions.get_mut(&id) {
            session.quotes.insert(req_id, (stock, kind));
        }
    }

    pub(super) fn cancel_market_data(&mut self, id: SessionId, request: &CancelMarketData) {
        if let (Some(session), Some(req_id)) = (self.sessions.get_mut(&id), request.req_id) {
            session.quotes.remove(&req_id);
        }
    }

    /// A quote has changed: whoever asked for it hears it.
    pub(super) fn quoted(&mut self, instrument: &InstrumentId, quote: &Quote) {
        let mut stocks = self.config.stocks.iter();
        let Some(place) = stocks.position(|stock| stock.instrument() == instrument) else {
            return;
        };
        if !self.is_blank(place) {
            self.say_quote(place, Some(quote));
        }
    }

    /// Tells a quote again, because what there is to see of it changed.
    pub(super) fn tell_quote(&mut self, place: usize) {
        let quote = self.quote(place);
        self.say_quote(place, quote.as_ref());
    }

    /// The quote of a stock, if there is one to be seen.
    fn quote(&self, place: usize) -> Option<Quote> {
        let stock = self.config.stocks.get(place);
        let stock = stock.filter(|_| !self.is_blank(place))?;
        self.market.quote(stock.instrument())
    }

    fn say_quote(&mut self, place: usize, quote: Option<&Quote>) {
        let listening: Vec<(SessionId, i32, i32)> = self
            .sessions
            .iter()
            .flat_map(|(id, session)| session.quotes.iter().map(|(req, of)| (*id, *req, *of)))
            .filter(|(_, _, (stock, _))| *stock == place)
            .map(|(id, req_id, (_, kind))| (id, req_id, kind))
            .collect();
        self.quotes_told += listening.len() as u64;
        for (id, req_id, kind) in listening {
            for tick in self.ticks_of(req_id, kind, quote) {
                self.say(id, &tick);
            }
        }
    }

    fn say_params(&mut self, id: SessionId, req_id: i32, stock: usize) {
        let tick = self
            .config
            .stocks
            .get(stock)
            .map(|s| s.listing.tick().to_string());
        let params = TickReqParams {
            req_id: Some(req_id),
            min_tick: tick,
            bbo_exchange: Some(String::new()),
            snapshot_permissions: Some(3),
            last_price_precision: None,
            last_size_precision: None,
        };
        self.say(id, &params);
    }

    /// Bid and offer; delayed ones have tick types of their own.
    fn ticks_of(&self, req_id: i32, kind: i32, quote: Option<&Quote>) -> [TickPrice; 2] {
        let (bid, ask) = if kind <= 2 { (1, 2) } else { (66, 67) };
        let tick = |tick_type, price: Option<Price>| TickPrice {
            req_id: Some(req_id),
            tick_type: Some(tick_type),
            price: Some(price.map_or(NO_PRICE, price_f64)),
            size: Some(match price {
                Some(_) => self.config.quote_size.to_string(),
                None => "0".into(),
            }),
            attr_mask: Some(0),
        };
        [
            tick(bid, quote.and_then(|q| q.bid)),
            tick(ask, quote.and_then(|q| q.ask)),
        ]
    }
}
