//! What lasts: silence, a broker that is gone, quotes that are not there, ids that are held.

use std::collections::VecDeque;

use polyfolio_model::{Span, Ts};
use tokio::sync::watch;

use crate::tws::desk::{Desk, SessionId};
use crate::tws::faults::{FaultError, Meanwhile};
use crate::tws::notices::{NO_REQUEST, Notice};

/// What a client's messages are counted over.
const PACING_WINDOW: Span = Span::from_secs(1);

impl Desk {
    /// Whether the gateway is mute, for connections to wait by.
    pub(crate) fn silence(&self) -> watch::Receiver<Option<Meanwhile>> {
        self.faults.mute.subscribe()
    }

    /// Moves on when every connection is to drop.
    pub(crate) fn kills(&self) -> watch::Receiver<u64> {
        self.faults.kills.subscribe()
    }

    /// Whether nobody gets a connection now.
    pub(crate) fn refuses(&self, now: Ts) -> bool {
        now < self.faults.refuse_until
    }

    /// The time as the gateway tells it.
    pub(crate) fn told_time(&self, now: Ts) -> Ts {
        now + self.faults.clock_off
    }

    /// Whether what clients say is lost.
    pub(crate) fn loses_messages(&self) -> bool {
        *self.faults.mute.borrow() == Some(Meanwhile::Lost)
    }

    /// Whether nothing that is said leaves; what waits in a gateway that stands still does, later.
    pub(in crate::tws::desk) fn is_silent(&self) -> bool {
        let mute = *self.faults.mute.borrow();
        matches!(mute, Some(Meanwhile::Lost | Meanwhile::Worked))
    }

    /// Whether what happens at the market is not heard of.
    pub(in crate::tws::desk) fn is_cut_off(&self) -> bool {
        self.faults.out.is_some()
    }

    /// Whether a connection that ended still holds this client id.
    pub(in crate::tws::desk) fn is_held(&mut self, client_id: i32, now: Ts) -> bool {
        self.faults.held_ids.retain(|_, until| now < *until);
        self.faults.held_ids.contains_key(&client_id)
    }

    /// Ends a connection at once: what was said on it and not yet sent is lost.
    pub(in crate::tws::desk) fn part(&mut self, id: SessionId) {
        if let Some(session) = self.sessions.remove(&id) {
            session.line.hang_up();
            self.hold_id(session.client_id);
        }
    }

    pub(in crate::tws::desk) fn hold_id(&mut self, client_id: i32) {
        if !self.faults.hold.is_zero() {
            let until = self.market.now() + self.faults.hold;
            self.faults.held_ids.insert(client_id, until);
        }
    }

    /// Whether anybody is held to a pace.
    pub(in crate::tws::desk) fn is_paced(&self) -> bool {
        let most = self.faults.pace;
        most.unwrap_or(self.config.messages_per_second_max) > 0
    }

    /// Counts a message; a client that sends too many is told so, and hung up on.
    pub(in crate::tws::desk) fn keeps_pace(&mut self, id: SessionId, now: Ts) -> bool {
        let most = self.faults.pace;
        let most = most.unwrap_or(self.config.messages_per_second_max) as usize;
        let Some(session) = self.sessions.get_mut(&id).filter(|_| most > 0) else {
            return true;
        };
        if counted(&mut session.heard, now) <= most {
            return true;
        }
        self.notice(id, NO_REQUEST, &Notice::TooManyMessages, now);
        self.leave(id);
        false
    }

    pub(super) fn fall_silent(&mut self, messages: Meanwhile, until: Ts) {
        self.faults.mute_until = until;
        self.faults.mute.send_replace(Some(messages));
    }

    pub(super) fn speak_again(&mut self) {
        self.faults.mute_until = Ts::MAX;
        self.faults.mute.send_replace(None);
    }

    pub(super) fn kill(&mut self, refuse_until: Ts) {
        self.faults.refuse_until = refuse_until;
        let all: Vec<SessionId> = self.sessions.keys().copied().collect();
        all.into_iter().for_each(|id| self.part(id));
        self.faults.kills.send_modify(|kills| *kills += 1);
    }

    pub(super) fn lose_connectivity(&mut self, until: Ts, data_lost: bool, now: Ts) {
        self.faults.out = Some((until, data_lost));
        self.announce(&Notice::coded(1_100, None), NO_REQUEST, None, now);
    }

    pub(super) fn restore_connectivity(&mut self, data_lost: bool, now: Ts) {
        self.faults.out = None;
        if data_lost {
            let sessions = self.sessions.values_mut();
            sessions.for_each(|session| {
                session.quotes.clear();
                session.kept.clear();
                session.real_time.clear();
            });
        }
        let code = if data_lost { 1_101 } else { 1_102 };
        self.announce(&Notice::coded(code, None), NO_REQUEST, None, now);
    }

    pub(super) fn blank_quotes(
        &mut self,
        symbol: Option<String>,
        until: Ts,
    ) -> Result<(), FaultError> {
        let stocks = self.config.stocks.iter().enumerate();
        let named = stocks.filter(|(_, stock)| symbol.as_ref().is_none_or(|s| *s == stock.symbol));
        let places: Vec<usize> = named.map(|(place, _)| place).collect();
        if let Some(symbol) = symbol.filter(|_| places.is_empty()) {
            return Err(FaultError::Symbol(symbol));
        }
        for place in places {
            self.faults.blank.insert(place, until);
            self.tell_quote(place);
        }
        Ok(())
    }

    /// Ends the blanks that are over by then.
    pub(super) fn restore_quotes(&mut self, by: Ts) {
        let over = self.faults.blank.iter().filter(|(_, until)| **until <= by);
        let over: Vec<usize> = over.map(|(place, _)| *place).collect();
        for place in over {
            self.faults.blank.remove(&place);
            self.tell_quote(place);
        }
    }

    pub(in crate::tws::desk) fn is_blank(&self, place: usize) -> bool {
        self.faults.blank.contains_key(&place)
    }
}

/// How many messages came within the window, with the one that comes now.
fn counted(heard: &mut VecDeque<Ts>, now: Ts) -> usize {
    let old = |time: &Ts| now.since(*time) >= PACING_WINDOW;
    while heard.front().is_some_and(old) {
        heard.pop_front();
    }
    heard.push_back(now);
    heard.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_counted_over_a_second() {
        let mut heard = VecDeque::new();
        let start: Ts = "2022-12-01T21:00:00Z".parse().unwrap();
        let mut at = |millis| counted(&mut heard, start + Span::from_millis(millis));
        assert_eq!([at(0), at(400), at(999)], [1, 2, 3]);
        assert_eq!([at(1_000), at(1_399), at(1_400)], [3, 4, 4]);
        assert_eq!(at(9_000), 1);
    }
}
