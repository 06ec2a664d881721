//! Bars: of the past, once or kept up to date, and of five seconds as they are made.
//!
//! A market's own candles are made when somebody asks for them, from its path; who asks to be kept
//! told is told every five seconds, as the gateway tells.

mod pace;
mod real_time;
mod stretch;

use std::collections::BTreeMap;

use polyfolio_matching::chance::Chance;
use polyfolio_model::{Span, Ts, convert};

use super::{Desk, SessionId};
use crate::tws::config::Stock;
use crate::tws::contract::TradingDay;
use crate::tws::faults::List;
use crate::tws::history::{
    BarLength, Beginning, Candle, MINUTE, Past, Query, Recorder, clean, floor,
};
use crate::tws::messages::{
    CancelHistoricalData, HeadTimestamp, HeadTimestampRequest, HistoricalData, HistoricalDataBar,
    HistoricalDataEnd, HistoricalDataRequest, HistoricalDataUpdate,
};
use crate::tws::notices::{NO_REQUEST, Notice};

pub(super) use pace::HistoryPace;
pub(super) use real_time::RealTime;

/// How often bars that are being made are told.
const TELL_EVERY: Span = Span::from_secs(5);

/// How many minutes of a market are kept: thirty days.
const MINUTES_MAX: usize = 43_200;

/// What is known of the markets' ways, as far as somebody asked.
#[derive(Debug)]
pub(super) struct BarRoom {
    known: BTreeMap<usize, Known>,
    /// When bars are told next, if anybody wants them.
    pub(super) due: Ts,
}

/// One market's way.
#[derive(Debug)]
struct Known {
    past: Past,
    minutes: Recorder,
    began: Ts,
    /// When it trades regularly, if not always.
    hours: Option<TradingDay>,
}

/// Bars that a client is kept told of.
#[derive(Debug)]
pub(super) struct Kept {
    place: usize,
    query: Query,
    /// The newest bar that was told of.
    told: Option<Candle>,
}

impl BarRoom {
    pub(super) fn empty() -> Self {
        Self {
            known: BTreeMap::new(),
            due: Ts::MAX,
        }
    }
}

impl Desk {
    pub(super) fn historical_data(
        &mut self,
        id: SessionId,
        request: &HistoricalDataRequest,
        now: Ts,
    ) {
        let Some(req_id) = request.req_id else {
            return;
        };
        if let Err(notice) = self.tell_history(id, req_id, request, now) {
            self.notice(id, req_id, &notice, now);
        }
    }

    fn tell_history(
        &mut self,
        id: SessionId,
        req_id: i32,
        request: &HistoricalDataRequest,
        now: Ts,
    ) -> Result<(), Notice> {
        let asked = request.contract.clone().unwrap_or_default();
        let place = self.the_stock(&asked)?;
        let query = Query::of(request)?;
        self.may_ask(id, place, request, now)?;
        let (bars, begins, ends) = self.stretch(place, &query, now);
        if bars.is_empty() {
            return Err(self.no_data(place, &query));
        }
        let telling = self.telling(List::HistoricalData);
        let told: Vec<HistoricalDataBar> = bars
            .iter()
            .take(telling.most())
            .map(|bar| self.told_bar(place, &query, bar))
            .collect();
        let answer = HistoricalData {
            req_id: Some(req_id),
            historical_data_bars: told,
        };
        self.say(id, &answer);
        let end = HistoricalDataEnd {
            req_id: Some(req_id),
            start_date_str: Some(zoned(begins)),
            end_date_str: Some(zoned(ends)),
        };
        self.ends(id, telling, req_id, &end, now);
        if let Some(session) = self.sessions.get_mut(&id).filter(|_| query.keeps_up) {
            let told = bars.last().copied();
            session.kept.insert(req_id, Kept { place, query, told });
            self.tell_bars_by(now);
        }
        Ok(())
    }

    pub(super) fn cancel_history(
        &mut self,
        id: SessionId,
        request: &CancelHistoricalData,
        now: Ts,
    ) {
        let Some(req_id) = request.req_id else {
            return;
        };
        let session = self.sessions.get_mut(&id);
        if session.is_some_and(|session| session.kept.remove(&req_id).is_none()) {
            self.notice(id, req_id, &Notice::NoHistoryQuery(req_id), now);
        }
    }

    pub(super) fn head_timestamp(
        &mut self,
        id: SessionId,
        request: &HeadTimestampRequest,
        now: Ts,
    ) {
        let about = request.req_id.unwrap_or(NO_REQUEST);
        let asked = request.contract.clone().unwrap_or_default();
        let place = match self.the_stock(&asked) {
            Ok(place) => place,
            Err(notice) => return self.notice(id, about, &notice, now),
        };
        let Some(first) = self.first_bar(place, now) else {
            let what = Notice::HistoryRefused("No head time stamp".into());
            return self.notice(id, about, &what, now);
        };
        let head_timestamp = Some(match request.format_date {
            Some(2) => seconds(first),
            _ => first.datetime().format("%Y%m%d-%H:%M:%S").to_string(),
        });
        let req_id = request.req_id;
        self.say(
            id,
            &HeadTimestamp {
                req_id,
                head_timestamp,
            },
        );
    }

