//! From what a strategy holds in its own account to what its sleeve should hold in ours.
//!
//! `f_i = ((N · w_i) / NAV_i) · L`, in this order of operations, and a sleeve's targets are its
//! strategy's positions times `f_i`. All of it is `f64`: quantities are rounded later, once, on
//! the net. With [`Sizing::Reference`] the numbers are those of pwb-toolbox's `scale_positions`
//! wherever that function's answer means something; where it silently does not, we refuse.
//!
//! It knows no prices and no positions of the account.

use chrono::{NaiveDate, NaiveDateTime};
use indexmap::IndexMap;
use polyfolio_model::{InstrumentId, SleeveId};

use crate::refusal::{Code, Refusal};

mod nav_at;
mod weights;

use nav_at::{at_decision, at_reference};
use weights::effective_weights;

/// What decides how large a sleeve is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sizing {
    /// A fixed NAV and date, as pwb-toolbox does: the account's growth is not looked at.
    Reference {
        /// In the base currency, above zero.
        nav: f64,
        /// The row of each strategy's NAV nearest to it is taken, the later of two equally near.
        date: NaiveDateTime,
    },
    /// What the account is worth now, over the strategy's NAV at the decision date.
    Nav,
}

/// One strategy's place in the book.
#[derive(Clone, Debug, PartialEq)]
pub struct SleeveInput {
    /// Its name.
    pub id: SleeveId,
    /// Its share of the account; at least zero.
    pub weight: f64,
    /// What it wants.
    pub wish: Wish,
}

/// What a sleeve wants.
#[derive(Clone, Debug, PartialEq)]
pub enum Wish {
    /// What its strategy published.
    Targets {
        /// Units in the strategy's own account, signed. Of an instrument that is named twice the
        /// last counts.
        positions: Vec<(InstrumentId, f64)>,
        /// The value of that account, one row a date, in any order.
        nav: Vec<(NaiveDate, f64)>,
    },
    /// To stay as it is: its strategy said nothing that can be used.
    Hold,
}

/// What the scale of all sleeves hangs on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScaleSettings {
    /// Which NAV and which date.
    pub sizing: Sizing,
    /// `L`; below zero it mirrors the book.
    pub leverage: f64,
    /// Whether weights are divided by their sum; otherwise the rest is cash.
    pub normalize: bool,
}

/// The sleeves at the size they should have.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scaled {
    /// In the order of the input.
    pub sleeves: IndexMap<SleeveId, ScaledSleeve>,
    /// Positions that are no numbers, each refused by itself.
    pub refusals: Vec<Refusal>,
}

/// One sleeve at the size it should have.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScaledSleeve {
    /// Its weight, divided by the sum of weights when they are normalised.
    pub weight: f64,
    /// Units of the book for one unit of the strategy's account; `None` for a sleeve that holds.
    pub factor: Option<f64>,
    /// Units it should hold. May hold a NaN or an infinity, which has a refusal beside it.
    pub targets: IndexMap<InstrumentId, f64>,
}

/// Scales all sleeves. `n` is the account's value that is shared out under [`Sizing::Nav`], and
/// not looked at otherwise.
///
/// A fault of a weight, a NAV or a date refuses the whole book (`Err`): leaving a sleeve out
/// would sell what it holds. A position that is no number refuses its instrument alone.
pub fn scale(
    sleeves: &[SleeveInput],
    settings: &ScaleSettings,
    n: f64,
    decision_date: NaiveDate,
) -> Result<Scaled, Vec<Refusal>> {
    let shares = shares(sleeves, settings, n, decision_date)?;
    let mut scaled = Scaled::default();
    for (sleeve, share) in sleeves.iter().zip(shares) {
        let one = scale_one(sleeve, share, &mut scaled.refusals);
        scaled.sleeves.insert(sleeve.id.clone(), one);
    }
    Ok(scaled)
}

/// What a sleeve has of the book.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Share {
    /// Its weight, divided by the sum of weights when they are normalised.
    pub(crate) weight: f64,
    /// Units of the book for one unit of the strategy's account; `None` for a sleeve that holds.
    pub(crate) factor: Option<f64>,
}

