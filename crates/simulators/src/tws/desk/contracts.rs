//! What is traded here: which contracts a description fits, and their rules.

use chrono::{Days, NaiveDate};
use polyfolio_model::convert::price_f64;
use polyfolio_model::{Price, Ts};

use super::{Desk, SessionId};
use crate::tws::config::Stock;
use crate::tws::faults::List;
use crate::tws::messages::{
    Contract, ContractData, ContractDataEnd, ContractDataRequest, ContractDetails, MarketRule,
    MarketRuleRequest, PriceIncrement,
};
use crate::tws::notices::{NO_REQUEST, Notice};

/// How many days of trading hours are told.
const HOURS_DAYS: u64 = 6;

impl Desk {
    pub(super) fn contract_data(&mut self, id: SessionId, request: &ContractDataRequest, now: Ts) {
        let req_id = request.req_id;
        let asked = request.contract.clone().unwrap_or_default();
        let places = self.fitting(&asked);
        if places.is_empty() {
            let about = req_id.unwrap_or(NO_REQUEST);
            return self.notice(id, about, &Notice::NoSecurity("unknown contract"), now);
        }
        let telling = self.telling(List::ContractData);
        for place in places.into_iter().take(telling.most()) {
            let details = self.details(place, now.date());
            let answer = ContractData {
                req_id,
                contract: self.contract(place),
                contract_details: details,
            };
            self.say(id, &answer);
        }
        let about = req_id.unwrap_or(NO_REQUEST);
        self.ends(id, telling, about, &ContractDataEnd { req_id }, now);
    }

    pub(super) fn market_rule(&mut self, id: SessionId, request: &MarketRuleRequest, now: Ts) {
        let number = request.market_rule_id.unwrap_or_default();
        let at = usize::try_from(number).ok().and_then(|n| n.checked_sub(1));
        let Some(tick) = at.and_then(|at| self.ticks().get(at).copied()) else {
            let what = format!("market rule {number} is unknown");
            return self.notice(id, NO_REQUEST, &Notice::Invalid(what), now);
        };
        let increment = PriceIncrement {
            low_edge: Some(0.0),
            increment: Some(price_f64(tick)),
        };
        let answer = MarketRule {
            market_rule_id: Some(number),
            price_increments: vec![increment],
        };
        self.say(id, &answer);
    }

    /// The stock at a place, as messages tell it.
    pub(super) fn contract(&self, place: usize) -> Option<Contract> {
        let stock = self.config.stocks.get(place)?;
        Some(Contract {
            con_id: Some(stock.con_id),
            symbol: Some(stock.symbol.clone()),
            sec_type: Some("STK".into()),
            exchange: Some("SMART".into()),
            primary_exch: Some(stock.primary_exchange.clone()),
            currency: Some(stock.listing.instrument.currency.to_string()),
            local_symbol: Some(stock.symbol.clone()),
            trading_class: Some(stock.symbol.clone()),
            ..Contract::default()
        })
    }

    /// The one stock that a description fits.
    pub(super) fn the_stock(&self, asked: &Contract) -> Result<usize, Notice> {
        match self.fitting(asked).as_slice() {
            [] => Err(Notice::NoSecurity("unknown contract")),
            [place] => Ok(*place),
            _ => Err(Notice::NoSecurity("the description is ambiguous")),
        }
    }

    /// Every stock that a description fits, in the order of the configuration.
    fn fitting(&self, asked: &Contract) -> Vec<usize> {
        let stocks = self.config.stocks.iter().enumerate();
        let fitting = stocks.filter(|(_, stock)| fits(asked, stock));
        fitting.map(|(place, _)| place).collect()
    }

    fn details(&self, place: usize, today: NaiveDate) -> Option<ContractDetails> {
        let stock = self.config.stocks.get(place)?;
        let tick = stock.listing.tick();
        let rule = self.ticks().iter().position(|known| *known == tick)? + 1;
        let lot = stock.listing.instrument.lot;
        let hours = hours(today);
        Some(ContractDetails {
            market_name: Some(stock.symbol.clone()),
            min_tick: Some(tick.to_string()),
            order_types: Some("LMT,LOC,MKT,MOC,STP,STPLMT".into()),
            valid_exchanges: Some("SMART".into()),
            price_magnifier: Some(1),
            long_name: Some(stock.long_name.clone()),
            time_zone_id: Some("UTC".into()),
            trading_hours: Some(hours.clone()),
            liquid_hours: Some(hours),
            market_rule_ids: Some(rule.to_string()),
            stock_type: Some("COMMON".into()),
            min_size: Some(lot.to_string()),
            size_increment: Some(lot.to_string()),
            suggested_size_increment: Some(lot.to_string()),
        })
    }

    /// The price grids there are; a market rule's number is its place here and one.
    fn ticks(&self) -> Vec<Price> {
        let mut ticks: Vec<Price> = Vec::new();
        for stock in &self.config.stocks {
            let tick = stock.listing.tick();
            if !ticks.contains(&tick) {
                ticks.push(tick);
            }
        }
        ticks
    }
}

/// Whether a description fits: by its number, or by all that it names.
fn fits(asked: &Contract, stock: &Stock) -> bool {
    if let Some(con_id) = asked.con_id.filter(|id| *id != 0) {
        return con_id == stock.con_id;
    }
    let named = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let is_here = |e: String| e == "SMART" || e == stock.primary_exchange;
    named(&asked.symbol) == Some(stock.symbol.clone())
        && named(&asked.sec_type).is_some_and(|kind| kind == "STK")
        && named(&asked.currency).is_none_or(|c| c == stock.listing.instrument.currency.as_str())
        && named(&asked.exchange).is_none_or(is_here)
        && named(&asked.primary_exch).is_none_or(|e| e == stock.primary_exchange)
}

/// The market never closes: whole days, as trading hours are written.
fn hours(today: NaiveDate) -> String {
    let days = (0..HOURS_DAYS).filter_map(|n| today.checked_add_days(Days::new(n)));
    let day = |date: NaiveDate| {
        let date = date.format("%Y%m%d");
        format!("{date}:0000-{date}:2359")
    };
    days.map(day).collect::<Vec<_>>().join(";")
}
