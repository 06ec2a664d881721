//! What is traded here: which contracts a description fits, and their rules.

use chrono::{Days, NaiveDate};
use polyfolio_model::convert::{float, price_f64};
use polyfolio_model::{Price, Ts};

use super::{Desk, SessionId};
use crate::tws::config::Stock;
use crate::tws::contract::{Kind, TradingDay};
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
        let Some(rule) = at.and_then(|at| self.rules().get(at).cloned()) else {
            let what = format!("market rule {number} is unknown");
            return self.notice(id, NO_REQUEST, &Notice::Invalid(what), now);
        };
        let part = |(edge, step): (Price, Price)| PriceIncrement {
            low_edge: Some(price_f64(edge)),
            increment: Some(price_f64(step)),
        };
        let answer = MarketRule {
            market_rule_id: Some(number),
            price_increments: rule.into_iter().map(part).collect(),
        };
        self.say(id, &answer);
    }

    /// The stock at a place, as messages tell it.
    pub(super) fn contract(&self, place: usize) -> Option<Contract> {
        let stock = self.config.stocks.get(place)?;
        let terms = &stock.terms;
        Some(Contract {
            con_id: Some(stock.con_id),
            symbol: Some(stock.symbol.clone()),
            sec_type: Some(terms.kind.sec_type().into()),
            last_trade_date_or_contract_month: terms.expiry.map(|day| dated(day, "%Y%m%d")),
            multiplier: terms.multiplier.map(float),
            exchange: Some(stock.exchange().into()),
            primary_exch: is_listed(terms.kind).then(|| stock.primary_exchange.clone()),
            currency: Some(stock.listing.instrument.currency.to_string()),
            local_symbol: Some(stock.local_symbol()),
            trading_class: Some(stock.trading_class()),
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
        let terms = &stock.terms;
        let rule = stock.rule();
        let rule = self.rules().iter().position(|known| *known == rule)? + 1;
        let lot = stock.listing.instrument.lot;
        let hours = hours(terms.hours.as_ref(), today);
        let zone = terms
            .hours
            .as_ref()
            .map_or("UTC", |hours| hours.zone.as_str());
        Some(ContractDetails {
            market_name: Some(stock.trading_class()),
            min_tick: Some(stock.listing.tick().to_string()),
            order_types: Some("LMT,LOC,MKT,MOC,STP,STPLMT".into()),
            valid_exchanges: Some(stock.exchange().into()),
            price_magnifier: Some(1),
            long_name: Some(stock.long_name.clone()),
            contract_month: terms.expiry.map(|day| dated(day, "%Y%m")),
            time_zone_id: Some(zone.into()),
            trading_hours: Some(hours.clone()),
            liquid_hours: Some(hours),
            market_rule_ids: Some(rule.to_string()),
            real_expiration_date: terms.expiry.map(|day| dated(day, "%Y%m%d")),
            stock_type: terms.kind.stock_type().map(str::to_owned),
            min_size: Some(lot.to_string()),
            size_increment: Some(lot.to_string()),
            suggested_size_increment: Some(lot.to_string()),
        })
    }

    /// The price grids there are; a market rule's number is its place here and one.
    fn rules(&self) -> Vec<Vec<(Price, Price)>> {
        let mut rules: Vec<Vec<(Price, Price)>> = Vec::new();
        for rule in self.config.stocks.iter().map(Stock::rule) {
            if !rules.contains(&rule) {
                rules.push(rule);
            }
        }
        rules
    }
}

/// Whether a description fits: by its number, or by all that it names.
fn fits(asked: &Contract, stock: &Stock) -> bool {
    if let Some(con_id) = asked.con_id.filter(|id| *id != 0) {
        return con_id == stock.con_id;
    }
    let named = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let terms = &stock.terms;
    let is_here = |e: String| e == stock.exchange() || e == stock.primary_exchange;
    let expires = |text: String| {
        // A month, or a day of it.
        let expiry = terms.expiry.map(|day| dated(day, "%Y%m%d"));
        expiry.is_some_and(|expiry| matches!(text.len(), 6 | 8) && expiry.starts_with(&text))
    };
    let multiplier = |asked: f64| terms.multiplier.is_none_or(|m| float(m) == asked);
    named(&asked.symbol) == Some(stock.symbol.clone())
        && named(&asked.sec_type).is_some_and(|kind| kind == terms.kind.sec_type())
        && named(&asked.currency).is_none_or(|c| c == stock.listing.instrument.currency.as_str())
        && named(&asked.exchange).is_none_or(is_here)
        && named(&asked.primary_exch).is_none_or(|e| e == stock.primary_exchange)
        && named(&asked.last_trade_date_or_contract_month).is_none_or(expires)
        && named(&asked.trading_class).is_none_or(|class| class == stock.trading_class())
        && named(&asked.local_symbol).is_none_or(|name| name == stock.local_symbol())
        && asked
            .multiplier
            .filter(|m| *m != 0.0)
            .is_none_or(multiplier)
}

fn is_listed(kind: Kind) -> bool {
    matches!(kind, Kind::Stock | Kind::Etf)
}

fn dated(day: NaiveDate, form: &str) -> String {
    day.format(form).to_string()
}

/// Trading hours as they are written; without any the market never closes: whole days.
fn hours(of: Option<&TradingDay>, today: NaiveDate) -> String {
    let days = (0..HOURS_DAYS).filter_map(|n| today.checked_add_days(Days::new(n)));
    let day = |date: NaiveDate| match of {
        Some(hours) => hours.text(date),
        None => {
            let date = dated(date, "%Y%m%d");
            format!("{date}:0000-{date}:2359")
        }
    };
    days.map(day).collect::<Vec<_>>().join(";")
}
