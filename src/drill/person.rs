//! What a person does between rebalances at a gateway: looks at its own record, says of an order
//! that no list could prove what is true, cancels there what the program cannot; and compares both
//! sides at the end.
//!
//! It says so with the program's own verbs, as a person would.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::process::CommandExt;
use std::process::{Output, Stdio};

use polyfolio_model::{ClOrdId, Qty};
use polyfolio_oms::router::{order_in_doubt, order_that_works_on};
use polyfolio_report::audit::{VenueEvent, VenueFact};
use serde_json::Value;

use super::Place;
use super::campaign::Account;
use super::course::Leg;
use super::life::program;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::runtime;

/// How often the book is looked at: an instrument names one order at a time.
const LOOKS_MAX: u32 = 20;

/// What the person knows it from.
const REASON: &str = "the gateway's own record";

/// Says of every order in doubt that it is dead, where the gateway's own record says so; cancels
/// those that work and that the program could not cancel. Anything else is left to evidence.
pub(super) fn settle(leg: &Leg, account: &mut Account<'_>) -> Result<(), Failure> {
    let mut asked = BTreeSet::new();
    for _ in 0..LOOKS_MAX {
        let book = runtime::read_book(&account.place.state_dir())?;
        let reasons = || book.stopped().values();
        let works_on: BTreeSet<ClOrdId> = reasons()
            .filter_map(|why| order_that_works_on(why))
            .collect();
        let doubts = reasons().map(|why| order_in_doubt(why));
        let doubts: Vec<ClOrdId> = doubts.flatten().filter(|id| asked.insert(*id)).collect();
        let Some(gateway) = account.venue.gateway().filter(|_| !doubts.is_empty()) else {
            return Ok(());
        };
        // The line is well while somebody looks.
        gateway.heal()?;
        let settings = gateway.settings();
        let standing = standing(&account.venue.record()?);
        let (standing, dead): (Vec<ClOrdId>, Vec<ClOrdId>) =
            doubts.into_iter().partition(|id| standing.contains(id));
        for id in standing.into_iter().filter(|id| works_on.contains(id)) {
            let Some(gateway) = account.venue.gateway() else {
                return Ok(());
            };
            account.canceled += u32::from(gateway.cancels(id)?);
        }
        for id in dead {
            let (order, words) = (id.to_string(), ["--gone", "--reason", REASON]);
            let words = [&["resolve", &order], words.as_slice()].concat();
            let output = said(account.place, leg, &settings, &words)?;
            match output.status.code() {
                Some(0) => drop(account.resolved.insert(id)),
                // Evidence has come meanwhile.
                Some(1) => {}
                _ => return Err(unheard("resolve", &output)),
            }
        }
    }
    Ok(())
}

/// Compares both sides; why they do not agree, if so.
pub(super) fn reconcile(
    place: &Place,
    leg: &Leg,
    settings: &[(String, String)],
) -> Result<Option<String>, Failure> {
    let output = said(place, leg, settings, &["reconcile", "--json"])?;
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let is_clean = output.status.success()
        && answer["trading_state"] == "active"
        && ["working", "unknown", "foreign_orders"]
            .iter()
            .all(|count| answer[*count] == 0);
    Ok((!is_clean).then(|| {
        let talk = String::from_utf8_lossy(&output.stderr);
        format!("the last reconcile is not clean: {answer}\n{talk}")
    }))
}

/// What the program answers.
fn said(
    place: &Place,
    leg: &Leg,
    settings: &[(String, String)],
    words: &[&str],
) -> Result<Output, Failure> {
    let settings = [settings, leg.settings.as_slice()].concat();
    let mut command = program(place, &leg.files, &settings)?;
    command.args(words).stdin(Stdio::null()).process_group(0);
    command.output().map_err(|error| {
        Failure::new(Exit::Negative, "the program cannot be started").line(error.to_string())
    })
}

fn unheard(verb: &str, output: &Output) -> Failure {
    let what = format!("`polyfolio {verb}` ended with {}", output.status);
    Failure::new(Exit::Negative, what).line(String::from_utf8_lossy(&output.stderr))
}

/// The orders that may trade yet, by the venue's own record.
fn standing(record: &[VenueEvent]) -> BTreeSet<ClOrdId> {
    let mut left: BTreeMap<ClOrdId, (Qty, Qty)> = BTreeMap::new();
    for event in record {
        match &event.what {
            VenueFact::Accepted {
                cl_ord_id,
                order_qty,
                ..
            } => drop(left.insert(*cl_ord_id, (*order_qty, Qty::ZERO))),
            VenueFact::Replaced {
                cl_ord_id,
                order_qty,
            } => {
                left.entry(*cl_ord_id)
                    .and_modify(|order| order.0 = *order_qty);
            }
            VenueFact::Traded {
                cl_ord_id,
                quantity,
                ..
            } => {
                left.entry(*cl_ord_id)
                    .and_modify(|order| order.1 += *quantity);
            }
            VenueFact::Closed { cl_ord_id } => drop(left.remove(cl_ord_id)),
            VenueFact::Opened { .. } | VenueFact::Rejected { .. } | VenueFact::Other => {}
        }
    }
    left.retain(|_, (wanted, filled)| *filled < *wanted);
    left.into_keys().collect()
}

#[cfg(test)]
mod tests {
    use polyfolio_model::{Money, Side, Ts};

    use super::*;

    #[test]
    fn an_order_stands_until_it_is_filled_or_closed() {
        let id = |child: u32| ClOrdId {
            deployment: 1,
            run: 1,
            parent: 1,
            child,
        };
        let accepted = |child| VenueFact::Accepted {
            cl_ord_id: id(child),
            instrument: "KO".into(),
            side: Side::Buy,
            order_qty: 5.into(),
        };
        let traded = |child, quantity: i64| VenueFact::Traded {
            cl_ord_id: id(child),
            exec_id: format!("E-{child}.01").as_str().into(),
            quantity: quantity.into(),
            price: 50.into(),
            fee: Money::ZERO,
        };
        let record: Vec<VenueEvent> = [
            accepted(1),
            accepted(2),
            accepted(3),
            accepted(4),
            traded(1, 5),
            traded(2, 4),
            VenueFact::Closed { cl_ord_id: id(3) },
            VenueFact::Replaced {
                cl_ord_id: id(4),
                order_qty: 7.into(),
            },
            traded(4, 5),
        ]
        .map(|what| VenueEvent {
            time: Ts::MIN,
            what,
        })
        .into();
        assert_eq!(standing(&record), BTreeSet::from([id(2), id(4)]));
    }
}
