//! Who is not there, for the line that says why.

use std::fmt;

use polyfolio_model::InstrumentId;
use polyfolio_ports::Row;

/// How many are named; the rest is counted.
const NAMED_MAX: usize = 3;

/// Instruments that take no part, and why. Shown as a tail such as `; too few closes yet: NEW; gone:
/// OLD`, or as nothing.
#[derive(Debug, Clone, Default)]
pub(super) struct Absent {
    young: Vec<usize>,
    gone: Vec<usize>,
    /// The universe, from the first row on that lacked somebody.
    names: Vec<InstrumentId>,
}

impl Absent {
    /// Looks at a row; nobody is told apart while all have too few closes.
    pub(super) fn look(&mut self, row: &Row<'_>, has_enough: impl Fn(usize) -> bool) {
        self.young.clear();
        self.gone.clear();
        let all = row.instruments.len();
        // As good as always nobody is missing.
        let oldest = row.ages.iter().fold(0, |oldest, &age| age.max(oldest));
        if oldest <= Row::CURRENT_AGE_MAX && (0..all).all(&has_enough) {
            return;
        }
        let is_young = |&column: &usize| {
            !row.is_gone(column) && (row.ages[column] == Row::NEVER || !has_enough(column))
        };
        self.young.extend((0..all).filter(is_young));
        if self.young.len() == all {
            self.young.clear();
            return;
        }
        self.gone.extend((0..all).filter(|&at| row.is_gone(at)));
        if self.names.is_empty() {
            self.names = row.instruments.to_vec();
        }
    }
}

impl fmt::Display for Absent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, columns) in [("too few closes yet", &self.young), ("gone", &self.gone)] {
            for (index, &column) in columns.iter().take(NAMED_MAX).enumerate() {
                let name = &self.names[column];
                match index {
                    0 => write!(f, "; {what}: {name}")?,
                    _ => write!(f, " {name}")?,
                }
            }
            if columns.len() > NAMED_MAX {
                write!(f, " and {} more", columns.len() - NAMED_MAX)?;
            }
        }
        Ok(())
    }
}
