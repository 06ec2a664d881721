//! `polyfolio transfer`: a person gives cash or positions of one sleeve to another, or to or from
//! what nobody owns. On the record, in kind, and never in the middle of a run.

use std::str::FromStr;

use clap::Args;
use polyfolio_clock::wall_now;
use polyfolio_model::{InstrumentId, Money, Price, Qty, SleeveId};
use polyfolio_oms::Book;
use polyfolio_oms::records::{Given, GivenPosition, Record};
use polyfolio_portfolio::ledger::SleeveAccount;
use serde_json::{Map, Value};

use super::sleeve::{closes, owners};
use super::targets::no_sleeve;
use super::{App, answer};
use crate::exit::Exit;
use crate::face::{money, quantity};
use crate::failure::Failure;
use crate::runtime;

/// Give cash or positions of one sleeve to another
#[derive(Args, Debug)]
#[command(
    before_help = "Example:  polyfolio transfer --from unassigned --to trend --position KO=40",
    after_help = "Nothing is traded: a position goes over at its last close, and nobody earns by\n\
                  it. `unassigned` is what no sleeve owns. The next plan gives every sleeve its\n\
                  weight again: cash that was given lasts until then."
)]
pub(crate) struct Transfer {
    /// Whose it is
    #[arg(long)]
    from: SleeveId,
    /// Whose it will be
    #[arg(long)]
    to: SleeveId,
    /// How much cash
    #[arg(long, value_name = "AMOUNT")]
    cash: Option<Money>,
    /// How much of an instrument, signed, and at what price if not its last close; repeatable
    #[arg(long = "position", value_name = "SYMBOL=QTY[@PRICE]")]
    positions: Vec<Parcel>,
    /// Why, for the record
    #[arg(long, default_value = "by command")]
    reason: String,
}

/// `KO=40`, `KO=-40@63.95`.
#[derive(Clone, Debug, PartialEq)]
struct Parcel {
    instrument: InstrumentId,
    quantity: Qty,
    price: Option<Price>,
}

impl FromStr for Parcel {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (instrument, rest) = text
            .split_once('=')
            .ok_or("a position is given as KO=40, or KO=40@63.95")?;
        let (quantity, price) = match rest.split_once('@') {
            Some((quantity, price)) => (quantity, Some(price)),
            None => (rest, None),
        };
        let quantity: Qty = quantity
            .parse()
            .map_err(|_| format!("{quantity:?} is no quantity"))?;
        let price = price.map(|price| {
            let read: Result<Price, _> = price.parse();
            let price = read.ok().filter(|price| price.get().is_sign_positive());
            let price = price.filter(|price| !price.get().is_zero() && price.is_in_bounds());
            price.ok_or_else(|| format!("{:?} is no price above zero", rest))
        });
        let is_sound = !instrument.is_empty() && !quantity.is_zero() && quantity.is_in_bounds();
        if !is_sound {
            return Err(format!("{text:?} names no instrument, or nothing of it"));
        }
        Ok(Self {
            instrument: instrument.into(),
            quantity,
            price: price.transpose()?,
        })
    }
}

impl Transfer {
    pub(crate) fn run(self, app: &mut App) -> Result<Exit, Failure> {
        let loaded = app.load(Vec::new())?;
        let directory = &loaded.settings.state_dir;
        if runtime::is_held(directory) {
            return Err(Failure::new(Exit::State, "a run holds the store")
                .line("say this again when it is over"));
        }
        if runtime::open_existing(directory)?.is_none() {
            return Err(
                Failure::usage("no run is on record: nobody owns anything yet")
                    .line("begin one:  polyfolio run"),
            );
        }
        let journal = runtime::open_journal(directory)?;
        let book = runtime::fold(&journal)?;
        let known = owners(&loaded, &book);
        for sleeve in [&self.from, &self.to] {
            if !known.contains(sleeve) {
                return Err(no_sleeve(sleeve.as_str(), known.iter()));
            }
        }
        let closes = closes(&loaded)?;
        let given = self.given(&book, |id| closes.get(id).copied())?;
        runtime::write_one(&journal, &Record::Given(given.clone()))?;
        if app.global.json {
            let fields = match serde_json::to_value(&given) {
                Ok(Value::Object(fields)) => fields,
                _ => Map::new(),
            };
            app.say_json(&answer("transfer", Some(given.time.to_string()), fields))?;
        } else {
            app.show(text(&given))?;
        }
        Ok(Exit::Done)
    }

