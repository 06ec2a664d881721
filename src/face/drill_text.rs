//! What a drill came to, as a page.

use polyfolio_model::Span;
use polyfolio_report::audit::{Audit, Moment, Verdict};

use super::{Align, Style, Table, grouped};
use crate::drill::{Drilled, Wire};

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

/// How many kills landed while an order stood at the venue, or was on its way there.
pub fn kills_with_orders(audit: &Audit) -> usize {
    let all = audit.landings.iter();
    all.filter(|landing| landing.working + landing.unanswered > 0)
        .count()
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

/// The figures, and the verdicts below them as rows of the same table.
fn figures(drilled: &Drilled) -> String {
    let audit = &drilled.audit;
    let mut table = Table::new([("", Align::Left), ("", Align::Right), ("", Align::Left)]);
    let mut row = |name: &str, number: usize, note: String| {
        table.row([name.to_owned(), count(number), note]);
    };
    let accounts = drilled.accounts as usize;
    let several = if accounts > 1 { accounts } else { 0 };
    let accounts = if_any(several, "accounts, one after the other");
    row("starts", drilled.starts as usize, accounts);
    row("kills", drilled.kills as usize, in_the_air(audit));
    for (name, number) in landings(audit) {
        let note = MOMENTS.iter().find(|(_, own, _)| *own == name);
        let note = note.map_or("", |(_, _, note)| *note);
        row(&format!("  {name}"), number, note.to_owned());
    }
    for (name, number, note) in of_wire(&drilled.wire) {
        row(&name, number, note);
    }
    row("runs", audit.runs, of_runs(audit));
    let resent = if_any(audit.resent, "sent again after a proof of absence");
    row("intents", audit.intents, resent);
    row("venue orders", audit.venue_orders, String::new());
    let crosses = if_any(audit.crosses, "crosses inside the book");
    row("executions", audit.executions, crosses);
    table.row([String::new(), String::new(), String::new()]);
    for (verdict, name, note) in VERDICTS {
        table.row([
            name.to_owned(),
            count(audit.count(verdict)),
            note.to_owned(),
        ]);
    }
    table.to_string()
}

/// What went wrong on a wire and with a venue of its own process, and what it came to; nothing where
/// there is none.
fn of_wire(wire: &Wire) -> Vec<(String, usize, String)> {
    if !wire.is_there {
        return Vec::new();
    }
    let below = |name: &str, number: u32, note: &str| {
        (format!("  {name}"), number as usize, note.to_owned())
    };
    let killed = wire.killed.iter();
    let mut rows: Vec<_> = killed
        .map(|(victim, number)| below(&format!("of {victim}"), *number, of_whom(victim)))
        .collect();
    let faults = wire.faults.values().sum::<u32>() as usize;
    rows.push(("faults".to_owned(), faults, "of the wire".to_owned()));
    let faults = wire.faults.iter();
    rows.extend(faults.map(|(name, number)| below(name, *number, "")));
    let stops = wire.stopped.values().sum();
    rows.push(("stops".to_owned(), stops, of_stops(wire)));
    let stopped = wire.stopped.iter();
    rows.extend(stopped.map(|(why, number)| ("  because".to_owned(), *number, why.clone())));
    rows
}

fn of_whom(victim: &str) -> &'static str {
    match victim {
        "gateway" => "while the program went on",
        "both" => "one, and at once the other",
        _ => "",
    }
}

fn of_stops(wire: &Wire) -> String {
    let what = "of an instrument, for an order that a person has to look at".to_owned();
    let resolved = if_any(wire.resolved, "dead by the venue's own record");
    let canceled = if_any(wire.canceled as usize, "canceled at the venue");
    let said = [what, resolved, canceled];
    let said = said.into_iter().filter(|text| !text.is_empty());
    said.collect::<Vec<_>>().join("; ")
}

