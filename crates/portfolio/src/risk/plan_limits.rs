//! A whole plan against the limits, before any of its orders exists.
//!
//! An order that makes its position larger is *increasing*, one that makes it smaller *reducing*;
//! a flip is what it ends as. Where the book as a whole would break a limit, there is no best way
//! to choose among orders, so the rule is plain: the increasing ones are refused (for net
//! leverage: those that lean further to the heavy side), the reducing ones pass. Getting out is
//! never forbidden by leverage or weight; a fat finger (`max_order_notional`) is one in either
//! direction, and `ReduceOnly` lets nothing through zero.
//!
//! What has no price is not measured here; the caller decides whether prices are needed.

use chrono::NaiveDate;
use polyfolio_model::{InstrumentId, Money, Price, convert};

use super::approve::over_notional;
use super::{GroupLimit, RiskLimits};
use crate::refusal::{Code, Refusal};
use crate::trading_state::TradingState;

/// One instrument of the book, with or without an order.
#[derive(Clone, Debug, PartialEq)]
pub struct Exposure {
    /// Which.
    pub symbol: InstrumentId,
    /// The decision price.
    pub price: Option<Price>,
    /// Units held, what is in flight included.
    pub before: f64,
    /// Units of the order, signed; 0 for none.
    pub order: f64,
    /// The value of the order.
    pub notional: Option<Money>,
    /// The order over what is usually traded in a day.
    pub volume_share: Option<f64>,
}

/// Doubles that were scaled up to a limit may lie one digit above it.
const SLACK: f64 = 1.0 + 1e-9;

impl Exposure {
    fn after(&self) -> f64 {
        self.before + self.order
    }

    fn is_order(&self) -> bool {
        self.order != 0.0
    }

    fn is_increasing(&self) -> bool {
        self.is_order() && self.after().abs() > self.before.abs()
    }

    fn is_through_zero(&self) -> bool {
        self.after() * self.before < 0.0
    }

    /// What the position will be worth; `None` without a price.
    pub fn value_after(&self) -> Option<f64> {
        self.price
            .map(|price| self.after() * convert::price_f64(price))
    }
}

impl RiskLimits {
    /// Why an instrument is not to be touched at all, not even by a cross inside the book.
    pub fn refuse_instrument(
        &self,
        state: TradingState,
        symbol: &InstrumentId,
        price_date: Option<NaiveDate>,
        decision_date: NaiveDate,
    ) -> Option<Refusal> {
        let refusal = if state == TradingState::Halted {
            let next = "look why, then: polyfolio resume-trading";
            Refusal::new(Code::Halted, "trading is halted".to_owned(), next)
        } else if self.restricted.contains(symbol) {
            let message = format!("{symbol} is on risk.restricted");
            Refusal::new(
                Code::Restricted,
                message,
                "take it off the list, or out of the universe",
            )
        } else {
            self.stale(symbol, price_date?, decision_date)?
        };
        Some(refusal.of_symbol(symbol))
    }

    fn stale(&self, symbol: &InstrumentId, of: NaiveDate, on: NaiveDate) -> Option<Refusal> {
        let max = self.max_price_age_days?;
        let age = (on - of).num_days();
        (age > i64::from(max)).then(|| {
            let message = format!(
                "the close of {symbol} is of {of}, {age} days before {on}, \
                 above risk.max_price_age_days {max}"
            );
            Refusal::new(Code::StalePrice, message, "bring the history up to date")
        })
    }

    /// Refuses orders of `book`; one answer a place, `None` where there is no order or it passes.
    /// `nav` is the account's; without it leverage and weights are not measured.
    pub fn refuse_orders(
        &self,
        state: TradingState,
        nav: Option<Money>,
        book: &[Exposure],
    ) -> Vec<Option<Refusal>> {
        // An account that is worth nothing carries nothing: every leverage is infinite.
        let nav = nav.map(|nav| convert::money_f64(nav).max(0.0));
        let mut book = book.to_vec();
        let mut refusals = vec![None; book.len()];
        refuse(&mut book, &mut refusals, |one| {
            self.one_order(state, nav, one)
        });
        let Some(nav) = nav else {
            return refusals;
        };
        if let Some(why) = self.gross(nav, &book) {
            refuse(&mut book, &mut refusals, |one| {
                one.is_increasing().then(|| why.clone())
            });
        }
        if let Some((side, why)) = self.net(nav, &book) {
            refuse(&mut book, &mut refusals, |one| {
                (one.is_increasing() && one.order * side > 0.0).then(|| why.clone())
            });
        }
        for (name, group) in &self.group {
            if let Some(why) = group.weight(name, nav, &book) {
                refuse(&mut book, &mut refusals, |one| {
                    let is_of_it = group.instruments.contains(&one.symbol);
                    (is_of_it && one.is_increasing()).then(|| why.clone())
                });
            }
        }
        if let Some(why) = self.turnover(nav, &book) {
            refuse(&mut book, &mut refusals, |one| {
                one.is_increasing().then(|| why.clone())
            });
        }
        refusals
    }

