//! What each sleeve should be worth, and the cash that makes it so.
//!
//! Under `Sizing::Nav` a plan sets every sleeve's cash so that cash and holdings together are its
//! weight of the shared NAV. The other side is what nobody owns, and no profit is made by it.
//! A sleeve that holds keeps its cash; one that left the config gives everything back. Crosses at
//! the decision price change no sleeve's value, so their order does not matter.

use polyfolio_model::{InstrumentId, Money, convert};

use super::columns::Sleeve;
use super::{PlanInput, Transfer};
use crate::scaling::Sizing;

/// Smaller amounts are no money in any currency.
const DECIMALS: u32 = 8;

/// What a sleeve should be worth; `None` for one that holds.
pub(super) fn wanted_nav(sleeve: &Sleeve<'_>, shared: f64) -> Option<Money> {
    if sleeve.is_hold() {
        return None;
    }
    let weight = sleeve.scaled.map_or(0.0, |scaled| scaled.weight);
    let nav = convert::money(shared * weight)?;
    Some(Money::new(nav.get().round_dp(DECIMALS)))
}

/// One transfer per sleeve whose value is not what it should be. A sleeve with a holding that has
/// no price is left out: the instrument is refused by name.
pub(super) fn transfers(
    input: &PlanInput<'_>,
    sleeves: &[Sleeve<'_>],
    shared: f64,
) -> Vec<Transfer> {
    if input.settings.scale.sizing != Sizing::Nav {
        return Vec::new();
    }
    let price = |symbol: &InstrumentId| input.prices.get(symbol).map(|close| close.price);
    let transfer = |sleeve: &Sleeve<'_>| {
        let wanted = wanted_nav(sleeve, shared)?;
        let worth = sleeve
            .account
            .map_or(Ok(Money::ZERO), |account| account.nav(price))
            .ok()?;
        let cash = Money::new((wanted - worth).get().round_dp(DECIMALS));
        (!cash.is_zero()).then(|| Transfer {
            sleeve: sleeve.id.clone(),
            cash,
        })
    };
    sleeves.iter().filter_map(transfer).collect()
}
