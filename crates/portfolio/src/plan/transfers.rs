//! What each sleeve should be worth, and the cash that makes it so.
//!
//! Under `Sizing::Nav` a plan sets every sleeve's cash so that cash and holdings together are its
//! weight of the shared NAV. The other side is what nobody owns, and no profit is made by it.
//! A sleeve that holds keeps its cash; one that left the config gives everything back. Crosses at
//! the decision price change no sleeve's value, so their order does not matter.

use polyfolio_model::{InstrumentId, Money, Price, Qty, convert};
use rust_decimal::Decimal;

use super::reading::{Reading, Sleeve};
use super::{PlanInput, Transfer};
use crate::ledger::SleeveAccount;
use crate::scaling::{Share, Sizing};

/// Smaller amounts are no money in any currency.
const DECIMALS: u32 = 8;

/// Places after the point in which values are summed as whole numbers.
const PLACES: u32 = 16;

/// What a sleeve should be worth; `None` for one that holds.
pub(super) fn wanted_nav(sleeve: &Sleeve<'_>, share: Option<&Share>, shared: f64) -> Option<Money> {
    if sleeve.is_hold() && !sleeve.has_left() {
        return None;
    }
    let weight = share.map_or(0.0, |share| share.weight);
    let nav = convert::money(shared * weight)?;
    Some(Money::new(nav.get().round_dp(DECIMALS)))
}

/// One transfer per sleeve whose value is not what it should be. A sleeve with a holding that has
/// no price is left out: the instrument is refused by name. `navs` are what they should be worth.
pub(super) fn transfers(
    input: &PlanInput<'_>,
    reading: &Reading<'_>,
    navs: &[Option<Money>],
) -> Vec<Transfer> {
    if input.settings.scale.sizing != Sizing::Nav {
        return Vec::new();
    }
    let price = |symbol: &InstrumentId| input.prices.get(symbol).map(|close| close.price);
    let worth = |place, sleeve: &Sleeve<'_>, account: &SleeveAccount| {
        let holdings = &reading.holdings[sleeve.holdings.clone()];
        match value_in_places(holdings, &reading.prices) {
            Some(value) => Some(account.cash + value),
            None => Some(account.nav(price).ok()? - reading.worth_given(place)),
        }
    };
    let transfer = |(place, (sleeve, wanted)): (usize, (&Sleeve<'_>, &Option<Money>))| {
        let worth = match sleeve.account {
            Some(account) => worth(place, sleeve, account)?,
            None => Money::ZERO,
        };
        let cash = Money::new(((*wanted)? - worth).get().round_dp(DECIMALS));
        (!cash.is_zero()).then(|| Transfer {
            sleeve: sleeve.id.clone(),
            cash,
        })
    };
    reading
        .sleeves
        .iter()
        .zip(navs)
        .enumerate()
        .filter_map(transfer)
        .collect()
}

/// The value of holdings, summed as whole numbers; `None` where that would lose a digit or a price
/// is missing.
fn value_in_places(holdings: &[(u32, Qty)], prices: &[Option<Price>]) -> Option<Money> {
    let mut sum = 0_i128;
    for (row, held) in holdings {
        if held.is_zero() {
            continue;
        }
        let (held, price) = (held.get(), prices[*row as usize]?.get());
        let missing = PLACES.checked_sub(held.scale() + price.scale())?;
        let value = i64::try_from(held.mantissa()).ok()? as i128
            * i64::try_from(price.mantissa()).ok()? as i128;
        sum = value.checked_mul(10_i128.pow(missing))?.checked_add(sum)?;
        // What a decimal holds, which is far below the greatest amount of money.
        if sum.unsigned_abs() >= 1 << 95 {
            return None;
        }
    }
    Decimal::try_from_i128_with_scale(sum, PLACES)
        .ok()
        .map(Money::new)
}
