//! What every sleeve wants of every instrument, in columns.
//!
//! A plan decides instrument by instrument and is read sleeve by sleeve, so it stands both ways:
//! the numbers in columns, one an instrument, each in sleeve order; and per sleeve a list of
//! where its wishes stand. A wish costs some fifty bytes and no allocation of its own.

use polyfolio_model::{InstrumentId, Qty};

use super::Row;
use crate::units::Units;

/// The wishes of all sleeves.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wishes {
    /// Where the list of each sleeve begins; behind the last, where it ends.
    pub(super) lists: Vec<u32>,
    /// Per wish, list after list: its instrument, as a place among the rows.
    pub(super) rows: Vec<u32>,
    /// Per wish, list after list: where its numbers stand in the columns.
    pub(super) places: Vec<u32>,
    /// Column after column.
    pub(super) entries: Vec<Entry>,
    /// Beside each entry: its part of the net, where it was decided in lots.
    pub(super) parts: Vec<Qty>,
    /// Per row: how it was decided.
    pub(super) decided: Vec<Decided>,
}

/// One sleeve's wish in one instrument's column.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Entry {
    /// Its scaled target; what it holds, for a sleeve that holds.
    pub(super) target: f64,
    /// What its ledger holds.
    pub(super) held: Qty,
    /// The place of the sleeve.
    pub(super) sleeve: u32,
}

/// How the wishes of an instrument were decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Decided {
    /// They were not: it is left alone because of a refusal.
    #[default]
    Not,
    /// In whole lots.
    InLots,
    /// Without rounding.
    AsIs,
}

/// What one sleeve wants of one instrument.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlannedWish<'a> {
    /// Of what.
    pub symbol: &'a InstrumentId,
    /// The place of its row.
    pub row: usize,
    /// Its scaled target. A NaN or an infinity has a refusal beside it and is not printed.
    pub target: Units,
    /// Its part of the net in whole lots; without rounding the target itself. What it holds, when
    /// the instrument is left alone because of a refusal.
    pub rounded: Units,
    /// Whether `target` and `rounded` were decided; otherwise there is no residue to speak of.
    pub is_decided: bool,
    /// What its ledger holds.
    pub held: Qty,
}

impl Wishes {
    /// The list of one more sleeve, for a plan that is put together by hand: of each wish its row,
    /// its target and its part in whole lots. Nothing is held.
    pub fn add_list(&mut self, wishes: &[(usize, f64, Qty)]) {
        for (row, target, part) in wishes {
            self.rows.push(*row as u32);
            self.places.push(self.entries.len() as u32);
            self.entries.push(Entry {
                target: *target,
                held: Qty::ZERO,
                sleeve: self.lists.len().saturating_sub(1) as u32,
            });
            self.parts.push(*part);
            let rows = self.decided.len().max(*row + 1);
            self.decided.resize(rows, Decided::Not);
            self.decided[*row] = Decided::InLots;
        }
        if self.lists.is_empty() {
            self.lists.push(0);
        }
        self.lists.push(self.rows.len() as u32);
    }

    /// The wishes of the sleeve at a place: what its strategy wants in its order, then what it
    /// only holds.
    pub(super) fn of<'a>(
        &'a self,
        sleeve: usize,
        rows: &'a [Row],
    ) -> impl Iterator<Item = PlannedWish<'a>> {
        let bound = |at: usize| self.lists.get(at).map_or(0, |at| *at as usize);
        (bound(sleeve)..bound(sleeve + 1)).map(|at| self.at(at, rows))
    }

    fn at<'a>(&'a self, at: usize, rows: &'a [Row]) -> PlannedWish<'a> {
        let (row, place) = (self.rows[at] as usize, self.places[at] as usize);
        let Entry { target, held, .. } = self.entries[place];
        let target = Units::Float(target);
        let decided = self.decided[row];
        PlannedWish {
            symbol: &rows[row].symbol,
            row,
            target,
            rounded: match decided {
                Decided::Not => Units::Exact(held),
                Decided::InLots => Units::Exact(self.parts[place]),
                Decided::AsIs => target,
            },
            is_decided: decided != Decided::Not,
            held,
        }
    }
}

impl PlannedWish<'_> {
    /// What is below one lot: it stays in the sleeve's book as a wish.
    pub fn residue(&self) -> Units {
        match (self.target.qty(), self.rounded.qty()) {
            (Some(target), Some(rounded)) if self.is_decided => Units::Exact(target - rounded),
            _ => Units::ZERO,
        }
    }
}
