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
    young: Vec<InstrumentId>,
    gone: Vec<InstrumentId>,
}

impl Absent {
    /// Those of a row; nobody is told apart while all have too few closes.
    pub(super) fn of(row: &Row<'_>, has_enough: impl Fn(usize) -> bool) -> Self {
        let named = |is: &dyn Fn(usize) -> bool| {
            let columns = 0..row.instruments.len();
            let columns = columns.filter(|&column| is(column));
            columns
                .map(|column| row.instruments[column].clone())
                .collect()
        };
        let is_young = |column| {
            !row.is_gone(column) && (row.ages[column] == Row::NEVER || !has_enough(column))
        };
        let all = row.instruments.len();
        if (0..all).all(is_young) {
            return Self::default();
        }
        Self {
            young: named(&is_young),
            gone: named(&|column| row.is_gone(column)),
        }
    }
}

impl fmt::Display for Absent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, names) in [("too few closes yet", &self.young), ("gone", &self.gone)] {
            for (index, name) in names.iter().take(NAMED_MAX).enumerate() {
                match index {
                    0 => write!(f, "; {what}: {name}")?,
                    _ => write!(f, " {name}")?,
                }
            }
            if names.len() > NAMED_MAX {
                write!(f, " and {} more", names.len() - NAMED_MAX)?;
            }
        }
        Ok(())
    }
}
