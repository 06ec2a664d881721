//! Decimals as whole numbers of one small unit, so that shortfalls are compared exactly.

use polyfolio_model::Qty;
use rust_decimal::Decimal;

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
        let scale = quantities.map(|q| q.get().scale()).max().unwrap_or(0);
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
        let value = quantity.get();
        let (mantissa, scale) = (value.mantissa(), value.scale());
        let power = |by: u32| 10_i128.pow(by);
        let atoms = if scale <= self.scale {
            mantissa.checked_mul(power(self.scale - scale))?
        } else {
            mantissa / power(scale - self.scale)
        };
        (atoms.abs() < ATOMS_MAX).then_some(atoms)
    }
}
