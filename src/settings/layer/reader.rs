//! From the text of a file to the values of a layer, each checked against the table of keys.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Layer;
use crate::settings::fault::Fault;
use crate::settings::key::Key;
use crate::settings::keys::{self, KeyTable, Node};
use crate::settings::kind::{Kind, NOT_SHOWN};
use crate::settings::nearest::nearest;
use crate::settings::origin::{Origin, Written};

/// Parses and checks the text of a file; `origin` says where a line of it is.
pub(super) fn read(
    text: &str,
    keys: KeyTable,
    origin: &dyn Fn(usize) -> Origin,
) -> Result<Layer, Fault> {
    let document = DeTable::parse(text).map_err(|error| syntax(text, &error, origin))?;
    let mut reader = Reader {
        text,
        newlines: text.match_indices('\n').map(|(at, _)| at).collect(),
        keys,
        origin,
        layer: Layer::default(),
    };
    reader.table(document.get_ref(), keys.root(), &Key::default())?;
    Ok(reader.layer)
}

struct Reader<'a> {
    text: &'a str,
    /// Where its lines end: every key is looked up, and there may be ten thousand sleeves.
    newlines: Vec<usize>,
    keys: KeyTable,
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
                self.inside(&written.key, value);
                self.layer.put(reading, written);
                Ok(())
            }
            None => Err(wrong_kind(written, kind, value.get_ref().as_str())),
        }
    }

    /// Where the parts of a value stand that is a table.
    fn inside(&mut self, key: &Key, value: &Spanned<DeValue<'_>>) {
        let DeValue::Table(table) = value.get_ref() else {
            return;
        };
        for (name, value) in table {
            let key = key.child(name.get_ref());
            self.inside(&key, value);
            let (text, origin) = (self.shown(&key, value), self.place(name.span().start));
            self.layer.put_inner(Written { key, text, origin });
        }
    }

    fn unknown(&self, key: Key, value: &Spanned<DeValue<'_>>, node: Node, origin: Origin) -> Fault {
        let hint = key_hint(&key, node, self.keys);
        let text = if value.get_ref().is_table() {
            "{ … }".to_owned()
        } else if may_hold_a_secret(&key) {
            NOT_SHOWN.to_owned()
        } else {
            self.shown(&key, value)
        };
        let written = Written { key, text, origin };
        Fault::UnknownKey {
            written: Box::new(written),
            hint,
        }
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
            written: Box::new(Written {
                text: self.shown(&key, value),
                key,
                origin,
            }),
            expected,
        }
    }

    fn place(&self, offset: usize) -> Origin {
        let before = self.newlines.partition_point(|&newline| newline < offset);
        (self.origin)(before + 1)
    }

    /// A value in the writer's own characters, on one line; never what may be a secret.
    fn shown(&self, key: &Key, value: &Spanned<DeValue<'_>>) -> String {
        let is_secret_kind = matches!(self.keys.at(key), Some(Node::Leaf(Kind::Secret(_))));
        if is_secret_kind || is_secret(key) {
            return NOT_SHOWN.to_owned();
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
        written: Box::new(written),
        kind,
    }
}

/// Of a name that does not exist nobody knows whether it was to be a password: whatever stands in the
/// table of a broker of real accounts is not shown.
fn may_hold_a_secret(key: &Key) -> bool {
    let parts = key.parts();
    parts.first().is_some_and(|part| part == "broker")
        && parts.get(1).is_some_and(|name| name != "paper")
}

/// What was meant by a key that does not exist: a neighbour, or the same name somewhere else.
fn key_hint(key: &Key, node: Node, all: KeyTable) -> String {
    if let Some(name) = nearest(key.name(), node.names()) {
        return format!("did you mean {name}?");
    }
    if is_secret(key) {
        return "secrets never stand in a config: they come by environment or from a file it names"
            .to_owned();
    }
    let elsewhere = keys::leaves(all.root(), &Key::default());
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
    const MARKS: [&str; 7] = [
        "secret",
        "password",
        "passphrase",
        "token",
        "apikey",
        "privatekey",
        "webhook",
    ];
    // A misspelt name below it may hold the address.
    if key.is_below(&["notify"]) && key.name() != "events" {
        return true;
    }
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

/// A fault for bytes of which only the first `valid` are text.
pub(super) fn not_text(bytes: &[u8], valid: usize, origin: &dyn Fn(usize) -> Origin) -> Fault {
    let text = String::from_utf8_lossy(&bytes[..valid]);
    let (line, column) = position(&text, text.len());
    Fault::Syntax {
        origin: origin(line),
        column,
        message: "the bytes are not UTF-8 text".to_owned(),
    }
}

/// Line and column, from 1, of a byte.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.matches('\n').count() + 1;
    (line, before[line_start..].chars().count() + 1)
}