    /// What goes over, when it may.
    fn given(
        &self,
        book: &Book,
        close: impl Fn(&InstrumentId) -> Option<Price>,
    ) -> Result<Given, Failure> {
        if let Some(run) = book.active_run() {
            let run = run.planned.label();
            return Err(Failure::usage(format!("run {run} is not over"))
                .line("finish it first:  polyfolio run"));
        }
        if self.from == self.to {
            return Err(Failure::usage("from and to are the same sleeve"));
        }
        let cash = self.cash.unwrap_or_default();
        if cash.is_negative() || (cash.is_zero() && self.positions.is_empty()) {
            return Err(Failure::usage("nothing is given")
                .line("name an amount above zero with --cash, or a --position"));
        }
        let nothing = SleeveAccount::default();
        let own = book.ledger().account(&self.from).unwrap_or(&nothing);
        let mut positions: Vec<GivenPosition> = Vec::with_capacity(self.positions.len());
        for parcel in &self.positions {
            let Parcel {
                instrument,
                quantity: amount,
                price,
            } = parcel;
            let held = own.position(instrument);
            let is_its = held.is_negative() == amount.is_negative() && amount.abs() <= held.abs();
            let is_twice = positions
                .iter()
                .any(|known| known.instrument == *instrument);
            if !is_its || is_twice {
                let (from, held) = (&self.from, quantity(held));
                let asked = quantity(*amount);
                return Err(Failure::usage(format!(
                    "{from} holds {held} {instrument}: {asked} of it cannot be given"
                )));
            }
            let price = price.or_else(|| close(instrument)).ok_or_else(|| {
                Failure::usage(format!("{instrument} has no close in the history")).line(format!(
                    "name its price:  --position {instrument}={amount}@PRICE"
                ))
            })?;
            positions.push(GivenPosition {
                instrument: instrument.clone(),
                quantity: *amount,
                price,
            });
        }
        Ok(Given {
            from: self.from.clone(),
            to: self.to.clone(),
            cash,
            positions,
            reason: self.reason.clone(),
            // The book's time is not the host's.
            time: book.as_of().unwrap_or_else(wall_now),
        })
    }
}

fn text(given: &Given) -> String {
    let mut parts = Vec::new();
    if given.cash.is_positive() {
        parts.push(format!("{} in cash", money(given.cash)));
    }
    parts.extend(given.positions.iter().map(|position| {
        let amount = quantity(position.quantity);
        let price = position.price;
        format!("{amount} {} at {price}", position.instrument)
    }));
    let (from, to, reason) = (&given.from, &given.to, &given.reason);
    format!("{from} → {to}: {} ({reason})\n", parts.join(" · "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parcel_is_a_symbol_a_quantity_and_perhaps_a_price() {
        let parcel: Parcel = "BRK.B=-1.5@310.25".parse().unwrap();
        assert_eq!(parcel.instrument, InstrumentId::from("BRK.B"));
        assert_eq!(parcel.quantity, "-1.5".parse().unwrap());
        assert_eq!(parcel.price, Some("310.25".parse().unwrap()));
        let parcel: Parcel = "KO=40".parse().unwrap();
        assert_eq!(parcel.price, None);
        for bad in [
            "KO", "=4", "KO=", "KO=0", "KO=NaN", "KO=1@0", "KO=1@-3", "KO=1@", "KO=1e40",
        ] {
            assert!(bad.parse::<Parcel>().is_err(), "{bad}");
        }
    }
}
