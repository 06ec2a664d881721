//! Columns of text: words to the left, numbers aligned on the decimal point.
//!
//! A table knows nothing of terminals: it is as wide as what stands in it.

use std::fmt;

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

    fn cell<'a>(&self, row: &'a [String], column: usize) -> &'a str {
        row.get(column).map_or("", String::as_str)
    }

    /// Characters before and from the point on, of the widest cell of each.
    fn split_width(&self, column: usize) -> (usize, usize) {
        let splits = self
            .rows
            .iter()
            .map(|row| at_point(self.cell(row, column)))
            .map(|(whole, rest)| (count(whole), count(rest)));
        splits.fold((0, 0), |(whole, rest), (w, r)| (whole.max(w), rest.max(r)))
    }

    /// The cells of a column, brought to one shape: point under point, not yet padded left.
    fn shaped(&self, column: usize) -> Vec<String> {
        let cells = self.rows.iter().map(|row| self.cell(row, column));
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
        let shaped: Vec<Vec<String>> = (0..self.columns.len()).map(|c| self.shaped(c)).collect();
        let width = |c: usize| {
            let cells = shaped[c].iter().map(|cell| count(cell));
            cells
                .chain([count(&self.columns[c].0)])
                .max()
                .unwrap_or_default()
        };
        let widths: Vec<usize> = (0..self.columns.len()).map(width).collect();
        let line = |f: &mut fmt::Formatter<'_>, cells: &[&str]| {
            let mut text = String::new();
            for (column, cell) in cells.iter().enumerate() {
                let pad = " ".repeat(widths[column] - count(cell));
                text.push_str("  ");
                text.push_str(&match self.columns[column].1 {
                    Align::Left => format!("{cell}{pad}"),
                    Align::Right | Align::Decimal => format!("{pad}{cell}"),
                });
            }
            writeln!(f, "{}", text.trim_end())
        };
        if self.columns.iter().any(|(name, _)| !name.is_empty()) {
            let names: Vec<&str> = self.columns.iter().map(|(name, _)| name.as_str()).collect();
            line(f, &names)?;
        }
        for row in 0..self.rows.len() {
            let cells: Vec<&str> = shaped.iter().map(|column| column[row].as_str()).collect();
            line(f, &cells)?;
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
