//! `polyfolio journal`: the records that survive, and whether they are sound.
//!
//! The store answers when it is free. While a run holds it, what that run has read back of its own
//! journal answers, and says so.

use std::path::Path;

use clap::{Args, Subcommand};
use polyfolio_report::view::Source;
use polyfolio_store::{StoreError, Verification, verify};
use serde_json::{Map, Value, json};

use super::reconcile::adopt_mark;
use super::{App, answer, salvage};
use crate::exit::Exit;
use crate::face::count;
use crate::failure::Failure;
use crate::runtime;
use crate::runtime::journal_view::{JournalView, KEPT};
use crate::runtime::view::store_or_view;

/// Look into the journal
#[derive(Args, Debug)]
#[command(before_help = "Example:  polyfolio journal verify")]
pub(crate) struct Journal {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Print the last records
    #[command(before_help = "Example:  polyfolio journal tail -n 5 --json")]
    Tail {
        /// How many
        #[arg(short = 'n', long, default_value_t = 20)]
        count: u64,
    },
    /// Check every record: sequence, chain of hashes, checksums
    #[command(before_help = "Example:  polyfolio journal verify")]
    Verify,
    /// Believe the broker about orders of ours that are not on record
    #[command(
        name = "adopt-mark",
        before_help = "Example:  polyfolio journal adopt-mark --reason \"restored a backup\"",
        after_help = "For a state directory that is older than the broker's book, and that nobody else\n\
                      uses: a second copy of it would have its orders canceled from here. The run\n\
                      that is not over is given up, orders that are not on record are taken back\n\
                      and canceled, ids go on above all that may have been used. Trading stays\n\
                      halted until resume-trading."
    )]
    AdoptMark {
        /// Why, for the record
        #[arg(long, default_value = "by command")]
        reason: String,
    },
    /// Keep what is sound of a damaged journal, and set the rest aside
    #[command(before_help = "Example:  polyfolio journal salvage")]
    Salvage,
}

impl Journal {
    pub(crate) fn run(self, app: &mut App) -> Result<Exit, Failure> {
        let directory = |app: &App| Ok::<_, Failure>(app.load(Vec::new())?.settings.state_dir);
        match self.verb {
            Verb::Tail { count } => tail(app, &directory(app)?, count),
            Verb::Verify => check(app, &directory(app)?),
            Verb::AdoptMark { reason } => adopt_mark(app, reason),
            Verb::Salvage => salvage::run(app, &directory(app)?),
        }
    }
}

fn tail(app: &App, directory: &Path, count: u64) -> Result<Exit, Failure> {
    let state = |error: String| Failure::new(Exit::State, error);
    let store = || {
        let records = match runtime::open_existing(directory)? {
            Some(journal) => journal
                .tail(count)
                .map_err(|error| state(error.to_string()))?,
            None => Vec::new(),
        };
        Ok((Source::Store, records))
    };
    let view = || Some((Source::View, JournalView::read(directory)?.tail(count)?));
    let (source, records) = store_or_view(directory, store, view)?;
    if app.global.json {
        // The envelopes as they are stored: what is published is what was hashed.
        let lines = records
            .iter()
            .map(|record| serde_json::from_str(&record.line));
        let lines: Result<Vec<Value>, _> = lines.collect();
        let lines = lines.map_err(|error| state(error.to_string()))?;
        let fields = [("source", json!(source)), ("records", json!(lines))];
        app.say_json(&answer("journal-tail", None, named(fields)))?;
        return Ok(Exit::Done);
    }
    if source == Source::View {
        app.note(format!(
            "a run holds the store: this is what it last wrote down, at most {KEPT} records"
        ));
    }
    for record in &records {
        let payload = String::from_utf8_lossy(&record.blob.bytes);
        app.say(format!(
            "{:>8}  {:<10}  {payload}\n",
            record.seq, record.blob.kind
        ))?;
    }
    Ok(Exit::Done)
}

fn check(app: &App, directory: &Path) -> Result<Exit, Failure> {
    let store = || match verify(directory) {
        Ok(found) => Ok(Some((Source::Store, found))),
        Err(StoreError::Missing { .. }) => Ok(None),
        Err(error) => {
            let failure = Failure::new(Exit::State, error.to_string());
            let next = error.is_damage().then_some(salvage::NEXT);
            Err(next.map_or(failure.clone(), |next| failure.line(next)))
        }
    };
    let view = || {
        Some(Some((
            Source::View,
            JournalView::read(directory)?.verification,
        )))
    };
    let Some((source, found)) = store_or_view(directory, store, view)? else {
        app.note("there is no journal yet: nothing has run here");
        if app.global.json {
            let nothing = json!({"records": 0, "ok": true, "faults": [], "source": null});
            let fields = nothing.as_object().cloned().unwrap_or_default();
            app.say_json(&answer("journal-verify", None, fields))?;
        }
        return Ok(Exit::Done);
    };
    if app.global.json {
        let mut fields = named([("source", json!(source))]);
        if let Ok(Value::Object(found)) = serde_json::to_value(&found) {
            fields.extend(found);
        }
        app.say_json(&answer("journal-verify", None, fields))?;
    } else {
        if source == Source::View {
            app.note(
                "a run holds the store: it verified every record when it opened it, \
                 and each one since as it lies there",
            );
        }
        app.show(verdict(&found))?;
        if !found.ok {
            app.note(salvage::NEXT);
        }
    }
    Ok(if found.ok { Exit::Done } else { Exit::State })
}

fn verdict(found: &Verification) -> String {
    let head = found
        .head
        .as_deref()
        .and_then(|head| head.get(..16))
        .unwrap_or("unknown");
    let mut text = format!(
        "{}, {} to {}, head {head}…  {}\n",
        count(found.records, "record"),
        found.first_seq,
        found.last_seq,
        if found.ok { "sound" } else { "DAMAGED" }
    );
    for fault in &found.faults {
        text.push_str(&format!("  record {}: {}\n", fault.seq, fault.what));
    }
    text
}

fn named<const N: usize>(fields: [(&str, Value); N]) -> Map<String, Value> {
    let named = fields.map(|(name, value)| (name.to_owned(), value));
    named.into_iter().collect()
}
