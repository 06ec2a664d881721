//! `polyfolio sleeve [NAME]`: the sleeves as accounts of their own, at the last closes.

use std::collections::BTreeMap;

use clap::Args;
use polyfolio_model::{InstrumentId, Price, SleeveId};
use polyfolio_oms::Book;
use polyfolio_report::sheet::Sheet;
use serde_json::{Map, Value, json};

use super::targets::no_sleeve;
use super::{App, answer};
use crate::exit::Exit;
use crate::face::sheet_text::{all_text, sheet_text};
use crate::failure::Failure;
use crate::runtime;
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
        if runtime::is_held(directory) {
            return Err(Failure::new(Exit::State, "a run holds the store")
                .line("ask again when it is over; meanwhile:  polyfolio positions"));
        }
        let book = runtime::read_book(directory)?;
        let closes = closes(&loaded)?;
        let price = |id: &InstrumentId| closes.get(id).copied();
        let as_of = book.as_of().map(|time| time.to_string());
        let known = names(&loaded, &book);
        let Some(name) = &self.name else {
            let sheets: Vec<Sheet> = known
                .iter()
                .map(|sleeve| Sheet::of(&book, sleeve, price))
                .collect();
            if app.global.json {
                let fields = [("sleeves".to_owned(), json!(sheets))];
                app.say_json(&answer("sleeve", as_of, Map::from_iter(fields)))?;
            } else {
                app.say(all_text(&sheets))?;
            }
            return Ok(Exit::Done);
        };
        let sleeve = SleeveId::new(name.as_str());
        // One that left and holds nothing any more is not listed, and still has a past.
        if !known.contains(&sleeve) && book.ledger().account(&sleeve).is_none() {
            return Err(no_sleeve(name, known.iter()));
        }
        let sheet = Sheet::of(&book, &sleeve, price);
        if app.global.json {
            let fields = match serde_json::to_value(&sheet) {
                Ok(Value::Object(fields)) => fields,
                _ => Map::new(),
            };
            app.say_json(&answer("sleeve", as_of, fields))?;
        } else {
            app.say(sheet_text(&sheet))?;
        }
        Ok(Exit::Done)
    }
}

/// The sleeves of the config in its order, then those that only the book knows, then what nobody
/// owns.
pub(super) fn names(loaded: &Loaded, book: &Book) -> Vec<SleeveId> {
    let mut names: Vec<SleeveId> = loaded.settings.sleeves.keys().cloned().collect();
    for (sleeve, own) in book.ledger().accounts() {
        let is_empty = own.positions.is_empty() && own.cash.is_zero();
        let is_known = names.contains(sleeve) || sleeve.as_str() == SleeveId::UNASSIGNED;
        if !is_known && !is_empty {
            names.push(sleeve.clone());
        }
    }
    names.push(SleeveId::unassigned());
    names
}

/// The last closes of the history.
pub(super) fn closes(loaded: &Loaded) -> Result<BTreeMap<InstrumentId, Price>, Failure> {
    let history = loaded.history()?;
    Ok(history.map_or_else(BTreeMap::new, |history| {
        let closes = history.last_prices();
        closes.map(|(id, _, price)| (id.clone(), price)).collect()
    }))
}
