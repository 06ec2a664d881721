//! How often a client may ask for history: what IB publishes as pacing violations.

use std::collections::VecDeque;

use polyfolio_model::{Span, Ts};

use crate::tws::desk::{Desk, SessionId};
use crate::tws::messages::HistoricalDataRequest;
use crate::tws::notices::Notice;

/// Requests are counted over this.
const WINDOW: Span = Span::from_secs(600);

/// How many there may be within it; one for bid and offer counts twice, and one for days not at all:
/// IB has lifted this for long bars.
const REQUESTS_MAX: usize = 60;

/// How long the same question may not be asked again.
const SAME_AFTER: Span = Span::from_secs(15);

/// For one contract there may be fewer than so many...
const CONTRACT_MAX: usize = 6;

/// ...within this.
const CONTRACT_WINDOW: Span = Span::from_secs(2);

/// What a connection asked of the history service lately.
#[derive(Debug, Default)]
pub(in crate::tws::desk) struct HistoryPace {
    asked: VecDeque<Asked>,
}

#[derive(Debug)]
struct Asked {
    at: Ts,
    place: usize,
    question: HistoricalDataRequest,
}

impl HistoryPace {
    /// Takes a question, unless it comes too soon; one that is refused does not count.
    fn take(&mut self, place: usize, question: &HistoricalDataRequest, now: Ts) -> bool {
        while self
            .asked
            .front()
            .is_some_and(|a| now.since(a.at) >= WINDOW)
        {
            self.asked.pop_front();
        }
        let question = HistoricalDataRequest {
            req_id: None,
            ..question.clone()
        };
        let within = |asked: &&Asked, span| now.since(asked.at) < span;
        let same = |asked: &Asked| asked.question == question;
        let is_same = (self.asked.iter()).any(|asked| within(&asked, SAME_AFTER) && same(asked));
        let of_contract = self.asked.iter().filter(|asked| asked.place == place);
        let of_contract = of_contract.filter(|asked| within(asked, CONTRACT_WINDOW));
        let counts = match question.what_to_show.as_deref() {
            Some("BID_ASK") => 2,
            _ => 1,
        };
        let is_counted = |asked: &HistoricalDataRequest| !is_of_days(asked);
        let counted = self
            .asked
            .iter()
            .filter(|asked| is_counted(&asked.question));
        let is_too_much = (is_counted(&question) && counted.count() + counts > REQUESTS_MAX)
            || of_contract.count() + counts >= CONTRACT_MAX;
        if is_same || is_too_much {
            return false;
        }
        for _ in 0..counts {
            let question = question.clone();
            let at = now;
            self.asked.push_back(Asked {
                at,
                place,
                question,
            });
        }
        true
    }
}

fn is_of_days(question: &HistoricalDataRequest) -> bool {
    let size = question.bar_size_setting.as_deref();
    size.is_some_and(|size| size.trim().starts_with("1 day"))
}

impl Desk {
    /// Whether a client may ask for history now.
    pub(super) fn may_ask(
        &mut self,
        id: SessionId,
        place: usize,
        request: &HistoricalDataRequest,
        now: Ts,
    ) -> Result<(), Notice> {
        if self.is_cut_off() {
            let what = "HMDS server connection was not successful".to_owned();
            return Err(Notice::HistoryRefused(what));
        }
        if !self.config.live_quotes {
            let what = self.no_permission(place);
            return Err(Notice::HistoryRefused(what));
        }
        let is_paced = self.is_paced();
        let session = self.sessions.get_mut(&id).filter(|_| is_paced);
        let is_in_time = session.is_none_or(|session| session.history.take(place, request, now));
        match is_in_time {
            true => Ok(()),
            false => Err(Notice::HistoryRefused(
                "Historical data request pacing violation".into(),
            )),
        }
    }

    pub(super) fn no_permission(&self, place: usize) -> String {
        let stock = self.config.stocks.get(place);
        let exchange = stock.map_or("", |stock| stock.primary_exchange.as_str());
        let kind = stock.map_or("STK", |stock| stock.terms.kind.sec_type());
        format!("No market data permissions for {exchange} {kind}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(duration: &str, show: &str) -> HistoricalDataRequest {
        HistoricalDataRequest {
            req_id: Some(7),
            duration: Some(duration.into()),
            what_to_show: Some(show.into()),
            ..HistoricalDataRequest::default()
        }
    }

    fn at(secs: i64) -> Ts {
        Ts::from_nanos(secs * 1_000_000_000)
    }

    #[test]
    fn the_same_question_waits_fifteen_seconds() {
        let mut pace = HistoryPace::default();
        let mut ask = |secs, duration| pace.take(1, &question(duration, "TRADES"), at(secs));
        assert!(ask(0, "1 D"));
        assert!(!ask(14, "1 D"));
        assert!(ask(14, "2 D"));
        assert!(ask(15, "1 D"));
    }

    #[test]
    fn five_in_two_seconds_for_a_contract_and_sixty_in_ten_minutes() {
        let mut pace = HistoryPace::default();
        let mut ask = |secs, place, days: i64| {
            pace.take(place, &question(&format!("{days} D"), "TRADES"), at(secs))
        };
        assert!((1..=5).all(|days| ask(0, 1, days)));
        assert!(!ask(1, 1, 6));
        assert!(ask(1, 2, 6));
        assert!((0..54).all(|n| ask(10 + n, 1, 7 + n)));
        assert!(!ask(599, 3, 100));
        assert!(ask(600, 3, 100));
    }

    #[test]
    fn bid_and_offer_are_two() {
        let mut pace = HistoryPace::default();
        let mut ask = |days: i64| pace.take(1, &question(&format!("{days} D"), "BID_ASK"), at(0));
        assert!(ask(1) && ask(2));
        assert!(!ask(3));
    }
}
