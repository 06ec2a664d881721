//! What there is, for who asks: open orders, completed orders, executions.

use chrono::{Datelike, NaiveDate, NaiveDateTime};
use polyfolio_model::{ClOrdId, Ts};

use super::ledger::Executed;
use super::{Desk, SessionId};
use crate::tws::faults::List;
use crate::tws::messages::{
    CompletedOrder, CompletedOrdersEnd, ExecutionDetails, ExecutionDetailsEnd, ExecutionFilter,
    ExecutionRequest, OpenOrdersEnd,
};
use crate::tws::notices::{NO_REQUEST, Notice};

impl Desk {
    /// Open orders, oldest first: the client's own, or everybody's.
    pub(super) fn open_orders(&mut self, id: SessionId, all: bool, now: Ts) {
        let Some(client_id) = self.client(id) else {
            return;
        };
        let open = self.ledger.orders().filter(|entry| entry.is_open());
        let open = open.filter(|entry| all || entry.client_id == client_id);
        let open: Vec<ClOrdId> = open.map(|entry| entry.cl_ord_id()).collect();
        let telling = self.telling(List::OpenOrders);
        for of in open.into_iter().take(telling.most()) {
            if let Some((open_order, status)) = self.told(of) {
                self.say(id, &open_order);
                self.say(id, &status);
            }
        }
        self.ends(id, telling, NO_REQUEST, &OpenOrdersEnd {}, now);
    }

    /// Orders of every client that ended today.
    pub(super) fn completed_orders(&mut self, id: SessionId, now: Ts) {
        let today = self.ledger.today(now);
        let completed: Vec<CompletedOrder> = self
            .ledger
            .orders()
            .filter(|entry| entry.ended.as_ref().is_some_and(|end| end.day == today))
            .map(|entry| CompletedOrder {
                contract: self.contract(entry.terms.stock),
                order: Some(entry.completed(&self.config.account)),
                order_state: Some(entry.state(self.config.currency.as_str())),
            })
            .collect();
        let telling = self.telling(List::CompletedOrders);
        for order in completed.iter().take(telling.most()) {
            self.say(id, order);
        }
        self.ends(id, telling, NO_REQUEST, &CompletedOrdersEnd {}, now);
    }

    /// Executions that fit the filter, each with what it cost.
    pub(super) fn executions(&mut self, id: SessionId, request: &ExecutionRequest, now: Ts) {
        let filter = request.execution_filter.clone().unwrap_or_default();
        let req_id = request.req_id;
        let since = match filter
            .time
            .as_deref()
            .filter(|text| !text.is_empty())
            .map(instant)
        {
            Some(None) => {
                let what = "the filter's time is not written yyyymmdd-hh:mm:ss".into();
                let about = req_id.unwrap_or_default();
                return self.notice(id, about, &Notice::Invalid(what), now);
            }
            Some(since) => since,
            None => None,
        };
        let all = self.ledger.executions.iter();
        let fitting: Vec<Executed> = all
            .filter(|executed| {
                since.is_none_or(|since| executed.time.datetime().naive_utc() >= since)
            })
            .filter(|executed| self.fits(&filter, executed, now))
            .cloned()
            .collect();
        let telling = self.telling(List::Executions);
        for executed in fitting.iter().take(telling.most()) {
            let details = ExecutionDetails {
                req_id,
                contract: self.contract(executed.stock),
                execution: Some(executed.execution.clone()),
            };
            self.say(id, &details);
            self.say(id, &executed.cost);
        }
        let about = req_id.unwrap_or(NO_REQUEST);
        self.ends(id, telling, about, &ExecutionDetailsEnd { req_id }, now);
    }

    fn fits(&self, filter: &ExecutionFilter, executed: &Executed, now: Ts) -> bool {
        let asked = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let execution = &executed.execution;
        // Clients that do not ask for one client's send a zero.
        let whose = filter.client_id.filter(|client| *client != 0);
        let stock = self.config.stocks.get(executed.stock);
        let side = match asked(&filter.side).as_deref() {
            Some("BUY") => Some("BOT".to_owned()),
            Some("SELL") => Some("SLD".to_owned()),
            other => other.map(str::to_owned),
        };
        is_of_its_days(filter, executed.day, self.ledger.today(now))
            && whose.is_none_or(|client| execution.client_id == Some(client))
            && asked(&filter.acct_code).is_none_or(|a| execution.acct_number == Some(a))
            && asked(&filter.symbol).is_none_or(|s| stock.is_some_and(|stock| stock.symbol == s))
            && asked(&filter.sec_type)
                .is_none_or(|kind| stock.is_some_and(|stock| stock.terms.kind.sec_type() == kind))
            && asked(&filter.exchange).is_none_or(|e| execution.exchange == Some(e))
            && side.is_none_or(|side| execution.side == Some(side))
    }
}

/// Today, unless more days or certain ones are asked for.
fn is_of_its_days(filter: &ExecutionFilter, date: NaiveDate, today: NaiveDate) -> bool {
    let number = date.year() * 10_000 + date.month() as i32 * 100 + date.day() as i32;
    if !filter.specific_dates.is_empty() {
        return filter.specific_dates.contains(&number);
    }
    let back = filter.last_n_days.unwrap_or(0).clamp(0, 7);
    let age = (today - date).num_days();
    age < i64::from(back.max(1))
}

/// A filter's time, in UTC: `yyyymmdd-hh:mm:ss`, or with a space.
fn instant(text: &str) -> Option<NaiveDateTime> {
    let formats = ["%Y%m%d-%H:%M:%S", "%Y%m%d %H:%M:%S", "%Y%m%d %H:%M:%S UTC"];
    let read = |format| NaiveDateTime::parse_from_str(text, format).ok();
    formats.into_iter().find_map(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn executions_are_of_today_unless_more_is_asked_for() {
        let day = |day| NaiveDate::from_ymd_opt(2022, 12, day).unwrap();
        let check = |last_n_days, specific_dates: &[i32], date, expect| {
            let filter = ExecutionFilter {
                last_n_days,
                specific_dates: specific_dates.to_vec(),
                ..ExecutionFilter::default()
            };
            assert_eq!(is_of_its_days(&filter, day(date), day(9)), expect, "{date}");
        };
        check(None, &[], 9, true);
        check(None, &[], 8, false);
        check(Some(2), &[], 8, true);
        check(Some(2), &[], 7, false);
        check(None, &[20_221_207], 7, true);
        check(None, &[20_221_207], 9, false);
    }

    #[test]
    fn a_filters_time_is_read_or_refused() {
        let expect = NaiveDate::from_ymd_opt(2022, 12, 1)
            .unwrap()
            .and_hms_opt(21, 0, 5);
        assert_eq!(instant("20221201-21:00:05"), expect);
        assert_eq!(instant("20221201 21:00:05 UTC"), expect);
        assert_eq!(instant("yesterday"), None);
    }
}
