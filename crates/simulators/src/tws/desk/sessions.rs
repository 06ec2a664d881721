//! Who is connected, and what each connection asked to be kept told.

use std::collections::{BTreeMap, VecDeque};

use polyfolio_model::Ts;

use super::Desk;
use super::account::Summary;
use super::account_data::AccountData;
use super::bars::{HistoryPace, Kept, RealTime};
use crate::tws::line::Line;
use crate::tws::messages::{CurrentTime, CurrentTimeInMillis, ManagedAccounts, NextValidId};
use crate::tws::notices::{NO_REQUEST, Notice};
use crate::tws::{ClientMessage, WireFault};

/// A connection, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SessionId(u64);

impl SessionId {
    pub(super) fn number(self) -> u64 {
        self.0
    }
}

/// One connection that named itself.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) client_id: i32,
    pub(super) line: Line,
    /// Which kind of quotes it wants: 1 live, 2 frozen, 3 delayed, 4 delayed and frozen.
    pub(super) data_type: i32,
    /// The quotes it gets, by request: which stock, and of which kind.
    pub(super) quotes: BTreeMap<i32, (usize, i32)>,
    /// The values it is told again as they change, by request.
    pub(super) summaries: BTreeMap<i32, Summary>,
    /// Whether it is told of positions as they change.
    pub(super) positions: bool,
    /// What it was told of the account as a whole, if it wants to know that.
    pub(super) account_data: Option<AccountData>,
    /// The bars it is kept told of, by request.
    pub(super) kept: BTreeMap<i32, Kept>,
    /// The bars of five seconds it is told of, by request.
    pub(super) real_time: BTreeMap<i32, RealTime>,
    /// What it asked of the history service.
    pub(super) history: HistoryPace,
    /// When it sent what it sent lately.
    pub(super) heard: VecDeque<Ts>,
}

impl Desk {
    /// A client names itself. One whose id is connected hears so and is hung up on; any other gets
    /// what every connection begins with.
    pub(crate) fn join(&mut self, client_id: i32, mut line: Line, now: Ts) -> Option<SessionId> {
        self.advance(now);
        if self.is_over {
            return None;
        }
        if self.connected(client_id).is_some() || self.is_held(client_id, now) {
            if !self.is_silent() {
                line.say(&Notice::ClientIdInUse.about(NO_REQUEST, now));
            }
            return None;
        }
        self.connections += 1;
        let id = SessionId(self.connections);
        let session = Session {
            client_id,
            line,
            data_type: 1,
            quotes: BTreeMap::new(),
            summaries: BTreeMap::new(),
            positions: false,
            account_data: None,
            kept: BTreeMap::new(),
            real_time: BTreeMap::new(),
            history: HistoryPace::default(),
            heard: VecDeque::new(),
        };
        self.sessions.insert(id, session);
        self.say_accounts(id);
        self.say_next_id(id);
        for farm in [
            Notice::MarketDataFarm,
            Notice::HistoryFarm,
            Notice::ContractFarm,
        ] {
            self.notice(id, NO_REQUEST, &farm, now);
        }
        Some(id)
    }

    /// A connection is gone. What it had ordered stays.
    pub(crate) fn leave(&mut self, id: SessionId) {
        if let Some(session) = self.sessions.remove(&id) {
            self.hold_id(session.client_id);
        }
    }

