//! The end of a run, as a page.

use chrono::NaiveDate;
use polyfolio_model::{Money, ParentId, Qty, RunId, Side, Span, Ts};
use polyfolio_oms::records::{Break, Cross, Denied};
use polyfolio_report::{
    Cost, ParentReport, Performance, RunReport, Shortfall, SleeveReport, Slippage,
};

use super::{Closing, closing_text};
use crate::face::Style;
use crate::face::wrap::PAGE;

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

fn date() -> NaiveDate {
    "2022-12-28".parse().unwrap()
}

fn at(seconds: i64) -> Ts {
    Ts::on(date(), 21) + Span::from_secs(seconds)
}

fn made(pnl: &str, turnover: f64, fees: &str, bp: f64) -> Performance {
    Performance {
        pnl: Some(money(pnl)),
        bought: money("100"),
        sold: Money::ZERO,
        turnover: Some(turnover),
        fees: money(fees),
        slippage: Some(Slippage {
            cash: Money::ZERO,
            bp,
        }),
    }
}

fn sleeve(name: &str, nav: Option<&str>, performance: Performance) -> SleeveReport {
    SleeveReport {
        sleeve: name.into(),
        nav_before: None,
        nav_after: nav.map(money),
        performance,
    }
}

fn report() -> RunReport {
    let nothing = Performance {
        pnl: Some(Money::ZERO),
        ..Performance::default()
    };
    RunReport {
        run: RunId(1),
        label: "20221228-001".to_owned(),
        decision_date: date(),
        start: at(0),
        deadline: at(300),
        end: Some(at(300)),
        abandoned: None,
        nav_before: Some(money("1000000")),
        nav_after: Some(money("999958.6")),
        marked: Some(at(300)),
        account: made("-41.4", 0.6, "80.3", 1.26),
        shortfall: Shortfall::default(),
        commissions_missing: 0,
        sleeves: vec![
            sleeve(
                "momentum",
                Some("299917.38"),
                made("-82.62", 0.6, "19.1", 12.04),
            ),
            sleeve(
                "trend",
                Some("300041.22"),
                made("41.22", 0.581, "61.2", -1.06),
            ),
            sleeve("unassigned", Some("0"), nothing),
        ],
        parents: Vec::new(),
        trades: Vec::new(),
        crosses: Vec::new(),
        given: Vec::new(),
        denials: Vec::new(),
        breaks: Vec::new(),
    }
}

fn closing() -> Closing {
    Closing {
        yours: Some(Span::from_millis(1_900)),
        is_virtual: true,
        records: 4_112,
        not_ordered: (0, 0),
        is_resumed: false,
        logs: "logs/2022-12-28/".to_owned(),
    }
}

fn denied(parent: u32, code: &str, message: &str) -> Denied {
    Denied {
        parent: ParentId {
            run: RunId(1),
            parent,
        },
        code: code.to_owned(),
        message: message.to_owned(),
        time: at(1),
    }
}

fn parent(count: u32, symbol: &str, left: i64, why: Option<&str>) -> ParentReport {
    ParentReport {
        id: ParentId {
            run: RunId(1),
            parent: count,
        },
        symbol: symbol.into(),
        side: Side::Buy,
        order_qty: Qty::from(1_200),
        cum_qty: Qty::from(1_200 - left),
        avg_px: None,
        decision_price: None,
        arrival: None,
        slippage: None,
        fees: Money::ZERO,
        shortfall: Shortfall::default(),
        commissions_missing: 0,
        children: 1,
        done: why.is_some(),
        left: left.into(),
        why_left: why.map(str::to_owned),
        sleeves: Default::default(),
    }
}

fn check(report: &RunReport, expected: &str) {
    let text = closing_text(report, &closing(), Style::PLAIN);
    assert_eq!(text, expected, "\n{text}");
    assert!(
        text.lines().all(|line| line.chars().count() <= PAGE),
        "{text}"
    );
}

const WENT_WELL: &str = "\
done in 5m00s (virtual), 1.9s (yours)

  sleeve     NAV after     P&L  turnover   fees  slippage vs arrival
  momentum  299,917.38  −82.62     60.0%  19.10             +12.0 bp
  trend     300,041.22  +41.22     58.1%  61.20              −1.1 bp
  account   999,958.60  −41.40     60.0%  80.30              +1.3 bp

  left undone     nothing
  journal         4,112 records      logs/2022-12-28/
