//! The report of a run against numbers worked out by hand, and against the ledger.

use polyfolio_model::{ExecKind, Money, Price, Qty, RunId, SleeveId};
use polyfolio_oms::Record;
use polyfolio_oms::records::{Abandoned, Break, Denied, Nav};
use polyfolio_portfolio::nav::Mark;
use polyfolio_report::{RunReport, SleeveReport, run_report};

use crate::journal::{self, CLOSES, Journal, at, cl_ord_id, money, price};

fn report(journal: &Journal, run: u32) -> RunReport {
    run_report(&journal.book, RunId(run)).expect("it is the last run")
}

fn sleeve<'a>(report: &'a RunReport, name: &str) -> &'a SleeveReport {
    let found = report
        .sleeves
        .iter()
        .find(|line| line.sleeve.as_str() == name);
    found.unwrap_or_else(|| panic!("no sleeve {name}"))
}

#[test]
fn a_run_says_when_and_what_it_was() {
    let report = report(&journal::first_run(), 1);
    assert_eq!(report.label, "20221130-001");
    assert_eq!(
        (report.start, report.deadline, report.end),
        (at(0), at(300), Some(at(361)))
    );
    assert_eq!(report.nav_before, Some(money("1000490")));
    assert_eq!(
        (report.abandoned.as_deref(), report.marked),
        (None, Some(at(361)))
    );
    assert_eq!(report.crosses.len(), 1);
    assert!(report.is_over() && !report.is_clean());
}

#[test]
fn parents_say_what_they_got_and_what_is_left() {
    let report = report(&journal::first_run(), 1);
    let [cvx, wmt] = &report.parents[..] else {
        panic!("two parents")
    };
    // (200·179.25 + 212·179.4) / 412, to ten places.
    assert_eq!(cvx.avg_px, Some(price("179.3271844660")));
    assert_eq!(
        (cvx.cum_qty, cvx.left, cvx.children),
        (412.into(), Qty::ZERO, 2)
    );
    assert_eq!(cvx.fees, money("4.12"));
    // 200 saved 5 cents each, 212 paid 10 cents each.
    let slippage = cvx.slippage.unwrap();
    assert_eq!(slippage.cash, money("11.2"));
    assert!((slippage.bp - 11.2 / (412.0 * 179.3) * 1e4).abs() < 1e-12);
    assert_eq!(cvx.sleeves[&SleeveId::from("trend")], 180.into());
    assert_eq!(
        (wmt.avg_px, wmt.slippage, wmt.left),
        (None, None, 12.into())
    );
    assert_eq!(
        wmt.why_left.as_deref(),
        Some("the sweep found no market in time")
    );
    let left: Vec<_> = report
        .left()
        .map(|parent| parent.symbol.to_string())
        .collect();
    assert_eq!(left, ["WMT"]);
}

#[test]
fn trades_carry_their_price_fee_arrival_and_sleeves() {
    let report = report(&journal::first_run(), 1);
    let [first, second] = &report.trades[..] else {
        panic!("two trades")
    };
    assert_eq!((first.time, second.time), (at(60), at(301)));
    assert_eq!(
        (first.price, first.fee, first.arrival),
        (price("179.25"), money("2"), Some(price("179.3")))
    );
    assert_eq!(first.slippage.unwrap().cash, money("-10"));
    let momentum = second.sleeves[&SleeveId::from("momentum")];
    assert_eq!(
        (momentum.quantity, momentum.fee),
        (119.into(), money("1.19"))
    );
    for trade in &report.trades {
        let parts = trade.sleeves.values();
        assert_eq!(
            parts.clone().map(|part| part.quantity).sum::<Qty>(),
            trade.quantity
        );
        assert_eq!(parts.map(|part| part.fee).sum::<Money>(), trade.fee);
    }
}

#[test]
fn a_sleeves_profit_is_the_change_of_its_ledger_that_no_transfer_explains() {
    let journal = journal::first_run();
    let report = report(&journal, 1);
    let close = |id: &polyfolio_model::InstrumentId| -> Option<Price> {
        CLOSES
            .iter()
            .find(|(symbol, _)| *symbol == id.as_str())
            .map(|(_, at)| price(at))
    };
    for name in ["trend", "momentum", "reversion"] {
        let own = journal.book.ledger().account(&name.into()).unwrap();
        let made = own.pnl_since(Mark::default(), close).unwrap();
        let line = sleeve(&report, name);
        assert_eq!(line.performance.pnl, Some(made), "{name}");
        assert_eq!(line.nav_after, Some(own.nav(close).unwrap()), "{name}");
        assert_eq!(line.performance.fees, own.fees, "{name}");
        assert_eq!(
            (line.performance.bought, line.performance.sold),
            (own.bought, own.sold),
            "{name}"
        );
    }
    // 87 at five cents and 93 at twenty above the close, and 1.80 of fees.
    assert_eq!(
        sleeve(&report, "trend").performance.pnl,
        Some(money("-24.75"))
    );
    assert_eq!(
        sleeve(&report, "reversion").performance.pnl,
        Some(Money::ZERO)
    );
    let sum: Money = report
        .sleeves
        .iter()
        .filter_map(|line| line.performance.pnl)
        .sum();
    assert_eq!(report.account.pnl, Some(sum));
    assert_eq!(report.nav_after, Some(money("1000490") + sum));
}

