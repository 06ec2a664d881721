//! Kinds of strategies as text for a terminal.

use polyfolio_strategies::Kind;

use super::{default_of, paragraphs};
use crate::face::wrap::{beside, fill, fitted, with_notes};
use crate::face::{Align, Table, page};

/// Two spaces before everything.
const INDENT: &str = "  ";
/// Where the text beside "source" and "needs" begins.
const COLUMN: usize = 10;

/// One line a kind.
pub(super) fn list(kinds: Vec<&Kind>) -> String {
    let mut table = Table::new([("", Align::Left)]);
    let mut notes = Vec::new();
    for kind in kinds {
        table.row([kind.name.to_owned()]);
        notes.push(vec![kind.summary.to_owned()]);
    }
    let lines = with_notes(&table, &notes);
    format!("{lines}\nexplain one with:  polyfolio strategies KIND\n")
}

/// All of one kind.
pub(super) fn kind(kind: &Kind) -> String {
    let mut text = fitted(&format!("{}\n{INDENT}{}\n", kind.name, kind.summary));
    for paragraph in paragraphs(kind) {
        text.push('\n');
        for line in fill(paragraph, page::width() - INDENT.len()) {
            text.push_str(&format!("{INDENT}{line}\n"));
        }
    }
    let beside = |label: &str, said: &str| match said {
        "" => String::new(),
        said => beside(&format!("{INDENT}{label}"), COLUMN, said),
    };
    text.push('\n');
    text.push_str(&beside("source", kind.reference));
    text.push_str(&beside("needs", kind.warm_up));
    text.push_str(&params(kind));
    // TOML stays as it is: somebody will copy it.
    for line in kind.config().lines() {
        text.push_str(format!("{INDENT}{line}").trim_end());
        text.push('\n');
    }
    text
}

fn params(kind: &Kind) -> String {
    if kind.params.is_empty() {
        return format!("\n{INDENT}no parameters\n\n");
    }
    let mut table = Table::new([("parameter", Align::Left), ("default", Align::Right)]);
    let mut notes = vec![Vec::new()];
    for param in kind.params {
        let default = default_of(param).unwrap_or_else(|| "required".to_owned());
        table.row([param.name.to_owned(), default]);
        notes.push(vec![format!("{}: {}", param.doc, param.kind)]);
    }
    format!("\n{}\n", with_notes(&table, &notes))
}
