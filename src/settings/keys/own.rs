//! The whole table of keys: the one that comes along, and in it the tables of brokers of one's own.
//!
//! A table that a program adds to is put together when it starts and kept for as long as it lives, so
//! that it is looked up like the one that comes along.

use std::sync::Arc;

use super::{Field, Node, table};
use crate::brokers::{BrokerKey, BrokerKind};
use crate::settings::key::Key;
use crate::settings::kind::Kind;

/// The whole config.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyTable {
    root: Node,
}

impl Default for KeyTable {
    fn default() -> Self {
        Self {
            root: Node::Table(table::FIELDS),
        }
    }
}

impl KeyTable {
    /// With the tables of these brokers, and their names to choose from.
    pub(crate) fn with_brokers(kinds: &[Arc<dyn BrokerKind>]) -> Self {
        let own_names = kinds.iter().map(|kind| kind.name());
        let names = kept(table::BROKERS.iter().copied().chain(own_names));
        let come_along = table::BROKER.iter().map(|field| match field.name {
            "use" => Field {
                node: Node::Leaf(Kind::Choice(names)),
                ..*field
            },
            _ => *field,
        });
        let own = kinds.iter().map(|kind| Field {
            name: kind.name(),
            doc: kind.about(),
            node: Node::Table(kept(kind.keys().iter().map(field))),
        });
        let broker = kept(come_along.chain(own));
        let root = kept(table::FIELDS.iter().map(|field| match field.name {
            "broker" => Field {
                node: Node::Table(broker),
                ..*field
            },
            _ => *field,
        }));
        Self {
            root: Node::Table(root),
        }
    }

    /// All of it.
    pub(crate) fn root(self) -> Node {
        self.root
    }

    /// What may stand at a key.
    pub(crate) fn at(self, key: &Key) -> Option<Node> {
        let mut parts = key.parts().iter();
        parts.try_fold(self.root, |node, part| node.child(part))
    }
}

fn field(key: &BrokerKey) -> Field {
    Field {
        name: key.name,
        doc: key.doc,
        node: Node::Leaf(key.kind),
    }
}

fn kept<T>(items: impl Iterator<Item = T>) -> &'static [T] {
    items.collect::<Vec<T>>().leak()
}
