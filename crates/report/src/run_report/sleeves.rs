//! What the run came to for each sleeve.

use std::collections::{BTreeMap, BTreeSet};

use polyfolio_model::{Money, SleeveId};
use polyfolio_oms::book::Run;
use polyfolio_oms::records::Nav;
use serde::{Deserialize, Serialize};

use super::trades::Trade;
use crate::cost::{Performance, Tally, above_dust};

/// A sleeve in a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SleeveReport {
    /// Which; `unassigned` is what nobody owns.
    pub sleeve: SleeveId,
    /// What it was worth before the run, at the mark before: closes of an earlier date.
    pub nav_before: Option<Money>,
    /// What it was worth when the run was over.
    pub nav_after: Option<Money>,
    /// Its trading, crosses included.
    #[serde(flatten)]
    pub performance: Performance,
}

/// Every sleeve with a wish, a trade or a value. One that left the config long ago, holds nothing
/// and did nothing is not of this run.
pub(super) fn sleeves(
    run: &Run,
    before: Option<&Nav>,
    nav: Option<&Nav>,
    trades: &[Trade],
) -> Vec<SleeveReport> {
    let wished = wished(run);
    let mut tallies: BTreeMap<SleeveId, Tally> = named(&wished, nav);
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
        let (nav_before, nav_after) = (worth(before, &sleeve), worth(nav, &sleeve));
        let is_of_the_run = !tally.is_idle()
            || wished.contains(&sleeve)
            || nav_after.is_some_and(|nav| above_dust(nav.abs()).is_some());
        is_of_the_run.then(|| SleeveReport {
            performance: tally.performance(nav_before, nav_after),
            nav_before,
            nav_after,
            sleeve,
        })
    };
    tallies.into_iter().filter_map(report).collect()
}

fn worth(nav: Option<&Nav>, sleeve: &SleeveId) -> Option<Money> {
    nav?.sleeves.get(sleeve).copied()
}

/// Sleeves that the plan names.
fn wished(run: &Run) -> BTreeSet<SleeveId> {
    let planned = run.planned.plan.get("sleeves");
    let planned = planned.and_then(|sleeves| sleeves.as_object());
    let names = planned.into_iter().flat_map(|sleeves| sleeves.keys());
    names.map(|name| SleeveId::new(name.as_str())).collect()
}

/// Sleeves that the plan or the mark names, whether they traded or not.
fn named(wished: &BTreeSet<SleeveId>, nav: Option<&Nav>) -> BTreeMap<SleeveId, Tally> {
    let marked = nav.into_iter().flat_map(|nav| nav.sleeves.keys());
    let names = wished.iter().chain(marked).cloned();
    names.map(|name| (name, Tally::default())).collect()
}
