//! The end of a run as people read it: by sleeve what it came to, and what was left and why.
//!
//! P&L is the change of value at the closes that decided, negative for a loss; slippage is against
//! the mid at which each parent met the market, positive for a cost.

#[cfg(test)]
mod tests;

use polyfolio_model::{Money, SleeveId, Span};
use polyfolio_oms::records::Break;
use polyfolio_report::{Performance, RunReport, Slippage};

use super::amount::signed;
use super::slippage_text::shortfall_line;
use super::wrap::beside;
use super::{Align, Style, Table, count, money, percent, quantity, sentence, signed_money};

/// Where the labels of the last lines end.
const LABEL: usize = 18;

/// What stands around the report of a run.
#[derive(Clone, Debug, Default)]
pub struct Closing {
    /// How long it took the person who waited.
    pub yours: Option<Span>,
    /// Whether the run's own time was virtual.
    pub is_virtual: bool,
    /// How many records the journal holds.
    pub records: u64,
    /// Where the logs are, for a person.
    pub logs: String,
    /// What was not ordered though it was wanted: how many refusals, and differences beyond a share
    /// of the volume.
    pub not_ordered: (usize, usize),
    /// Whether it was planned by a process before this one.
    pub is_resumed: bool,
}

/// The closing page of a run, or of what it has come to when it was stopped.
pub fn closing_text(report: &RunReport, closing: &Closing, style: Style) -> String {
    let mut text = format!("{}\n", style.strong(&head(report, closing)));
    if !report.sleeves.is_empty() {
        text.push_str(&format!("\n{}\n", table(report)));
    }
    let cost = shortfall_line(&report.shortfall, report.commissions_missing);
    text.push_str(&cost.map_or_else(String::new, |cost| beside("  shortfall", LABEL, &cost)));
    text.push_str(&crossed(report));
    text.push_str(&left(report, style));
    text.push_str(&not_ordered(closing, style));
    text.push_str(&denied(report, style));
    text.push_str(&broken(report, style));
    if closing.is_resumed && report.is_over() {
        let said = "it was planned before it was stopped; what is wanted now:  polyfolio plan";
        text.push_str(&format!(
            "  {:<width$}{said}\n",
            "resumed",
            width = LABEL - 2
        ));
    }
    let records = count(closing.records, "record");
    let journal = format!("{records}      {}", closing.logs);
    text.push_str(&format!(
        "  {:<width$}{}\n",
        "journal",
        journal.trim_end(),
        width = LABEL - 2
    ));
    text
}

fn head(report: &RunReport, closing: &Closing) -> String {
    let until = report.end.or(report.marked);
    let lasted = until.map(|end| end.since(report.start));
    let lasted = lasted.map_or_else(String::new, |span| {
        format!(
            " in {span}{}",
            if closing.is_virtual { " (virtual)" } else { "" }
        )
    });
    let yours = closing
        .yours
        .map_or_else(String::new, |span| format!(", {span} (yours)"));
    match (&report.abandoned, report.is_over()) {
        (Some(why), _) => format!("run {} was given up{lasted}{yours}: {why}", report.label),
        (None, true) => format!("done{lasted}{yours}"),
        (None, false) => format!(
            "run {} is not over; go on with:  polyfolio run",
            report.label
        ),
    }
}

fn table(report: &RunReport) -> String {
    let mut table = Table::new([
        ("sleeve", Align::Left),
        ("NAV after", Align::Decimal),
        ("P&L", Align::Decimal),
        ("turnover", Align::Decimal),
        ("fees", Align::Decimal),
        ("slippage vs arrival", Align::Decimal),
    ]);
    for line in &report.sleeves {
        let made = &line.performance;
        let is_idle = made.bought.is_zero() && made.sold.is_zero();
        let is_empty = line.nav_after.is_none_or(Money::is_zero) && is_idle;
        if !(is_empty && line.sleeve.as_str() == SleeveId::UNASSIGNED) {
            table.row(cells(line.sleeve.as_str(), line.nav_after, made));
        }
    }
    table.row(cells("account", report.nav_after, &report.account));
    table.to_string()
}

