//! Newer closes behind a history, or a history of closes alone.
//!
//! A date that one of the instruments lacks in what is brought gets no row, and is named: its close
//! may come yet, and rows are only put behind. What both have must be the same: a source that adjusts for splits and dividends gives
//! other closes for days that are long over, and the two would not be one series.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::NaiveDate;
use polyfolio_model::{InstrumentId, Price};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::history::{History, Table};
use crate::load::pack;

/// The closes of an instrument, by date.
pub type Closes = BTreeMap<NaiveDate, Price>;

/// By how much the close of a day may differ and still be the same one: rounding, not a dividend.
const SAME_WITHIN: Decimal = Decimal::from_parts(5, 0, 0, false, 4);

/// A history and what became of the closes that were brought.
#[derive(Clone, Debug)]
pub struct Joined {
    /// The history.
    pub history: History,
    /// How many of its rows are new.
    pub added: usize,
    /// Dates without a row, and whose closes are missing there.
    pub left_out: Vec<(NaiveDate, Vec<InstrumentId>)>,
}

/// Why closes cannot be brought to a history.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JoinError {
    /// An instrument of the history has no newer closes at all.
    #[error("there are no closes of {0}")]
    Missing(InstrumentId),
    /// The two say different things of the same day.
    #[error(
        "{instrument} closed at {have} on {date} in the history, and at {brought} in what was brought"
    )]
    Differs {
        /// Which instrument.
        instrument: InstrumentId,
        /// On which day.
        date: NaiveDate,
        /// What the history has.
        have: Price,
        /// What was brought.
        brought: Price,
    },
    /// Nothing lies in both, so that nothing shows that they are one series.
    #[error(
        "the closes of {instrument} from {first} on share no day with the history up to {last}"
    )]
    Apart {
        /// Which instrument.
        instrument: InstrumentId,
        /// Where what was brought begins.
        first: NaiveDate,
        /// Where the history ends.
        last: NaiveDate,
    },
    /// There is no date on which every instrument has a close.
    #[error("there is no date on which all of them closed")]
    NoDate,
}

impl History {
    /// A history of these closes: one row for each date on which all of them have one.
    ///
    /// # Errors
    /// An instrument without closes, or no date that all of them have.
    pub fn of_closes(closes: &BTreeMap<InstrumentId, Closes>) -> Result<Joined, JoinError> {
        let columns: Vec<InstrumentId> = closes.keys().cloned().collect();
        let mut rows = Rows::new(columns, None);
        rows.add(closes, None)?;
        rows.finish()
    }

    /// This history, and the rows of these closes behind it.
    ///
    /// # Errors
    /// Closes that are not those of the history where both have some, or do not reach back to it.
    pub fn extended(&self, closes: &BTreeMap<InstrumentId, Closes>) -> Result<Joined, JoinError> {
        let last = self.last_date();
        if let Some(last) = last {
            self.compare(closes, last)?;
        }
        let mut rows = Rows::new(self.instruments().to_vec(), Some(self));
        rows.add(closes, last)?;
        rows.finish()
    }

    /// Holds what both have against each other.
    fn compare(
        &self,
        closes: &BTreeMap<InstrumentId, Closes>,
        last: NaiveDate,
    ) -> Result<(), JoinError> {
        for (column, instrument) in self.instruments().iter().enumerate() {
            let missing = || JoinError::Missing(instrument.clone());
            let brought = closes.get(instrument).ok_or_else(missing)?;
            let (&first, _) = brought.first_key_value().ok_or_else(missing)?;
            let mut compared = 0;
            for (&date, &brought) in brought.range(..=last) {
                let row = self.dates().binary_search(&date);
                let Some(row) = row.ok().filter(|&row| self.has_close(row, column)) else {
                    continue;
                };
                compared += 1;
                let have = self.prices(row)[column];
                if !is_same(have, brought) {
                    let instrument = instrument.clone();
                    return Err(JoinError::Differs {
                        instrument,
                        date,
                        have,
                        brought,
                    });
                }
            }
            if compared == 0 {
                let instrument = instrument.clone();
                return Err(JoinError::Apart {
                    instrument,
                    first,
                    last,
                });
            }
        }
        Ok(())
    }

