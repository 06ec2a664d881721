//! `polyfolio journal`: the records that survive, and whether they are sound.

use clap::{Args, Subcommand};
use polyfolio_store::{StoreError, verify};
use serde_json::{Map, Value, json};

use super::{App, answer, salvage};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::runtime;

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
    /// Keep what is sound of a damaged journal, and set the rest aside
    #[command(before_help = "Example:  polyfolio journal salvage")]
    Salvage,
}

impl Journal {
    pub(crate) fn run(self, app: &mut App) -> Result<Exit, Failure> {
        let loaded = app.load(Vec::new())?;
        let directory = &loaded.settings.state_dir;
        match self.verb {
            Verb::Tail { count } => tail(app, directory, count),
            Verb::Verify => check(app, directory),
            Verb::Salvage => salvage::run(app, directory),
        }
    }
}

fn tail(app: &App, directory: &std::path::Path, count: u64) -> Result<Exit, Failure> {
    let records = match runtime::open_existing(directory)? {
        Some(journal) => journal
            .tail(count)
            .map_err(|error| Failure::new(Exit::State, error.to_string()))?,
        None => Vec::new(),
    };
    if app.global.json {
        // The envelopes as they are stored: what is published is what was hashed.
        let lines = records
            .iter()
            .map(|record| serde_json::from_str(&record.line));
        let lines: Result<Vec<Value>, _> = lines.collect();
        let lines = lines.map_err(|error| Failure::new(Exit::State, error.to_string()))?;
        let fields = Map::from_iter([("records".to_owned(), json!(lines))]);
        app.say_json(&answer("journal-tail", None, fields))?;
        return Ok(Exit::Done);
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

fn check(app: &App, directory: &std::path::Path) -> Result<Exit, Failure> {
    let found = match verify(directory) {
        Ok(found) => found,
        Err(StoreError::Missing { .. }) => {
            app.note("there is no journal yet: nothing has run here");
            return Ok(Exit::Done);
        }
        Err(error) => {
            let failure = Failure::new(Exit::State, error.to_string());
            let next = error.is_damage().then_some(salvage::NEXT);
            return Err(next.map_or(failure.clone(), |next| failure.line(next)));
        }
    };
    if app.global.json {
        let fields = match serde_json::to_value(&found) {
            Ok(Value::Object(fields)) => fields,
            _ => Map::new(),
        };
        app.say_json(&answer("journal-verify", None, fields))?;
    } else {
        let head = found
            .head
            .as_deref()
            .and_then(|head| head.get(..16))
            .unwrap_or("unknown");
        app.say(format!(
            "{} records, {} to {}, head {head}…  {}\n",
            found.records,
            found.first_seq,
            found.last_seq,
            if found.ok { "sound" } else { "DAMAGED" }
        ))?;
        for fault in &found.faults {
            app.say(format!("  record {}: {}\n", fault.seq, fault.what))?;
        }
        if !found.ok {
            app.note(salvage::NEXT);
        }
    }
    Ok(if found.ok { Exit::Done } else { Exit::State })
}
