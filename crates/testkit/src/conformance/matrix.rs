//! The capability matrix: a page with a row for every case and a column for every broker, made of
//! what the suite came to.
//!
//! Each broker's tests own their columns. A test compares its cell with what it saw, and with
//! `BLESS=1` in the environment writes it. A failing case is never written.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::Path;

use super::rig::Verdict;
use super::suite::CASES;

const BEGIN: &str = "<!-- matrix -->\n";
const END: &str = "<!-- /matrix -->";

/// The cell of a case that nobody has run.
const NOT_RUN: &str = "not run";

/// A verdict as a cell shows it.
pub fn cell(verdict: &Verdict) -> String {
    match verdict {
        Ok(()) => "yes".to_owned(),
        Err(cannot) => format!("n/a: {}", cannot.0),
    }
}

/// Compares one cell of the page with what was seen, or writes it there.
///
/// # Panics
/// They differ, or the page cannot be read or written.
pub fn check(page: &Path, column: &str, case: &str, seen: &str) {
    let (mut file, text) = open(page);
    let mut table = Table::of(between(&text));
    if std::env::var_os("BLESS").is_some() {
        table.set(column, case, seen);
        let text = replaced(&text, &table.markdown());
        let written = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(text.as_bytes()));
        if let Err(fault) = written {
            panic!("{}: {fault}", page.display());
        }
    }
    let shown = table.get(column, case).unwrap_or(NOT_RUN);
    assert_eq!(
        shown,
        seen,
        "{case} in column {column:?} of {}: write it again with BLESS=1",
        page.display()
    );
}

/// Compares the page's rows with the cases that there are.
///
/// # Panics
/// They differ, or the page cannot be read.
pub fn check_rows(page: &Path) {
    let (_, text) = open(page);
    let shown = between(&text);
    let expect = Table::of(shown).markdown();
    assert_eq!(
        shown,
        expect,
        "the cases of {}: write them again with BLESS=1",
        page.display()
    );
    assert!(!shown.contains(NOT_RUN), "a case that nobody has run");
}

/// The page, for this process alone until it is closed.
fn open(page: &Path) -> (File, String) {
    let open = || {
        let mut file = File::options().read(true).write(true).open(page)?;
        file.lock()?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        Ok::<_, std::io::Error>((file, text))
    };
    match open() {
        Ok(opened) => opened,
        Err(fault) => panic!("{}: {fault}", page.display()),
    }
}

fn split(text: &str) -> Option<(&str, &str, &str)> {
    let (head, rest) = text.split_once(BEGIN)?;
    let (table, tail) = rest.split_once(END)?;
    Some((head, table, tail))
}

fn between(text: &str) -> &str {
    match split(text) {
        Some((_, table, _)) => table,
        None => panic!("the page has no place for the matrix"),
    }
}

fn replaced(text: &str, table: &str) -> String {
    match split(text) {
        Some((head, _, tail)) => format!("{head}{BEGIN}{table}{END}{tail}"),
        None => text.to_owned(),
    }
}

/// Cells by column and case.
#[derive(Debug, Default)]
struct Table {
    columns: Vec<String>,
    cells: BTreeMap<(String, String), String>,
}

impl Table {
    fn of(text: &str) -> Self {
        let mut lines = text.lines().map(|line| {
            let cells = line.trim_matches('|').split(" | ");
            cells.map(|cell| cell.trim().to_owned()).collect()
        });
        let head: Vec<String> = lines.next().unwrap_or_default();
        let columns: Vec<String> = head.into_iter().skip(2).collect();
        let mut cells = BTreeMap::new();
        for line in lines.skip(1) {
            let line: Vec<String> = line;
            let Some(number) = line.first() else {
                continue;
            };
            for (column, cell) in columns.iter().zip(line.iter().skip(2)) {
                cells.insert((column.clone(), number.clone()), cell.clone());
            }
        }
        Self { columns, cells }
    }

    fn get(&self, column: &str, case: &str) -> Option<&str> {
        let key = (column.to_owned(), number_of(case));
        self.cells.get(&key).map(String::as_str)
    }

    fn set(&mut self, column: &str, case: &str, cell: &str) {
        if !self.columns.iter().any(|have| have == column) {
            self.columns.push(column.to_owned());
        }
        let key = (column.to_owned(), number_of(case));
        self.cells.insert(key, cell.to_owned());
    }

    fn markdown(&self) -> String {
        let mut text = format!("| # | case | {} |\n", self.columns.join(" | "));
        text.push_str(&format!("|---|---|{}\n", "---|".repeat(self.columns.len())));
        for case in CASES {
            let columns = self.columns.iter();
            let cells = columns.map(|column| self.get(column, case.name).unwrap_or(NOT_RUN));
            let cells: Vec<&str> = cells.collect();
            let (number, what) = (case.number(), case.what);
            text.push_str(&format!("| {number} | {what} | {} |\n", cells.join(" | ")));
        }
        text
    }
}

fn number_of(case: &str) -> String {
    super::suite::case(case).map_or_else(|| case.to_owned(), |case| case.number())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_reads_as_it_was_written() {
        let mut table = Table::default();
        let case = CASES[0].name;
        table.set("paper", case, "yes");
        table.set("ib", case, "n/a: no wire");
        let text = table.markdown();
        let again = Table::of(&text);
        assert_eq!(again.markdown(), text);
        assert_eq!(again.get("ib", case), Some("n/a: no wire"));
        assert_eq!(again.get("paper", CASES[1].name), Some(NOT_RUN));
    }
}
