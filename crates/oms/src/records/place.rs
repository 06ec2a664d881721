//! Where in a record an error is. It is looked for when there is one, so that reading costs nothing
//! for it.

use serde_json::Value;

/// ` at report.kind.trade.last_qty`, when the error quotes what stands there; else nothing.
pub(super) fn of(bytes: &[u8], error: &serde_json::Error) -> String {
    let Ok(record) = serde_json::from_slice(bytes) else {
        return String::new();
    };
    let path = path_to(&record, &error.to_string());
    path.map_or_else(String::new, |path| format!(" at {}", path.join(".")))
}

/// The way to the first text that the message quotes.
fn path_to(value: &Value, message: &str) -> Option<Vec<String>> {
    let behind = |name: String, value| {
        let mut path = path_to(value, message)?;
        path.insert(0, name);
        Some(path)
    };
    match value {
        Value::String(text) => message.contains(&format!("{text:?}")).then(Vec::new),
        Value::Array(values) => {
            let mut places = values.iter().enumerate();
            places.find_map(|(place, value)| behind(place.to_string(), value))
        }
        Value::Object(fields) => {
            let mut fields = fields.iter();
            fields.find_map(|(name, value)| behind(name.clone(), value))
        }
        _ => None,
    }
}