/// The share of every sleeve, in their order; or the faults of all.
pub(crate) fn shares(
    sleeves: &[SleeveInput],
    settings: &ScaleSettings,
    n: f64,
    decision_date: NaiveDate,
) -> Result<Vec<Share>, Vec<Refusal>> {
    let mut faults = Vec::new();
    let weights = effective_weights(sleeves, settings.normalize, &mut faults);
    let n = shared_nav(settings, n, &mut faults);
    let mut shares = Vec::with_capacity(sleeves.len());
    for (sleeve, weight) in sleeves.iter().zip(weights) {
        match factor(sleeve, weight, n, settings, decision_date) {
            Ok(factor) => shares.push(Share { weight, factor }),
            Err(fault) => faults.push(fault.of_sleeve(&sleeve.id)),
        }
    }
    if faults.is_empty() {
        Ok(shares)
    } else {
        Err(faults)
    }
}

fn shared_nav(settings: &ScaleSettings, n: f64, faults: &mut Vec<Refusal>) -> f64 {
    if !settings.leverage.is_finite() {
        faults.push(Refusal::new(
            Code::Leverage,
            format!("leverage {} is not a finite number", settings.leverage),
            "set portfolio.leverage",
        ));
    }
    let (n, code, what, next) = match settings.sizing {
        Sizing::Reference { nav, .. } => (
            nav,
            Code::ReferenceNav,
            "reference NAV",
            "set portfolio.reference_nav above zero",
        ),
        Sizing::Nav => (
            n,
            Code::AccountNav,
            "NAV to share out",
            "fund the account, or sell what no sleeve owns, what left the config among it \
             (portfolio.on_departure)",
        ),
    };
    if !(n.is_finite() && n > 0.0) {
        faults.push(Refusal::new(
            code,
            format!("{what} {n} is not above zero"),
            next,
        ));
    }
    n
}

fn factor(
    sleeve: &SleeveInput,
    weight: f64,
    n: f64,
    settings: &ScaleSettings,
    decision_date: NaiveDate,
) -> Result<Option<f64>, Refusal> {
    let Wish::Targets { nav, .. } = &sleeve.wish else {
        return Ok(None);
    };
    let nav = match settings.sizing {
        Sizing::Reference { date, .. } => at_reference(nav, date)?,
        Sizing::Nav => at_decision(nav, decision_date)?,
    };
    Ok(Some(((n * weight) / nav) * settings.leverage))
}

fn scale_one(sleeve: &SleeveInput, share: Share, refusals: &mut Vec<Refusal>) -> ScaledSleeve {
    let Share { weight, factor } = share;
    let mut targets = IndexMap::new();
    if let (Wish::Targets { positions, .. }, Some(factor)) = (&sleeve.wish, factor) {
        let scaled = positions.iter().map(|(id, raw)| (id.clone(), raw * factor));
        targets.extend(scaled);
        refusals.extend(not_positions(sleeve, factor));
    }
    ScaledSleeve {
        weight,
        factor,
        targets,
    }
}

/// A refusal for each position that does not scale to a number.
pub(crate) fn not_positions(sleeve: &SleeveInput, factor: f64) -> Vec<Refusal> {
    let Wish::Targets { positions, .. } = &sleeve.wish else {
        return Vec::new();
    };
    let last: IndexMap<&InstrumentId, f64> = positions.iter().map(|(id, raw)| (id, *raw)).collect();
    let odd = last
        .into_iter()
        .filter(|(_, raw)| !(raw * factor).is_finite());
    odd.map(|(symbol, raw)| {
        let refusal = not_a_position(raw, raw * factor);
        refusal.of_sleeve(&sleeve.id).of_symbol(symbol)
    })
    .collect()
}

fn not_a_position(raw: f64, target: f64) -> Refusal {
    Refusal::new(
        Code::Position,
        format!("position {raw} scales to {target}, which is not a number of units"),
        "correct the strategy; the instrument is left alone meanwhile",
    )
}
