//! One layer of the config: a file, parsed and checked alone, so that what is wrong in it can be
//! shown with file and line. Knows nothing of what lies above or below it.

use config::{Map, Source, Value, ValueKind};
use indexmap::IndexMap;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::{Fault, Origin, Written};
use super::key::Key;
use super::keys::{self, Node};
use super::kind::{Kind, Reading};
use super::nearest::nearest;

/// A value of a layer.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// What was read.
    pub reading: Reading,
    /// As it was written, and where.
    pub written: Written,
}

/// Values by key, in the order in which they stand, and the tables that were named.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layer {
    pub(crate) entries: IndexMap<Key, Entry>,
    /// Tables whose names users choose, so that an empty one is not overlooked.
    pub(crate) tables: IndexMap<Key, Origin>,
}

impl Layer {
    /// Parses and checks the text of a file; `origin` says where a line of it is.
    pub(crate) fn parse(text: &str, origin: &dyn Fn(usize) -> Origin) -> Result<Self, Fault> {
        let document = DeTable::parse(text).map_err(|error| syntax(text, &error, origin))?;
        let mut reader = Reader {
            text,
            origin,
            layer: Self::default(),
        };
        reader.table(document.get_ref(), keys::ROOT, &Key::default())?;
        Ok(reader.layer)
    }

    /// One more value.
    pub(crate) fn put(&mut self, reading: Reading, written: Written) {
        let key = written.key.clone();
        self.entries.insert(key, Entry { reading, written });
    }

    /// Whether it names a table below `name`, or `name` itself.
    pub(crate) fn names(&self, name: &str) -> bool {
        self.tables
            .keys()
            .any(|key| key.parts().first().is_some_and(|part| part == name))
    }

    /// Leaves out what lies below `name`.
    pub(crate) fn forget(&mut self, name: &str) {
        self.entries.retain(|key, _| !key.is_below(&[name]));
        self.tables
            .retain(|key, _| key.parts().first().is_none_or(|part| part != name));
    }
}

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, config::ConfigError> {
        let mut root = Map::new();
        for key in self.tables.keys() {
            insert(&mut root, key.parts(), empty());
        }
        for (key, entry) in &self.entries {
            let value = Value::new(None, entry.reading.value.clone());
            insert(&mut root, key.parts(), value);
        }
        Ok(root)
    }
}

/// Puts a value at `parts`, with the tables above it where they are not. A table comes before what
/// stands in it, so nothing is overwritten.
fn insert(table: &mut Map<String, Value>, parts: &[String], value: Value) {
    match parts {
        [] => {}
        [name] => {
            table.insert(name.clone(), value);
        }
        [first, rest @ ..] => {
            let below = table.entry(first.clone()).or_insert_with(empty);
            if let ValueKind::Table(below) = &mut below.kind {
                insert(below, rest, value);
            }
        }
    }
}

fn empty() -> Value {
    Value::new(None, ValueKind::Table(Map::new()))
}

struct Reader<'a> {
    text: &'a str,
    origin: &'a dyn Fn(usize) -> Origin,
    layer: Layer,
}

impl Reader<'_> {
    fn table(&mut self, table: &DeTable<'_>, node: Node, at: &Key) -> Result<(), Fault> {
        let mut items: Vec<_> = table.iter().collect();
        items.sort_by_key(|(name, _)| name.span().start);
        for (name, value) in items {
            let key = at.child(name.get_ref());
            let place = self.place(name.span().start);
            match node.child(name.get_ref()) {
                None => return Err(self.unknown(key, value, node, place)),
                Some(Node::Leaf(kind)) => self.leaf(key, value, kind, place)?,
                Some(below) => {
                    let DeValue::Table(inner) = value.get_ref() else {
                        return Err(self.not_a_table(key, value, below, place));
                    };
                    if matches!(node, Node::Named(_)) || matches!(below, Node::Named(_)) {
                        self.layer.tables.insert(key.clone(), place);
                    }
                    self.table(inner, below, &key)?;
                }
            }
        }
        Ok(())
    }

    fn leaf(
        &mut self,
        key: Key,
        value: &Spanned<DeValue<'_>>,
        kind: Kind,
        origin: Origin,
    ) -> Result<(), Fault> {
        let written = Written {
            text: self.shown(&key, value),
            key,
            origin,
        };
        match kind.read(value.get_ref()) {
            Some(reading) => {
                self.layer.put(reading, written);
                Ok(())
            }
            None => Err(wrong_kind(written, kind, value.get_ref().as_str())),
        }
    }

    fn unknown(&self, key: Key, value: &Spanned<DeValue<'_>>, node: Node, origin: Origin) -> Fault {
        let hint = key_hint(&key, node);
        let text = self.shown(&key, value);
        let written = Written { key, text, origin };
        Fault::UnknownKey { written, hint }
    }

    fn not_a_table(
        &self,
        key: Key,
        value: &Spanned<DeValue<'_>>,
        node: Node,
        origin: Origin,
    ) -> Fault {
        let expected = match node.names().next() {
            Some(name) => format!("a table such as {{ {name} = … }}"),
            None => "a table such as { NAME = … }".to_owned(),
        };
        Fault::Refused {
            what: format!("{} is not a table", key.name()),
            written: Written {
                text: self.shown(&key, value),
                key,
                origin,
            },
            expected,
        }
    }

    fn place(&self, offset: usize) -> Origin {
        (self.origin)(position(self.text, offset).0)
    }

    /// A value in the writer's own characters, on one line; never what may be a secret.
    fn shown(&self, key: &Key, value: &Spanned<DeValue<'_>>) -> String {
        if is_secret(key) {
            return "(not shown)".to_owned();
        }
        // An array of tables or a dotted table has no text of its own to show.
        let text = self.text.get(value.span()).unwrap_or_default();
        if value.get_ref().is_table() && !text.starts_with('{') {
            return "{ … }".to_owned();
        }
        shortened(text)
    }
}

