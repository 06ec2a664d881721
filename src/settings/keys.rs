//! What may stand where: the shape of the table of keys, and how to find one's way in it.

mod own;
mod table;

pub(crate) use own::KeyTable;
pub(crate) use table::BROKERS;
#[cfg(test)]
pub(super) use table::NOTICES;

use super::key::Key;
use super::kind::Kind;

/// What may stand at a place of the config.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Node {
    /// A value.
    Leaf(Kind),
    /// A table of fixed keys.
    Table(&'static [Field]),
    /// A table whose keys the user chooses; each holds this.
    Named(&'static Node),
}

/// A key of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    /// Its name.
    pub name: &'static str,
    /// One line on what it does.
    pub doc: &'static str,
    /// What stands there.
    pub node: Node,
}

impl Node {
    /// What may stand one step below; `None` when nothing of that name may.
    pub(crate) fn child(self, name: &str) -> Option<Node> {
        match self {
            Self::Leaf(_) => None,
            Self::Table(fields) => fields.iter().find(|f| f.name == name).map(|f| f.node),
            Self::Named(node) => Some(*node),
        }
    }

    /// The names that may stand one step below, where they are fixed.
    pub(crate) fn names(self) -> impl Iterator<Item = &'static str> {
        let fields = match self {
            Self::Table(fields) => fields,
            _ => &[],
        };
        fields.iter().map(|field| field.name)
    }
}

/// Every value with a fixed place below `node`, which stands at `prefix`.
pub(crate) fn leaves(node: Node, prefix: &Key) -> Vec<(Key, Kind)> {
    match node {
        Node::Leaf(kind) => vec![(prefix.clone(), kind)],
        Node::Table(fields) => {
            let below = |field: &Field| leaves(field.node, &prefix.child(field.name));
            fields.iter().flat_map(below).collect()
        }
        Node::Named(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_lead_to_their_kinds() {
        let keys = KeyTable::default();
        let tick = keys.at(&Key::of(["instrument", "BRK.B", "tick"]));
        assert!(matches!(tick, Some(Node::Leaf(Kind::Price(_)))));
        assert!(keys.at(&Key::of(["sleeve", "trend", "wieght"])).is_none());
        assert!(keys.at(&Key::of(["mode", "paper"])).is_none());
        let fixed = leaves(keys.root(), &Key::default());
        assert!(
            fixed
                .iter()
                .any(|(key, _)| key.to_string() == "execution.quote.sigma")
        );
    }
}
