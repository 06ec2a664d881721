//! The plan as the router takes it.

use polyfolio_model::{Instrument, Money, Price, Qty};
use polyfolio_oms::records::GivenPosition;
use polyfolio_oms::router::{PlannedCross, PlannedGift, PlannedParent, RunPlan};
use polyfolio_portfolio::Plan;
use polyfolio_portfolio::plan::{Cross, Given, PlannedOrder};

use super::Scaler;
use super::losses::mark_of;
use crate::messages::{SleeveSaid, recorded};

impl Scaler {
    pub(super) fn run_of(&self, plan: &Plan, sleeves: &[SleeveSaid]) -> RunPlan {
        let execution = &self.settings.execution;
        RunPlan {
            decision_date: plan.decision_date,
            horizon: execution.horizon,
            plan: recorded(plan, sleeves).unwrap_or_default().into(),
            mark: self.nav.as_ref().and_then(mark_of),
            gifts: gifts(plan),
            transfers: plan
                .transfers
                .iter()
                .map(|t| (t.sleeve.clone(), t.cash))
                .collect(),
            crosses: plan.crosses().map(cross_of).collect(),
            parents: plan
                .orders
                .iter()
                .map(|order| self.parent_of(plan, order))
                .collect(),
        }
    }

    pub(super) fn parent_of(&self, plan: &Plan, order: &PlannedOrder) -> PlannedParent {
        let execution = &self.settings.execution;
        // Without lots a plan needs no trading rules, and an order none of its own.
        let unruled = || Instrument {
            id: order.symbol.clone(),
            tick: Price::ZERO,
            lot: Qty::ZERO,
            min_notional: Money::ZERO,
            currency: self.settings.base_currency.clone(),
        };
        let instrument = self
            .settings
            .instruments
            .get(&order.symbol)
            .cloned()
            .unwrap_or_else(unruled);
        PlannedParent {
            side: order.side,
            order_qty: order.order_qty,
            wants: plan
                .wants(order)
                .map(|(sleeve, want)| (sleeve.clone(), want))
                .collect(),
            algo: (execution.algo)(&instrument, order.order_qty),
            instrument,
            limit: None,
            max_child: execution.max_child,
            decision_price: order.price,
            at_deadline: execution.at_deadline,
            sweep_for: execution.sweep_for,
        }
    }
}

/// One gift a sleeve: those of one stand side by side.
fn gifts(plan: &Plan) -> Vec<PlannedGift> {
    let of_one = plan.given.chunk_by(|one, next| one.sleeve == next.sleeve);
    let gift = |given: &[Given]| {
        Some(PlannedGift {
            from: given.first()?.sleeve.clone(),
            positions: given.iter().map(position_of).collect(),
        })
    };
    of_one.filter_map(gift).collect()
}

fn position_of(given: &Given) -> GivenPosition {
    GivenPosition {
        instrument: given.symbol.clone(),
        quantity: given.quantity,
        price: given.price,
    }
}

fn cross_of(cross: Cross<'_>) -> PlannedCross {
    PlannedCross {
        instrument: cross.symbol.clone(),
        quantity: cross.quantity,
        price: cross.price,
        from: cross.from.clone(),
        to: cross.to.clone(),
    }
}
