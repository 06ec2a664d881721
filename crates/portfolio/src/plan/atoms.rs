//! One instrument in whole numbers: everything a multiple of the smallest unit that its lot and
//! its holdings are written in.
//!
//! Nearly every instrument fits: the sums of what is held and wanted stay below 2^61 units. There
//! the numbers are those of the decimals, digit for digit; whatever does not fit is left to them.

use polyfolio_model::Qty;
use rust_decimal::Decimal;

use super::demands::{Demands, Stock, is_above_band};
use crate::refusal::Refusal;
use crate::rounding::apportion_lots;

/// All sums stay below this, so that shares of them can be compared exactly.
const ATOMS_MAX: i64 = 1 << 61;

/// A unit of 10 to the power of minus `scale`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Atoms {
    scale: u32,
}

impl Atoms {
    /// Whole units; `None` when it is none, or too many.
    pub(super) fn of(self, quantity: Qty) -> Option<i64> {
        let quantity = quantity.get();
        let mantissa = i64::try_from(quantity.mantissa()).ok()?;
        if quantity.scale() == self.scale {
            return Some(mantissa);
        }
        let missing = self.scale.checked_sub(quantity.scale())?;
        mantissa.checked_mul(10_i64.checked_pow(missing)?)
    }

    /// What so many units are.
    pub(super) fn quantity(self, atoms: i64) -> Qty {
        Qty::new(Decimal::new(atoms, self.scale))
    }
}

impl Stock<'_> {
    /// In whole lots, counted in whole numbers; `Ok(None)` when they do not fit. Each wish's part
    /// of the target goes into `parts`.
    pub(super) fn demands_in_atoms(
        &self,
        lot: Qty,
        parts: &mut [Qty],
    ) -> Result<Option<(Atoms, Demands<i64>)>, Refusal> {
        let (targets, net) = self.net_in_lots(lot)?;
        let Some(atoms) = self.atoms(lot) else {
            return Ok(None);
        };
        let lots = apportion_lots(&targets, net, lot);
        let demands = self.count(atoms, lot, lots, parts);
        Ok(demands.map(|demands| (atoms, demands)))
    }

    /// The unit of the longest of all decimals, when it has a unit of its own.
    fn atoms(&self, lot: Qty) -> Option<Atoms> {
        let others = [lot, self.unclaimed];
        let held = self.column.entries.iter().map(|entry| &entry.held);
        let scale = held
            .chain(&others)
            .map(|quantity| quantity.get().scale())
            .max()?;
        (scale <= 18).then_some(Atoms { scale })
    }

    fn count(
        &self,
        atoms: Atoms,
        lot: Qty,
        lots: Vec<i128>,
        parts: &mut [Qty],
    ) -> Option<Demands<i64>> {
        let unit = atoms.of(lot)?;
        let worth = Worth {
            lot: unit,
            band: self.band_exact(),
            atoms,
        };
        let mut changes = Vec::with_capacity(parts.len() + 1);
        let (mut is_worth_crossing, mut target, mut size) = (false, 0_i64, 0_i64);
        let mut lots = lots.into_iter();
        for (part, (entry, is_hold)) in parts.iter_mut().zip(self.column.with_holds()) {
            let from = atoms.of(entry.held)?;
            let to = if is_hold {
                from
            } else {
                let lots = i64::try_from(lots.next().unwrap_or_default()).ok()?;
                lots.checked_mul(unit)?
            };
            size = size.checked_add(from.checked_abs()?.checked_add(to.checked_abs()?)?)?;
            target += to;
            *part = atoms.quantity(to);
            changes.push(to - from);
            is_worth_crossing = is_worth_crossing || worth.is_worth(from, to);
        }
        let (from, to) = (atoms.of(self.unclaimed)?, atoms.of(self.stays())?);
        size = size.checked_add(from.checked_abs()?)?;
        changes.push(to - from);
        (size < ATOMS_MAX).then(|| Demands {
            net: self.net(atoms.quantity(target), lot),
            is_worth_crossing: is_worth_crossing || worth.is_worth(from, to),
            changes,
            lot: unit,
        })
    }
}

/// What makes a change worth it.
#[derive(Clone, Copy, Debug)]
struct Worth {
    lot: i64,
    band: Decimal,
    atoms: Atoms,
}

impl Worth {
    /// Opens, closes, flips, or exceeds both one lot and the band around the target.
    fn is_worth(&self, from: i64, to: i64) -> bool {
        let change = (to - from).abs();
        if from.signum() * to.signum() <= 0 {
            return change != 0;
        }
        change > self.lot && self.is_above_band(change, to)
    }

    fn is_above_band(&self, change: i64, to: i64) -> bool {
        let (band, scale) = (self.band.mantissa(), self.band.scale());
        let wide = i128::from(to.abs()).checked_mul(band);
        let far = 10_i128.pow(scale).checked_mul(i128::from(change));
        match wide.zip(far) {
            Some((wide, far)) => far > wide,
            None => {
                let quantity = |atoms| self.atoms.quantity(atoms);
                is_above_band(quantity(change), quantity(to), self.band)
            }
        }
    }
}
