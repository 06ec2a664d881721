//! What each sleeve wants changed in one instrument, and what that comes to for the account.
//!
//! Two ways to the same shape: in whole lots everything is exact; without rounding the account's
//! side is `f64` to the end (target minus current, as pwb-toolbox subtracts), while the sleeves'
//! demands are the decimals that their doubles print as. Whole lots are counted in whole numbers
//! where those hold them (see [`atoms`](super::atoms)), and in decimals where they do not.

use polyfolio_model::{Qty, convert};
use rust_decimal::Decimal;

use super::columns::Column;
use crate::netting::not_a_quantity;
use crate::refusal::Refusal;
use crate::rounding::{UNITS_MAX, apportion, net_in_lots};
use crate::units::Units;

/// One instrument's holdings and wishes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stock<'a> {
    /// In sleeve order.
    pub(super) column: Column<'a>,
    /// What the account holds.
    pub(super) held: Qty,
    /// What of it no sleeve owns.
    pub(super) unclaimed: Qty,
    /// What known orders may still fill, signed.
    pub(super) working: Qty,
    /// What orders of unknown fate may fill, signed.
    pub(super) unknown: Qty,
    /// Whether what no sleeve owns is to go.
    pub(super) is_liquidated: bool,
    /// The no-trade band, a share of the target.
    pub(super) band: f64,
}

/// What is to change.
#[derive(Clone, Debug)]
pub(super) struct Demands<T> {
    /// What it comes to for the account.
    pub(super) net: Net,
    /// Whether some sleeve's own change is worth a cross.
    pub(super) is_worth_crossing: bool,
    /// Each wish's signed change, and at the end that of what no sleeve owns.
    pub(super) changes: Vec<T>,
    /// The smallest piece; zero without rounding.
    pub(super) lot: T,
}

/// What the changes come to for the account.
#[derive(Clone, Copy, Debug)]
pub(super) struct Net {
    /// The rounded net of the sleeves.
    pub(super) target: Units,
    /// Target less what is held and on its way there.
    pub(super) difference: Units,
    /// Whether that is worth an order.
    pub(super) is_worth_trading: bool,
}

