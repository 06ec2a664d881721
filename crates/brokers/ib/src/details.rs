//! What IB says of a contract, as far as orders must obey it: the one contract that a description
//! fits, its price grid, its lots, its hours.
//!
//! Pure: the answers come in as arguments. Hours stay in the exchange's own time, named by its
//! zone; `history` alone looks zones up.

use chrono::NaiveDateTime;
use ibapi::contracts::{Contract, ContractDetails, PriceIncrement};
use polyfolio_model::{Instrument, InstrumentId, Money, Price, Qty, convert};
use rust_decimal::Decimal;

use crate::contract::{ContractSpec, SecType, in_words};
use crate::error::ContractError;

/// How many choices a message names.
const CHOICES_MAX: usize = 8;

/// A contract as orders need to know it.
#[derive(Clone, Debug, PartialEq)]
pub struct ContractFacts {
    /// The rules that plans obey: the finest tick, the lot, the currency.
    pub instrument: Instrument,
    /// IB's number.
    pub con_id: i32,
    /// What goes on the wire: the number and the exchange.
    pub contract: Contract,
    /// The price grid: from each price on, its step. In ascending order, and never empty.
    pub increments: Vec<(Price, Price)>,
    /// Units of currency per point of price.
    pub multiplier: Decimal,
    /// Its full name.
    pub long_name: String,
    /// When it trades at all.
    pub trading_hours: Hours,
    /// When it trades regularly.
    pub liquid_hours: Hours,
}

impl ContractFacts {
    /// The step of the grid at a price.
    pub fn tick_at(&self, price: Price) -> Price {
        let price = price.abs();
        let at_or_below = self
            .increments
            .iter()
            .rev()
            .find(|(edge, _)| *edge <= price);
        at_or_below
            .or(self.increments.first())
            .map_or(self.instrument.tick, |(_, step)| *step)
    }

    /// Whether an order at this price is on the grid.
    pub fn is_on_grid(&self, price: Price) -> bool {
        price.is_on_grid(self.tick_at(price))
    }
}

/// Stretches of trading in a zone's own time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hours {
    /// The zone, as IB names it.
    pub zone: String,
    /// From when to when.
    pub sessions: Vec<(NaiveDateTime, NaiveDateTime)>,
}

impl Hours {
    /// From days as IB writes them: `20221201:0930-20221201:1600`, `20221203:CLOSED`.
    fn read(zone: &str, days: &[String]) -> Result<Self, String> {
        let mut sessions = Vec::new();
        for day in days.iter().map(|day| day.trim()).filter(|d| !d.is_empty()) {
            if day.ends_with(":CLOSED") {
                continue;
            }
            let session = day.split_once('-').and_then(|(from, to)| {
                let date = from.split_once(':')?.0;
                // An older form leaves out the date of the end.
                let to = match to.contains(':') {
                    true => to.to_owned(),
                    false => format!("{date}:{to}"),
                };
                let read = |text: &str| NaiveDateTime::parse_from_str(text, "%Y%m%d:%H%M").ok();
                Some((read(from)?, read(&to)?))
            });
            sessions.push(session.ok_or_else(|| format!("its hours {day:?} are not readable"))?);
        }
        Ok(Self {
            zone: zone.to_owned(),
            sessions,
        })
    }

    /// Whether a moment in the zone's own time lies within.
    pub fn contains(&self, local: NaiveDateTime) -> bool {
        let mut sessions = self.sessions.iter();
        sessions.any(|(from, to)| (*from..*to).contains(&local))
    }
}

/// The one contract that a description fits.
pub(crate) fn the_one(
    id: &InstrumentId,
    spec: &ContractSpec,
    asked: &Contract,
    mut found: Vec<ContractDetails>,
) -> Result<ContractDetails, ContractError> {
    let (count, asked) = (found.len(), in_words(asked));
    if count > 1 {
        found.truncate(CHOICES_MAX);
        return Err(ambiguous(id, asked, count, &found));
    }
    found.pop().ok_or_else(|| {
        let keys = match spec.sec_type {
            SecType::Future => "symbol, exchange, expiry and trading_class",
            SecType::Forex => "symbol and exchange",
            _ => "symbol, primary_exchange and currency",
        };
        ContractError::Unknown {
            instrument: id.clone(),
            asked,
            keys,
        }
    })
}

