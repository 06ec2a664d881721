//! One instrument: what crosses inside, what goes to the market, what stays.

use polyfolio_model::{Instrument, InstrumentId, Money, Price, Qty, Side, convert};

use super::columns::Column;
use super::demands::{Demands, Net, Stock};
use super::wants::wants;
use super::wishes::Decided;
use super::{
    Close, Crossed, PlanInput, PlannedOrder, Rounding, Row, Unclaimed, Untraded, UntradedReason,
};
use crate::amount::Amount;
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
    /// Whether the wishes' parts were decided, and how.
    pub(super) decided: Decided,
    pub(super) crosses: Vec<Crossed>,
    pub(super) order: Option<PlannedOrder>,
    pub(super) untraded: Vec<Untraded>,
    pub(super) refusal: Option<Refusal>,
}

/// Decides the instrument of the row at `place`. Each wish's part in lots goes into `parts`.
pub(super) fn decide(
    input: &PlanInput<'_>,
    (place, row): (usize, &Row),
    column: Column<'_>,
    parts: &mut [Qty],
) -> Decision {
    if column.targets().any(|target| !target.is_finite()) {
        return Decision::default(); // Refused where it was scaled.
    }
    let market = Market {
        input,
        instrument: input.instruments.get(&row.symbol),
        row,
        place: place as u32,
        price: row.close.map(|close| close.price),
        column,
    };
    match market.decide(parts) {
        Ok(decision) => decision,
        Err(refusal) => Decision {
            refusal: Some(refusal.of_symbol(&row.symbol)),
            ..Decision::default()
        },
    }
}