fn cells(name: &str, nav: Option<Money>, made: &Performance) -> [String; 6] {
    let unknown = || "–".to_owned();
    [
        name.to_owned(),
        nav.map_or_else(unknown, money),
        made.pnl.map_or_else(unknown, signed_money),
        made.turnover
            .map_or_else(unknown, |turnover| percent(turnover, 1)),
        money(made.fees),
        made.slippage.map_or_else(unknown, bp),
    ]
}

fn bp(slippage: Slippage) -> String {
    format!("{} bp", signed(slippage.bp, 1))
}

fn crossed(report: &RunReport) -> String {
    let value: Money = report
        .crosses
        .iter()
        .map(|cross| cross.price * cross.quantity)
        .sum();
    match report.crosses.len() {
        0 => String::new(),
        crosses => {
            let what = format!("{} of {}", count(crosses, "trade"), money(value));
            beside("  crossed inside", LABEL, &what)
        }
    }
}

fn left(report: &RunReport, style: Style) -> String {
    let mut text = String::new();
    for parent in report.left() {
        let (left, wanted) = (quantity(parent.left), quantity(parent.order_qty));
        let why = parent.why_left.as_deref().unwrap_or("still being worked");
        let why = sentence(why);
        let what = format!(
            "{} {} {left} of {wanted}: {why}",
            parent.symbol, parent.side
        );
        let label = if text.is_empty() { "  left undone" } else { "" };
        text.push_str(&beside(label, LABEL, &what));
    }
    if text.is_empty() {
        return beside("  left undone", LABEL, "nothing");
    }
    text.replacen("left undone", &style.strong("left undone"), 1)
}

/// What never became an order: the plan said why.
fn not_ordered(closing: &Closing, style: Style) -> String {
    let (refused, waiting) = closing.not_ordered;
    let mut text = String::new();
    if refused > 0 {
        let said = format!(
            "{} by the plan, with the reasons there",
            count(refused, "refusal")
        );
        text.push_str(&alarm("refused", &said, style));
    }
    if waiting > 0 {
        let said = format!(
            "{} beyond a day's share of the volume",
            count(waiting, "rest")
        );
        text.push_str(&beside("  waiting", LABEL, &said));
    }
    text
}

/// Refusals of our own risk check that were not said with what they left undone.
fn denied(report: &RunReport, style: Style) -> String {
    let mut text = String::new();
    for denied in &report.denials {
        let parent = report
            .parents
            .iter()
            .find(|parent| parent.id == denied.parent);
        let why = parent.and_then(|parent| parent.why_left.as_ref());
        if why.is_some_and(|why| why.contains(&denied.message)) {
            continue;
        }
        let symbol = parent.map_or("", |parent| parent.symbol.as_str());
        let said = format!("{symbol}: {} ({})", denied.message, denied.code);
        text.push_str(&alarm("denied", &said, style));
    }
    text
}

fn broken(report: &RunReport, style: Style) -> String {
    let said = |found: &Break| {
        let symbol = found.instrument.as_ref().map(|id| format!("{id}: "));
        // Most messages name it themselves.
        let symbol = symbol.filter(|symbol| !found.message.starts_with(symbol));
        format!(
            "{}{} ({})",
            symbol.unwrap_or_default(),
            found.message,
            found.code
        )
    };
    report
        .breaks
        .iter()
        .map(|found| alarm("break", &said(found), style))
        .collect()
}

/// A line that nobody should miss. It is measured before it is painted.
fn alarm(label: &str, said: &str, style: Style) -> String {
    let line = beside(&format!("  {label}"), LABEL, &sentence(said));
    line.replacen(label, &style.alarm(label), 1)
}
