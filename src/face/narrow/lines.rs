//! Lines that are too long: broken between their pieces where that can be, otherwise between words.
//!
//! A word that is longer than the page is never broken: it may be a path, an identifier or a
//! command's argument, and somebody will copy it.

use crate::face::wrap::{NOTE_MIN, PAGE};

/// How far in a line goes on under itself.
pub(super) const BELOW: usize = 4;

/// What stands between the columns of a line.
pub(super) const WIDE: &str = "  ";

/// Text whose lines go on under themselves. On a page with room it stays as it is.
pub fn fit(text: &str, width: usize) -> String {
    if width >= PAGE {
        return text.to_owned();
    }
    let lines: Vec<String> = text.lines().flat_map(|line| hung(line, width)).collect();
    let end = if text.ends_with('\n') { "\n" } else { "" };
    lines.join("\n") + end
}

/// A line that goes on under itself, further in than what begins below it.
pub(super) fn hung(line: &str, width: usize) -> Vec<String> {
    if seen(line) <= width {
        return vec![line.to_owned()];
    }
    let body = line.trim_start_matches(' ');
    let indent = (line.len() - body.len()).min(width / 2);
    let room = width.saturating_sub(indent + BELOW);
    let lines = broken(body, room + BELOW, room).into_iter();
    let indents = std::iter::once(indent).chain(std::iter::repeat(indent + BELOW));
    lines
        .zip(indents)
        .map(|(line, indent)| " ".repeat(indent) + &line)
        .collect()
}

/// A text in lines of so many columns.
pub(super) fn flow(text: &str, room: usize) -> Vec<String> {
    broken(text, room, room)
}

/// A text in lines, of which the first may have more room. It is broken between its pieces where
/// they fit on a line, otherwise between words; a command that somebody will copy begins a line.
fn broken(text: &str, first: usize, others: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (gap, piece) in pieces(text) {
        let words: Vec<&str> = match seen(piece) <= others {
            true => vec![piece],
            false => piece.split(' ').collect(),
        };
        let is_command = words.len() > 1 && words[0] == "polyfolio" && gap == WIDE;
        for (place, word) in words.into_iter().enumerate() {
            let gap = if place == 0 { gap } else { " " };
            let room = if lines.len() == 1 { first } else { others };
            let wanted = seen(gap) + seen(word);
            match lines.last_mut() {
                Some(line) if seen(line) + wanted <= room && !(place == 0 && is_command) => {
                    line.push_str(gap);
                    line.push_str(word);
                }
                _ => lines.push(word.to_owned()),
            }
        }
    }
    lines
}

/// What stands between dots or wide gaps, and what stood before it.
fn pieces(text: &str) -> impl Iterator<Item = (&'static str, &str)> {
    let parts = text.split(WIDE).map(str::trim);
    let parts = parts.filter(|part| !part.is_empty());
    parts.flat_map(|part| {
        let gaps = std::iter::once(WIDE).chain(std::iter::repeat(" · "));
        gaps.zip(part.split(" · "))
    })
}

/// How many columns a text wants: enough to be read, and its longest word where a line has room.
pub(super) fn needed(text: &str, width: usize) -> usize {
    let words = text.split_whitespace().map(seen);
    let longest = words.filter(|word| word + BELOW <= width).max();
    longest.unwrap_or_default().max(NOTE_MIN)
}

pub(super) fn widest(lines: &[String]) -> usize {
    lines
        .iter()
        .map(|line| seen(line))
        .max()
        .unwrap_or_default()
}

/// Columns on a terminal: emphasis takes none.
pub(super) fn seen(text: &str) -> usize {
    let mut columns = 0;
    let mut is_code = false;
    for letter in text.chars() {
        match letter {
            '\u{1b}' => is_code = true,
            'm' if is_code => is_code = false,
            _ if is_code => {}
            _ => columns += 1,
        }
    }
    columns
}
