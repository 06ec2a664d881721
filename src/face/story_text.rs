//! The story of one instrument in a run, as a page: what was wanted, what happened, what it cost.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use polyfolio_model::{ClOrdId, OrdType, Qty, Ts};
use polyfolio_report::story::{Story, Told, Wanted, What};
use serde_json::Value;

use super::amount::signed_quantity;
use super::slippage_text::shortfall_line;
use super::wrap::{beside, with_notes};
use super::{Align, Table, count, grouped, money, price, quantity, sentence};

/// A story of more events than this leaves out the orders that did not fill.
const EVENTS_MAX: usize = 40;

/// The page; everything in it if `is_whole`.
pub fn story_text(story: &Story, is_whole: bool) -> String {
    let mut text = head(story);
    text.push_str(&sleeves(story));
    text.push_str(&decided(story));
    text.push_str(&happened(story, is_whole));
    text.push_str(&cost(story));
    text
}

fn head(story: &Story) -> String {
    let state = if story.end.is_some() {
        "over"
    } else {
        "not over"
    };
    let close = story.wanted.close.map(price);
    let close = close.map_or_else(String::new, |close| format!(" at {close}"));
    let (symbol, run, date) = (&story.symbol, &story.run, story.decision_date);
    format!("{symbol} in run {run} · {state} · decided on {date}{close}\n\n")
}

fn sleeves(story: &Story) -> String {
    let mut table = Table::new([
        ("sleeve", Align::Left),
        ("wants", Align::Decimal),
        ("of the order", Align::Decimal),
        ("got", Align::Decimal),
        ("at", Align::Decimal),
        ("fees", Align::Decimal),
    ]);
    let mut notes = vec![vec!["why".to_owned()]];
    let side = story.wanted.side;
    for (sleeve, wish) in &story.wanted.sleeves {
        let got = story.got.get(sleeve);
        let ordered = side.map_or(Qty::ZERO, |side| side.signed(wish.ordered));
        table.row([
            sleeve.to_string(),
            wish.target.as_ref().map_or_else(nothing, number),
            signed_quantity(ordered),
            got.map_or_else(String::new, |got| signed_quantity(got.quantity)),
            got.and_then(|got| got.avg_px)
                .map_or_else(String::new, price),
            got.map_or_else(String::new, |got| money(got.fee)),
        ]);
        notes.push(vec![wish.why.as_deref().map_or_else(nothing, sentence)]);
    }
    let others = story.got.iter();
    for (sleeve, got) in others.filter(|(sleeve, _)| !story.wanted.sleeves.contains_key(*sleeve)) {
        table.row([
            sleeve.to_string(),
            nothing(),
            nothing(),
            signed_quantity(got.quantity),
            got.avg_px.map_or_else(String::new, price),
            money(got.fee),
        ]);
        notes.push(vec!["nobody else wanted it".to_owned()]);
    }
    if table.is_empty() {
        return "  no sleeve has a say in it\n".to_owned();
    }
    with_notes(&table, &notes)
}

/// What the plan made of the wishes.
fn decided(story: &Story) -> String {
    let Wanted {
        held,
        unclaimed,
        working,
        unknown,
        target,
        side,
        quantity: ordered,
        untraded,
        refused,
        ..
    } = &story.wanted;
    let mut parts = vec![format!("held {}", quantity(*held))];
    let mut part = |name: &str, amount: Qty| {
        if !amount.is_zero() {
            parts.push(format!("{name} {}", quantity(amount)));
        }
    };
    part("of it nobody's", *unclaimed);
    part("at work", *working);
    part("of unknown fate", *unknown);
    let target = target.as_ref().map_or_else(nothing, number);
    parts.push(format!("target {target}"));
    let order = match (side, ordered) {
        (Some(side), Some(ordered)) => format!("{side} {}", number(ordered)),
        _ => "nothing ordered".to_owned(),
    };
    let why = untraded.as_deref().map_or_else(String::new, left_because);
    let mut text = format!("\n  {}  →  {order}{why}\n", parts.join(" · "));
    for refused in refused {
        text.push_str(&beside("  refused", 11, refused));
    }
    for given in &story.wanted.given {
        let (amount, at) = (quantity(given.quantity), price(given.price));
        text.push_str(&format!(
            "  left the config: {} gave {amount} at {at} to unassigned\n",
            given.sleeve
        ));
    }
    for cross in &story.crosses {
        let (amount, at) = (quantity(cross.quantity), price(cross.price));
        let (from, to) = (&cross.from, &cross.to);
        text.push_str(&format!(
            "  crossed inside: {from} → {to} {amount} at {at}\n"
        ));
    }
    text
}

fn left_because(reason: &str) -> String {
    let why = match reason {
        "band" => "the difference is within a lot or the no-trade band",
        "lot" => "the difference is below one lot",
        "min_notional" => "it is worth less than the smallest order",
        "volume" => "the rest is beyond its share of what is traded in a day",
        "no_cross_price" => "the sleeves want opposite things, and there is no price to cross at",
        other => other,
    };
    format!(": {why}")
}