fn stock<'a>(input: &PlanInput<'_>, row: &Row, column: Column<'a>) -> Stock<'a> {
    Stock {
        column,
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
    let mut entries = stock.column.entries.iter();
    let is_idle = entries.all(|entry| entry.target == 0.0 && entry.held.is_zero());
    let has_leaver = stock.is_liquidated && !stock.unclaimed.is_zero();
    is_idle && !has_leaver
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

/// An instrument with its rules and price at hand.
#[derive(Clone, Copy)]
struct Market<'a> {
    input: &'a PlanInput<'a>,
    instrument: Option<&'a Instrument>,
    row: &'a Row,
    /// The place of the row.
    place: u32,
    price: Option<Price>,
    column: Column<'a>,
}

impl Market<'_> {
    fn decide(&self, parts: &mut [Qty]) -> Result<Decision, Refusal> {
        let stock = stock(self.input, self.row, self.column);
        let has_wishes = !self.column.entries.is_empty();
        if is_untouched(&stock) {
            return Ok(Decision {
                target: has_wishes.then_some(Units::ZERO),
                decided: Decided::InLots,
                ..Decision::default()
            });
        }
        check_price(self.input, self.row)?;
        let (net, decision) = match self.input.settings.rounding {
            Rounding::Lot => self.decide_in_lots(&stock, parts)?,
            Rounding::None => self.settle(stock.demands_unrounded()?, Some, |qty| qty)?,
        };
        if decision.order.is_some() || !decision.crosses.is_empty() {
            // Getting out of what nobody wants needs no price to size it.
            let is_exit =
                decision.crosses.is_empty() && self.column.targets().all(|target| target == 0.0);
            let close = self.row.close.filter(|_| !is_exit);
            check_instrument(self.input, &self.row.symbol, close)?;
        }
        Ok(Decision {
            target: has_wishes.then_some(net.target),
            decided: match self.input.settings.rounding {
                Rounding::Lot => Decided::InLots,
                Rounding::None => Decided::AsIs,
            },
            ..decision
        })
    }

    fn decide_in_lots(
        &self,
        stock: &Stock<'_>,
        parts: &mut [Qty],
    ) -> Result<(Net, Decision), Refusal> {
        let lot = lot_of(self.instrument, &self.row.symbol)?;
        match stock.demands_in_atoms(lot, parts)? {
            Some((atoms, demands)) => {
                self.settle(demands, |qty| atoms.of(qty), |whole| atoms.quantity(whole))
            }
            None => self.settle(stock.demands_in_lots(lot, parts)?, Some, |qty| qty),
        }
    }

    /// What crosses and what goes to the market; `amount` and `quantity` lead from decimals to
    /// what the demands are counted in, and back.
    fn settle<T: Amount>(
        &self,
        demands: Demands<T>,
        amount: impl Fn(Qty) -> Option<T>,
        quantity: impl Fn(T) -> Qty + Copy,
    ) -> Result<(Net, Decision), Refusal> {
        let mut decision = Decision::default();
        let net = demands.net;
        let changes = self.cross(&demands, quantity, &mut decision);
        if let Some(mut order) = self.order(&net, quantity(demands.lot), &mut decision)? {
            let order_qty =
                amount(order.order_qty).ok_or_else(|| not_a_quantity(net.difference.float()))?;
            let is_buy = order.side == Side::Buy;
            let parts = wants(&changes, is_buy, order_qty, demands.lot, quantity);
            order.wants = self.of_sleeves(&parts, quantity);
            decision.order = Some(order);
        }
        Ok((net, decision))
    }

    /// Nets the changes against each other, and books it as crosses where that is worth it and
    /// there is a price. Either way what is left has one sign.
    fn cross<T: Amount>(
        &self,
        demands: &Demands<T>,
        quantity: impl Fn(T) -> Qty,
        decision: &mut Decision,
    ) -> Vec<T> {
        let mut changes = demands.changes.clone();
        let matches = match_opposites(&mut changes, demands.lot);
        if matches.is_empty() || !demands.is_worth_crossing {
            return changes;
        }
        if self.price.is_some() {
            decision.crosses.extend(matches.iter().map(|found| Crossed {
                row: self.place,
                quantity: quantity(found.quantity),
                from: self.column.sleeve_at(found.from),
                to: self.column.sleeve_at(found.to),
            }));
        } else {
            let opposed = matches
                .iter()
                .map(|found| quantity(found.quantity))
                .sum::<Qty>();
            decision
                .untraded
                .push(self.left(opposed.into(), UntradedReason::NoCrossPrice));
        }
        changes
    }

    /// The net goes to the market, for sleeves that are yet to be named, or is left for a reason.
    fn order(
        &self,
        net: &Net,
        lot: Qty,
        decision: &mut Decision,
    ) -> Result<Option<PlannedOrder>, Refusal> {
        let difference = net.difference;
        if difference.is_zero() {
            return Ok(None);
        }
        let mut leave = |reason| {
            decision.untraded.push(self.left(difference, reason));
            Ok(None)
        };
        if !net.is_worth_trading {
            return leave(UntradedReason::Band);
        }
        let quantity = match difference.abs() {
            Units::Exact(quantity) => Units::Exact(quantity.toward_zero_in_lots(lot)),
            float => float,
        };
        if quantity.is_zero() {
            return leave(UntradedReason::Lot);
        }
        // A double may be too small to be a quantity at all.
        let order_qty = quantity.qty().filter(|qty| qty.is_positive());
        let order_qty = order_qty.ok_or_else(|| not_a_quantity(difference.float()))?;
        let notional = match self.price.map(|price| notional(order_qty, price)) {
            Some(None) => return Err(not_a_quantity(difference.float())),
            Some(value) => value,
            None => None,
        };
        if notional.is_some_and(|value| value < min_notional(self.input, self.instrument)) {
            return leave(UntradedReason::MinNotional);
        }
        Ok(Some(PlannedOrder {
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
            volume_share: self.volume_share(order_qty),
            wants: Vec::new(),
        }))
    }

    fn volume_share(&self, order_qty: Qty) -> Option<f64> {
        let volume = self.row.close?.volume.filter(|volume| volume.is_positive());
        Some(convert::qty_f64(order_qty) / convert::qty_f64(volume?))
    }

    /// The parts that are above zero, with their sleeves.
    fn of_sleeves<T: Amount>(&self, parts: &[T], quantity: impl Fn(T) -> Qty) -> Vec<(u32, Qty)> {
        let some = || {
            parts
                .iter()
                .enumerate()
                .filter(|(_, part)| **part > T::default())
        };
        let mut named = Vec::with_capacity(some().count());
        named.extend(some().map(|(place, part)| (self.column.sleeve_at(place), quantity(*part))));
        named
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
