//! What is shared out and crossed: exact decimals, or whole numbers of a unit that suits them all.
//!
//! Both give the same shares. Whole numbers are what the instrument of a large plan is counted in;
//! decimals are for everything that no 61 bits hold, and for doubles.

use std::fmt::Debug;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

use polyfolio_model::Qty;

use crate::allocation::{share_out, share_out_atoms};

/// A signed quantity.
pub(crate) trait Amount:
    Copy
    + Debug
    + Default
    + Ord
    + Add<Output = Self>
    + Sub<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + Sum
{
    /// Parts of `quantity` for those who want it: one per want, by the rule of
    /// [`allocation`](crate::allocation).
    fn share_out(wants: &[Self], quantity: Self, lot: Self) -> Vec<Self>;
}

impl Amount for Qty {
    fn share_out(wants: &[Self], quantity: Self, lot: Self) -> Vec<Self> {
        share_out(wants, &vec![Qty::ZERO; wants.len()], quantity, lot)
    }
}

impl Amount for i64 {
    fn share_out(wants: &[Self], quantity: Self, lot: Self) -> Vec<Self> {
        share_out_atoms(wants, quantity, lot)
    }
}