#[test]
fn turnover_counts_crosses_for_sleeves_and_not_for_the_account() {
    let report = report(&journal::first_run(), 1);
    let reversion = sleeve(&report, "reversion");
    assert_eq!(reversion.performance.sold, money("2558"));
    assert_eq!(reversion.performance.turnover, Some(2558.0 / 300_000.0));
    assert_eq!(report.account.sold, Money::ZERO);
    assert_eq!(report.account.bought, money("73882.8"));
}

#[test]
fn a_sleeve_that_left_is_shown_by_what_it_was_and_not_at_all_when_it_did_nothing() {
    let mut journal = journal::two_runs();
    let mark = journal.book.navs().back().unwrap().clone();
    let before = journal.book.navs()[0].sleeves["momentum"];
    assert!(report(&journal, 2).sleeves.len() > 1);
    let dust = [
        ("momentum", "0.0000001"),
        ("trend", "-0.004"),
        ("unassigned", "0"),
    ];
    journal.write(Record::Nav(Nav {
        sleeves: dust.map(|(name, nav)| (name.into(), money(nav))).into(),
        ..mark
    }));
    let report = report(&journal, 2);
    let shown: Vec<&str> = report
        .sleeves
        .iter()
        .map(|line| line.sleeve.as_str())
        .collect();
    assert_eq!(shown, ["momentum"], "the others have left and did nothing");
    let wound_down = sleeve(&report, "momentum");
    assert_eq!(wound_down.nav_before, Some(before));
    let turnover = 19_060.0 / polyfolio_model::convert::money_f64(before);
    assert_eq!(wound_down.performance.turnover, Some(turnover));
}

#[test]
fn a_run_that_is_not_over_can_be_reported_on() {
    let journal = journal::first_run_at_work();
    let report = report(&journal, 1);
    assert!(!report.is_over());
    assert_eq!((report.nav_after, report.trades.len()), (None, 1));
    assert_eq!(sleeve(&report, "trend").performance.turnover, None);
    let [cvx, wmt] = &report.parents[..] else {
        panic!("two parents")
    };
    assert_eq!(
        (cvx.left, cvx.done, cvx.why_left.as_deref()),
        (212.into(), false, None)
    );
    assert_eq!((wmt.children, wmt.done), (0, false));
}

#[test]
fn only_the_last_run_is_reported_on() {
    let journal = journal::two_runs();
    assert!(run_report(&journal.book, RunId(1)).is_none());
    let report = report(&journal, 2);
    assert_eq!(
        (report.label.as_str(), report.trades.len()),
        ("20221201-002", 1)
    );
    // A sell above its arrival gains, and one above the close earns, less its fee.
    assert_eq!(report.account.slippage.unwrap().cash, money("-10"));
    assert_eq!(report.account.pnl, Some(money("59")));
    assert!(report.is_clean());
    assert!(run_report(&Journal::new().book, RunId(1)).is_none());
}

#[test]
fn denials_breaks_and_giving_up_are_said() {
    let mut journal = journal::first_run_at_work();
    let found = |time| Break {
        instrument: None,
        code: "order".to_owned(),
        message: "a difference".to_owned(),
        time,
    };
    journal.write(Record::Break(found(at(-5))));
    journal.write(Record::Break(found(at(5))));
    let denied = Denied {
        parent: cl_ord_id(1, 2, 1).parent_id(),
        code: "max_order_notional".to_owned(),
        message: "1,680 of 1,000".to_owned(),
        time: at(6),
    };
    journal.write(Record::Denied(denied.clone()));
    let (run, reason) = (RunId(1), "asked to".to_owned());
    journal.write(Record::Abandoned(Abandoned {
        run,
        reason,
        time: at(7),
    }));
    let report = report(&journal, 1);
    assert_eq!(report.denials, [denied]);
    assert_eq!(report.breaks, [found(at(5))]);
    assert_eq!(report.abandoned.as_deref(), Some("asked to"));
    assert_eq!(report.parents[1].why_left.as_deref(), Some("asked to"));
}

#[test]
fn an_execution_that_was_taken_back_is_no_trade() {
    let mut journal = journal::first_run();
    let (exec_id, reference) = ("B1".into(), "X2".into());
    journal.hear(
        cl_ord_id(1, 1, 2),
        ExecKind::TradeCancel { exec_id, reference },
        400,
    );
    let report = report(&journal, 1);
    assert_eq!(report.trades.len(), 1);
    assert_eq!(report.parents[0].left, 212.into());
    assert_eq!(
        report.parents[0].why_left.as_deref(),
        Some("an execution was taken back")
    );
}
