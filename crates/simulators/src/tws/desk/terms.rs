//! What a client's order means, and why it is refused before the market sees it.

use polyfolio_model::convert;
use polyfolio_model::{OrdType, Price, Qty, Side, TimeInForce};

use super::Desk;
use super::order::Terms;
use crate::tws::messages::{Contract, Order};
use crate::tws::notices::Notice;

impl Desk {
    /// Reads an order: its terms, or what the client hears instead.
    pub(super) fn terms(&self, contract: &Contract, order: &Order) -> Result<Terms, Notice> {
        let stock = self.the_stock(contract)?;
        self.own_account(order)?;
        only_what_is_worked(order)?;
        let side = match order.action.as_deref() {
            Some("BUY") => Side::Buy,
            Some("SELL") => Side::Sell,
            other => {
                let what = format!("action {:?}: BUY or SELL is expected", other.unwrap_or(""));
                return Err(Notice::Invalid(what));
            }
        };
        let (ord_type, tif) = type_and_tif(order)?;
        let terms = Terms {
            stock,
            side,
            quantity: quantity(order)?,
            ord_type,
            tif,
            order_ref: order.order_ref.clone(),
            outside_rth: order.outside_rth,
        };
        self.by_the_rules(&terms)?;
        Ok(terms)
    }

    fn own_account(&self, order: &Order) -> Result<(), Notice> {
        match order.account.as_deref() {
            None | Some("") => Ok(()),
            Some(account) if account == self.config.account => Ok(()),
            Some(account) => Err(Notice::Invalid(format!("invalid account code {account:?}"))),
        }
    }

    /// The grid and the lots, which the gateway looks at itself; the rest is the market's to
    /// refuse.
    fn by_the_rules(&self, terms: &Terms) -> Result<(), Notice> {
        let Some(stock) = self.config.stocks.get(terms.stock) else {
            return Err(Notice::NoSecurity("unknown contract"));
        };
        let rules = &stock.listing.instrument;
        let is_off = |price: Price| !price.is_positive() || !price.is_on_grid(stock.step_at(price));
        let (limit, trigger) = (terms.ord_type.limit(), terms.ord_type.trigger());
        if [limit, trigger].into_iter().flatten().any(is_off) {
            return Err(Notice::PriceVariation);
        }
        if !terms.quantity.is_in_lots(rules.lot) {
            let (quantity, lot) = (terms.quantity, rules.lot);
            let what = format!("quantity {quantity} is not in lots of {lot}");
            return Err(Notice::Rejected(what));
        }
        Ok(())
    }
}

/// Refuses what would change an order's meaning if it were read over. Clients leave out what is
/// false, so an order whose transmission is not mentioned is held back.
fn only_what_is_worked(order: &Order) -> Result<(), Notice> {
    let asks = [
        (order.what_if == Some(true), "what-if orders"),
        (
            order.transmit != Some(true),
            "orders held back from transmission",
        ),
        (order.parent_id.is_some_and(|id| id != 0), "attached orders"),
        (
            order.oca_group.as_ref().is_some_and(|g| !g.is_empty()),
            "one-cancels-all groups",
        ),
    ];
    match asks.into_iter().find(|(asked, _)| *asked) {
        Some((_, what)) => Err(Notice::Invalid(format!("{what} are not simulated"))),
        None => Ok(()),
    }
}

fn quantity(order: &Order) -> Result<Qty, Notice> {
    let text = order.total_quantity.as_deref().unwrap_or("");
    match text.parse::<Qty>() {
        Ok(quantity) if quantity.is_positive() => Ok(quantity),
        _ => Err(Notice::Invalid(format!(
            "total quantity {text:?} is not above zero"
        ))),
    }
}

/// What IB tells apart as types is a type and, at the close, a time in force.
fn type_and_tif(order: &Order) -> Result<(OrdType, TimeInForce), Notice> {
    let limit = || price(order.lmt_price, "a limit order without a limit price");
    let trigger = || price(order.aux_price, "a stop order without a stop price");
    let (ord_type, at_the_close) = match order.order_type.as_deref().unwrap_or("") {
        "MKT" => (OrdType::Market, false),
        "LMT" => (OrdType::Limit(limit()?), false),
        "STP" => (OrdType::Stop(trigger()?), false),
        "STP LMT" => {
            let (trigger, limit) = (trigger()?, limit()?);
            (OrdType::StopLimit { trigger, limit }, false)
        }
        "MOC" => (OrdType::Market, true),
        "LOC" => (OrdType::Limit(limit()?), true),
        other => return Err(Notice::OrderType(other.to_owned())),
    };
    match tif(order)? {
        TimeInForce::Day if at_the_close => Ok((ord_type, TimeInForce::AtTheClose)),
        // An order for one instant does not last.
        _ if at_the_close => Err(Notice::TimeInForce(order.tif.clone().unwrap_or_default())),
        tif => Ok((ord_type, tif)),
    }
}

/// A price; clients send the greatest number there is for one that they do not set.
fn price(of: Option<f64>, missing: &str) -> Result<Price, Notice> {
    let price = of.filter(|price| *price < f64::MAX);
    let missing = || Notice::Invalid(missing.into());
    price.and_then(convert::price).ok_or_else(missing)
}

fn tif(order: &Order) -> Result<TimeInForce, Notice> {
    match order.tif.as_deref().unwrap_or("") {
        "" | "DAY" => Ok(TimeInForce::Day),
        "GTC" => Ok(TimeInForce::GoodTillCancel),
        "IOC" => Ok(TimeInForce::ImmediateOrCancel),
        other => Err(Notice::TimeInForce(other.to_owned())),
    }
}