fn in_the_air(audit: &Audit) -> String {
    let sum = |of: fn(&polyfolio_report::audit::Landing) -> usize| {
        count(audit.landings.iter().map(of).sum())
    };
    let (working, unanswered) = (sum(|l| l.working), sum(|l| l.unanswered));
    let with = count(kills_with_orders(audit));
    format!("{with} of them with orders: {working} at work and {unanswered} unanswered")
}

fn of_runs(audit: &Audit) -> String {
    let abandoned = if_any(audit.abandoned, "given up");
    let parents = if audit.left == 1 { "parent" } else { "parents" };
    let left = format!("{parents} left unfilled, the reason on record");
    let left = if_any(audit.left, &left);
    let targets = if audit.reserved == 1 {
        "target"
    } else {
        "targets"
    };
    let reserved = format!("{targets} held back for orders of unknown fate");
    let all = [abandoned, left, if_any(audit.reserved, &reserved)];
    let said: Vec<String> = all.into_iter().filter(|s| !s.is_empty()).collect();
    said.join(" · ")
}

fn if_any(number: usize, what: &str) -> String {
    if number == 0 {
        String::new()
    } else {
        format!("{} {what}", count(number))
    }
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
        (true, None) => {
            "  Every order was accepted once, and every position is what it should be.\n"
        }
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

#[cfg(test)]
mod tests {
    use polyfolio_report::audit::{Finding, Landing};

    use super::*;

    fn drilled(findings: Vec<Finding>) -> Drilled {
        let landing = |moment, working, unanswered| Landing {
            moment,
            working,
            unanswered,
        };
        Drilled {
            kills: 2,
            starts: 5,
            accounts: 1,
            took: Span::from_millis(12_400),
            audit: Audit {
                runs: 3,
                left: 1,
                intents: 1_204,
                venue_orders: 1_204,
                executions: 610,
                findings,
                landings: vec![
                    landing(Moment::Executing, 9, 3),
                    landing(Moment::Recovering, 9, 0),
                ],
                ..Audit::default()
            },
            ..Drilled::default()
        }
    }

    fn page(drilled: &Drilled) -> String {
        let page = DrillPage {
            venue: "paper",
            seed: 7,
            directory: "/drilled".to_owned(),
        };
        drill_text(drilled, &page, Style::PLAIN)
    }

    #[test]
    fn a_page_without_findings() {
        let expected = "\
polyfolio drill · paper · seed 7 · 2 kills in 12s

  starts               5
  kills                2  2 of them with orders: 18 at work and 3 unanswered
    recovering         1  nothing written yet, a run open
    executing          1  orders at work
  runs                 3  1 parent left unfilled, the reason on record
  intents          1,204
  venue orders     1,204
  executions         610

  duplicates           0  one order twice
  missing              0  known to one side only, or without a fate
  overshoots           0  more filled or open than wanted
  position errors      0  account, ledger, executions, targets

  Every order was accepted once, and every position is what it should be.
  everything lies in /drilled
";
        assert_eq!(page(&drilled(Vec::new())), expected);
    }

    #[test]
    fn what_was_found_is_named_with_its_ids() {
        let finding = Finding {
            verdict: Verdict::Duplicates,
            code: "sent_twice",
            ids: vec!["00000abc000000010000000100000001".to_owned()],
            message: "the venue took BUY 5 KO 2 times".to_owned(),
        };
        let mut drilled = drilled(vec![finding; 21]);
        drilled.failed = Some("the program ended with exit status: 5\nerror: locked".to_owned());
        let page = page(&drilled);
        for expected in [
            "  duplicates          21  one order twice\n",
            "  sent_twice the venue took BUY 5 KO 2 times\n    00000abc000000010000000100000001\n",
            "  and 1 more: --json has them all\n",
            "  the program would not go on\n    the program ended with exit status: 5\n    error: locked\n",
            "  The records do not agree.",
        ] {
            assert!(page.contains(expected), "{expected:?} in\n{page}");
        }
    }
}
