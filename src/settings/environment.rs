//! `POLYFOLIO__SECTION__KEY`: the environment as a layer.
//!
//! A variable overrides a key that exists, or is an error; it creates no sleeve and no
//! instrument. Names are matched without case, and what is not a letter or a digit in a key counts
//! as `_`, because that is all a shell allows.

use super::fault::Fault;
use super::key::Key;
use super::keys::{self, KeyTable, Node};
use super::kind::{Kind, NOT_SHOWN};
use super::layer::{Layer, wrong_kind};
use super::nearest::nearest;
use super::origin::{Origin, Written};

const PREFIX: &str = "POLYFOLIO__";

/// The layer of all variables that are meant for settings; `below` are the layers it overrides.
pub(crate) fn layer(
    variables: &[(String, String)],
    below: &[Layer],
    table: KeyTable,
) -> Result<Layer, Fault> {
    let ours = |name: &str| name.to_uppercase().starts_with(PREFIX);
    let mut layer = Layer::default();
    let mut valid: Vec<(String, Key, Kind)> = Vec::new();
    for (name, text) in variables {
        refuse_one_underscore(name)?;
        if !ours(name) {
            continue;
        }
        if valid.is_empty() {
            valid = existing(below, table);
        }
        let (key, kind) = find(name, &valid)?;
        let shown = match kind {
            Kind::Secret(_) => NOT_SHOWN,
            _ => text.as_str(),
        };
        let written = Written {
            key,
            text: shown.to_owned(),
            origin: Origin::Environment { name: name.clone() },
        };
        match kind.read_text(text) {
            Some(reading) => layer.put(reading, written),
            None => return Err(wrong_kind(written, kind, Some(text))),
        }
    }
    Ok(layer)
}

fn find(name: &str, valid: &[(String, Key, Kind)]) -> Result<(Key, Kind), Fault> {
    let wanted = name.to_uppercase();
    let mut found = valid.iter().filter(|(variable, ..)| *variable == wanted);
    let unknown = |hint| Fault::UnknownVariable {
        name: name.to_owned(),
        hint,
    };
    match (found.next(), found.next()) {
        (Some((_, key, kind)), None) => Ok((key.clone(), *kind)),
        (Some((_, one, _)), Some((_, other, _))) => Err(unknown(format!(
            "it could be {one} or {other}: set it in a file"
        ))),
        _ => Err(unknown(hint(&wanted, valid))),
    }
}

/// The variable that was probably meant: every part of it is near. Compared as a whole, a stranger
/// in a long name would look near to anything.
fn hint(wanted: &str, valid: &[(String, Key, Kind)]) -> String {
    let part_near = |(wanted, have): (&str, &str)| nearest(wanted, [have]).is_some();
    let near = |variable: &&str| {
        let same_length = variable.matches("__").count() == wanted.matches("__").count();
        same_length && wanted.split("__").zip(variable.split("__")).all(part_near)
    };
    let candidates = valid.iter().map(|(variable, ..)| variable.as_str());
    match nearest(wanted, candidates.filter(near)) {
        Some(meant) => format!("did you mean {meant}?"),
        None => "a variable overrides a key that exists: POLYFOLIO__SECTION__KEY".to_owned(),
    }
}

/// `POLYFOLIO_RISK__…`: meant for us, and would be passed over in silence.
fn refuse_one_underscore(name: &str) -> Result<(), Fault> {
    let upper = name.to_uppercase();
    match upper.strip_prefix("POLYFOLIO_") {
        Some(rest) if !rest.starts_with('_') && rest.contains("__") => {
            Err(Fault::UnknownVariable {
                name: name.to_owned(),
                hint: format!("did you mean {PREFIX}{rest}?"),
            })
        }
        _ => Ok(()),
    }
}