impl Stock<'_> {
    /// In whole lots, counted in decimals. Each wish's part of the target goes into `parts`.
    pub(super) fn demands_in_lots(
        &self,
        lot: Qty,
        parts: &mut [Qty],
    ) -> Result<Demands<Qty>, Refusal> {
        let (targets, net) = self.net_in_lots(lot)?;
        let mut apportioned = apportion(&targets, net, lot).into_iter();
        for (part, (entry, is_hold)) in parts.iter_mut().zip(self.column.with_holds()) {
            *part = if is_hold {
                entry.held
            } else {
                apportioned.next().unwrap_or_default()
            };
        }
        let band = self.band_exact();
        let is_worth = |(from, to)| is_worth_exact(from, to, lot, band);
        Ok(Demands {
            net: self.net(parts.iter().copied().sum(), lot),
            is_worth_crossing: self.pairs(parts).any(is_worth),
            changes: self.pairs(parts).map(|(from, to)| to - from).collect(),
            lot,
        })
    }

    /// The targets of all that do not stay as they are, and their net toward zero.
    pub(super) fn net_in_lots(&self, lot: Qty) -> Result<(Vec<f64>, Qty), Refusal> {
        let active = self.column.with_holds().filter(|(_, is_hold)| !is_hold);
        let mut targets = Vec::with_capacity(self.column.entries.len());
        targets.extend(active.map(|(entry, _)| entry.target));
        let sum = targets.iter().fold(0.0, |sum, target| sum + target);
        check_units(self.column.targets())?;
        let net = net_in_lots(sum, lot).ok_or_else(|| not_a_quantity(sum))?;
        Ok((targets, net))
    }

    /// What a target in whole lots comes to.
    pub(super) fn net(&self, target: Qty, lot: Qty) -> Net {
        let current = self.counted() + self.on_its_way(target - self.counted());
        Net {
            target: target.into(),
            difference: (target - current).into(),
            is_worth_trading: is_worth_exact(current, target, lot, self.band_exact()),
        }
    }

    pub(super) fn band_exact(&self) -> Decimal {
        convert::decimal(self.band).unwrap_or(Decimal::ZERO)
    }

    /// As the doubles fall.
    pub(super) fn demands_unrounded(&self) -> Result<Demands<Qty>, Refusal> {
        let target = self.column.targets().fold(0.0, |sum, target| sum + target);
        let gap = target - convert::qty_f64(self.counted());
        check_units([target, gap].into_iter())?;
        let exact_gap = convert::qty(gap).ok_or_else(|| not_a_quantity(gap))?;
        let coming = self.on_its_way(exact_gap);
        // A gap that is covered is covered, whatever the last digits of doubles say.
        let is_covered = !coming.is_zero() && coming == exact_gap;
        let current = if is_covered {
            target
        } else {
            convert::qty_f64(self.counted() + coming)
        };
        let wanted = self.in_decimals().ok_or_else(|| not_a_quantity(target))?;
        let is_worth = |(from, to): (Qty, Qty)| {
            is_worth_float(convert::qty_f64(from), convert::qty_f64(to), self.band)
        };
        Ok(Demands {
            net: Net {
                target: Units::Float(target),
                difference: Units::Float(target - current),
                is_worth_trading: is_worth_float(current, target, self.band),
            },
            is_worth_crossing: self.pairs(&wanted).any(is_worth),
            changes: self.pairs(&wanted).map(|(from, to)| to - from).collect(),
            lot: Qty::ZERO,
        })
    }

    /// The targets as they print; what is held, where it stays as it is.
    fn in_decimals(&self) -> Option<Vec<Qty>> {
        let wanted = self.column.with_holds().map(|(entry, is_hold)| {
            if is_hold {
                Some(entry.held)
            } else {
                convert::qty(entry.target)
            }
        });
        wanted.collect()
    }

    /// What the target is compared with: what the sleeves hold, and what no sleeve owns if it is
    /// to go.
    fn counted(&self) -> Qty {
        if self.is_liquidated {
            self.held
        } else {
            self.held - self.unclaimed
        }
    }

    /// How much of a gap the orders in flight will close. They can make an order smaller, never
    /// larger and never turn it round: whether an unknown order exists is not known, and a buy
    /// against our own working sell would trade with ourselves.
    fn on_its_way(&self, gap: Qty) -> Qty {
        let side = |quantity: &Qty| match gap.is_negative() {
            true => quantity.is_negative(),
            false => quantity.is_positive(),
        };
        let toward: Qty = [self.working, self.unknown].into_iter().filter(side).sum();
        if toward.abs() < gap.abs() {
            toward
        } else {
            gap
        }
    }

    /// What no sleeve owns and nobody wants to go.
    pub(super) fn stays(&self) -> Qty {
        if self.is_liquidated {
            Qty::ZERO
        } else {
            self.unclaimed
        }
    }

    /// From what each wish holds to what it gets; at the end what no sleeve owns.
    fn pairs<'a>(&'a self, parts: &'a [Qty]) -> impl Iterator<Item = (Qty, Qty)> + 'a {
        let held = self.column.entries.iter().map(|entry| entry.held);
        let wishes = held.zip(parts.iter().copied());
        wishes.chain([(self.unclaimed, self.stays())])
    }
}

fn check_units(units: impl Iterator<Item = f64>) -> Result<(), Refusal> {
    for value in units {
        if value.is_nan() || value.abs() >= UNITS_MAX {
            return Err(not_a_quantity(value));
        }
    }
    Ok(())
}

/// Opens, closes, flips, or exceeds both one lot and the band around the target.
fn is_worth_exact(from: Qty, to: Qty, lot: Qty, band: Decimal) -> bool {
    let change = (to - from).abs();
    if change.is_zero() {
        return false;
    }
    let is_same_side =
        from.is_positive() && to.is_positive() || from.is_negative() && to.is_negative();
    if !is_same_side {
        return true;
    }
    change > lot && is_above_band(change, to, band)
}

pub(super) fn is_above_band(change: Qty, to: Qty, band: Decimal) -> bool {
    // A band too wide to be multiplied out is wider than any change.
    to.get()
        .abs()
        .checked_mul(band)
        .is_some_and(|band| change.get() > band)
}

fn is_worth_float(from: f64, to: f64, band: f64) -> bool {
    let change = to - from;
    if change == 0.0 {
        return false;
    }
    let is_same_side = from > 0.0 && to > 0.0 || from < 0.0 && to < 0.0;
    !is_same_side || change.abs() > band * to.abs()
}