";

const LEFT: &str = "\
done in 5m00s (virtual), 1.9s (yours)
  crossed inside  1 trade of 2,558.00
  left undone     WMT BUY 12 of 1,200: the sweep found no market in time
                  PG BUY 1,200 of 1,200: denied (max_order_notional): an order
                  of 112,400.00 is above the 100,000.00 that is allowed
  denied          CVX: the price of it is too old (stale_price)
  break           KO: we hold 40, the broker says 41 (position)
  journal         4,112 records      logs/2022-12-28/
";

#[test]
fn a_run_that_went_well_is_a_table_and_two_lines() {
    check(&report(), WENT_WELL);
}

#[test]
fn what_was_left_denied_or_broken_is_said_with_its_reason() {
    let mut report = report();
    const TOO_LARGE: &str = "an order of 112,400.00 is above the 100,000.00 that is allowed";
    let why = format!("denied (max_order_notional): {TOO_LARGE}");
    report.parents = vec![
        parent(1, "CVX", 0, None),
        parent(2, "WMT", 12, Some("the sweep found no market in time")),
        parent(3, "PG", 1_200, Some(&why)),
    ];
    report.denials = vec![
        denied(1, "stale_price", "the price of it is too old"),
        // Said with what it left undone, and not again.
        denied(3, "max_order_notional", TOO_LARGE),
    ];
    report.breaks.push(Break {
        instrument: Some("KO".into()),
        code: "position".to_owned(),
        message: "we hold 40, the broker says 41".to_owned(),
        time: at(2),
    });
    report.crosses.push(Cross {
        run: RunId(1),
        instrument: "KO".into(),
        quantity: 40.into(),
        price: "63.95".parse().unwrap(),
        from: "reversion".into(),
        to: "trend".into(),
    });
    report.sleeves.clear();
    check(&report, LEFT);
}

#[test]
fn a_run_that_did_not_end_says_how_to_go_on_or_why_not() {
    let mut open = report();
    (open.end, open.marked) = (None, None);
    let text = closing_text(&open, &closing(), Style::PLAIN);
    assert!(
        text.starts_with("run 20221228-001 is not over; go on with:  polyfolio run\n"),
        "{text}"
    );
    let given_up = RunReport {
        abandoned: Some("canceled by command".to_owned()),
        ..report()
    };
    let text = closing_text(&given_up, &closing(), Style::PLAIN);
    let head =
        "run 20221228-001 was given up in 5m00s (virtual), 1.9s (yours): canceled by command\n";
    assert!(text.starts_with(head), "{text}");
}

#[test]
fn what_the_decision_cost_is_one_line() {
    let cost = |cash: &str, bp| Cost {
        cash: money(cash),
        bp: Some(bp),
    };
    let mut report = report();
    report.shortfall = Shortfall {
        notional: Some(money("73830.4")),
        delay: Some(cost("41.2", 5.58)),
        slippage: Some(cost("11.2", 1.52)),
        fees: cost("4.12", 0.56),
        opportunity: Some(cost("0", 0.0)),
        total: Some(cost("56.52", 7.66)),
    };
    let said = |report: &RunReport| {
        let text = closing_text(report, &closing(), Style::PLAIN);
        let line = text.lines().position(|line| line.contains("shortfall"));
        let lines: Vec<_> = text
            .lines()
            .skip(line.unwrap())
            .map(str::to_owned)
            .collect();
        assert!(
            lines.iter().all(|line| line.chars().count() <= PAGE),
            "{text}"
        );
        lines
    };
    assert_eq!(
        said(&report)[0],
        "  shortfall       +7.7 bp: delay +5.6 · slippage +1.5 · fees +0.6 · undone 0.0"
    );
    (report.shortfall.opportunity, report.shortfall.total) = (None, None);
    report.commissions_missing = 2;
    assert_eq!(
        said(&report)[..2],
        [
            "  shortfall       not known yet: delay +5.6 · slippage +1.5 · fees +0.6 · undone",
            "                  –; commissions of 2 fills not said yet"
        ]
    );
}
