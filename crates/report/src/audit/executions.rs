//! Every execution of the venue is given to the sleeves once: whole, no other, and no other number.

use std::collections::{BTreeMap, BTreeSet};

use polyfolio_model::{ClOrdId, ExecId, Qty};

use super::finding::{Finding, Verdict};
use super::ours::Ours;
use super::runs::Runs;
use super::venue::Tape;

/// An execution of a run that is not over may not have been heard of yet.
pub(super) fn check(ours: &Ours, tape: &Tape, runs: &Runs) -> Vec<Finding> {
    let mut theirs: BTreeMap<(ClOrdId, ExecId), Qty> = BTreeMap::new();
    for fill in &tape.fills {
        let key = (fill.cl_ord_id, fill.exec_id.clone());
        *theirs.entry(key).or_default() += fill.signed;
    }
    let all: BTreeSet<_> = theirs.keys().chain(ours.booked.keys()).collect();
    let is_under_way =
        |id: &ClOrdId| ours.intents.contains_key(id) && !runs.ended.contains(&id.run);
    let nothing = Qty::ZERO;
    let compare = |key: &(ClOrdId, ExecId)| {
        let traded = theirs.get(key).copied().unwrap_or(nothing);
        let booked = ours.booked.get(key).copied().unwrap_or(nothing);
        let code = match (traded == booked, booked.is_zero(), traded.is_zero()) {
            (true, ..) => return None,
            (_, true, _) if is_under_way(&key.0) => return None,
            (_, true, _) => "not_booked",
            (_, _, true) => "invented",
            _ if booked.abs() > traded.abs() => "booked_twice",
            _ => "booked_in_part",
        };
        let message = format!("the venue traded {traded}, the sleeves were given {booked}");
        let finding = Finding::new(Verdict::PositionErrors, code, message);
        Some(finding.of(&key.1).of(key.0))
    };
    all.into_iter().filter_map(compare).collect()
}