    /// Takes a message, or what should have been one.
    pub(crate) fn hear(&mut self, id: SessionId, said: Result<ClientMessage, WireFault>, now: Ts) {
        self.advance(now);
        // One that was hung up on may have more under way.
        if !self.sessions.contains_key(&id) {
            return;
        }
        self.faults.messages_heard += 1;
        if self.loses_messages() || !self.keeps_pace(id, now) {
            return;
        }
        if said
            .as_ref()
            .is_ok_and(|said| self.refuses_to_write(id, said, now))
        {
            return;
        }
        use ClientMessage as M;
        match said {
            // A second one changes nothing, as nothing says that it should.
            Ok(M::StartApi(_)) => {}
            Ok(M::CurrentTime) => {
                let current_time = Some(self.told_time(now).nanos() / 1_000_000_000);
                self.say(id, &CurrentTime { current_time });
            }
            Ok(M::CurrentTimeInMillis) => {
                let current_time_in_millis = Some(self.told_time(now).nanos() / 1_000_000);
                let answer = CurrentTimeInMillis {
                    current_time_in_millis,
                };
                self.say(id, &answer);
            }
            Ok(M::ManagedAccounts) => self.say_accounts(id),
            Ok(M::Ids) => self.say_next_id(id),
            Ok(M::AccountSummary(request)) => self.account_summary(id, &request, now),
            Ok(M::CancelAccountSummary(request)) => self.cancel_summary(id, &request),
            Ok(M::Positions) => self.positions(id, now),
            Ok(M::CancelPositions) => self.watch_positions(id, false),
            Ok(M::ContractData(request)) => self.contract_data(id, &request, now),
            Ok(M::MarketRule(request)) => self.market_rule(id, &request, now),
            Ok(M::MarketDataType(request)) => self.market_data_type(id, &request, now),
            Ok(M::MarketData(request)) => self.market_data(id, &request, now),
            Ok(M::CancelMarketData(request)) => self.cancel_market_data(id, &request),
            Ok(M::PlaceOrder(request)) => self.order_comes(id, &request, now),
            Ok(M::CancelOrder(request)) => self.cancel_comes(id, &request, now),
            Ok(M::GlobalCancel) => self.global_cancel(id, now),
            Ok(M::OpenOrders) => self.open_orders(id, false, now),
            Ok(M::AllOpenOrders) => self.open_orders(id, true, now),
            Ok(M::CompletedOrders) => self.completed_orders(id, now),
            Ok(M::Executions(request)) => self.executions(id, &request, now),
            Ok(M::AccountData(request)) => self.account_data(id, &request, now),
            Ok(M::AutoOpenOrders(request)) => self.auto_open_orders(id, &request, now),
            Ok(M::HistoricalData(request)) => self.historical_data(id, &request, now),
            Ok(M::CancelHistoricalData(request)) => self.cancel_history(id, &request, now),
            Ok(M::RealTimeBars(request)) => self.real_time_bars(id, &request, now),
            Ok(M::CancelRealTimeBars(request)) => self.cancel_real_time(id, &request, now),
            Ok(M::HeadTimestamp(request)) => self.head_timestamp(id, &request, now),
            // It is told at once: there is nothing left to cancel.
            Ok(M::CancelHeadTimestamp(_)) => {}
            Err(WireFault::UnknownMessage(_)) => {
                self.notice(id, NO_REQUEST, &Notice::UnknownMessage, now);
            }
            Err(WireFault::Malformed { .. }) => {
                self.notice(id, NO_REQUEST, &Notice::Unreadable, now);
            }
        }
    }

    /// The connection of a client.
    pub(super) fn connected(&self, client_id: i32) -> Option<SessionId> {
        let mut sessions = self.sessions.iter();
        let found = sessions.find(|(_, session)| session.client_id == client_id);
        found.map(|(id, _)| *id)
    }

    /// Which client a connection is.
    pub(super) fn client(&self, id: SessionId) -> Option<i32> {
        self.sessions.get(&id).map(|session| session.client_id)
    }

    fn say_accounts(&mut self, id: SessionId) {
        let accounts_list = Some(self.config.account.clone());
        self.say(id, &ManagedAccounts { accounts_list });
    }

    fn say_next_id(&mut self, id: SessionId) {
        if let Some(client_id) = self.client(id) {
            let order_id = Some(self.ledger.next_order_id(client_id));
            self.say(id, &NextValidId { order_id });
        }
    }
}
