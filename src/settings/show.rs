//! The merged layers as one TOML text, with the place of every value on demand.
//!
//! The text is a config itself: read back, it gives the same settings.

use std::fmt::Write as _;

use super::fault::Fault;
use super::key::Key;
use super::keys::{KeyTable, Node};
use super::kind::{Kind, NOT_SHOWN};
use super::merge::Merged;
use super::origin::Origin;

/// Comments stand in this column, where the value leaves room.
const COMMENT_COLUMN: usize = 38;

fn is_secret(keys: KeyTable, key: &Key) -> bool {
    matches!(keys.at(key), Some(Node::Leaf(Kind::Secret(_))))
}

impl Merged {
    /// Canonical TOML; with `origins`, a comment after every value says where it comes from.
    pub fn to_toml(&self, origins: bool) -> String {
        let mut text = String::new();
        let mut section = Key::default();
        for key in self.ordered(self.keys.root(), &Key::default()) {
            let Some(entry) = self.entries.get(&key) else {
                continue;
            };
            let (header, rest) = split(&key);
            if header != section {
                let gap = if text.is_empty() { "" } else { "\n" };
                let _ = writeln!(text, "{gap}[{header}]");
                section = header;
            }
            let line = format!("{rest} = {}", entry.reading.toml);
            let _ = match origins {
                true => writeln!(text, "{line:COMMENT_COLUMN$}  # {}", entry.written.origin),
                false => writeln!(text, "{line}"),
            };
        }
        text
    }

    /// The merged config as JSON; amounts, dates and lengths of time are text.
    ///
    /// # Errors
    /// None that a user could cause.
    pub fn to_json(&self) -> Result<serde_json::Value, Fault> {
        let mut config: serde_json::Value = self.config.clone().try_deserialize()?;
        for key in self.entries.keys().filter(|key| is_secret(self.keys, key)) {
            let place = key
                .parts()
                .iter()
                .try_fold(&mut config, |at, part| at.get_mut(part));
            if let Some(place) = place {
                *place = NOT_SHOWN.into();
            }
        }
        Ok(config)
    }

    /// Where every value comes from.
    pub fn origins(&self) -> impl Iterator<Item = (&Key, &Origin)> {
        self.entries
            .iter()
            .map(|(key, entry)| (key, &entry.written.origin))
    }

    /// All keys that are set, tables in the order of the key table, named ones as they appeared.
    fn ordered(&self, node: Node, at: &Key) -> Vec<Key> {
        let below = |name: &str| match node.child(name) {
            Some(child) => self.ordered(child, &at.child(name)),
            None => Vec::new(),
        };
        match node {
            Node::Leaf(_) => vec![at.clone()],
            Node::Table(_) => node.names().flat_map(below).collect(),
            Node::Named(_) => self
                .children(at)
                .iter()
                .flat_map(|name| below(name))
                .collect(),
        }
    }

    fn children(&self, at: &Key) -> Vec<String> {
        let depth = at.parts().len();
        let mut names: Vec<String> = Vec::new();
        for key in self.tables.keys().chain(self.entries.keys()) {
            let below = key.parts().len() > depth && key.parts()[..depth] == *at.parts();
            if below && !names.contains(&key.parts()[depth]) {
                names.push(key.parts()[depth].clone());
            }
        }
        names
    }
}

/// The table that a key is shown in, and its name there.
fn split(key: &Key) -> (Key, Key) {
    let depth = match key.parts() {
        [_] => 0,
        [_, _] => 1,
        [first, ..] if matches!(first.as_str(), "sleeve" | "instrument" | "broker") => 2,
        _ => 1,
    };
    let part = |parts: &[String]| {
        parts
            .iter()
            .fold(Key::default(), |key, part| key.child(part))
    };
    (part(&key.parts()[..depth]), part(&key.parts()[depth..]))
}

#[cfg(test)]
mod tests {
    use super::super::merge::{SHIPPED, Sources};
    use super::*;

    #[test]
    fn what_is_shown_reads_back_as_the_same() {
        let merged = Merged::read(&Sources::default()).unwrap();
        let shown = merged.to_toml(true);
        let layer = super::super::layer::Layer::parse(&shown, KeyTable::default(), &|line| {
            Origin::Shipped { line }
        })
        .unwrap();
        let values = |entries: &indexmap::IndexMap<Key, super::super::layer::Entry>| {
            let mut all: Vec<_> = entries
                .iter()
                .map(|(key, e)| (key.clone(), e.reading.toml.clone()))
                .collect();
            all.sort();
            all
        };
        assert_eq!(values(&layer.entries), values(&merged.entries));
        assert!(SHIPPED.contains("[sleeve.trend]") && shown.contains("[sleeve.trend]"));
    }
}
