//! What a strategy has come to: the answer of every host.

use chrono::NaiveDate;
use indexmap::IndexMap;
use polyfolio_analytics::PortfolioStats;
use polyfolio_model::InstrumentId;
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::VirtualFill;

/// A strategy's virtual account at a date.
///
/// Values may be anything that a targets file holds, NaN included; whoever sizes with them
/// refuses by name what cannot be used.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// Equity after each row's fills. Replayed: dates ascend. From a file: as the file has them.
    pub nav: Vec<(NaiveDate, f64)>,
    /// Units held after the last row, zeros included, in the order of the universe.
    pub positions: IndexMap<InstrumentId, f64>,
    /// Figures of `nav`; `None` when it is too short to have any, not a curve, or from a file.
    pub stats: Option<PortfolioStats>,
    /// One line for the plan.
    pub why: String,
    /// What was traded in the virtual account; empty when it came from a file.
    pub fills: Vec<VirtualFill>,
    /// Cash after the last row; `None` when it came from a file.
    pub cash: Option<f64>,
}

impl Evaluation {
    /// The latest date of the NAV series: what the positions are as of.
    pub fn as_of(&self) -> Option<NaiveDate> {
        self.nav.iter().map(|&(date, _)| date).max()
    }

    /// The equity of that date.
    pub fn last_nav(&self) -> Option<f64> {
        let last = self.nav.iter().max_by_key(|&&(date, _)| date);
        last.map(|&(_, value)| value)
    }
}

/// The format of a targets file, `{"nav": …, "positions": …}`, with `"stats"` beside them.
/// Quantities and money are decimal strings that read back as the same doubles.
impl Serialize for Evaluation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let nav: Vec<_> = self
            .nav
            .iter()
            .map(|&(date, value)| (date, value.to_string()))
            .collect();
        let units = |(id, units): (&InstrumentId, &f64)| (id.clone(), units.to_string());
        let positions: IndexMap<_, _> = self.positions.iter().map(units).collect();
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("nav", &nav)?;
        map.serialize_entry("positions", &positions)?;
        map.serialize_entry("stats", &self.stats)?;
        map.end()
    }
}
