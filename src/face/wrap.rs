//! Text that must fit: pieces joined into lines, and notes beside a table.

use super::{Table, narrow, page};

/// How wide a page is made to be. Where there is less room, `narrow` says what
/// becomes of it.
pub const PAGE: usize = 80;

/// Notes narrower than this are hard to read; a table that leaves less goes beyond the page.
pub(super) const NOTE_MIN: usize = 24;

/// A page whose lines go on under themselves where they are wider than there is room for.
pub fn fitted(text: &str) -> String {
    narrow::fit(text, page::width())
}

/// Pieces joined by `separator`, in as few lines of `width` characters as it takes. A piece is
/// never broken: one that is too long has a line of its own.
pub fn fold<S: AsRef<str>>(pieces: &[S], separator: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for piece in pieces.iter().map(AsRef::as_ref) {
        match lines.last_mut() {
            Some(line) if count(line) + count(separator) + count(piece) <= width => {
                line.push_str(separator);
                line.push_str(piece);
            }
            _ => lines.push(piece.to_owned()),
        }
    }
    lines
}

/// A sentence in lines of `width` characters, broken between words.
pub fn fill(sentence: &str, width: usize) -> Vec<String> {
    let words: Vec<&str> = sentence.split_whitespace().collect();
    fold(&words, " ", width)
}

/// A label, and a sentence beside it that goes on under itself; the label takes `column`
/// characters.
pub fn beside(label: &str, column: usize, sentence: &str) -> String {
    if page::width() < PAGE {
        return narrow::beside(label, column, sentence, page::width());
    }
    let lines = fill(sentence, PAGE.saturating_sub(column).max(NOTE_MIN));
    let mut text = String::new();
    for (place, line) in lines.iter().enumerate() {
        let head = if place == 0 { label } else { "" };
        text.push_str(&padded(head, column));
        text.push_str(line);
        text.push('\n');
    }
    text
}

/// A table as printed, with a note at the end of each line; a note goes on under itself. There is
/// one note per line of the table, headings included.
pub fn with_notes(table: &Table, notes: &[Vec<String>]) -> String {
    if page::width() < PAGE {
        let notes: Vec<String> = notes.iter().map(|pieces| pieces.join(" · ")).collect();
        return narrow::with_notes(table, &notes, page::width());
    }
    let table = table.to_string();
    let width = table.lines().map(count).max().unwrap_or_default() + 2;
    let room = PAGE.saturating_sub(width).max(NOTE_MIN);
    let mut text = String::new();
    for (line, pieces) in table.lines().zip(notes) {
        let said = fold(pieces, " · ", room);
        let said: Vec<String> = said.iter().flat_map(|line| fill(line, room)).collect();
        let first = said.first().map_or("", String::as_str);
        let line = padded(line, width) + first;
        text.push_str(line.trim_end());
        text.push('\n');
        for more in said.iter().skip(1) {
            text.push_str(&format!("{}{more}\n", " ".repeat(width)));
        }
    }
    text
}

/// Filled up with spaces; a label as long as the column still has one after it.
pub(super) fn padded(text: &str, width: usize) -> String {
    let missing = width
        .saturating_sub(count(text))
        .max(usize::from(!text.is_empty()));
    text.to_owned() + &" ".repeat(missing)
}

fn count(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::Align;

    #[test]
    fn pieces_are_joined_as_far_as_they_fit() {
        assert_eq!(fold(&["aa", "bb", "cc"], " · ", 7), ["aa · bb", "cc"]);
        assert_eq!(
            fold(&["a long piece", "b"], " · ", 4),
            ["a long piece", "b"]
        );
        assert!(fold::<&str>(&[], " · ", 4).is_empty());
    }

    #[test]
    fn a_note_goes_on_under_itself() {
        let mut table = Table::new([("", Align::Left), ("", Align::Right)]);
        table.row(["name", "1"].map(str::to_owned));
        table.row(["other", "2"].map(str::to_owned));
        let word = "word".to_owned();
        let notes = [vec![], vec![word; 20]];
        let text = with_notes(&table, &notes);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "  name   1");
        assert!(lines[1].starts_with("  other  2  word · word"), "{text}");
        assert!(lines[2].starts_with("            word · word"), "{text}");
        assert!(lines.iter().all(|line| count(line) <= PAGE), "{text}");
    }

    #[test]
    fn a_sentence_stands_beside_its_label() {
        let text = beside("  PG", 8, "one two three");
        assert_eq!(text, "  PG    one two three\n");
        let long = beside("  PG", 8, &"word ".repeat(20));
        assert!(
            long.lines().count() == 2 && long.lines().all(|line| count(line) <= PAGE),
            "{long}"
        );
        assert!(
            long.lines()
                .nth(1)
                .is_some_and(|line| line.starts_with("        word"))
        );
    }
}
