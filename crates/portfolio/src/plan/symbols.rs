//! Instruments by number, so that a plan looks each name up once and counts from there on.
//!
//! Strategies over one history share their names, so most are found by where their text lies,
//! without being read; a name of its own (out of a file, a journal, another process) is read and
//! hashed. Either way numbers are given in the order of first appearance, and by nothing else.

use indexmap::IndexSet;
use polyfolio_model::InstrumentId;
use rustc_hash::FxBuildHasher;

/// How many addresses are remembered; two that meet push each other out.
const NEAR: usize = 1 << NEAR_BITS;
const NEAR_BITS: u32 = 12;

/// 2⁶⁴ over the golden ratio: spreads what is close together.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// The instruments of a plan, borrowed for as long as it is made.
#[derive(Debug)]
pub(super) struct Symbols<'a> {
    names: IndexSet<&'a InstrumentId, FxBuildHasher>,
    /// Where a text lies, and its number. No text lies at 0.
    near: Vec<(usize, u32)>,
}

impl<'a> Symbols<'a> {
    pub(super) fn new() -> Self {
        Self {
            names: IndexSet::default(),
            near: vec![(0, 0); NEAR],
        }
    }

    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    /// The number of an instrument; the next one for a name that was not met before.
    pub(super) fn number(&mut self, id: &'a InstrumentId) -> u32 {
        // All names outlive this: what lies at an address stays what it is.
        let address = id.as_str().as_ptr().addr();
        let place = (address as u64).wrapping_mul(SPREAD) >> (u64::BITS - NEAR_BITS);
        let near = &mut self.near[place as usize];
        if near.0 != address {
            *near = (address, self.names.insert_full(id).0 as u32);
        }
        near.1
    }

    /// The number of an instrument that was met.
    pub(super) fn find(&self, id: &InstrumentId) -> Option<usize> {
        self.names.get_index_of(id)
    }

    /// The names, by number.
    pub(super) fn iter(&self) -> impl Iterator<Item = &'a InstrumentId> + '_ {
        self.names.iter().copied()
    }

    /// The name of a number.
    pub(super) fn name(&self, number: usize) -> Option<&'a InstrumentId> {
        self.names.get_index(number).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_number_wherever_its_text_lies() {
        let shared: Vec<InstrumentId> = (0..9_000)
            .map(|n| format!("S{n}").as_str().into())
            .collect();
        let own: Vec<InstrumentId> = shared.iter().map(|id| id.as_str().into()).collect();
        let mut symbols = Symbols::new();
        for (number, id) in (0..).zip(&shared) {
            assert_eq!(symbols.number(id), number);
        }
        for (number, (shared, own)) in (0..).zip(shared.iter().zip(&own)) {
            assert_eq!(symbols.number(own), number);
            assert_eq!(symbols.number(shared), number);
            assert_eq!(symbols.name(number as usize), Some(own));
        }
        assert_eq!(symbols.len(), 9_000);
    }
}
