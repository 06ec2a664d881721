//! `polyfolio plan` as people read it: who wants what and why, what would be sent, what is left,
//! what is refused.
//!
//! A pure function of the plan and of what the sleeves said. Names that stay as they are are
//! counted, not listed.

mod rows;
mod sleeves;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use polyfolio_actors::messages::SleeveSaid;
use polyfolio_model::SleeveId;
use polyfolio_portfolio::plan::UntradedReason;
use polyfolio_portfolio::{Plan, Refusal};

use super::wrap::{beside, fold};
use super::{Style, count, money, page, percent, sentence};

/// What stands around a plan.
#[derive(Clone, Debug, Default)]
pub struct PlanHeader {
    /// `paper` or `live`.
    pub mode: String,
    /// The account's name.
    pub account: String,
    /// The base currency.
    pub currency: String,
    /// The strategy of each sleeve.
    pub kinds: BTreeMap<SleeveId, String>,
    /// What a person should know beside the plan, a sentence each: assumed parameters, old prices.
    pub notes: Vec<String>,
    /// Whether it is to be traded at once, so that nobody needs to be told how.
    pub is_traded: bool,
    /// A run that is not over: it is finished as it was planned before any of this is traded.
    pub unfinished: Option<String>,
}

/// The plan as a page.
pub fn plan_text(plan: &Plan, header: &PlanHeader, said: &[SleeveSaid], style: Style) -> String {
    let parts = [
        title(plan, header, style),
        unfinished(header, style),
        sleeves::table(plan, header, said),
        rows::table(plan),
        totals(plan),
        refusals(&plan.refusals, style),
        notes(&header.notes),
        last_word(plan, header),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("\n")
}

fn title(plan: &Plan, header: &PlanHeader, style: Style) -> String {
    let nav = plan.nav.map_or_else(|| "unknown".to_owned(), money);
    let facts = [
        header.mode.clone(),
        format!("account {}", header.account),
        format!("prices as of {}", plan.decision_date),
        format!("NAV {nav} {}", header.currency),
    ];
    let name = "polyfolio plan";
    let lines = fold(&facts, " · ", page::width() - name.len() - " · ".len());
    let lines = lines.join(&format!("\n{}", " ".repeat(name.len() + 3)));
    format!("{} · {lines}\n", style.strong(name))
}

fn unfinished(header: &PlanHeader, style: Style) -> String {
    let Some(run) = &header.unfinished else {
        return String::new();
    };
    let head = style.alarm(&format!("run {run} is not over"));
    let said = beside(
        "  ",
        2,
        "It is finished first, as it was planned, and the next one is planned as below.",
    );
    format!("  {head}\n{said}  finish it:  polyfolio run\n  give it up:  polyfolio cancel --all\n")
}

fn totals(plan: &Plan) -> String {
    let mut facts = vec![count(plan.orders.len(), "order")];
    if plan.orders.iter().any(|order| order.notional.is_some()) {
        facts.push(format!("BUY {}", money(plan.totals.buy)));
        facts.push(format!("SELL {}", money(plan.totals.sell)));
    }
    facts.extend(
        plan.totals
            .gross_after
            .map(|gross| format!("gross after {:.2}×", gross.abs())),
    );
    facts.extend(
        plan.totals
            .turnover
            .map(|turnover| format!("turnover {}", percent(turnover, 0))),
    );
    let lines = fold(&facts, "   ", page::width() - 2).join("\n  ");
    format!("  {}\n  {lines}\n", "─".repeat(page::width() - 8))
}

fn refusals(refusals: &[Refusal], style: Style) -> String {
    if refusals.is_empty() {
        return String::new();
    }
    let about = |refusal: &Refusal| match (&refusal.symbol, &refusal.sleeve) {
        (Some(symbol), _) => symbol.to_string(),
        (None, Some(sleeve)) => sleeve.to_string(),
        (None, None) => "all".to_owned(),
    };
    let labels: Vec<String> = refusals.iter().map(about).collect();
    let widest = labels
        .iter()
        .map(|label| label.chars().count())
        .max()
        .unwrap_or_default();
    let mut text = format!("  {}\n", style.alarm(&count(refusals.len(), "refusal")));
    for (label, refusal) in labels.iter().zip(refusals) {
        let message = sentence(&refusal.message);
        let said = match refusal.next {
            "" => message,
            next => format!("{message} → {next}"),
        };
        text.push_str(&beside(&format!("  {label}"), widest + 4, &said));
    }
    text
}

fn notes(notes: &[String]) -> String {
    notes.iter().map(|note| beside("  note", 8, note)).collect()
}

fn last_word(plan: &Plan, header: &PlanHeader) -> String {
    let is_idle = plan.is_empty() && plan.crosses.is_empty() && plan.given.is_empty();
    match (is_idle, header.is_traded) {
        _ if header.unfinished.is_some() => "Nothing was sent.\n".to_owned(),
        (true, _) => nothing_to_send(plan),
        (false, true) => String::new(),
        (false, false) => "Nothing was sent. To trade it:  polyfolio run\n".to_owned(),
    }
}

/// Why there are no orders: nothing differs, or what differs is left.
fn nothing_to_send(plan: &Plan) -> String {
    let differences = match plan.untraded.len() {
        1 => "1 difference is".to_owned(),
        count => format!("{count} differences are"),
    };
    let mut reasons = plan.untraded.iter().map(|left| left.reason);
    let is_band = reasons.all(|reason| reason == UntradedReason::Band);
    match (plan.refusals.is_empty(), plan.untraded.is_empty()) {
        (true, true) => "Nothing to do: the book is as its sleeves want it.\n".to_owned(),
        (true, false) if is_band => {
            format!("Nothing to do: {differences} within the no-trade band.\n")
        }
        (false, true) => "Nothing would be sent.\n".to_owned(),
        (_, false) => format!("Nothing would be sent: {differences} left.\n"),
    }
}
