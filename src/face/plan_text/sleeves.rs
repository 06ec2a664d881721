//! Who wants what, and why: one line a sleeve.

use polyfolio_actors::messages::SleeveSaid;
use polyfolio_model::Money;
use polyfolio_portfolio::Plan;
use polyfolio_portfolio::plan::PlannedSleeve;

use super::PlanHeader;
use crate::face::amount::whole_money;
use crate::face::wrap::with_notes;
use crate::face::{Align, Table, percent, sentence};

pub(super) fn table(plan: &Plan, header: &PlanHeader, said: &[SleeveSaid]) -> String {
    let mut table = Table::new([
        ("sleeve", Align::Left),
        ("kind", Align::Left),
        ("weight", Align::Right),
        ("NAV", Align::Right),
        ("wants", Align::Right),
    ]);
    let mut notes = vec![vec!["why".to_owned()]];
    for said in said {
        let planned = plan.sleeves.iter().find(|sleeve| sleeve.id == said.sleeve);
        let kind = header.kinds.get(&said.sleeve).cloned().unwrap_or_default();
        let nav = planned.and_then(|sleeve| sleeve.nav).or(said.nav);
        table.row([
            said.sleeve.to_string(),
            kind,
            weight(planned),
            nav_text(nav),
            wants(said),
        ]);
        notes.push(vec![why(said)]);
    }
    for sleeve in gone(plan, said) {
        let nothing = || "–".to_owned();
        table.row([
            sleeve.id.to_string(),
            nothing(),
            nothing(),
            nothing(),
            nothing(),
        ]);
        notes.push(vec!["left the config: gives back what it holds".to_owned()]);
    }
    if table.is_empty() {
        return String::new();
    }
    with_notes(&table.to_string(), &notes)
}

fn gone<'a>(plan: &'a Plan, said: &'a [SleeveSaid]) -> impl Iterator<Item = &'a PlannedSleeve> {
    let is_known = |sleeve: &PlannedSleeve| said.iter().any(|said| said.sleeve == sleeve.id);
    plan.sleeves.iter().filter(move |sleeve| !is_known(sleeve))
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
