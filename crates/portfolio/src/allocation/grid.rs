//! Decimals as whole numbers of one small unit, so that shortfalls are compared exactly.

use polyfolio_model::Qty;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// Products of two quantities below this fit 128 bits with room for their sums.
const ATOMS_MAX: i128 = 1 << 61;

/// A unit of 10 to the power of minus `scale`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    scale: u32,
}

impl Grid {
    /// The coarsest unit in which all of `quantities` are whole, or the finest in which the sum
    /// of `wants` still can be multiplied with itself.
    pub(super) fn for_all<'a>(quantities: impl Iterator<Item = &'a Qty>, wants: &[Qty]) -> Self {
        let scale = quantities
            .map(|q| q.get().normalize().scale())
            .max()
            .unwrap_or(0);
        let sum: Qty = wants.iter().copied().sum();
        let fits = |scale: &u32| Self { scale: *scale }.exact(sum).is_some();
        let scale = (0..=scale).rev().find(fits).unwrap_or(0);
        Self { scale }
    }

    /// Whole units, toward zero.
    pub(super) fn atoms(self, quantity: Qty) -> i128 {
        self.exact(quantity).unwrap_or(ATOMS_MAX)
    }

    /// What so many units are.
    pub(super) fn quantity(self, atoms: i128) -> Qty {
        let value = Decimal::try_from_i128_with_scale(atoms, self.scale);
        value.map_or(Qty::ZERO, Qty::new)
    }

    fn exact(self, quantity: Qty) -> Option<i128> {
        let unit = Decimal::try_from_i128_with_scale(1, self.scale).ok()?;
        let atoms = quantity.get().checked_div(unit)?.trunc().to_i128()?;
        (atoms.abs() < ATOMS_MAX).then_some(atoms)
    }
}
