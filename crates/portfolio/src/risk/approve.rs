//! One child order against the market of the moment.

use polyfolio_model::{Instrument, Money, NewOrder, OrdType, Price, Qty, Quote, Side, Ts};

use super::RiskLimits;
use crate::nav::notional;
use crate::refusal::Code;
use crate::trading_state::TradingState;

/// Something that passed the risk check. Only this crate makes one, it cannot be read from
/// anywhere, and it cannot be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RiskApproved<T>(T);

impl<T> RiskApproved<T> {
    /// What was approved.
    pub fn get(&self) -> &T {
        &self.0
    }

    /// What was approved, to be sent.
    pub fn into_inner(self) -> T {
        self.0
    }
}

/// An order that our own check refuses; it is never sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("denied ({code}): {message}")]
pub struct Denied {
    /// The rule.
    pub code: Code,
    /// What was asked and what is allowed.
    pub message: String,
}

/// What the check needs to know beside the order.
#[derive(Clone, Copy, Debug)]
pub struct RiskView<'a> {
    /// Whether trading is allowed.
    pub state: TradingState,
    /// The trading rules of the order's instrument.
    pub instrument: &'a Instrument,
    /// What the account holds of it, signed.
    pub position: Qty,
    /// What may still be bought by open orders, unknown ones included, this one not; at least zero.
    pub open_buys: Qty,
    /// What may still be sold by open orders, unknown ones included, this one not; at least zero.
    pub open_sells: Qty,
    /// The market, when there is one.
    pub quote: Option<&'a Quote>,
    /// Clock time.
    pub now: Ts,
}

impl RiskLimits {
    /// Lets an order through, or says which rule it breaks. The first of: trading state,
    /// restricted list, quantity, price, age of the quote, value.
    ///
    /// The value is taken at the limit, or at the mid for a market order; a market order without
    /// a mid is denied when its value is limited, because "not known" is not "small". A stop's is
    /// taken at the highest price that the order or the market names: at the trigger it becomes
    /// a market order, and one whose trigger is behind the market does so at once.
    pub fn approve(
        &self,
        order: NewOrder,
        view: &RiskView<'_>,
    ) -> Result<RiskApproved<NewOrder>, Denied> {
        check_state(&order, view)?;
        self.check_restricted(&order)?;
        check_quantity(&order, view)?;
        check_prices(&order, view)?;
        self.check_quote_age(&order, view)?;
        self.check_notional(&order, view)?;
        Ok(RiskApproved(order))
    }

    fn check_restricted(&self, order: &NewOrder) -> Result<(), Denied> {
        if self.restricted.contains(&order.instrument) {
            return deny(
                Code::Restricted,
                format!("{} is on risk.restricted", order.instrument),
            );
        }
        Ok(())
    }

    fn check_quote_age(&self, order: &NewOrder, view: &RiskView<'_>) -> Result<(), Denied> {
        let (Some(max), Some(quote)) = (self.max_quote_age, view.quote) else {
            return Ok(());
        };
        let age = view.now.since(quote.time);
        if age > max {
            let what = &order.instrument;
            return deny(
                Code::StalePrice,
                format!("the quote of {what} is {age} old, above risk.max_quote_age {max}"),
            );
        }
        Ok(())
    }

    fn check_notional(&self, order: &NewOrder, view: &RiskView<'_>) -> Result<(), Denied> {
        let Some(max) = self.max_order_notional else {
            return Ok(());
        };
        let mid = view.quote.and_then(Quote::mid);
        let price = match order.ord_type {
            OrdType::Market => mid,
            OrdType::Limit(limit) => Some(limit),
            OrdType::Stop(trigger) => Some(trigger).max(mid),
            OrdType::StopLimit { trigger, limit } => Some(trigger.max(limit)),
        };
        let Some(price) = price else {
            return deny(
                Code::Price,
                format!(
                    "a market order in {} without a quote has no value",
                    order.instrument
                ),
            );
        };
        match notional(order.order_qty, price) {
            Some(value) if value.abs() <= max => Ok(()),
            value => deny(Code::MaxOrderNotional, over_notional(value, max)),
        }
    }
}

/// The sentence for an order that is worth too much; `None` is more than can be counted.
pub(super) fn over_notional(value: Option<Money>, max: Money) -> String {
    let value = value.map_or_else(|| "beyond counting".to_owned(), |value| value.to_string());
    format!("order {value} above risk.max_order_notional {max}")
}

fn check_state(order: &NewOrder, view: &RiskView<'_>) -> Result<(), Denied> {
    match view.state {
        TradingState::Active => Ok(()),
        TradingState::Halted => deny(Code::Halted, "trading is halted".to_owned()),
        TradingState::ReduceOnly => check_reduces(order, view),
    }
}

/// Even when everything open on its side fills first, the order must not reach beyond zero.
fn check_reduces(order: &NewOrder, view: &RiskView<'_>) -> Result<(), Denied> {
    let room = match order.side {
        Side::Sell => view.position - view.open_sells,
        Side::Buy => -view.position - view.open_buys,
    };
    if order.order_qty <= room {
        return Ok(());
    }
    let room = room.max(Qty::ZERO);
    let NewOrder {
        side,
        order_qty,
        instrument,
        ..
    } = order;
    let held = view.position;
    deny(
        Code::ReduceOnly,
        format!("{side} {order_qty} {instrument} with {held} held: only {room} more would reduce"),
    )
}

fn check_quantity(order: &NewOrder, view: &RiskView<'_>) -> Result<(), Denied> {
    let (quantity, lot) = (order.order_qty, view.instrument.lot);
    if !quantity.is_positive() {
        return deny(
            Code::OrderQuantity,
            format!("order quantity {quantity} is not above zero"),
        );
    }
    if !quantity.is_in_bounds() {
        let max = Qty::MAX;
        return deny(
            Code::OrderQuantity,
            format!("order quantity {quantity} is above {max}"),
        );
    }
    if !quantity.is_in_lots(lot) {
        return deny(
            Code::OrderQuantity,
            format!("order quantity {quantity} is not in whole lots of {lot}"),
        );
    }
    Ok(())
}

fn check_prices(order: &NewOrder, view: &RiskView<'_>) -> Result<(), Denied> {
    if let Err(contradiction) = order.check_terms() {
        return deny(Code::OrderPrice, contradiction.to_string());
    }
    let tick = view.instrument.tick;
    let prices = [
        ("limit", order.ord_type.limit()),
        ("trigger", order.ord_type.trigger()),
    ];
    let named = prices
        .into_iter()
        .filter_map(|(name, price)| Some((name, price?)));
    for (name, price) in named {
        check_price(name, price, tick)?;
    }
    Ok(())
}

fn check_price(name: &str, price: Price, tick: Price) -> Result<(), Denied> {
    if !price.is_positive() {
        return deny(
            Code::OrderPrice,
            format!("{name} {price} is not above zero"),
        );
    }
    if !price.is_in_bounds() {
        let max = Price::MAX;
        return deny(Code::OrderPrice, format!("{name} {price} is above {max}"));
    }
    if !price.is_on_grid(tick) {
        return deny(
            Code::OrderPrice,
            format!("{name} {price} is not on the tick grid of {tick}"),
        );
    }
    Ok(())
}

fn deny(code: Code, message: String) -> Result<(), Denied> {
    Err(Denied { code, message })
}