    /// Tells whoever is kept told how the bars stand.
    pub(super) fn tell_bars(&mut self, now: Ts) {
        let sessions = self.sessions.iter();
        let wanted: Vec<(SessionId, i32)> = sessions
            .flat_map(|(id, session)| session.kept.keys().map(|req_id| (*id, *req_id)))
            .collect();
        let is_wanted = self.tell_real_time(now) || !wanted.is_empty();
        self.bars.due = match is_wanted {
            true => floor(now, TELL_EVERY) + TELL_EVERY,
            false => Ts::MAX,
        };
        for (id, req_id) in wanted {
            self.tell_kept(id, req_id, now);
        }
    }

    /// Somebody wants to be kept told.
    fn tell_bars_by(&mut self, now: Ts) {
        let next = floor(now, TELL_EVERY) + TELL_EVERY;
        self.bars.due = self.bars.due.min(next);
    }

    /// The newest bar, and before it those since the one that was told, as far as they are news.
    fn tell_kept(&mut self, id: SessionId, req_id: i32, now: Ts) {
        if self.is_cut_off() {
            return;
        }
        let session = self.sessions.get_mut(&id);
        let Some(mut kept) = session.and_then(|s| s.kept.remove(&req_id)) else {
            return;
        };
        let since = kept.told.map_or(Ts::MIN, |told| told.start);
        let bars = self.stretch_since(kept.place, &kept.query, since, now);
        let newest = bars.last().copied();
        for bar in &bars {
            if kept.told.as_ref() == Some(bar) && newest.as_ref() != Some(bar) {
                continue;
            }
            kept.told = Some(*bar);
            let update = HistoricalDataUpdate {
                req_id: Some(req_id),
                historical_data_bar: Some(self.told_bar(kept.place, &kept.query, bar)),
            };
            self.say(id, &update);
        }
        if let Some(session) = self.sessions.get_mut(&id) {
            session.kept.insert(req_id, kept);
        }
    }

    fn told_bar(&self, place: usize, query: &Query, bar: &Candle) -> HistoricalDataBar {
        let shown = self.shown(place, query.show, bar);
        let date = match query.length {
            BarLength::Day => bar.start.datetime().format("%Y%m%d").to_string(),
            BarLength::Seconds(_) if query.in_seconds => seconds(bar.start),
            BarLength::Seconds(_) => zoned(bar.start),
        };
        let volume = bar.volume(query.show);
        let mean = clean((shown.high + shown.low + shown.close) / 3.0);
        HistoricalDataBar {
            date: Some(date),
            open: Some(shown.open),
            high: Some(shown.high),
            low: Some(shown.low),
            close: Some(shown.close),
            volume: Some(volume.to_string()),
            wap: Some(if volume < 0.0 { -1.0 } else { mean }.to_string()),
            bar_count: Some(if volume < 0.0 {
                -1
            } else {
                (volume / 100.0) as i32
            }),
        }
    }

    fn shown(&self, place: usize, show: crate::tws::history::Show, bar: &Candle) -> Candle {
        let tick = self.config.stocks.get(place).map(|s| s.listing.tick());
        bar.shown(show, self.config.spread_ticks, tick.unwrap_or_default())
    }

    fn no_data(&self, place: usize, query: &Query) -> Notice {
        let stock = self.config.stocks.get(place);
        let symbol = stock.map_or("", |stock| stock.symbol.as_str());
        let show = query.show.name();
        let exchange = stock.map_or("", Stock::exchange);
        Notice::HistoryRefused(format!(
            "HMDS query returned no data: {symbol}@{exchange} {show}"
        ))
    }

    /// What is known of a market up to now; nothing where there is none.
    fn known(&mut self, place: usize, now: Ts) -> Option<&mut Known> {
        if !self.bars.known.contains_key(&place) {
            let known = self.get_to_know(place)?;
            self.bars.known.insert(place, known);
        }
        let known = self.bars.known.get_mut(&place)?;
        known.minutes.advance(now);
        Some(known)
    }

    fn get_to_know(&self, place: usize) -> Option<Known> {
        let stock = self.config.stocks.get(place)?;
        let minutes = self.recorder(place, MINUTE, MINUTES_MAX)?;
        let tick = stock.listing.tick();
        let began = self.market.walk(stock.instrument())?.start();
        let beginning = Beginning {
            time: began,
            price: minutes.candles().next()?.open,
            sigma: stock.listing.market.sigma * convert::price_f64(tick),
            tick,
        };
        let own = Chance::new(self.config.seed).named(stock.instrument().as_str());
        let hours = stock.terms.hours.as_ref();
        let chance = own.named("past");
        let past = Past::new(&stock.closes, &beginning, hours, self.config.close, chance);
        Some(Known {
            past,
            minutes,
            began,
            hours: hours.cloned(),
        })
    }

    /// A market's candles from its beginning on.
    fn recorder(&self, place: usize, length: Span, keeps_max: usize) -> Option<Recorder> {
        let stock = self.config.stocks.get(place)?;
        let walk = self.market.walk(stock.instrument())?;
        let (spread, tick) = (self.config.spread_ticks, stock.listing.tick());
        Recorder::new(walk, spread, tick, length, keeps_max)
    }
}

fn seconds(time: Ts) -> String {
    (time.nanos() / 1_000_000_000).to_string()
}

fn zoned(time: Ts) -> String {
    time.datetime().format("%Y%m%d %H:%M:%S UTC").to_string()
}