fn happened(story: &Story, is_whole: bool) -> String {
    if story.told.is_empty() {
        return String::new();
    }
    let is_long = story.told.len() > EVENTS_MAX && !is_whole;
    let filled: BTreeSet<ClOrdId> = story
        .told
        .iter()
        .filter(|told| !matches!(told.what, What::Sent { .. } | What::Accepted))
        .filter(|told| !is_of_a_cancel(&told.what))
        .filter_map(|told| told.cl_ord_id)
        .collect();
    let shown = |told: &&Told| {
        let is_telling = told.cl_ord_id.is_none_or(|id| filled.contains(&id));
        !is_long || (is_telling && !matches!(told.what, What::Accepted | What::CancelAsked))
    };
    let mut table = Table::new([
        ("when", Align::Left),
        ("order", Align::Left),
        ("what", Align::Left),
    ]);
    for told in story.told.iter().filter(shown) {
        let time = when(told.time, story.start);
        table.row([time, which(story, told), what(&told.what)]);
    }
    let text = format!("\n{table}");
    let sent: BTreeSet<ClOrdId> = story
        .told
        .iter()
        .filter(|told| matches!(told.what, What::Sent { .. }))
        .filter_map(|told| told.cl_ord_id)
        .collect();
    let left_out = sent.difference(&filled).count();
    match is_long && left_out > 0 {
        true => format!(
            "{text}  {} that did not fill left out; everything:  --all\n",
            count(left_out, "order")
        ),
        false => text,
    }
}

fn is_of_a_cancel(what: &What) -> bool {
    matches!(what, What::CancelAsked | What::Canceled { .. })
}

fn which(story: &Story, told: &Told) -> String {
    let parent = story.parent.as_ref().map(|parent| parent.id);
    match (parent, told.cl_ord_id) {
        (Some(parent), Some(id)) => format!("{parent}.{}", id.child),
        _ => String::new(),
    }
}

fn what(what: &What) -> String {
    match what {
        What::Arrived { mid } => format!("the market is met at a mid of {}", price(*mid)),
        What::Sent {
            side,
            quantity: amount,
            ord_type,
            attempt,
            mid,
        } => {
            let again = if *attempt > 1 { "again, " } else { "" };
            let (amount, terms) = (quantity(*amount), terms(*ord_type));
            let mid = mid.map(price);
            let mid = mid.map_or_else(String::new, |mid| format!(" (mid {mid})"));
            format!("sent {again}{side} {amount} {terms}{mid}")
        }
        What::Denied { code, message } => format!("denied ({code}): {message}"),
        What::Gone { evidence } => format!("is not at the broker: {evidence}"),
        What::Accepted => "the broker has it".to_owned(),
        What::Rejected { text } => format!("refused: {text}"),
        What::Filled {
            quantity: amount,
            price: at,
            fee,
            sleeves,
            ..
        } => {
            let fee = fee.map_or("fee not said yet".to_owned(), |fee| {
                format!("fee {}", money(fee))
            });
            let shares = sleeves
                .iter()
                .map(|(sleeve, got)| format!("{sleeve} {}", signed_quantity(*got)));
            let shares: Vec<String> = shares.collect();
            let (amount, at) = (quantity(*amount), price(*at));
            format!("filled {amount} at {at} · {fee} · {}", shares.join(" · "))
        }
        What::Busted { exec_id } => format!("trade {exec_id} did not happen after all"),
        What::CancelAsked => "cancel asked for".to_owned(),
        What::CancelRejected { reason } => format!("cancel refused ({reason:?})"),
        What::Canceled { asked, cum_qty } => {
            let unasked = if *asked { "" } else { " by the broker" };
            let filled = cum_qty.filter(|filled| filled.is_positive());
            let filled = filled.map_or_else(String::new, |filled| {
                format!(", {} filled", quantity(filled))
            });
            format!("canceled{unasked}{filled}")
        }
        What::Expired => "its day is over".to_owned(),
        What::Winding => "the deadline: what works comes off".to_owned(),
        What::Sweeping => "what is left goes to the market".to_owned(),
        What::Done { left: None } => "done".to_owned(),
        What::Done { left: Some(why) } => format!("done, some of it left: {why}"),
        What::Break { message } => message.clone(),
        What::Stopped { reason } => format!("stopped: {reason}"),
        What::Freed => "goes on".to_owned(),
    }
}

fn terms(ord_type: OrdType) -> String {
    match ord_type {
        OrdType::Market => "at market".to_owned(),
        OrdType::Limit(limit) => format!("@ {}", price(limit)),
        OrdType::Stop(trigger) => format!("at market from {}", price(trigger)),
        OrdType::StopLimit { trigger, limit } => {
            format!("@ {} from {}", price(limit), price(trigger))
        }
    }
}

fn cost(story: &Story) -> String {
    let Some(cost) = &story.cost else {
        return String::new();
    };
    let costs = &cost.costs;
    let line = shortfall_line(&costs.shortfall, costs.commissions_missing);
    let line = line.map_or_else(String::new, |line| beside("  cost", 11, &line));
    let filled = quantity(cost.cum_qty);
    let average = cost.avg_px.map(price);
    let average = average.map_or_else(String::new, |average| format!(" at {average}"));
    let wanted = quantity(cost.order_qty);
    format!("\n  filled   {filled} of {wanted}{average}\n{line}")
}

/// The time of day; the date as well on any other day than that on which the run began.
fn when(time: Ts, start: Ts) -> String {
    let form = match time.date() == start.date() {
        true => "%H:%M:%S%.3f",
        false => "%d %b %H:%M:%S%.3f",
    };
    time.datetime().format(form).to_string()
}

/// To at most four places, and at least the cents.
/// A number of the plan, which may be a string or a float.
fn number(value: &Value) -> String {
    let text = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    match text.parse::<Qty>() {
        Ok(exact) => quantity(Qty::new(exact.get().round_dp(4).normalize())),
        Err(_) => grouped(&text),
    }
}

fn nothing() -> String {
    "–".to_owned()
}
