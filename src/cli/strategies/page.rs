//! The kinds of strategies as a page of the docs. `docs/strategies.md` is this, checked in.

use polyfolio_strategies::{Kind, Registry};

use super::{default_of, paragraphs};
use crate::face::wrap::fill;

/// How wide the page is as a text; tables and addresses go beyond it.
const WIDTH: usize = 120;

const HEAD: &str = "\
# Strategies

What may stand behind a sleeve. `polyfolio strategies` lists the kinds, `polyfolio strategies KIND` says of one what
stands here, and `--json` says it to a program: this page is generated from the same texts, and a test compares them.

A strategy is replayed over the history in an account of its own, which the other keys of a sleeve describe
([configuration](configuration.md)). It sees one row of closes after the other, and nothing of the rows to come. Until it
has seen what it needs it holds nothing, and the plan says what it waits for. The same history gives the same targets: a
strategy remembers nothing between two plans. A kind of one's own is one screen of Rust:
[examples/own_strategy.rs](../examples/own_strategy.rs).
";

fn page(registry: &Registry) -> String {
    let mut text = HEAD.to_owned();
    text.push_str("\n| kind | what it does |\n|---|---|\n");
    for kind in registry.kinds() {
        let name = kind.name;
        text.push_str(&format!("| [`{name}`](#{name}) | {} |\n", kind.summary));
    }
    for kind in registry.kinds() {
        text.push_str(&section(kind));
    }
    text
}

fn section(kind: &Kind) -> String {
    let mut text = format!("\n## {}\n", kind.name);
    let mut paragraph = |said: &str| {
        let lines = fill(said, WIDTH).join("\n");
        text.push_str(&format!("\n{lines}\n"));
    };
    paragraph(&format!("{}.", capital(kind.summary)));
    paragraphs(kind).into_iter().for_each(&mut paragraph);
    if !kind.reference.is_empty() {
        paragraph(&format!("Source: {}.", kind.reference));
    }
    if !kind.warm_up.is_empty() {
        paragraph(&format!("It needs {}.", kind.warm_up));
    }
    text.push_str(&params(kind));
    text.push_str(&format!("\n```toml\n{}```\n", kind.config()));
    text
}

fn params(kind: &Kind) -> String {
    if kind.params.is_empty() {
        return "\nIt takes no parameters.\n".to_owned();
    }
    let row = |param: &polyfolio_strategies::Param| {
        let default = default_of(param).map(|default| format!("`{default}`"));
        let default = default.unwrap_or_else(|| "must be said".to_owned());
        let (name, doc, allowed) = (param.name, param.doc, param.kind);
        format!("| `{name}` | {doc} | {default} | {allowed} |\n")
    };
    let rows: String = kind.params.iter().map(row).collect();
    format!("\n| parameter | what it does | default | allowed |\n|---|---|---|---|\n{rows}")
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

#[test]
fn the_checked_in_page_is_this_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/strategies.md");
    let fresh = page(&Registry::builtin());
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, &fresh).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(
        kept, fresh,
        "write it again with:  BLESS=1 cargo test checked_in"
    );
}
