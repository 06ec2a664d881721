//! `polyfolio sleeve [NAME]`: the sleeves as accounts of their own, at the last closes.
//!
//! The store answers when it is free; while a run holds it, that run does, as it last wrote down.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use polyfolio_model::{InstrumentId, Price, SleeveId};
use polyfolio_oms::Book;
use polyfolio_portfolio::Ledger;
use polyfolio_report::sheet::{Sheet, Sheets};
use polyfolio_report::view::{Answer, Source};
use serde_json::{Map, Value, json};

use super::targets::no_sleeve;
use super::{App, answer};
use crate::exit::Exit;
use crate::face::sheet_text::{all_text, sheet_text};
use crate::failure::Failure;
use crate::runtime;
use crate::runtime::view::{last_written, store_or_view};
use crate::settings::Loaded;

/// Show the sleeves as accounts of their own
#[derive(Args, Debug)]
#[command(
    before_help = "Example:  polyfolio sleeve momentum",
    after_help = "What a sleeve earned is its value less all that was paid into it. Values are at\n\
                  the last closes of the history. What its strategy wants:  polyfolio targets NAME"
)]
pub(crate) struct Sleeve {
    /// One sleeve in full, or `unassigned`, which is what nobody owns; all of them if left out
    name: Option<String>,
}

impl Sleeve {
    pub(crate) fn run(self, app: &mut App) -> Result<Exit, Failure> {
        let loaded = app.load(Vec::new())?;
        let directory = &loaded.settings.state_dir;
        let of_store = || {
            let book = runtime::read_book(directory)?;
            Ok(Answer::new("sleeve", book.as_of(), Sheets::of(&book)))
        };
        let found = store_or_view(directory, of_store, || last_written(directory)?.sleeves)?;
        let closes = closes(&loaded)?;
        let sheet = |sleeve: &SleeveId| {
            let price = |id: &InstrumentId| closes.get(id).copied();
            found.body.priced(sleeve, price)
        };
        let is_there = |sheet: &Sheet| !sheet.positions.is_empty() || !sheet.cash.is_zero();
        let of_book = found.body.sheets.values().filter(|sheet| is_there(sheet));
        let known = names(&loaded, of_book.map(|sheet| &sheet.sleeve));
        let Some(name) = &self.name else {
            let sheets: Vec<Sheet> = known.iter().map(sheet).collect();
            let fields = Map::from_iter([("sleeves".to_owned(), json!(sheets))]);
            return tell(app, &found, fields, || all_text(&sheets));
        };
        let sleeve = SleeveId::new(name.as_str());
        // One that left and holds nothing any more is not listed, and still has a past.
        if !known.contains(&sleeve) && !found.body.sheets.contains_key(&sleeve) {
            return Err(no_sleeve(name, known.iter()));
        }
        let sheet = sheet(&sleeve);
        let fields = match serde_json::to_value(&sheet) {
            Ok(Value::Object(fields)) => fields,
            _ => Map::new(),
        };
        tell(app, &found, fields, || sheet_text(&sheet))
    }
}

fn tell(
    app: &App,
    found: &Answer<Sheets>,
    mut fields: Map<String, Value>,
    text: impl FnOnce() -> String,
) -> Result<Exit, Failure> {
    if app.global.json {
        fields.insert("source".to_owned(), json!(found.source));
        let as_of = found.as_of.map(|time| time.to_string());
        app.say_json(&answer("sleeve", as_of, fields))?;
        return Ok(Exit::Done);
    }
    if found.source == Source::View {
        app.note("a run holds the store: this is what it last wrote down");
    }
    app.show(text())?;
    Ok(Exit::Done)
}

/// The sleeves of the config in its order, then those that only the book knows, then what nobody
/// owns.
fn names<'a>(loaded: &Loaded, of_book: impl Iterator<Item = &'a SleeveId>) -> Vec<SleeveId> {
    let mut names: Vec<SleeveId> = loaded.settings.sleeves.keys().cloned().collect();
    let own: BTreeSet<&SleeveId> = loaded.settings.sleeves.keys().collect();
    let is_other =
        |sleeve: &&SleeveId| !own.contains(sleeve) && sleeve.as_str() != SleeveId::UNASSIGNED;
    names.extend(of_book.filter(is_other).cloned());
    names.push(SleeveId::unassigned());
    names
}

/// Everybody who owns something of a book, or may.
pub(super) fn owners(loaded: &Loaded, book: &Book) -> Vec<SleeveId> {
    names(loaded, holders(book.ledger()))
}

fn holders(ledger: &Ledger) -> impl Iterator<Item = &SleeveId> {
    let accounts = ledger.accounts();
    let holders = accounts.filter(|(_, own)| !own.positions.is_empty() || !own.cash.is_zero());
    holders.map(|(sleeve, _)| sleeve)
}

/// The last closes of the history.
pub(super) fn closes(loaded: &Loaded) -> Result<BTreeMap<InstrumentId, Price>, Failure> {
    let history = loaded.history()?;
    Ok(history.map_or_else(BTreeMap::new, |history| {
        let closes = history.last_prices();
        closes.map(|(id, _, price)| (id.clone(), price)).collect()
    }))
}
