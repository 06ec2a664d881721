//! One layer of the config: a file, parsed and checked alone, so that what is wrong in it can be
//! shown with file and line. Knows nothing of what lies above or below it.

mod reader;

use config::{Map, Source, Value, ValueKind};
use indexmap::IndexMap;

use super::fault::Fault;
use super::key::Key;
use super::keys::KeyTable;
use super::kind::Reading;
use super::origin::{Origin, Written};

pub(crate) use reader::wrong_kind;

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
    /// What stands inside values that are tables: only where, for faults.
    pub(crate) inner: IndexMap<Key, Written>,
}

impl Layer {
    /// Parses and checks the text of a file; `origin` says where a line of it is.
    pub(crate) fn parse(
        text: &str,
        keys: KeyTable,
        origin: &dyn Fn(usize) -> Origin,
    ) -> Result<Self, Fault> {
        reader::read(text, keys, origin)
    }

    /// The same from bytes, which may be no text.
    pub(crate) fn parse_bytes(
        bytes: &[u8],
        keys: KeyTable,
        origin: &dyn Fn(usize) -> Origin,
    ) -> Result<Self, Fault> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::parse(text, keys, origin),
            Err(error) => Err(reader::not_text(bytes, error.valid_up_to(), origin)),
        }
    }

    /// One more value.
    pub(crate) fn put(&mut self, reading: Reading, written: Written) {
        let key = written.key.clone();
        self.entries.insert(key, Entry { reading, written });
    }

    /// A part of a value that is a table.
    pub(crate) fn put_inner(&mut self, written: Written) {
        self.inner.insert(written.key.clone(), written);
    }

    /// Whether it names a table below `name`, or `name` itself.
    pub(crate) fn names(&self, name: &str) -> bool {
        self.tables
            .keys()
            .any(|key| key.parts().first().is_some_and(|part| part == name))
    }

    /// Leaves out what lies below `name`.
    pub(crate) fn forget(&mut self, name: &str) {
        self.forget_table(&[name]);
    }

    /// Leaves out a table and what lies below it.
    pub(crate) fn forget_table(&mut self, path: &[&str]) {
        self.entries.retain(|key, _| !key.is_below(path));
        self.inner.retain(|key, _| !key.is_below(path));
        self.tables.retain(|key, _| {
            !key.parts()
                .iter()
                .map(String::as_str)
                .take(path.len())
                .eq(path.iter().copied())
        });
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

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Layer, Fault> {
        Layer::parse(text, KeyTable::default(), &|line| Origin::File {
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
    fn bytes_that_are_no_text_have_a_place() {
        let origin = |line| Origin::File {
            path: "my.toml".into(),
            line,
        };
        let fault = Layer::parse_bytes(b"[history]\n# caf\xe9\n", KeyTable::default(), &origin)
            .unwrap_err();
        assert_eq!(
            fault.to_string(),
            "my.toml, line 2, column 6: not valid TOML: the bytes are not UTF-8 text"
        );
    }

    #[test]
    fn a_secret_is_never_shown() {
        let fault = parse("[broker.paper]\napi_secret = \"hunter2\"\n").unwrap_err();
        let failure = crate::failure::Failure::from(fault).to_string();
        assert!(failure.contains("never stand in a config") && !failure.contains("hunter2"));
    }
}