/// Names the key that tells the contracts apart, and its values.
fn ambiguous(
    id: &InstrumentId,
    asked: String,
    count: usize,
    found: &[ContractDetails],
) -> ContractError {
    type Read = fn(&Contract) -> String;
    let keys: [(&'static str, Read); 5] = [
        ("primary_exchange", |c| c.primary_exchange.to_string()),
        ("currency", |c| c.currency.to_string()),
        ("expiry", |c| c.last_trade_date_or_contract_month.clone()),
        ("trading_class", |c| c.trading_class.clone()),
        ("multiplier", |c| c.multiplier.clone()),
    ];
    let values = |read: Read| {
        let mut values: Vec<String> = found.iter().map(|d| read(&d.contract)).collect();
        values.sort();
        values.dedup();
        values.retain(|value| !value.is_empty());
        values
    };
    let telling = keys.into_iter().find(|(_, read)| values(*read).len() > 1);
    let (key, choices) = match telling {
        Some((key, read)) => (key, values(read)),
        None => ("con_id", values(|c| c.contract_id.to_string())),
    };
    ContractError::Ambiguous {
        instrument: id.clone(),
        asked,
        count,
        key,
        choices: choices.join(", "),
    }
}

/// The market rule of the exchange that orders go to, when IB names one.
pub(crate) fn rule_id(details: &ContractDetails, exchange: &str) -> Option<i32> {
    let exchanges = details.valid_exchanges.iter();
    let pairs = exchanges.zip(&details.market_rule_ids);
    let rule = pairs.into_iter().find(|(valid, _)| *valid == exchange);
    let first = || details.market_rule_ids.first();
    let text = rule.map(|(_, rule)| rule).or_else(first)?;
    text.trim().parse().ok()
}

/// Reads what orders must obey. Without a rule the smallest tick is the grid everywhere.
pub(crate) fn facts(
    id: &InstrumentId,
    asked: &Contract,
    details: &ContractDetails,
    rule: &[PriceIncrement],
) -> Result<ContractFacts, ContractError> {
    let fault = |what: String| ContractError::Unusable {
        instrument: id.clone(),
        what,
    };
    let con_id = details.contract.contract_id;
    if con_id <= 0 {
        return Err(fault("it has no number".to_owned()));
    }
    let increments = increments(details, rule).map_err(fault)?;
    let tick = increments.iter().map(|(_, step)| *step).min();
    let lot = [details.size_increment, details.min_size]
        .into_iter()
        .flatten()
        .find_map(|size| convert::qty(size).filter(|q| q.is_positive()));
    let multiplier = details.contract.multiplier.trim();
    let multiplier = match multiplier {
        "" => Decimal::ONE,
        text => text
            .parse()
            .map_err(|_| fault(format!("its multiplier {text:?} is no number")))?,
    };
    let hours = |days: &[String]| Hours::read(&details.time_zone_id, days).map_err(fault);
    Ok(ContractFacts {
        instrument: Instrument {
            id: id.clone(),
            tick: tick.unwrap_or_default(),
            lot: lot.unwrap_or(Qty::from(1)),
            min_notional: Money::ZERO,
            currency: details.contract.currency.as_str().into(),
        },
        con_id,
        contract: Contract {
            contract_id: con_id,
            exchange: asked.exchange.clone(),
            ..details.contract.clone()
        },
        increments,
        multiplier,
        long_name: details.long_name.clone(),
        trading_hours: hours(&details.trading_hours)?,
        liquid_hours: hours(&details.liquid_hours)?,
    })
}

fn increments(
    details: &ContractDetails,
    rule: &[PriceIncrement],
) -> Result<Vec<(Price, Price)>, String> {
    let read = |edge: f64, step: f64| {
        let edge = convert::price(edge).filter(|edge| !edge.is_negative());
        let step = convert::price(step).filter(|step| step.is_positive());
        edge.zip(step)
    };
    let mut grid = Vec::new();
    for PriceIncrement {
        low_edge,
        increment,
    } in rule
    {
        let part = read(*low_edge, *increment);
        let what = || format!("its market rule has a step of {increment} from {low_edge} on");
        grid.push(part.ok_or_else(what)?);
    }
    if grid.is_empty() {
        let what = || format!("its smallest tick is {}", details.min_tick);
        grid.push(read(0.0, details.min_tick).ok_or_else(what)?);
    }
    grid.sort();
    Ok(grid)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn details(con_id: i32, exchange: &str) -> ContractDetails {
        ContractDetails {
            contract: Contract {
                contract_id: con_id,
                symbol: "CCC".into(),
                primary_exchange: exchange.into(),
                ..Contract::default()
            },
            min_tick: 0.01,
            min_size: Some(1.0),
            size_increment: Some(100.0),
            valid_exchanges: vec!["SMART".into(), exchange.into()],
            market_rule_ids: vec!["26".into(), "27".into()],
            time_zone_id: "US/Eastern".into(),
            trading_hours: vec![
                "20221201:0930-20221201:1600".into(),
                "20221203:CLOSED".into(),
                "20221204:1800-20221205:1700".into(),
            ],
            ..ContractDetails::default()
        }
    }

    fn asked() -> (InstrumentId, ContractSpec, Contract) {
        let (id, spec) = (InstrumentId::from("CCC"), ContractSpec::default());
        let contract = spec.contract(&id).unwrap();
        (id, spec, contract)
    }

    fn price(text: &str) -> Price {
        text.parse().unwrap()
    }

    #[test]
    fn an_unknown_contract_names_the_keys_to_look_at() {
        let (id, spec, contract) = asked();
        let error = the_one(&id, &spec, &contract, vec![]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "IB knows no contract for CCC (CCC STK SMART USD): check [instrument.\"CCC\".ib], \
             first its symbol, primary_exchange and currency"
        );
    }

    #[test]
    fn an_ambiguous_one_names_the_key_that_tells_them_apart() {
        let (id, spec, contract) = asked();
        let found = vec![details(3, "NYSE"), details(4, "NASDAQ"), details(5, "NYSE")];
        let error = the_one(&id, &spec, &contract, found).unwrap_err();
        assert_eq!(
            error.to_string(),
            "CCC (CCC STK SMART USD) fits 3 contracts of IB's: set \
             instrument.\"CCC\".ib.primary_exchange to one of NASDAQ, NYSE"
        );
        let same = vec![details(3, "NYSE"), details(4, "NYSE")];
        let error = the_one(&id, &spec, &contract, same).unwrap_err();
        let text = error.to_string();
        assert!(text.ends_with("con_id to one of 3, 4"), "{text}");
    }

    #[test]
    fn the_grid_is_the_market_rules() {
        let (id, _, contract) = asked();
        let rule = [(0.0, 0.0001), (1.0, 0.01), (100.0, 0.05)];
        let rule = rule.map(|(low_edge, increment)| PriceIncrement {
            low_edge,
            increment,
        });
        let facts = facts(&id, &contract, &details(3, "NYSE"), &rule).unwrap();
        for (at, step) in [
            ("0.5", "0.0001"),
            ("1", "0.01"),
            ("99.99", "0.01"),
            ("250", "0.05"),
        ] {
            assert_eq!(facts.tick_at(price(at)), price(step), "{at}");
        }
        assert!(facts.is_on_grid(price("0.5001")));
        assert!(!facts.is_on_grid(price("1.0001")));
        assert_eq!(facts.instrument.tick, price("0.0001"));
        assert_eq!(facts.instrument.lot, Qty::from(100));
        assert_eq!(facts.contract.contract_id, 3);
    }

    #[test]
    fn without_a_rule_the_smallest_tick_is_the_grid() {
        let (id, _, contract) = asked();
        let with = facts(&id, &contract, &details(3, "NYSE"), &[]).unwrap();
        assert_eq!(with.increments, [(Price::ZERO, price("0.01"))]);
        let no_tick = ContractDetails {
            min_tick: 0.0,
            ..details(3, "NYSE")
        };
        let error = facts(&id, &contract, &no_tick, &[]).unwrap_err();
        assert!(error.to_string().contains("smallest tick is 0"), "{error}");
    }

    #[test]
    fn the_rule_is_that_of_the_exchange() {
        let details = details(3, "NYSE");
        assert_eq!(rule_id(&details, "NYSE"), Some(27));
        assert_eq!(rule_id(&details, "SMART"), Some(26));
        assert_eq!(rule_id(&details, "LSE"), Some(26));
        assert_eq!(rule_id(&ContractDetails::default(), "SMART"), None);
    }

    #[test]
    fn hours_are_read_in_the_exchanges_own_time() {
        let (id, _, contract) = asked();
        let facts = facts(&id, &contract, &details(3, "NYSE"), &[]).unwrap();
        let local = |text: &str| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
        let hours = &facts.trading_hours;
        assert_eq!(hours.zone, "US/Eastern");
        for (time, open) in [
            ("2022-12-01 09:29", false),
            ("2022-12-01 09:30", true),
            ("2022-12-01 16:00", false),
            ("2022-12-03 12:00", false),
            ("2022-12-05 03:00", true),
        ] {
            assert_eq!(hours.contains(local(time)), open, "{time}");
        }
        let odd = Hours::read("UTC", &["20221201".to_owned()]);
        assert!(odd.is_err());
    }
}