    /// Its text: a header, and a line for each date, as [`load`](Self::load) reads it. A cell is
    /// empty where there is no close; volumes are not in it.
    pub fn to_csv(&self) -> String {
        let mut text = String::from("date");
        for instrument in self.instruments() {
            text.push(',');
            text.push_str(instrument.as_str());
        }
        text.push('\n');
        for (row, date) in self.dates().iter().enumerate() {
            text.push_str(&date.to_string());
            for (price, age) in self.prices(row).iter().zip(self.ages(row)) {
                text.push(',');
                if *age == 0 {
                    text.push_str(&price.to_string());
                }
            }
            text.push('\n');
        }
        text
    }
}

impl History {
    /// Its text as bytes for a file of this name: packed, when it ends in `.gz`.
    pub fn to_file(&self, path: &Path) -> Vec<u8> {
        let text = self.to_csv();
        let end = path.extension();
        match end.is_some_and(|end| end.eq_ignore_ascii_case("gz")) {
            true => pack(&text),
            false => text.into_bytes(),
        }
    }
}

fn is_same(have: Price, brought: Price) -> bool {
    (have.get() - brought.get()).abs() <= have.get() * SAME_WITHIN
}

/// A table that grows.
struct Rows {
    table: Table,
    before: usize,
    left_out: Vec<(NaiveDate, Vec<InstrumentId>)>,
}

impl Rows {
    fn new(instruments: Vec<InstrumentId>, history: Option<&History>) -> Self {
        let mut table = Table {
            instruments,
            ..Table::default()
        };
        for row in 0..history.map_or(0, History::len) {
            let Some(history) = history else { break };
            table.dates.push(history.dates()[row]);
            table.closes.extend_from_slice(history.closes(row));
            table.prices.extend_from_slice(history.prices(row));
            if !history.is_whole() {
                table.ages.extend_from_slice(history.ages(row));
            }
        }
        Self {
            before: table.dates.len(),
            table,
            left_out: Vec::new(),
        }
    }

    /// Rows for the dates behind this one.
    fn add(
        &mut self,
        closes: &BTreeMap<InstrumentId, Closes>,
        after: Option<NaiveDate>,
    ) -> Result<(), JoinError> {
        let mut columns = Vec::new();
        for instrument in &self.table.instruments {
            let missing = || JoinError::Missing(instrument.clone());
            let brought = closes.get(instrument).filter(|closes| !closes.is_empty());
            columns.push(brought.ok_or_else(missing)?);
        }
        // Before the youngest instrument there is nothing to be missed.
        let begins = columns.iter().filter_map(|closes| closes.keys().next());
        let begins = begins.max().copied();
        let dates: BTreeSet<NaiveDate> = columns
            .iter()
            .flat_map(|closes| closes.keys().copied())
            .filter(|date| Some(*date) > after && Some(*date) >= begins)
            .collect();
        for date in dates {
            let prices: Vec<Option<Price>> = columns
                .iter()
                .map(|closes| closes.get(&date).copied())
                .collect();
            self.push(date, &prices);
        }
        Ok(())
    }

    fn push(&mut self, date: NaiveDate, prices: &[Option<Price>]) {
        let whole: Option<Vec<(Price, f64)>> = prices
            .iter()
            .map(|price| price.and_then(|price| Some((price, price.get().to_f64()?))))
            .collect();
        let Some(whole) = whole else {
            let named = self.table.instruments.iter().zip(prices);
            let missing = named.filter(|(_, price)| price.is_none());
            let missing = missing.map(|(instrument, _)| instrument.clone()).collect();
            self.left_out.push((date, missing));
            return;
        };
        self.table.dates.push(date);
        for (price, close) in whole {
            self.table.prices.push(price);
            self.table.closes.push(close);
            if !self.table.ages.is_empty() {
                self.table.ages.push(0);
            }
        }
    }

