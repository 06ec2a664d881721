//! The part of the account that the sleeves share.

use polyfolio_model::{InstrumentId, Money, convert};

use super::reading::Reading;
use super::{PlanInput, Unclaimed};
use crate::nav::{NavError, value_of};
use crate::refusal::{Code, Refusal};
use crate::scaling::Sizing;

/// The reference NAV, or the account's less the value of the unclaimed positions that stay: what
/// is to be sold becomes cash, and is shared out with the rest, so the next plan sizes alike.
pub(super) fn shared_nav(input: &PlanInput<'_>, reading: &Reading<'_>) -> Result<f64, Refusal> {
    match input.settings.scale.sizing {
        Sizing::Reference { nav, .. } => Ok(nav),
        Sizing::Nav => account_nav(input, reading).map(convert::money_f64),
    }
}

fn account_nav(input: &PlanInput<'_>, reading: &Reading<'_>) -> Result<Money, Refusal> {
    let nav = input.account.nav.ok_or_else(|| {
        let message = "the account's NAV is not known".to_owned();
        Refusal::new(
            Code::AccountNav,
            message,
            "look at the broker: polyfolio status",
        )
    })?;
    if input.settings.unclaimed == Unclaimed::Liquidate {
        return Ok(nav);
    }
    let price = |symbol: &InstrumentId| input.prices.get(symbol).map(|close| close.price);
    Ok(nav - value_of(reading.unclaimed_by_name(), price).map_err(not_valued)?)
}

fn not_valued(error: NavError) -> Refusal {
    let message = format!("what no sleeve owns cannot be valued: {error}");
    let symbol = match &error {
        NavError::Unpriced { instrument, .. } | NavError::TooLarge { instrument, .. } => instrument,
    };
    Refusal::new(
        Code::Price,
        message,
        "add its closes to the history, or sell it",
    )
    .of_symbol(symbol)
}
