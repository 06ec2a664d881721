//! The account as a whole: all its values and all it holds, told again as they change.

use polyfolio_model::convert::{float, money_f64, price_f64};
use polyfolio_model::{Money, Ts};

use super::{Desk, SessionId};
use crate::tws::faults::List;
use crate::tws::messages::{
    AccountDataEnd, AccountDataRequest, AccountUpdateTime, AccountValue, AutoOpenOrdersRequest,
    PortfolioValue,
};
use crate::tws::notices::{NO_REQUEST, Notice};

/// The values that are told, in this order.
const KEYS: [&str; 5] = [
    "NetLiquidation",
    "TotalCashValue",
    "TotalCashBalance",
    "SettledCash",
    "GrossPositionValue",
];

/// What a client was told.
#[derive(Debug, Default)]
pub(super) struct AccountData {
    values: Vec<Option<Money>>,
}

impl Desk {
    /// Everything at once, then its end; from then on what changes. A value that is not known,
    /// because something held has no price, is not told.
    pub(super) fn account_data(&mut self, id: SessionId, request: &AccountDataRequest, now: Ts) {
        let asked = request.acct_code.as_deref().unwrap_or("");
        if !asked.is_empty() && asked != self.config.account {
            let what = format!("invalid account code {asked:?}");
            return self.notice(id, NO_REQUEST, &Notice::Invalid(what), now);
        }
        let subscribes = request.subscribe == Some(true);
        if let Some(session) = self.sessions.get_mut(&id) {
            session.account_data = subscribes.then(AccountData::default);
        }
        if !subscribes {
            return;
        }
        let telling = self.telling(List::AccountUpdates);
        let most = telling.most();
        let ready = self.account_value("AccountReady", "true", "");
        self.say(id, &ready);
        self.tell_account(id, most, now);
        for portfolio in self.portfolio().into_iter().take(most) {
            self.say(id, &portfolio);
        }
        let account_name = Some(self.config.account.clone());
        let end = AccountDataEnd { account_name };
        self.ends(id, telling, NO_REQUEST, &end, now);
        self.summaries_due = self
            .summaries_due
            .min(now + super::account::SUMMARY_INTERVAL);
    }

    /// Who wants to know all of the account.
    pub(super) fn watching_account(&self) -> Vec<SessionId> {
        let sessions = self.sessions.iter();
        let watching = sessions.filter(|(_, session)| session.account_data.is_some());
        watching.map(|(id, _)| *id).collect()
    }

    /// Tells the values that changed, of the first so many, and the time.
    pub(super) fn tell_account(&mut self, id: SessionId, most: usize, now: Ts) {
        let values: Vec<Option<Money>> = KEYS.iter().map(|key| self.value(key)).collect();
        let session = self.sessions.get_mut(&id);
        let Some(told) = session.and_then(|session| session.account_data.as_mut()) else {
            return;
        };
        let before = std::mem::replace(&mut told.values, values.clone());
        let currency = self.config.currency.to_string();
        for (place, (key, value)) in KEYS.iter().zip(values).enumerate().take(most) {
            let is_old = before.get(place) == Some(&value);
            let Some(value) = value.filter(|_| !is_old) else {
                continue;
            };
            let answer = self.account_value(key, &value.to_string(), &currency);
            self.say(id, &answer);
        }
        let time_stamp = Some(self.told_time(now).datetime().format("%H:%M").to_string());
        self.say(id, &AccountUpdateTime { time_stamp });
    }

    /// Tells a position to whoever watches the account.
    pub(super) fn portfolio_changed(&mut self, place: usize) {
        if self.is_cut_off() {
            return;
        }
        let Some(portfolio) = self.portfolio_value(place) else {
            return;
        };
        for id in self.watching_account() {
            self.say(id, &portfolio);
        }
    }

    /// Only the client with id 0 may have the orders that people enter; nobody enters any here.
    pub(super) fn auto_open_orders(
        &mut self,
        id: SessionId,
        request: &AutoOpenOrdersRequest,
        now: Ts,
    ) {
        let binds = request.auto_bind == Some(true);
        if binds && self.client(id) != Some(0) {
            let what = "Only the default client (i.e 0) can auto bind orders.".to_owned();
            self.notice(id, NO_REQUEST, &Notice::Invalid(what), now);
        }
    }

    fn portfolio(&self) -> Vec<PortfolioValue> {
        let stocks = &self.config.stocks;
        let held = self.ledger.holdings.iter();
        let place = |held| stocks.iter().position(|stock| stock.instrument() == held);
        held.filter_map(|(held, _)| self.portfolio_value(place(held)?))
            .collect()
    }

    fn portfolio_value(&self, place: usize) -> Option<PortfolioValue> {
        let instrument = self.config.stocks.get(place)?.instrument();
        let held = self.ledger.holdings.of(instrument);
        let price = self.market.mid(instrument)?;
        let gain = (price.get() - held.average.get()) * held.quantity.get();
        Some(PortfolioValue {
            contract: self.contract(place),
            position: Some(held.quantity.to_string()),
            market_price: Some(price_f64(price)),
            market_value: Some(money_f64(price * held.quantity)),
            average_cost: Some(price_f64(held.average)),
            unrealized_pnl: Some(float(gain)),
            // What leaving positions realised is told with its executions alone.
            realized_pnl: Some(0.0),
            account_name: Some(self.config.account.clone()),
        })
    }

    fn account_value(&self, key: &str, value: &str, currency: &str) -> AccountValue {
        AccountValue {
            key: Some(key.to_owned()),
            value: Some(value.to_owned()),
            currency: Some(currency.to_owned()),
            account_name: Some(self.config.account.clone()),
        }
    }
}
