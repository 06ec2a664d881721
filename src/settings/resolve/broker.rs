//! `[broker] use`: whose account is traded, and what a broker of one's own is told.

use std::sync::Arc;

use super::Check;
use crate::brokers::{BrokerKind, BrokerSettings, Brokers, Need};
use crate::settings::choices::Mode;
use crate::settings::fault::Fault;
use crate::settings::key::Key;
use crate::settings::nearest::nearest;
use crate::settings::resolved::{BrokerChoice, OwnBroker};

/// The broker of a name, if the mode is one of its own.
pub(super) fn choose(
    check: &Check<'_>,
    brokers: &Brokers,
    name: &str,
    mode: Mode,
) -> Result<BrokerChoice, Fault> {
    match (name, brokers.kind(name)) {
        ("paper", _) if mode == Mode::Live => {
            let what = "mode is \"live\", but the embedded broker trades no real money";
            let expected = "use = \"ib\" in [broker], or mode = \"paper\"";
            Err(check.refuse(&Key::of(["mode"]), what, expected))
        }
        ("paper", _) => Ok(BrokerChoice::Paper),
        ("ib", _) => Ok(BrokerChoice::Ib),
        (_, Some(kind)) => Ok(BrokerChoice::Own(own(check, kind, mode)?)),
        // The key table was made of the same names.
        (_, None) => {
            let names: Vec<&str> = brokers.kinds().map(|kind| kind.name()).collect();
            let meant = nearest(name, names).map(|meant| format!("; did you mean \"{meant}\"?"));
            let expected = format!("a broker that there is{}", meant.unwrap_or_default());
            let what = format!("use cannot be {name:?}");
            Err(check.refuse(&Key::of(["broker", "use"]), what, expected))
        }
    }
}

fn own(check: &Check<'_>, kind: &Arc<dyn BrokerKind>, mode: Mode) -> Result<OwnBroker, Fault> {
    if !kind.modes().contains(&mode) {
        let words: Vec<String> = kind.modes().iter().map(|m| format!("\"{m}\"")).collect();
        let what = format!(
            "mode is \"{mode}\", and the broker {} has no such account",
            kind.name()
        );
        let expected = format!("mode = {}, or another broker", words.join(" or "));
        return Err(check.refuse(&Key::of(["mode"]), what, expected));
    }
    let table = Key::of(["broker", kind.name()]);
    let mut settings = BrokerSettings::default();
    for key in kind.keys() {
        match check.merged.entries.get(&table.child(key.name)) {
            Some(entry) => settings.put(key.name, &entry.reading),
            None if key.need == Need::Needed => {
                let what = format!("the broker {} needs {}", kind.name(), key.name);
                let expected = format!("{} in [{table}]: {}", key.name, key.kind.expected());
                // The place is where the broker was chosen: its own table may not be there.
                let below_use = Key::of(["broker", "use", key.name]);
                return Err(check.missing(&below_use, what, expected));
            }
            None => {}
        }
    }
    kind.check(&settings).map_err(|bad| {
        let key = table.child(bad.key);
        check.refuse(&key, bad.what, bad.expected)
    })?;
    Ok(OwnBroker {
        kind: Arc::clone(kind),
        settings,
    })
}
