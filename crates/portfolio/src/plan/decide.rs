//! One instrument: what crosses inside, what goes to the market, what stays.

use polyfolio_model::{Instrument, InstrumentId, Money, Price, Qty, Side, SleeveId};

use super::columns::{Column, Sleeve};
use super::demands::{Demands, Stock};
use super::wants::wants;
use super::{
    Close, Cross, PlanInput, PlannedOrder, Rounding, Row, Unclaimed, Untraded, UntradedReason,
};
use crate::crossing::match_opposites;
use crate::nav::notional;
use crate::netting::not_a_quantity;
use crate::refusal::{Code, Refusal};
use crate::scaling::Sizing;
use crate::units::Units;

/// What becomes of one instrument. Nothing but a refusal when it is left alone because of one.
#[derive(Clone, Debug, Default)]
pub(super) struct Decision {
    pub(super) target: Option<Units>,
    /// Each wish's part of the target; empty when nothing was decided.
    pub(super) rounded: Vec<Units>,
    pub(super) crosses: Vec<Cross>,
    pub(super) order: Option<PlannedOrder>,
    pub(super) untraded: Vec<Untraded>,
    pub(super) refusal: Option<Refusal>,
}

/// Decides one instrument.
pub(super) fn decide(
    input: &PlanInput<'_>,
    sleeves: &[Sleeve<'_>],
    row: &Row,
    column: &Column,
) -> Decision {
    if column.wishes.iter().any(|wish| !wish.target.is_finite()) {
        return Decision::default(); // Refused where it was scaled.
    }
    match try_decide(input, sleeves, row, column) {
        Ok(decision) => decision,
        Err(refusal) => Decision {
            refusal: Some(refusal.of_symbol(&row.symbol)),
            ..Decision::default()
        },
    }
}

fn try_decide(
    input: &PlanInput<'_>,
    sleeves: &[Sleeve<'_>],
    row: &Row,
    column: &Column,
) -> Result<Decision, Refusal> {
    let stock = stock(input, row, column);
    if is_untouched(&stock) {
        return Ok(untouched(&stock));
    }
    check_price(input, row)?;
    let instrument = input.instruments.get(&row.symbol);
    let demands = match input.settings.rounding {
        Rounding::Lot => stock.demands_in_lots(lot_of(instrument, &row.symbol)?)?,
        Rounding::None => stock.demands_unrounded()?,
    };
    let mut decision = Decision {
        target: (!stock.wishes.is_empty()).then_some(demands.target),
        rounded: demands.rounded.clone(),
        ..Decision::default()
    };
    let market = Market {
        row,
        price: row.close.map(|close| close.price),
        sleeves,
        column,
    };
    let changes = market.cross(&demands, &mut decision);
    market.order(input, instrument, &demands, &changes, &mut decision)?;
    if decision.order.is_some() || !decision.crosses.is_empty() {
        // Getting out of what nobody wants needs no price to size it.
        let is_exit = decision.crosses.is_empty() && stock.wishes.iter().all(|w| w.target == 0.0);
        check_instrument(input, &row.symbol, row.close.filter(|_| !is_exit))?;
    }
    Ok(decision)
}

fn stock<'a>(input: &PlanInput<'_>, row: &Row, column: &'a Column) -> Stock<'a> {
    Stock {
        wishes: &column.wishes,
        held: row.held,
        unclaimed: row.unclaimed,
        working: row.working,
        unknown: row.unknown,
        is_liquidated: input.settings.unclaimed == Unclaimed::Liquidate,
        band: input.settings.no_trade_band,
    }
}

/// Nobody wants or holds any of it, but for what stays as it is.
fn is_untouched(stock: &Stock<'_>) -> bool {
    let is_idle = stock
        .wishes
        .iter()
        .all(|wish| wish.target == 0.0 && wish.held.is_zero());
    let has_leaver = stock.is_liquidated && !stock.unclaimed.is_zero();
    is_idle && !has_leaver
}

fn untouched(stock: &Stock<'_>) -> Decision {
    Decision {
        target: (!stock.wishes.is_empty()).then_some(Units::ZERO),
        rounded: vec![Units::ZERO; stock.wishes.len()],
        ..Decision::default()
    }
}

fn check_price(input: &PlanInput<'_>, row: &Row) -> Result<(), Refusal> {
    if let Some(close) = row.close.filter(|close| !close.price.is_in_bounds()) {
        let (symbol, close) = (&row.symbol, close.price);
        let max = Price::MAX;
        return Err(Refusal::new(
            Code::Price,
            format!("the close of {symbol} is {close}: no price is greater than {max}"),
            "correct the history",
        ));
    }
    if input.settings.scale.sizing != Sizing::Nav || row.close.is_some() {
        return Ok(());
    }
    let message = format!("no close of {} up to {}", row.symbol, input.decision_date);
    Err(Refusal::new(
        Code::Price,
        message,
        "add it to the history, or take it out of the universe",
    ))
}

fn lot_of(instrument: Option<&Instrument>, symbol: &InstrumentId) -> Result<Qty, Refusal> {
    let lot = instrument
        .map(|instrument| instrument.lot)
        .filter(|lot| lot.is_positive());
    lot.ok_or_else(|| {
        let message = format!("{symbol} has no lot");
        Refusal::new(
            Code::Instrument,
            message,
            "set it in [instrument.default] or its own section",
        )
    })
}

fn check_instrument(
    input: &PlanInput<'_>,
    symbol: &InstrumentId,
    close: Option<Close>,
) -> Result<(), Refusal> {
    let date = close.map(|close| close.date);
    let found = input
        .limits
        .refuse_instrument(input.trading, symbol, date, input.decision_date);
    found.map_or(Ok(()), Err)
}

/// An instrument with its names and price at hand.
struct Market<'a> {
    row: &'a Row,
    price: Option<Price>,
    sleeves: &'a [Sleeve<'a>],
    column: &'a Column,
}

