//! The table of keys as JSON Schema, for editors. `config/schema.json` is this, checked in.

use serde_json::{Map, Value, json};

use super::keys::{Field, Node};
use super::kind::Kind;
use crate::brokers::Brokers;

/// The JSON Schema (draft 2020-12) of a config file, where these brokers of one's own are known.
pub fn schema(brokers: &Brokers) -> Value {
    let mut schema = node(brokers.keys().root());
    if let Value::Object(object) = &mut schema {
        object.insert(
            "$schema".into(),
            "https://json-schema.org/draft/2020-12/schema".into(),
        );
        object.insert("title".into(), "polyfolio config".into());
    }
    schema
}

fn node(place: Node) -> Value {
    match place {
        Node::Leaf(kind) => leaf(kind),
        Node::Named(below) => json!({ "type": "object", "additionalProperties": node(*below) }),
        Node::Table(fields) => {
            let properties: Map<String, Value> = fields.iter().map(property).collect();
            json!({ "type": "object", "additionalProperties": false, "properties": properties })
        }
    }
}

fn property(field: &Field) -> (String, Value) {
    let mut value = node(field.node);
    if let Value::Object(object) = &mut value {
        object.insert("description".into(), field.doc.into());
    }
    (field.name.to_owned(), value)
}

fn leaf(kind: Kind) -> Value {
    let symbols = json!({ "type": "array", "items": { "type": "string" } });
    match kind {
        Kind::Text(example) => json!({ "type": "string", "examples": [example] }),
        Kind::Secret(example) => {
            json!({ "type": "string", "examples": [example], "writeOnly": true })
        }
        Kind::Choices(words) => json!({ "type": "array", "items": { "enum": words } }),
        Kind::Choice(words) => json!({ "enum": words }),
        Kind::Switch => json!({ "type": "boolean" }),
        Kind::Count(_) | Kind::Seed(_) => json!({ "type": "integer", "minimum": 0 }),
        Kind::Number(_) => json!({ "type": "number" }),
        Kind::Money(_) | Kind::Price(_) | Kind::Quantity(_) => {
            json!({ "type": ["number", "string"] })
        }
        Kind::Span(example) => json!({ "type": "string", "examples": [example, "250ms"] }),
        Kind::Date => json!({ "type": "string", "format": "date" }),
        Kind::Moment => json!({ "anyOf": [{ "type": "string", "format": "date" },
                                          { "type": "string", "format": "date-time" }] }),
        Kind::Symbols => symbols,
        Kind::Universe => json!({ "anyOf": [{ "const": "all" }, symbols] }),
        Kind::Free => json!({}),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_checked_in_schema_is_this_one() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/config/schema.json");
        let fresh = format!("{:#}\n", super::schema(&super::Brokers::none()));
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(path, &fresh).unwrap();
        }
        let kept = std::fs::read_to_string(path).unwrap();
        assert_eq!(
            kept, fresh,
            "write it again with:  BLESS=1 cargo test schema"
        );
    }
}
