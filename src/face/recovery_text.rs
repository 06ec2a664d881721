//! What a start found that was not over, as people read it: the intents without an answer,
//! and what the broker says of each.

#[cfg(test)]
mod tests;

use polyfolio_model::{OrdType, Price, Span};
use polyfolio_oms::events::{Finding, Reconciled, Recovered, Settled};

use super::wrap::fold;
use super::{Align, Style, Table, count, grouped, page, quantity};

/// What stands around a recovery.
#[derive(Clone, Debug, Default)]
pub struct RecoveryHeader {
    /// The state directory, as a person writes it.
    pub state: String,
    /// How long the run had been going on when it stopped, when that is known.
    pub after: Option<Span>,
    /// How many parents need nothing more.
    pub done: usize,
    /// How much time the run has left; below zero is none.
    pub left: Option<Span>,
}

/// The page of a recovery; empty when there is no run to go on with, and nothing was open.
pub fn recovery_text(
    recovered: &Recovered,
    reconciled: &Reconciled,
    header: &RecoveryHeader,
    style: Style,
) -> String {
    let is_news = !reconciled.settled.is_empty() || reconciled.fills_found > 0;
    if recovered.run.is_none() && !is_news {
        return String::new();
    }
    let mut text = head(recovered, header, style);
    text.push_str(&settled(&reconciled.settled));
    let found = [
        (
            reconciled.fills_found,
            "execution had not been heard of",
            "executions had not been heard of",
        ),
        (
            reconciled.foreign_orders,
            "order there is not ours",
            "orders there are not ours",
        ),
    ];
    for (count, one, many) in found.into_iter().filter(|(count, ..)| *count > 0) {
        text.push_str(&format!(
            "  {count} {}\n",
            if count == 1 { one } else { many }
        ));
    }
    if recovered.run.is_none() {
        return text;
    }
    let mut state = vec![
        format!("{} working", reconciled.working),
        format!("{} done", header.done),
    ];
    state.extend(header.left.map(|left| match left {
        over if over <= Span::ZERO => "no time left".to_owned(),
        left => format!("{left} left"),
    }));
    text + &format!("resuming: {}\n", state.join(" · "))
}

fn head(recovered: &Recovered, header: &RecoveryHeader, style: Style) -> String {
    let records = count(recovered.records, "record");
    let (name, stopped) = match (&recovered.run, header.after) {
        (None, _) => ("recovering".to_owned(), "every run is over".to_owned()),
        (Some(run), None) => (format!("recovering run {run}"), "not over".to_owned()),
        (Some(run), Some(after)) => (
            format!("recovering run {run}"),
            format!("stopped after {after}"),
        ),
    };
    let facts = [
        name.clone(),
        stopped,
        format!("{} verified, {records}", header.state),
    ];
    let lines = fold(&facts, " · ", page::talk_width()).join("\n  ");
    format!("{}\n", lines.replacen(&name, &style.strong(&name), 1))
}

fn settled(settled: &[Settled]) -> String {
    if settled.is_empty() {
        return String::new();
    }
    let mut table = Table::new([
        ("", Align::Left),
        ("", Align::Left),
        ("", Align::Left),
        ("", Align::Left),
    ]);
    for order in settled {
        let (said, so) = finding(order.finding);
        table.row([
            format!("  {}", order.symbol),
            order_text(order),
            said,
            so.to_owned(),
        ]);
    }
    format!(
        "  {} had no answer\n{table}",
        count(settled.len(), "intent")
    )
}

fn order_text(order: &Settled) -> String {
    let text = |price: Price| grouped(&price.to_string());
    let price = match order.ord_type {
        OrdType::Limit(price) => format!("@ {}", text(price)),
        OrdType::Market => "at market".to_owned(),
        OrdType::Stop(trigger) => format!("at market from {}", text(trigger)),
        OrdType::StopLimit { trigger, limit } => {
            format!("@ {} from {}", text(limit), text(trigger))
        }
    };
    format!("{} {} {price}", order.side, quantity(order.order_qty))
}

/// What the broker said, and what that means for the order.
fn finding(finding: Finding) -> (String, &'static str) {
    match finding {
        Finding::Adopted {
            cum_qty,
            leaves_qty,
        } => {
            let (filled, working) = (quantity(cum_qty), quantity(leaves_qty));
            (
                format!("broker has it: filled {filled}, working {working}"),
                "adopted",
            )
        }
        Finding::NotYetListed => (
            "broker does not list it, asking again".to_owned(),
            "reserved",
        ),
    }
}
