//! Who wants what, and why: one line a sleeve.

use std::collections::{BTreeMap, BTreeSet};

use polyfolio_actors::messages::SleeveSaid;
use polyfolio_model::{Money, SleeveId};
use polyfolio_portfolio::Plan;
use polyfolio_portfolio::nav::notional;
use polyfolio_portfolio::plan::PlannedSleeve;
use rust_decimal::Decimal;

use super::PlanHeader;
use crate::face::amount::whole_money;
use crate::face::wrap::with_notes;
use crate::face::{Align, Table, count, grouped, percent, sentence};

/// A page has room for so many; of more sleeves those of the largest weight are shown.
const SHOWN: usize = 20;

/// A sleeve as it is planned, and what it said; at least one of both.
type Line<'a> = (Option<&'a PlannedSleeve>, Option<&'a SleeveSaid>);

pub(super) fn table(plan: &Plan, header: &PlanHeader, said: &[SleeveSaid]) -> String {
    let mut table = Table::new([
        ("sleeve", Align::Left),
        ("kind", Align::Left),
        ("weight", Align::Right),
        ("NAV", Align::Right),
        ("wants", Align::Right),
    ]);
    let mut notes = vec![vec!["why".to_owned()]];
    let mut lines = lines(plan, said);
    let all = lines.len();
    keep_largest(&mut lines);
    for line in &lines {
        table.row(cells(line, header));
        let (planned, said) = line;
        let left = || planned.map_or_else(String::new, |sleeve| gone(plan, sleeve));
        notes.push(vec![said.map_or_else(left, why)]);
    }
    if table.is_empty() {
        return String::new();
    }
    if let Some(kept) = kept_beside(plan) {
        let nothing = || "–".to_owned();
        let name = SleeveId::UNASSIGNED.to_owned();
        table.row([name, nothing(), nothing(), nav_text(Some(kept)), nothing()]);
        notes.push(vec![
            "what no sleeve owns, and is not shared out".to_owned(),
        ]);
    }
    let mut text = with_notes(&table, &notes);
    if lines.len() < all {
        let more = grouped(&(all - lines.len()).to_string());
        text.push_str(&format!(
            "  … and {more} more sleeves; all of them:  polyfolio plan --json\n"
        ));
    }
    text
}

/// The value of what no sleeve owns, where it is left out of what the sleeves share.
fn kept_beside(plan: &Plan) -> Option<Money> {
    let unclaimed = plan.rows.iter().filter(|row| !row.unclaimed.is_zero());
    let value = unclaimed.map(|row| notional(row.unclaimed, row.close?.price));
    let kept: Money = value.sum::<Option<Money>>()?;
    // The shared NAV has been a double: less than a cent is its last digit.
    let is_cent = |amount: Money| amount.get().abs() >= Decimal::new(1, 2);
    let is_left_out = !is_cent(plan.nav? - plan.shared_nav? - kept);
    (is_left_out && is_cent(kept)).then_some(kept)
}

/// All sleeves in config order, then those that left it.
fn lines<'a>(plan: &'a Plan, said: &'a [SleeveSaid]) -> Vec<Line<'a>> {
    let places = plan.sleeves.iter().map(|sleeve| (&sleeve.id, sleeve));
    let places: BTreeMap<&SleeveId, &PlannedSleeve> = places.collect();
    let spoke: BTreeSet<&SleeveId> = said.iter().map(|said| &said.sleeve).collect();
    let gone = plan
        .sleeves
        .iter()
        .filter(|sleeve| !spoke.contains(&sleeve.id));
    let said = said
        .iter()
        .map(|said| (places.get(&said.sleeve).copied(), Some(said)));
    said.chain(gone.map(|sleeve| (Some(sleeve), None)))
        .collect()
}

/// Of too many lines those of the largest weights stay, in their order.
fn keep_largest(lines: &mut Vec<Line<'_>>) {
    if lines.len() <= SHOWN {
        return;
    }
    let weight = |(planned, _): &Line<'_>| planned.map_or(0.0, |sleeve| sleeve.weight);
    let mut places: Vec<usize> = (0..lines.len()).collect();
    // Stable: of equal weights the first stay.
    places.sort_by(|a, b| weight(&lines[*b]).total_cmp(&weight(&lines[*a])));
    places.truncate(SHOWN);
    places.sort_unstable();
    *lines = places.into_iter().map(|place| lines[place]).collect();
}

/// What becomes of a sleeve that left.
fn gone(plan: &Plan, sleeve: &PlannedSleeve) -> String {
    let given = plan.given.iter().filter(|given| given.sleeve == sleeve.id);
    let place = plan.sleeves.iter().position(|one| one.id == sleeve.id);
    let wishes = || place.into_iter().flat_map(|place| plan.wishes(place));
    let keeps = wishes().any(|wish| !wish.target.is_zero());
    let becomes = match given.count() {
        0 if keeps => "keeps what has no price".to_owned(),
        0 if wishes().next().is_some() => "winds down what it holds".to_owned(),
        0 => "gives back its cash".to_owned(),
        given => {
            let rest = if keeps {
                ", keeps what has no price"
            } else {
                ""
            };
            format!("gives {} to unassigned{rest}", count(given, "position"))
        }
    };
    format!("left the config: {becomes}")
}

fn cells((planned, said): &Line<'_>, header: &PlanHeader) -> [String; 5] {
    let nothing = || "–".to_owned();
    let Some(said) = said else {
        let id = planned.map_or_else(String::new, |sleeve| sleeve.id.to_string());
        return [id, nothing(), nothing(), nothing(), nothing()];
    };
    let kind = header.kinds.get(&said.sleeve).cloned().unwrap_or_default();
    let nav = planned.and_then(|sleeve| sleeve.nav).or(said.nav);
    [
        said.sleeve.to_string(),
        kind,
        weight(*planned),
        nav_text(nav),
        wants(said),
    ]
}

fn weight(planned: Option<&PlannedSleeve>) -> String {
    let digits = |weight: f64| {
        let is_whole = ((weight * 100.0).round() - weight * 100.0).abs() < 1e-9;
        percent(weight, if is_whole { 0 } else { 1 })
    };
    planned.map_or_else(|| "–".to_owned(), |sleeve| digits(sleeve.weight))
}

fn nav_text(nav: Option<Money>) -> String {
    nav.map_or_else(|| "–".to_owned(), whole_money)
}

fn wants(said: &SleeveSaid) -> String {
    match (&said.why, said.wants) {
        (Err(_), _) => "–".to_owned(),
        (Ok(_), 1) => "1 name".to_owned(),
        (Ok(_), count) => format!("{count} names"),
    }
}

fn why(said: &SleeveSaid) -> String {
    match &said.why {
        Ok(why) => sentence(why),
        Err(error) => format!("held as it is: {error}"),
    }
}
