//! Bars of five seconds, told as they are over.

use polyfolio_model::Ts;

use super::{TELL_EVERY, seconds};
use crate::tws::desk::{Desk, SessionId};
use crate::tws::history::{Recorder, Show};
use crate::tws::messages::{CancelRealTimeBars, RealTimeBarTick, RealTimeBarsRequest};
use crate::tws::notices::{NO_REQUEST, Notice};

/// How many bars may be over between two looks: what a gateway that stood still makes up for.
const KEPT_MAX: usize = 1_000;

/// What a client asked for.
#[derive(Debug)]
pub(in crate::tws::desk) struct RealTime {
    place: usize,
    show: Show,
    bars: Recorder,
    /// Where the bars begin that were not told.
    next: Ts,
}

impl Desk {
    pub(in crate::tws::desk) fn real_time_bars(
        &mut self,
        id: SessionId,
        request: &RealTimeBarsRequest,
        now: Ts,
    ) {
        let about = request.req_id.unwrap_or(NO_REQUEST);
        match self.real_time(request, now) {
            Ok(real_time) => {
                if let Some(session) = self.sessions.get_mut(&id) {
                    session.real_time.insert(about, real_time);
                }
                self.tell_bars_by(now);
            }
            Err(notice) => self.notice(id, about, &notice, now),
        }
    }

    /// Bars of five seconds are the only ones there are, whatever length is asked for.
    fn real_time(&self, request: &RealTimeBarsRequest, now: Ts) -> Result<RealTime, Notice> {
        let asked = request.contract.clone().unwrap_or_default();
        let place = self.the_stock(&asked)?;
        let shows = request.what_to_show.as_deref().unwrap_or("");
        let show = Show::of(shows).filter(|show| *show != Show::BidAsk);
        let show =
            show.ok_or_else(|| Notice::Invalid(format!("Real time bars show no {shows:?}")))?;
        if !self.config.live_quotes {
            return Err(Notice::RealTimeRefused(self.no_permission(place)));
        }
        let bars = self.recorder(place, TELL_EVERY, KEPT_MAX);
        let mut bars = bars.ok_or_else(|| Notice::RealTimeRefused("there is no market".into()))?;
        bars.advance(now);
        let next = bars.candles().next_back().map_or(now, |open| open.start);
        Ok(RealTime {
            place,
            show,
            bars,
            next,
        })
    }

    pub(in crate::tws::desk) fn cancel_real_time(
        &mut self,
        id: SessionId,
        request: &CancelRealTimeBars,
        now: Ts,
    ) {
        let Some(req_id) = request.req_id else {
            return;
        };
        let session = self.sessions.get_mut(&id);
        if session.is_some_and(|session| session.real_time.remove(&req_id).is_none()) {
            self.notice(id, req_id, &Notice::NoStream(req_id), now);
        }
    }

    /// Tells the bars that are over; whether anybody wants more.
    pub(super) fn tell_real_time(&mut self, now: Ts) -> bool {
        let sessions = self.sessions.iter();
        let wanted: Vec<(SessionId, i32)> = sessions
            .flat_map(|(id, session)| session.real_time.keys().map(|req_id| (*id, *req_id)))
            .collect();
        for (id, req_id) in &wanted {
            let session = self.sessions.get_mut(id);
            let Some(mut of) = session.and_then(|s| s.real_time.remove(req_id)) else {
                continue;
            };
            of.bars.advance(now);
            let over: Vec<_> = of
                .bars
                .done()
                .iter()
                .filter(|bar| bar.start >= of.next)
                .collect();
            for bar in over {
                of.next = bar.end();
                let shown = self.shown(of.place, of.show, bar);
                let volume = bar.volume(of.show);
                let tick = RealTimeBarTick {
                    req_id: Some(*req_id),
                    time: seconds(bar.start).parse().ok(),
                    open: Some(shown.open),
                    high: Some(shown.high),
                    low: Some(shown.low),
                    close: Some(shown.close),
                    volume: Some(volume.to_string()),
                    wap: Some(shown.close.to_string()),
                    count: Some(if volume < 0.0 { -1 } else { 1 }),
                };
                // What is made while the broker is gone is not told, then or later.
                if !self.is_cut_off() {
                    self.say(*id, &tick);
                }
            }
            if let Some(session) = self.sessions.get_mut(id) {
                session.real_time.insert(*req_id, of);
            }
        }
        !wanted.is_empty()
    }
}
