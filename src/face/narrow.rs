//! Pages for which there is less room than they are made for: lines go on under themselves, the
//! last column of a table does, and a table that is still too wide becomes a record a row.
//!
//! Nothing is left out but the headings of columns in which nothing stands.

mod lines;
#[cfg(test)]
mod tests;

use super::Table;
use super::wrap::padded;
pub use lines::fit;
use lines::{BELOW, WIDE, flow, hung, needed, seen, widest};

/// A label with a sentence beside it, or below it where that leaves too little room.
pub(super) fn beside(label: &str, column: usize, sentence: &str, width: usize) -> String {
    let column = column.max(seen(label) + 1);
    let room = width.saturating_sub(column);
    if room >= needed(sentence, width) {
        return under(label, column, &flow(sentence, room));
    }
    let label = Some(label.to_owned()).filter(|label| !label.is_empty());
    ended(label.into_iter().chain(below(sentence, BELOW, width)))
}

/// A table, or what becomes of it.
pub(super) fn table(table: &Table, width: usize) -> String {
    let whole = table.grid(table.columns());
    if widest(&whole) <= width {
        return ended(whole);
    }
    let split = |lead| (table.grid(lead), table.rest(lead));
    let mut leads = table.leads();
    let beside = leads.clone().map(split);
    let beside = beside.into_iter().find_map(|(first, rest)| {
        let room = room_beside(&first, &rest, width)?;
        Some(side_by_side(&first, &rest, room))
    });
    let below = || {
        let (first, rest) = split(leads.next()?);
        under_each(&first, &rest, width)
    };
    beside
        .or_else(below)
        .unwrap_or_else(|| records(table, &[], width))
}

/// A table with a note a line: beside it, or below the line, or in the record of the row.
pub(super) fn with_notes(table: &Table, notes: &[String], width: usize) -> String {
    let whole = table.grid(table.columns());
    if let Some(room) = room_beside(&whole, notes, width) {
        return side_by_side(&whole, notes, room);
    }
    under_each(&whole, notes, width).unwrap_or_else(|| records(table, notes, width))
}

/// How much room lines leave for what belongs beside them, if it is enough.
fn room_beside(first: &[String], rest: &[String], width: usize) -> Option<usize> {
    let room = width.checked_sub(widest(first) + 2)?;
    let needed = rest.iter().map(|text| needed(text, width)).max();
    (room >= needed.unwrap_or_default()).then_some(room)
}

fn side_by_side(first: &[String], rest: &[String], room: usize) -> String {
    let column = widest(first) + 2;
    let pairs = first.iter().zip(rest);
    pairs
        .map(|(line, text)| under(line, column, &flow(text, room)))
        .collect()
}

/// Lines with what belongs to each below it; nothing where they do not fit themselves.
fn under_each(first: &[String], rest: &[String], width: usize) -> Option<String> {
    let pairs = first.iter().zip(rest);
    let all =
        pairs.flat_map(|(line, text)| [line.clone()].into_iter().chain(below(text, BELOW, width)));
    (widest(first) <= width).then(|| ended(all))
}

/// A row a record: its first cell, and below it what the others are and hold. What the first cells
/// are stands at the edge.
fn records(table: &Table, notes: &[String], width: usize) -> String {
    let about = Some(table.heading(0).to_owned());
    let mut all: Vec<String> = about.into_iter().filter(|name| !name.is_empty()).collect();
    let is_headed = table.is_headed();
    let about_note = notes.first().filter(|_| is_headed).map_or("", |note| note);
    for row in 0..table.rows() {
        let cell = |column| table.cell(row, column).to_owned();
        let named = |column| said(table.heading(column), table.cell(row, column));
        let title = format!("  {}", joined((0..table.titles()).map(cell)));
        let pairs = joined((table.titles()..table.columns()).map(named));
        let note = notes.get(row + usize::from(is_headed));
        let note = note.map_or_else(String::new, |note| said(about_note, note));
        // A title may stand in, where a row belongs to the one above it.
        let indent = title.len() - title.trim_start().len() + 2;
        all.extend(hung(&title, width));
        all.extend(below(&pairs, indent, width));
        all.extend(below(&note, indent, width));
    }
    ended(all)
}

/// What something is, and what it holds; nothing of what holds nothing.
fn said(name: &str, what: &str) -> String {
    match what {
        "" => String::new(),
        what => format!("{name} {what}").trim_start().to_owned(),
    }
}

fn joined(cells: impl Iterator<Item = String>) -> String {
    let cells: Vec<String> = cells.filter(|cell| !cell.is_empty()).collect();
    cells.join(WIDE)
}

/// A text in lines that stand in from the edge.
fn below(text: &str, indent: usize, width: usize) -> impl Iterator<Item = String> + use<> {
    let lines = flow(text, width.saturating_sub(indent));
    let indent = " ".repeat(indent);
    lines.into_iter().map(move |line| format!("{indent}{line}"))
}

/// A first line with others beside and under it, from a column on.
fn under(first: &str, column: usize, rest: &[String]) -> String {
    let mut heads = std::iter::once(first).chain(std::iter::repeat(""));
    let mut text = String::new();
    for line in rest
        .iter()
        .map(String::as_str)
        .chain(rest.is_empty().then_some(""))
    {
        let head = heads.next().unwrap_or_default();
        let whole = padded(head, column) + line;
        text.push_str(whole.trim_end());
        text.push('\n');
    }
    text
}

fn ended(lines: impl IntoIterator<Item = String>) -> String {
    lines.into_iter().map(|line| line + "\n").collect()
}
