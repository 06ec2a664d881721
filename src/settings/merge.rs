//! Layers on top of each other, the last one wins.
//!
//! built in < `config/default.toml` < every `-c FILE` in turn < environment < flags. Tables merge
//! key by key, with two exceptions, because what stands in `config/default.toml` belongs together:
//! - its sleeves are an example portfolio, and as soon as a `-c` file names a sleeve of its own they
//!   are left out. Otherwise a user's portfolio would trade strategies that he never wrote down.
//! - its `[instrument.default]` holds for the instruments of its history, and as soon as another
//!   history is named it is left out. Otherwise a stranger would be traded in ticks and lots that
//!   are not his, and nothing would say so.

use std::io;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;

use super::environment;
use super::fault::Fault;
use super::key::Key;
use super::keys::{KeyTable, Node};
use super::kind::Kind;
use super::layer::{Entry, Layer, wrong_kind};
use super::origin::{Origin, Written};
use crate::brokers::{Brokers, Need};

/// The config of the working directory.
pub const DEFAULT_FILE: &str = "config/default.toml";

/// The same as it was when the program was built: used while the working directory has none.
pub const SHIPPED: &str = include_str!("../../config/default.toml");

const BUILT_IN: &str = include_str!("built_in.toml");

/// The place of `config/default.toml` among the layers.
const DEFAULT_LAYER: usize = 1;

/// Who brings the bytes of a file that is named.
pub type Bring<'a> = &'a dyn Fn(&Path) -> io::Result<Vec<u8>>;

/// Where settings come from, besides the working directory's own file.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// Files in the order in which they were named.
    pub files: Vec<PathBuf>,
    /// Environment variables; those that are not ours are passed over.
    pub environment: Vec<(String, String)>,
    /// Flags that stand for a setting.
    pub flags: Vec<FlagValue>,
    /// Brokers of one's own: each brings a table of keys.
    pub brokers: Brokers,
}

/// A flag that stands for a setting.
#[derive(Clone, Debug)]
pub struct FlagValue {
    /// With its dashes: `--as-of`.
    pub name: &'static str,
    /// The setting.
    pub key: Key,
    /// What was given.
    pub text: String,
}

/// All layers as one, and where every value of it comes from.
#[derive(Clone, Debug)]
pub struct Merged {
    pub(crate) config: config::Config,
    pub(crate) entries: IndexMap<Key, Entry>,
    pub(crate) tables: IndexMap<Key, Origin>,
    /// Where the parts of values stand that are tables.
    inner: IndexMap<Key, Written>,
    /// What may stand where.
    pub(crate) keys: KeyTable,
    /// Whether the sleeves of the default file were left out.
    pub(crate) own_sleeves: bool,
    /// Where another history than the default file's is named, whose `[instrument.default]` was
    /// left out for that.
    pub(crate) own_history: Option<Origin>,
}

impl Merged {
    /// Reads and merges every layer.
    ///
    /// # Errors
    /// Names the file and line, the variable or the flag that cannot be used.
    pub fn read(sources: &Sources) -> Result<Self, Fault> {
        Self::read_with(sources, &|path| std::fs::read(path))
    }

    /// The same with somebody else who brings the bytes of a file.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_with(sources: &Sources, bring: Bring<'_>) -> Result<Self, Fault> {
        let keys = sources.brokers.keys();
        let mut built_in = Layer::parse(BUILT_IN, keys, &|_| Origin::BuiltIn)?;
        put_defaults(&mut built_in, &sources.brokers);
        let mut default = default_layer(keys, bring)?;
        let files = sources.files.iter();
        let files = files.map(|path| file_layer(path, keys, bring));
        let files = files.collect::<Result<Vec<_>, _>>()?;
        let own_sleeves = files.iter().any(|layer| layer.names("sleeve"));
        if own_sleeves {
            default.forget("sleeve");
        }
        let mut layers = vec![built_in, default];
        layers.extend(files);
        layers.push(environment::layer(&sources.environment, &layers, keys)?);
        layers.push(flag_layer(&sources.flags, keys)?);
        let own_history = own_history(&layers[DEFAULT_LAYER], &layers[DEFAULT_LAYER + 1..]);
        let default = &mut layers[DEFAULT_LAYER];
        if own_history.is_some() {
            default.forget_table(&["instrument", "default"]);
        }
        let mut merged = Self::stack(layers)?;
        merged.keys = keys;
        merged.own_sleeves = own_sleeves;
        merged.own_history = own_history;
        Ok(merged)
    }

    /// A value, or a part of one that is a table, as it was written; `None` when nobody set it.
    pub fn written(&self, key: &Key) -> Option<&Written> {
        let value = self.entries.get(key).map(|entry| &entry.written);
        value.or_else(|| self.inner.get(key))
    }

    /// The values of all that is declared to be a secret.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = String> {
        let is_secret = |key: &Key| matches!(self.keys.at(key), Some(Node::Leaf(Kind::Secret(_))));
        let entries = self.entries.iter().filter(move |(key, _)| is_secret(key));
        entries.map(|(_, entry)| entry.reading.value.to_string())
    }

    fn stack(mut layers: Vec<Layer>) -> Result<Self, Fault> {
        let mut entries = IndexMap::new();
        let mut tables = IndexMap::new();
        let mut inner: IndexMap<Key, Written> = IndexMap::new();
        for layer in &layers {
            // A value that is a table is replaced whole, so what stood in the one below is gone.
            inner.retain(|key, _| {
                !key.ancestors()
                    .any(|above| layer.entries.contains_key(&above))
            });
            inner.extend(layer.inner.clone());
            entries.extend(layer.entries.clone());
            tables.extend(layer.tables.clone());
        }
        if let Some(band) = no_trade_band(&entries) {
            entries.extend(band.entries.clone());
            layers.insert(0, band);
        }
        let builder = config::Config::builder();
        let builder = layers
            .into_iter()
            .fold(builder, |builder, layer| builder.add_source(layer));
        Ok(Self {
            config: builder.build()?,
            entries,
            tables,
            inner,
            keys: KeyTable::default(),
            own_sleeves: false,
            own_history: None,
        })
    }
}