/// Every key that may be overridden, by the name of its variable: the fixed ones, those of the
/// sleeves and instruments that are named below, and the values that stand there.
fn existing(below: &[Layer], all: KeyTable) -> Vec<(String, Key, Kind)> {
    let mut keys = keys::leaves(all.root(), &Key::default());
    for layer in below {
        for table in layer.tables.keys() {
            if let Some(node) = all.at(table) {
                keys.extend(keys::leaves(node, table));
            }
        }
        for key in layer.entries.keys() {
            if let Some(Node::Leaf(kind)) = all.at(key) {
                keys.push((key.clone(), kind));
            }
        }
    }
    keys.sort_by(|a, b| a.0.cmp(&b.0));
    keys.dedup_by(|a, b| a.0 == b.0);
    keys.into_iter()
        .map(|(key, kind)| (variable(&key), key, kind))
        .collect()
}

fn variable(key: &Key) -> String {
    let plain = |part: &String| {
        part.replace(|c: char| !c.is_alphanumeric(), "_")
            .to_uppercase()
    };
    let parts: Vec<String> = key.parts().iter().map(plain).collect();
    PREFIX.to_owned() + &parts.join("__")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overridden(name: &str, text: &str) -> Result<String, String> {
        let file = "[sleeve.trend-1]\nweight = 0.3\nparams = { fast = 50 }\n[instrument.AAPL]\ntick = 0.01\n";
        let below = Layer::parse(file, KeyTable::default(), &|_| Origin::BuiltIn).unwrap();
        let variables = [(name.to_owned(), text.to_owned())];
        match layer(&variables, &[below], KeyTable::default()) {
            Ok(layer) => Ok(layer.entries.keys().map(ToString::to_string).collect()),
            Err(fault) => Err(crate::failure::Failure::from(fault).to_string()),
        }
    }

    #[test]
    fn a_variable_overrides_what_exists() {
        let said = [
            ("POLYFOLIO__PORTFOLIO__LEVERAGE", "2", "portfolio.leverage"),
            ("polyfolio__mode", "live", "mode"),
            ("POLYFOLIO__HISTORY__AS_OF", "2022-11-30", "history.as_of"),
            (
                "POLYFOLIO__SLEEVE__TREND_1__WEIGHT",
                "0.5",
                "sleeve.trend-1.weight",
            ),
            (
                "POLYFOLIO__SLEEVE__TREND_1__START",
                "2000-01-03",
                "sleeve.trend-1.start",
            ),
            (
                "POLYFOLIO__SLEEVE__TREND_1__PARAMS__FAST",
                "20",
                "sleeve.trend-1.params.fast",
            ),
            (
                "POLYFOLIO__INSTRUMENT__AAPL__LOT",
                "10",
                "instrument.AAPL.lot",
            ),
            ("SHELL", "bash", ""),
            ("POLYFOLIO_HOME", "/home", ""),
        ];
        for (name, text, key) in said {
            assert_eq!(overridden(name, text).as_deref(), Ok(key), "{name}");
        }
    }

    #[test]
    fn a_variable_creates_nothing() {
        let said = [
            (
                "POLYFOLIO__SLEEVE__VALUE__WEIGHT",
                "0.5",
                "names no setting",
            ),
            (
                "POLYFOLIO__PORTFOLIO__LEVERGE",
                "2",
                "did you mean POLYFOLIO__PORTFOLIO__LEVERAGE?",
            ),
            (
                "POLYFOLIO_PORTFOLIO__LEVERAGE",
                "2",
                "did you mean POLYFOLIO__PORTFOLIO__LEVERAGE?",
            ),
            (
                "POLYFOLIO__PORTFOLIO__LEVERAGE",
                "two",
                "leverage is not a number",
            ),
            ("POLYFOLIO__PORTFOLIO", "2", "names no setting"),
        ];
        for (name, text, expected) in said {
            let error = overridden(name, text).unwrap_err();
            assert!(error.contains(expected), "{name}: {error}");
        }
    }
}
