//! What a drill came to, as a page.

use polyfolio_model::Span;
use polyfolio_report::audit::{Audit, Moment, Verdict};

use super::{Align, Style, Table, grouped};
use crate::drill::Drilled;

/// What the page says of the drill itself.
#[derive(Clone, Debug)]
pub struct DrillPage {
    /// Whose record was held against ours.
    pub venue: &'static str,
    /// The seed.
    pub seed: u64,
    /// Where everything lies.
    pub directory: String,
}

/// How many findings are shown; all of them are in the JSON.
const SHOWN: usize = 20;

const MOMENTS: [(Moment, &str, &str); 7] = [
    (
        Moment::Starting,
        "starting",
        "nothing written yet, no run open",
    ),
    (
        Moment::Recovering,
        "recovering",
        "nothing written yet, a run open",
    ),
    (Moment::Planned, "planned", "a run durable, no order made"),
    (Moment::Executing, "executing", "orders at work"),
    (
        Moment::Sweeping,
        "sweeping",
        "the deadline passed, the rest goes to the market",
    ),
    (Moment::Closing, "closing", "every parent done"),
    (Moment::Over, "over", "the run at its end, the process not"),
];

const VERDICTS: [(Verdict, &str, &str); 4] = [
    (Verdict::Duplicates, "duplicates", "one order twice"),
    (
        Verdict::Missing,
        "missing",
        "known to one side only, or without a fate",
    ),
    (
        Verdict::Overshoots,
        "overshoots",
        "more filled or open than wanted",
    ),
    (
        Verdict::PositionErrors,
        "position errors",
        "account, ledger, executions, targets",
    ),
];

/// The page.
pub fn drill_text(drilled: &Drilled, page: &DrillPage, style: Style) -> String {
    let mut text = heading(drilled, page, style);
    text.push_str(&figures(drilled));
    text.push('\n');
    text.push_str(&verdicts(&drilled.audit));
    text.push('\n');
    text.push_str(&findings(&drilled.audit, style));
    text.push_str(&last_word(drilled, style));
    text.push_str(&format!("  everything lies in {}\n", page.directory));
    text
}

/// How many kills landed where; moments at which none did are left out.
pub fn landings(audit: &Audit) -> Vec<(&'static str, usize)> {
    let count = |moment| audit.landings.iter().filter(|l| l.moment == moment).count();
    let counted = MOMENTS
        .iter()
        .map(|(moment, name, _)| (*name, count(*moment)));
    counted.filter(|(_, count)| *count > 0).collect()
}

fn heading(drilled: &Drilled, page: &DrillPage, style: Style) -> String {
    let plural = if drilled.kills == 1 { "kill" } else { "kills" };
    let (kills, took) = (count(drilled.kills as usize), whole_seconds(drilled.took));
    let DrillPage { venue, seed, .. } = page;
    format!(
        "{} · {venue} · seed {seed} · {kills} {plural} in {took}\n\n",
        style.strong("polyfolio drill")
    )
}

fn whole_seconds(took: Span) -> Span {
    Span::from_secs((took.secs_f64()).round() as i64)
}

fn figures(drilled: &Drilled) -> String {
    let audit = &drilled.audit;
    let mut table = Table::new([("", Align::Left), ("", Align::Right), ("", Align::Left)]);
    let mut row = |name: &str, number: usize, note: String| {
        table.row([name.to_owned(), count(number), note]);
    };
    let accounts = drilled.accounts as usize;
    let several = if accounts > 1 { accounts } else { 0 };
    row(
        "starts",
        drilled.starts as usize,
        if_any(several, "accounts, one after the other"),
    );
    row("kills", drilled.kills as usize, in_the_air(audit));
    for (name, number) in landings(audit) {
        let note = MOMENTS.iter().find(|(_, own, _)| *own == name);
        let note = note.map_or("", |(_, _, note)| *note);
        row(&format!("  {name}"), number, note.to_owned());
    }
    row("runs", audit.runs, of_runs(audit));
    row(
        "intents",
        audit.intents,
        if_any(audit.resent, "sent again after a proof of absence"),
    );
    row("venue orders", audit.venue_orders, String::new());
    row(
        "executions",
        audit.executions,
        if_any(audit.crosses, "crosses inside the book"),
    );
    table.to_string()
}

fn in_the_air(audit: &Audit) -> String {
    let sum = |of: fn(&polyfolio_report::audit::Landing) -> usize| {
        count(audit.landings.iter().map(of).sum())
    };
    let (working, unanswered) = (sum(|l| l.working), sum(|l| l.unanswered));
    format!("with {working} orders at work and {unanswered} unanswered")
}

fn of_runs(audit: &Audit) -> String {
    let abandoned = if_any(audit.abandoned, "given up");
    let left = if_any(audit.left, "parents left unfilled, the reason on record");
    let both = [abandoned, left];
    let said: Vec<String> = both.into_iter().filter(|s| !s.is_empty()).collect();
    said.join(" · ")
}

fn if_any(number: usize, what: &str) -> String {
    if number == 0 {
        String::new()
    } else {
        format!("{} {what}", count(number))
    }
}

fn verdicts(audit: &Audit) -> String {
    let mut table = Table::new([("", Align::Left), ("", Align::Right), ("", Align::Left)]);
    for (verdict, name, note) in VERDICTS {
        let number = count(audit.count(verdict));
        // As wide as the table above, so that both read as one.
        table.row([format!("{name:<15}"), number, note.to_owned()]);
    }
    table.to_string()
}

fn findings(audit: &Audit, style: Style) -> String {
    let mut text = String::new();
    for finding in audit.findings.iter().take(SHOWN) {
        text.push_str(&format!(
            "  {} {}\n",
            style.alarm(finding.code),
            finding.message
        ));
        text.push_str(&format!("    {}\n", finding.ids.join(" ")));
    }
    if audit.findings.len() > SHOWN {
        let more = audit.findings.len() - SHOWN;
        text.push_str(&format!(
            "  and {} more: --json has them all\n",
            count(more)
        ));
    }
    text
}

fn last_word(drilled: &Drilled, style: Style) -> String {
    let mut text = String::new();
    if let Some(why) = &drilled.failed {
        text.push_str(&format!(
            "  {}\n",
            style.alarm("the program would not go on")
        ));
        for line in why.lines() {
            text.push_str(&format!("    {line}\n"));
        }
    }
    text.push_str(match (drilled.is_clean(), drilled.stopped) {
        (true, None) => "  Every order was sent once, and every position is what it should be.\n",
        (_, Some(_)) => {
            "  Stopped as asked: the last run is not over, and not judged by its end.\n"
        }
        (false, None) => "  The records do not agree. Keep the directory: it is the evidence.\n",
    });
    text
}

fn count(number: usize) -> String {
    grouped(&number.to_string())
}
