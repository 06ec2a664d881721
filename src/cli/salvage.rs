//! `polyfolio journal salvage`: a journal that can be used again out of a damaged one.
//!
//! The store keeps what is proved and moves the rest aside; the order management says what the
//! loss means for the book. Both go into the new journal before it takes the old one's place.

use std::path::Path;

use polyfolio_actors::order_router::blob_of;
use polyfolio_oms::salvage::after_salvage;
use polyfolio_ports::{Blob, Journal};
use polyfolio_store::{Salvage, StoreError, salvage};
use serde_json::{Map, Value, json};

use super::{App, answer};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::runtime;

/// Said wherever a damage is told.
pub(super) const NEXT: &str =
    "to keep what is sound and set the rest aside:  polyfolio journal salvage";

pub(super) fn run(app: &App, directory: &Path) -> Result<Exit, Failure> {
    let saved = match salvage(directory, &conclude) {
        Ok(saved) => saved,
        Err(StoreError::Missing { .. }) => None,
        Err(error) => return Err(Failure::new(Exit::State, error.to_string())),
    };
    if app.global.json {
        app.say_json(&answer("journal-salvage", None, fields(saved.as_ref())))?;
    } else {
        app.show(told(saved.as_ref()))?;
    }
    Ok(match saved {
        Some(saved) if saved.lost > 0 => Exit::Negative,
        _ => Exit::Done,
    })
}

/// What the lost records may have said is written down as lost.
fn conclude(saved: &Salvage, kept: &dyn Journal) -> Result<Vec<Blob>, String> {
    let book = runtime::fold(kept).map_err(|failure| failure.what)?;
    let reason = format!(
        "the journal was damaged and salvaged: {} records are lost; the damaged files are in {}",
        saved.lost,
        saved.quarantine.display()
    );
    let records = after_salvage(&book, saved.lost, reason).map_err(|error| error.to_string())?;
    let blobs = records.iter().map(blob_of);
    let blobs: Result<_, _> = blobs.collect();
    blobs.map_err(|error: serde_json::Error| error.to_string())
}

fn fields(saved: Option<&Salvage>) -> Map<String, Value> {
    let mut fields = match saved.map(serde_json::to_value) {
        Some(Ok(Value::Object(fields))) => fields,
        _ => Map::new(),
    };
    fields.insert("salvaged".to_owned(), json!(saved.is_some()));
    fields
}

fn told(saved: Option<&Salvage>) -> String {
    let Some(saved) = saved else {
        return "the journal is sound: there is nothing to salvage\n".to_owned();
    };
    let kept = match (saved.first_seq, saved.kept) {
        (first, kept) if kept < first => "no record".to_owned(),
        (first, kept) => format!("records {first} to {kept}"),
    };
    let lost = match saved.lost {
        0 => "none that was acknowledged is known to be lost".to_owned(),
        lost => format!("{lost} are lost ({} to {})", saved.kept + 1, saved.known),
    };
    let resume = if saved.kept < saved.first_seq {
        "polyfolio resume-trading --after-salvage"
    } else {
        "polyfolio resume-trading"
    };
    format!(
        "{}\n{kept} kept; {lost}\nthe damaged files are in {}\n\
         Trading is halted. The next start settles every order in doubt with the broker:  \
         polyfolio run\nWhen positions and orders are what they should be:  {resume}\n",
        saved.fault,
        saved.quarantine.display()
    )
}