/// Where the layers above the default file name another history than it does.
fn own_history(default: &Layer, above: &[Layer]) -> Option<Origin> {
    let key = Key::of(["history", "daily"]);
    let shipped = default.entries.get(&key)?;
    let named = above
        .iter()
        .rev()
        .find_map(|layer| layer.entries.get(&key))?;
    let is_another = named.reading.value != shipped.reading.value;
    is_another.then(|| named.written.origin.clone())
}

/// The one default that depends on another setting: reference sizing trades every difference, as
/// its users expect; a book sized by its own NAV would otherwise chase its costs.
fn no_trade_band(entries: &IndexMap<Key, Entry>) -> Option<Layer> {
    let key = Key::of(["portfolio", "no_trade_band"]);
    if entries.contains_key(&key) {
        return None;
    }
    let sizing = entries.get(&Key::of(["portfolio", "sizing"]))?;
    let band = if sizing.reading.value == "reference".into() {
        "0.0"
    } else {
        "0.01"
    };
    let mut layer = Layer::default();
    let written = Written {
        key,
        text: band.to_owned(),
        origin: Origin::BuiltIn,
    };
    layer.put(Kind::Number("0.01").read_text(band)?, written);
    Some(layer)
}

/// What holds in the tables of brokers of one's own while nobody says otherwise.
fn put_defaults(built_in: &mut Layer, brokers: &Brokers) {
    for kind in brokers.kinds() {
        for key in kind.keys() {
            let Need::Otherwise(text) = key.need else {
                continue;
            };
            let written = Written {
                key: Key::of(["broker", kind.name(), key.name]),
                text: text.to_owned(),
                origin: Origin::BuiltIn,
            };
            if let Some(reading) = key.kind.read_text(text) {
                built_in.put(reading, written);
            }
        }
    }
}

fn default_layer(keys: KeyTable, bring: Bring<'_>) -> Result<Layer, Fault> {
    let path = Path::new(DEFAULT_FILE);
    match bring(path) {
        Ok(bytes) => Layer::parse_bytes(&bytes, keys, &in_file(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Layer::parse(SHIPPED, keys, &|line| Origin::Shipped { line })
        }
        Err(source) => Err(unreadable(path, source)),
    }
}

fn file_layer(path: &Path, keys: KeyTable, bring: Bring<'_>) -> Result<Layer, Fault> {
    let bytes = bring(path).map_err(|source| unreadable(path, source))?;
    Layer::parse_bytes(&bytes, keys, &in_file(path))
}

fn flag_layer(flags: &[FlagValue], keys: KeyTable) -> Result<Layer, Fault> {
    let mut layer = Layer::default();
    for flag in flags {
        let written = Written {
            key: flag.key.clone(),
            text: flag.text.clone(),
            origin: Origin::Flag {
                name: flag.name.to_owned(),
            },
        };
        let Some(Node::Leaf(kind)) = keys.at(&flag.key) else {
            let hint = "the flag stands for no setting".to_owned();
            let written = Box::new(written);
            return Err(Fault::UnknownKey { written, hint });
        };
        match kind.read_text(&flag.text) {
            Some(reading) => layer.put(reading, written),
            None => return Err(wrong_kind(written, kind, Some(&flag.text))),
        }
    }
    Ok(layer)
}

fn in_file(path: &Path) -> impl Fn(usize) -> Origin {
    let path = path.to_owned();
    move |line| Origin::File {
        path: path.clone(),
        line,
    }
}

fn unreadable(path: &Path, source: io::Error) -> Fault {
    Fault::Read {
        path: path.to_owned(),
        source,
    }
}
