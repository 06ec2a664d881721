//! Columns of text: words to the left, numbers aligned on the decimal point.
//!
//! A table is as wide as what stands in it. What becomes of it where there is less room than a
//! page is made for, [`narrow`](super::narrow) knows.

use std::fmt;
use std::ops::Range;

use super::wrap::PAGE;
use super::{narrow, page};

/// How the cells of a column stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Whole numbers and labels that end a column.
    Right,
    /// Numbers, point under point; a cell without a point ends where the whole part ends.
    Decimal,
}

/// Rows of cells, printed with two spaces before and between the columns.
#[derive(Clone, Debug, Default)]
pub struct Table {
    columns: Vec<(String, Align)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Columns by heading; a table whose headings are all empty prints none.
    pub fn new<const N: usize>(columns: [(&str, Align); N]) -> Self {
        Self {
            columns: columns.map(|(name, align)| (name.to_owned(), align)).into(),
            rows: Vec::new(),
        }
    }

    /// Adds a row. Missing cells are empty.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        debug_assert!(
            N <= self.columns.len(),
            "{N} cells, {} columns",
            self.columns.len()
        );
        self.rows.push(cells.into());
    }

    /// Whether no row was added.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many columns there are.
    pub(super) fn columns(&self) -> usize {
        self.columns.len()
    }

    /// How many rows there are; the line of headings is none.
    pub(super) fn rows(&self) -> usize {
        self.rows.len()
    }

    /// Whether a line of headings stands above the rows.
    pub(super) fn is_headed(&self) -> bool {
        self.columns.iter().any(|(name, _)| !name.is_empty())
    }

    pub(super) fn heading(&self, column: usize) -> &str {
        self.columns.get(column).map_or("", |(name, _)| name)
    }

    pub(super) fn cell(&self, row: usize, column: usize) -> &str {
        let cells = self.rows.get(row);
        cells
            .and_then(|cells| cells.get(column))
            .map_or("", String::as_str)
    }

    /// The leading columns as lines, that of the headings first if there are any.
    pub(super) fn grid(&self, columns: usize) -> Vec<String> {
        let shaped: Vec<Vec<String>> = (0..columns).map(|column| self.shaped(column)).collect();
        let width = |column: usize| {
            let cells = shaped[column].iter().map(|cell| count(cell));
            cells.chain([count(self.heading(column))]).max()
        };
        let widths: Vec<usize> = (0..columns).filter_map(width).collect();
        let line = |cells: &[&str]| {
            let mut text = String::new();
            for (column, cell) in cells.iter().enumerate() {
                let pad = " ".repeat(widths[column] - count(cell));
                text.push_str("  ");
                text.push_str(&match self.columns[column].1 {
                    Align::Left => format!("{cell}{pad}"),
                    Align::Right | Align::Decimal => format!("{pad}{cell}"),
                });
            }
            text.trim_end().to_owned()
        };
        let names: Vec<&str> = (0..columns).map(|column| self.heading(column)).collect();
        let head = self.is_headed().then(|| line(&names));
        let rows = (0..self.rows()).map(|row| {
            let cells: Vec<&str> = shaped.iter().map(|column| column[row].as_str()).collect();
            line(&cells)
        });
        head.into_iter().chain(rows).collect()
    }

    /// What stands behind the leading columns, one text a line of the [`grid`](Self::grid).
    pub(super) fn rest(&self, lead: usize) -> Vec<String> {
        let columns = lead..self.columns();
        let text = |cells: Vec<&str>| {
            let said: Vec<&str> = cells.into_iter().filter(|cell| !cell.is_empty()).collect();
            said.join(" · ")
        };
        let names = columns.clone().map(|column| self.heading(column));
        let head = self.is_headed().then(|| text(names.collect()));
        let rows = (0..self.rows()).map(|row| {
            let cells = columns.clone().map(|column| self.cell(row, column));
            text(cells.collect())
        });
        head.into_iter().chain(rows).collect()
    }

    /// How many columns may lead, most first, where the rest goes on under itself: only words can,
    /// and of columns that have headings only the last.
    pub(super) fn leads(&self) -> std::iter::Rev<Range<usize>> {
        let words = self.columns.iter().rev();
        let words = words.take_while(|(_, align)| *align == Align::Left).count();
        let rest_max = if self.is_headed() {
            words.min(1)
        } else {
            words
        };
        let fewest = (self.columns() - rest_max).max(1);
        (fewest..self.columns()).rev()
    }

    /// How many columns name a row: the first, and those behind it that have no heading in a table
    /// that has some.
    pub(super) fn titles(&self) -> usize {
        let others = self.columns.iter().skip(1);
        let unnamed = others.take_while(|(name, _)| self.is_headed() && name.is_empty());
        1 + unnamed.count()
    }

    /// Characters before and from the point on, of the widest cell of each.
    fn split_width(&self, column: usize) -> (usize, usize) {
        let splits = (0..self.rows())
            .map(|row| at_point(self.cell(row, column)))
            .map(|(whole, rest)| (count(whole), count(rest)));
        splits.fold((0, 0), |(whole, rest), (w, r)| (whole.max(w), rest.max(r)))
    }

    /// The cells of a column, brought to one shape: point under point, not yet padded left.
    fn shaped(&self, column: usize) -> Vec<String> {
        let cells = (0..self.rows()).map(|row| self.cell(row, column));
        if self.columns[column].1 != Align::Decimal {
            return cells.map(str::to_owned).collect();
        }
        let (_, rest_width) = self.split_width(column);
        let shape = |cell: &str| {
            let (_, rest) = at_point(cell);
            cell.to_owned() + &" ".repeat(rest_width - count(rest))
        };
        cells.map(shape).collect()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if page::width() < PAGE {
            return f.write_str(&narrow::table(self, page::width()));
        }
        for line in self.grid(self.columns()) {
            writeln!(f, "{line}")?;
        }
        Ok(())
    }
}

fn at_point(cell: &str) -> (&str, &str) {
    cell.split_at(cell.find('.').unwrap_or(cell.len()))
}

fn count(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_point_under_point() {
        let mut table = Table::new([
            ("", Align::Left),
            ("held", Align::Right),
            ("notional", Align::Decimal),
        ]);
        let cells =
            |name: &str, held: &str, notional: &str| [name, held, notional].map(str::to_owned);
        table.row(cells("CVX", "0", "73,830.40"));
        table.row(cells("JPM", "150", "7,853.4"));
        table.row(cells("KO", "0", "–"));
        let expected = concat!(
            "       held   notional\n",
            "  CVX     0  73,830.40\n",
            "  JPM   150   7,853.4\n",
            "  KO      0       –\n",
        );
        assert_eq!(table.to_string(), expected);
    }

    #[test]
    fn without_headings_there_is_no_heading_line() {
        let mut table = Table::new([("", Align::Left)]);
        table.row(["one".to_owned()]);
        assert_eq!(table.to_string(), "  one\n");
    }
}