    fn finish(self) -> Result<Joined, JoinError> {
        if self.table.dates.is_empty() {
            return Err(JoinError::NoDate);
        }
        let added = self.table.dates.len() - self.before;
        Ok(Joined {
            history: History::new(self.table),
            added,
            left_out: self.left_out,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brought(lines: &[(&str, &[(&str, &str)])]) -> BTreeMap<InstrumentId, Closes> {
        let closes = |days: &[(&str, &str)]| {
            days.iter()
                .map(|(date, price)| (date.parse().unwrap(), price.parse().unwrap()))
                .collect()
        };
        lines
            .iter()
            .map(|(name, days)| (InstrumentId::from(*name), closes(days)))
            .collect()
    }

    fn history() -> History {
        let text = "date,B,A\n2023-01-02,1.10,2\n2023-01-03,1.2,2.5\n";
        History::parse("t.csv", text.as_bytes()).unwrap()
    }

    #[test]
    fn newer_closes_become_rows_and_the_file_reads_back() {
        let closes = brought(&[
            (
                "A",
                &[
                    ("2023-01-03", "2.5"),
                    ("2023-01-04", "2.60"),
                    ("2023-01-05", "2.7"),
                ],
            ),
            ("B", &[("2023-01-03", "1.2000"), ("2023-01-05", "1.3")]),
        ]);
        let joined = history().extended(&closes).unwrap();
        assert_eq!(joined.added, 1);
        let date: NaiveDate = "2023-01-04".parse().unwrap();
        assert_eq!(joined.left_out, [(date, vec!["B".into()])]);
        let text = joined.history.to_csv();
        assert_eq!(
            text,
            "date,B,A\n2023-01-02,1.1,2\n2023-01-03,1.2,2.5\n2023-01-05,1.3,2.7\n"
        );
        let again = History::parse("t.csv", text.as_bytes()).unwrap();
        let packed = joined.history.to_file(Path::new("t.csv.gz"));
        assert_eq!(History::parse("t", &packed).unwrap().to_csv(), text);
        assert_eq!(joined.history.to_file(Path::new("t.csv")), text.as_bytes());
        assert_eq!(again.to_csv(), text);
        assert_eq!(again.closes(2), joined.history.closes(2));
    }

    #[test]
    fn nothing_new_adds_nothing() {
        let closes = brought(&[
            ("A", &[("2023-01-03", "2.5")]),
            ("B", &[("2023-01-03", "1.2")]),
        ]);
        let joined = history().extended(&closes).unwrap();
        assert_eq!((joined.added, joined.left_out.len()), (0, 0));
        assert_eq!(joined.history.to_csv(), history().to_csv());
    }

    #[test]
    fn closes_that_were_adjusted_since_are_refused_with_both() {
        let closes = brought(&[
            ("A", &[("2023-01-03", "1.25"), ("2023-01-04", "1.3")]),
            ("B", &[("2023-01-03", "1.2"), ("2023-01-04", "1.3")]),
        ]);
        let refused = history().extended(&closes).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "A closed at 2.5 on 2023-01-03 in the history, and at 1.25 in what was brought"
        );
        let rounded = brought(&[
            ("A", &[("2023-01-03", "2.501"), ("2023-01-04", "1.3")]),
            ("B", &[("2023-01-03", "1.2"), ("2023-01-04", "1.3")]),
        ]);
        assert_eq!(history().extended(&rounded).unwrap().added, 1);
    }

    #[test]
    fn closes_that_do_not_reach_back_or_are_not_there_are_refused() {
        let closes = brought(&[
            ("A", &[("2023-01-03", "2.5")]),
            ("B", &[("2023-01-04", "1.3")]),
        ]);
        let refused = history().extended(&closes).unwrap_err();
        assert!(matches!(refused, JoinError::Apart { .. }), "{refused}");
        let one = brought(&[("A", &[("2023-01-03", "2.5")])]);
        let refused = history().extended(&one).unwrap_err();
        assert_eq!(refused, JoinError::Missing("B".into()));
    }

    #[test]
    fn a_history_of_closes_alone_begins_with_its_youngest() {
        let closes = brought(&[
            (
                "OLD",
                &[
                    ("2023-01-02", "1"),
                    ("2023-01-03", "2"),
                    ("2023-01-04", "3"),
                ],
            ),
            ("NEW", &[("2023-01-03", "5"), ("2023-01-04", "6")]),
        ]);
        let joined = History::of_closes(&closes).unwrap();
        assert_eq!(joined.left_out, []);
        assert_eq!(
            joined.history.to_csv(),
            "date,NEW,OLD\n2023-01-03,5,2\n2023-01-04,6,3\n"
        );
        let apart = brought(&[("A", &[("2023-01-03", "1")]), ("B", &[("2023-01-04", "1")])]);
        assert_eq!(History::of_closes(&apart).unwrap_err(), JoinError::NoDate);
        let none = brought(&[("A", &[])]);
        let refused = History::of_closes(&none).unwrap_err();
        assert_eq!(refused, JoinError::Missing("A".into()));
    }
}
