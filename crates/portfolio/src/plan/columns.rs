//! The plan turned from sleeves to instruments: one column each, wishes in sleeve order.
//!
//! Everything is visited a fixed number of times, so the cost grows with the number of wishes and
//! holdings. Sleeves are walked in order, so that what is written next to each column stands next
//! to what was written last.

use std::ops::Range;

use polyfolio_model::{Qty, convert};

use super::reading::{Reading, Sleeve};
use super::wishes::{Decided, Entry, Wishes};
use crate::refusal::Refusal;
use crate::scaling::{Share, not_positions};

/// Where the columns begin, and which sleeves stay as they are.
#[derive(Debug)]
pub(super) struct Columns {
    starts: Vec<u32>,
    is_hold: Vec<bool>,
}

/// One instrument, as the sleeves see it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column<'a> {
    /// In sleeve order, one per sleeve that wants or holds it.
    pub(super) entries: &'a [Entry],
    /// By sleeve: whether it stays as it is.
    is_hold: &'a [bool],
}

impl<'a> Column<'a> {
    /// Scaled targets; what is held, of a sleeve that holds.
    pub(super) fn targets(self) -> impl Iterator<Item = f64> + Clone + 'a {
        self.entries.iter().map(|entry| entry.target)
    }

    /// Each entry, and whether its sleeve stays as it is.
    pub(super) fn with_holds(self) -> impl Iterator<Item = (&'a Entry, bool)> + Clone + 'a {
        let is_hold = |entry: &'a Entry| (entry, self.is_hold[entry.sleeve as usize]);
        self.entries.iter().map(is_hold)
    }

    /// The place of a wish's sleeve; behind the last wish stands what no sleeve owns, which has
    /// its place behind all sleeves.
    pub(super) fn sleeve_at(self, place: usize) -> u32 {
        let entry = self.entries.get(place);
        entry.map_or(self.is_hold.len() as u32, |entry| entry.sleeve)
    }
}

impl Columns {
    pub(super) fn column<'a>(&'a self, wishes: &'a Wishes, row: usize) -> Column<'a> {
        Column {
            entries: &wishes.entries[self.range(row)],
            is_hold: &self.is_hold,
        }
    }

    fn range(&self, row: usize) -> Range<usize> {
        self.starts[row] as usize..self.starts[row + 1] as usize
    }
}

/// Each sleeve's wishes in the order of its strategy, what it only holds last; and a refusal for
/// each target that is no number.
pub(super) fn columns(reading: &Reading<'_>, shares: &[Share]) -> (Columns, Wishes, Vec<Refusal>) {
    let mut wishes = lists(reading);
    let starts = starts(&wishes.rows, reading.symbols.len());
    wishes.entries = vec![Entry::default(); wishes.rows.len()];
    wishes.places = Vec::with_capacity(wishes.rows.len());
    wishes.parts = Vec::with_capacity(wishes.rows.len());
    wishes.decided = vec![Decided::Not; reading.symbols.len()];
    let refusals = Filling {
        next: starts.clone(),
        last: vec![u32::MAX; reading.symbols.len()],
        wishes: &mut wishes,
    }
    .fill(reading, shares);
    let is_hold = reading.sleeves.iter().map(Sleeve::is_hold).collect();
    (Columns { starts, is_hold }, wishes, refusals)
}

/// The instruments that each sleeve names, once each.
fn lists(reading: &Reading<'_>) -> Wishes {
    let room = reading.wanted.len().max(reading.holdings.len());
    let (mut starts, mut rows) = (vec![0], Vec::with_capacity(room));
    let mut last = vec![u32::MAX; reading.symbols.len()];
    for (place, sleeve) in (0..).zip(&reading.sleeves) {
        let held = &reading.holdings[sleeve.holdings.clone()];
        let wanted = reading.wanted[sleeve.wanted.clone()].iter();
        for row in wanted.chain(held.iter().map(|(row, _)| row)) {
            if std::mem::replace(&mut last[*row as usize], place) != place {
                rows.push(*row);
            }
        }
        starts.push(rows.len() as u32);
    }
    Wishes {
        lists: starts,
        rows,
        ..Wishes::default()
    }
}

/// Where each row's column begins, and at the end where the last one ends.
fn starts(rows: &[u32], count: usize) -> Vec<u32> {
    let mut starts = vec![0; count + 1];
    for row in rows {
        starts[*row as usize + 1] += 1;
    }
    let mut sum = 0;
    for start in &mut starts {
        sum += *start;
        *start = sum;
    }
    starts
}

/// The columns while they are filled, sleeve after sleeve.
#[derive(Debug)]
struct Filling<'a> {
    /// By row: where the next entry goes.
    next: Vec<u32>,
    /// By row: which sleeve named it last.
    last: Vec<u32>,
    wishes: &'a mut Wishes,
}

impl Filling<'_> {
    fn fill(&mut self, reading: &Reading<'_>, shares: &[Share]) -> Vec<Refusal> {
        let mut refusals = Vec::new();
        for (place, sleeve) in reading.sleeves.iter().enumerate() {
            let factor = shares.get(place).and_then(|share| share.factor);
            if let (Some(factor), Some(input)) = (factor, sleeve.input) {
                let rows = &reading.wanted[sleeve.wanted.clone()];
                let targets = sleeve.positions().iter().map(|(_, raw)| raw * factor);
                if !self.add_targets(place as u32, rows, targets) {
                    refusals.extend(not_positions(input, factor));
                }
            }
            self.add_holdings(
                place as u32,
                &reading.holdings[sleeve.holdings.clone()],
                sleeve,
            );
        }
        refusals
    }

    /// Answers with whether all targets are numbers.
    fn add_targets(
        &mut self,
        sleeve: u32,
        rows: &[u32],
        targets: impl Iterator<Item = f64>,
    ) -> bool {
        let mut are_numbers = true;
        for (row, target) in rows.iter().zip(targets) {
            are_numbers &= target.is_finite();
            let held = Qty::ZERO;
            match self.named(sleeve, *row) {
                Some(entry) => entry.target = target,
                None => self.add(
                    *row,
                    Entry {
                        target,
                        held,
                        sleeve,
                    },
                ),
            }
        }
        are_numbers
    }

    fn add_holdings(&mut self, place: u32, holdings: &[(u32, Qty)], sleeve: &Sleeve<'_>) {
        let is_hold = sleeve.is_hold();
        for (row, held) in holdings {
            if let Some(entry) = self.named(place, *row) {
                entry.held = *held;
                continue;
            }
            self.add(
                *row,
                Entry {
                    target: if is_hold {
                        convert::qty_f64(*held)
                    } else {
                        0.0
                    },
                    held: *held,
                    sleeve: place,
                },
            );
        }
    }

    /// The entry of a sleeve that has named an instrument: the last of the column.
    fn named(&mut self, sleeve: u32, row: u32) -> Option<&mut Entry> {
        let last = std::mem::replace(&mut self.last[row as usize], sleeve);
        let place = self.next[row as usize].checked_sub(1)?;
        (last == sleeve).then(|| &mut self.wishes.entries[place as usize])
    }

    fn add(&mut self, row: u32, entry: Entry) {
        let next = &mut self.next[row as usize];
        self.wishes.entries[*next as usize] = entry;
        self.wishes.places.push(*next);
        *next += 1;
    }
}