    fn one_order(&self, state: TradingState, nav: Option<f64>, one: &Exposure) -> Option<Refusal> {
        let may_only_reduce = state == TradingState::ReduceOnly;
        if may_only_reduce && (one.is_increasing() || one.is_through_zero()) {
            let message = "trading is reduce only, and the order does not only reduce".to_owned();
            let next = "look why, then: polyfolio resume-trading";
            return Some(Refusal::new(Code::ReduceOnly, message, next));
        }
        if let Some((max, value)) = self.max_order_notional.zip(one.notional)
            && value.abs() > max
        {
            let message = over_notional(Some(value.abs()), max);
            let next = "lower the sleeve's weight, or raise risk.max_order_notional";
            return Some(Refusal::new(Code::MaxOrderNotional, message, next));
        }
        if let Some(refusal) = self.volume(one) {
            return Some(refusal);
        }
        self.weight(nav?, one)
    }

    /// What nobody knows is not little.
    fn volume(&self, one: &Exposure) -> Option<Refusal> {
        let max = self.max_volume_share.filter(|_| one.is_order())?;
        let (message, next) = match one.volume_share {
            Some(share) if share <= max * SLACK => return None,
            Some(share) => (
                format!("order {share:.4} of a day's volume above risk.max_volume_share {max}"),
                "trade in more than one run, or raise risk.max_volume_share",
            ),
            None => (
                format!("nobody knows what is traded of {} in a day", one.symbol),
                "add its volumes to the history, or drop risk.max_volume_share",
            ),
        };
        Some(Refusal::new(Code::MaxVolumeShare, message, next))
    }

    fn weight(&self, nav: f64, one: &Exposure) -> Option<Refusal> {
        let max = self.max_weight_per_instrument?;
        let weight = one.value_after()?.abs() / nav;
        (one.is_increasing() && weight > max * SLACK).then(|| {
            let message = format!("weight {weight:.4} above risk.max_weight_per_instrument {max}");
            let next = "lower the sleeves' weights, or raise risk.max_weight_per_instrument";
            Refusal::new(Code::MaxWeightPerInstrument, message, next)
        })
    }

    fn gross(&self, nav: f64, book: &[Exposure]) -> Option<Refusal> {
        let max = self.max_gross_leverage?;
        let gross = book
            .iter()
            .filter_map(Exposure::value_after)
            .map(f64::abs)
            .sum::<f64>()
            / nav;
        (gross > max * SLACK).then(|| {
            let message =
                format!("gross {gross:.4} of the plan above risk.max_gross_leverage {max}");
            let next = "lower portfolio.leverage, or raise risk.max_gross_leverage";
            Refusal::new(Code::MaxGrossLeverage, message, next)
        })
    }

    fn turnover(&self, nav: f64, book: &[Exposure]) -> Option<Refusal> {
        let max = self.max_turnover?;
        let traded = book.iter().filter(|one| one.is_order());
        let values = traded.filter_map(|one| one.notional);
        let turnover = values
            .map(|value| convert::money_f64(value).abs())
            .sum::<f64>()
            / nav;
        (turnover > max * SLACK).then(|| {
            let message =
                format!("turnover {turnover:.4} of the plan above risk.max_turnover {max}");
            let next = "trade in more than one run, or raise risk.max_turnover";
            Refusal::new(Code::MaxTurnover, message, next)
        })
    }

    /// The heavy side (+1 long, −1 short) and the refusal.
    fn net(&self, nav: f64, book: &[Exposure]) -> Option<(f64, Refusal)> {
        let max = self.max_net_leverage?;
        let net = book.iter().filter_map(Exposure::value_after).sum::<f64>() / nav;
        (net.abs() > max * SLACK).then(|| {
            let message = format!("net {net:.4} of the plan above risk.max_net_leverage {max}");
            let next = "lower portfolio.leverage, or raise risk.max_net_leverage";
            (
                net.signum(),
                Refusal::new(Code::MaxNetLeverage, message, next),
            )
        })
    }
}

impl GroupLimit {
    fn weight(&self, name: &str, nav: f64, book: &[Exposure]) -> Option<Refusal> {
        let own = book.iter();
        let own = own.filter(|one| self.instruments.contains(&one.symbol));
        let value: f64 = own.filter_map(Exposure::value_after).map(f64::abs).sum();
        let (weight, max) = (value / nav, self.max_weight);
        (weight > max * SLACK).then(|| {
            let message = format!("group {name}: weight {weight:.4} above its max_weight {max}");
            let next = "lower the sleeves' weights, or raise max_weight in [risk.group.NAME]";
            Refusal::new(Code::MaxGroupWeight, message, next)
        })
    }
}

/// Takes orders out of the book as they are refused, so that later rules see what is left.
fn refuse(
    book: &mut [Exposure],
    refusals: &mut [Option<Refusal>],
    rule: impl Fn(&Exposure) -> Option<Refusal>,
) {
    for (one, refusal) in book.iter_mut().zip(refusals) {
        if let Some(found) = one.is_order().then(|| rule(one)).flatten() {
            one.order = 0.0;
            *refusal = Some(found.of_symbol(&one.symbol));
        }
    }
}