impl Market<'_> {
    /// Nets the changes against each other, and books it as crosses where that is worth it and
    /// there is a price. Either way what is left has one sign.
    fn cross(&self, demands: &Demands, decision: &mut Decision) -> Vec<Qty> {
        let mut changes = demands.changes.clone();
        let matches = match_opposites(&mut changes, demands.lot);
        if matches.is_empty() || !demands.is_worth_crossing {
            return changes;
        }
        match self.price {
            Some(price) => decision.crosses.extend(matches.iter().map(|found| Cross {
                symbol: self.row.symbol.clone(),
                quantity: found.quantity,
                price,
                from: self.sleeve_at(found.from),
                to: self.sleeve_at(found.to),
            })),
            None => {
                let quantity = matches.iter().map(|found| found.quantity).sum::<Qty>();
                decision
                    .untraded
                    .push(self.left(quantity.into(), UntradedReason::NoCrossPrice));
            }
        }
        changes
    }

    /// The net goes to the market, or is left for a reason.
    fn order(
        &self,
        input: &PlanInput<'_>,
        instrument: Option<&Instrument>,
        demands: &Demands,
        changes: &[Qty],
        decision: &mut Decision,
    ) -> Result<(), Refusal> {
        let difference = demands.difference;
        if difference.is_zero() {
            return Ok(());
        }
        if !demands.is_worth_trading {
            decision
                .untraded
                .push(self.left(difference, UntradedReason::Band));
            return Ok(());
        }
        let quantity = match difference.abs() {
            Units::Exact(quantity) => Units::Exact(quantity.toward_zero_in_lots(demands.lot)),
            float => float,
        };
        if quantity.is_zero() {
            decision
                .untraded
                .push(self.left(difference, UntradedReason::Lot));
            return Ok(());
        }
        // A double may be too small to be a quantity at all.
        let order_qty = quantity.qty().filter(|qty| qty.is_positive());
        let order_qty = order_qty.ok_or_else(|| not_a_quantity(difference.float()))?;
        let notional = match self.price.map(|price| notional(order_qty, price)) {
            Some(None) => return Err(not_a_quantity(difference.float())),
            Some(value) => value,
            None => None,
        };
        if notional.is_some_and(|value| value < min_notional(input, instrument)) {
            decision
                .untraded
                .push(self.left(difference, UntradedReason::MinNotional));
            return Ok(());
        }
        let sign = if difference.is_positive() {
            order_qty
        } else {
            -order_qty
        };
        decision.order = Some(PlannedOrder {
            symbol: self.row.symbol.clone(),
            side: if difference.is_positive() {
                Side::Buy
            } else {
                Side::Sell
            },
            quantity,
            order_qty,
            price: self.price,
            notional,
            wants: self.named(wants(changes, sign, order_qty, demands.lot)),
        });
        Ok(())
    }

    fn named(&self, parts: Vec<Qty>) -> Vec<(SleeveId, Qty)> {
        let is_part = |(_, part): &(usize, Qty)| part.is_positive();
        let parts = parts.into_iter().enumerate().filter(is_part);
        parts
            .map(|(place, part)| (self.sleeve_at(place), part))
            .collect()
    }

    /// The sleeve of the wish at `place`; behind the last wish stands what no sleeve owns.
    fn sleeve_at(&self, place: usize) -> SleeveId {
        match self.column.wishes.get(place) {
            Some(wish) => self.sleeves[wish.sleeve].id.clone(),
            None => SleeveId::unassigned(),
        }
    }

    fn left(&self, quantity: Units, reason: UntradedReason) -> Untraded {
        Untraded {
            symbol: self.row.symbol.clone(),
            quantity,
            reason,
        }
    }
}

/// Without rounding the venue's own rules are not looked at.
fn min_notional(input: &PlanInput<'_>, instrument: Option<&Instrument>) -> Money {
    let own = match input.settings.rounding {
        Rounding::Lot => instrument.map_or(Money::ZERO, |instrument| instrument.min_notional),
        Rounding::None => Money::ZERO,
    };
    own.max(input.settings.min_notional)
}
