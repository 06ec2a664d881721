//! What the run came to for each sleeve.

use std::collections::BTreeMap;

use polyfolio_model::{Money, SleeveId};
use polyfolio_oms::book::Run;
use polyfolio_oms::records::Nav;
use serde::Serialize;

use super::trades::Trade;
use crate::cost::{Performance, Tally};

/// A sleeve in a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SleeveReport {
    /// Which; `unassigned` is what nobody owns.
    pub sleeve: SleeveId,
    /// What it was worth when the run was over.
    pub nav_after: Option<Money>,
    /// Its trading, crosses included.
    #[serde(flatten)]
    pub performance: Performance,
}

pub(super) fn sleeves(run: &Run, nav: Option<&Nav>, trades: &[Trade]) -> Vec<SleeveReport> {
    let mut tallies: BTreeMap<SleeveId, Tally> = named(run, nav);
    for trade in trades {
        for (sleeve, part) in &trade.sleeves {
            let piece = trade.piece(part.quantity, part.fee);
            tallies.entry(sleeve.clone()).or_default().add(&piece);
        }
    }
    for cross in &run.crosses {
        let sides = [(&cross.from, -cross.quantity), (&cross.to, cross.quantity)];
        for (sleeve, signed) in sides {
            tallies
                .entry(sleeve.clone())
                .or_default()
                .add_value(signed, cross.price);
        }
    }
    let report = |(sleeve, tally): (SleeveId, Tally)| {
        let nav_after = nav.and_then(|nav| nav.sleeves.get(&sleeve).copied());
        SleeveReport {
            sleeve,
            nav_after,
            performance: tally.performance(nav_after),
        }
    };
    tallies.into_iter().map(report).collect()
}

/// Sleeves that the plan or the mark names, whether they traded or not.
fn named(run: &Run, nav: Option<&Nav>) -> BTreeMap<SleeveId, Tally> {
    let planned = run
        .planned
        .plan
        .get("sleeves")
        .and_then(|sleeves| sleeves.as_object());
    let planned = planned.into_iter().flat_map(|sleeves| sleeves.keys());
    let marked = nav.into_iter().flat_map(|nav| nav.sleeves.keys().cloned());
    let names = planned
        .map(|name| SleeveId::new(name.as_str()))
        .chain(marked);
    names.map(|name| (name, Tally::default())).collect()
}