/// A fault for a value of another kind, with the choice that was probably meant.
pub(crate) fn wrong_kind(written: Written, kind: Kind, text: Option<&str>) -> Fault {
    let hint = match (kind, text) {
        (Kind::Choice(valid), Some(text)) => nearest(text, valid.iter().copied()),
        _ => None,
    };
    Fault::WrongKind {
        hint: hint.map(str::to_owned),
        written,
        kind,
    }
}

/// What was meant by a key that does not exist: a neighbour, or the same name somewhere else.
fn key_hint(key: &Key, node: Node) -> String {
    if is_secret(key) {
        return "secrets never stand in a config: they come by environment or from a file it names"
            .to_owned();
    }
    if let Some(name) = nearest(key.name(), node.names()) {
        return format!("did you mean {name}?");
    }
    let elsewhere = keys::leaves(keys::ROOT, &Key::default());
    if let Some((meant, _)) = elsewhere
        .iter()
        .find(|(other, _)| other.name() == key.name())
    {
        return format!("did you mean {meant}?");
    }
    let names: Vec<&str> = node.names().collect();
    format!("valid keys here: {}", names.join(", "))
}

fn is_secret(key: &Key) -> bool {
    const MARKS: [&str; 6] = [
        "secret",
        "password",
        "passphrase",
        "token",
        "apikey",
        "privatekey",
    ];
    let name = key.name().to_lowercase().replace(['_', '-'], "");
    MARKS.iter().any(|mark| name.contains(mark))
}

fn shortened(text: &str) -> String {
    const LONGEST: usize = 60;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("{}…", &line[..cut]),
        None => line,
    }
}

fn syntax(text: &str, error: &toml::de::Error, origin: &dyn Fn(usize) -> Origin) -> Fault {
    let offset = error.span().map_or(text.len(), |span| span.start);
    let (line, column) = position(text, offset);
    Fault::Syntax {
        origin: origin(line),
        column,
        message: error.message().to_owned(),
    }
}

/// Line and column, from 1, of a byte.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.matches('\n').count() + 1;
    (line, before[line_start..].chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Layer, Fault> {
        Layer::parse(text, &|line| Origin::File {
            path: "my.toml".into(),
            line,
        })
    }

    #[test]
    fn values_keep_their_order_place_and_writing() {
        let layer =
            parse("[sleeve.b]\nweight = 0.30\n[sleeve.a]\nparams = { slow = 2, fast = 1 }\n")
                .unwrap();
        let shown: Vec<String> = layer
            .entries
            .values()
            .map(|e| e.written.to_string())
            .collect();
        let expected = [
            "my.toml, line 2, sleeve.b.weight = 0.30",
            "my.toml, line 4, sleeve.a.params.slow = 2",
            "my.toml, line 4, sleeve.a.params.fast = 1",
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn an_empty_table_is_not_overlooked() {
        let layer = parse("[sleeve.a]\n").unwrap();
        assert!(layer.names("sleeve") && !layer.names("instrument"));
        assert!(layer.collect().unwrap().contains_key("sleeve"));
    }

    #[test]
    fn names_with_points_stay_whole() {
        let layer = parse("[instrument.\"BRK.B\"]\ntick = 0.01\n").unwrap();
        let merged = config::Config::builder().add_source(layer).build().unwrap();
        let instruments = merged.get_table("instrument").unwrap();
        assert_eq!(instruments.keys().collect::<Vec<_>>(), ["BRK.B"]);
    }

    #[test]
    fn a_secret_is_never_shown() {
        let fault = parse("[broker.paper]\napi_secret = \"hunter2\"\n").unwrap_err();
        let failure = crate::failure::Failure::from(fault).to_string();
        assert!(failure.contains("never stand in a config") && !failure.contains("hunter2"));
    }
}
