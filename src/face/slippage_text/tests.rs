//! What orders cost, as a page.

use polyfolio_model::{ClOrdId, OrdStatus, ParentId, RunId, Side, Span, Ts};
use polyfolio_report::Slippage;

use super::*;
use crate::face::wrap::PAGE;

fn at(seconds: i64) -> Ts {
    let date = "2022-12-28".parse().unwrap();
    Ts::on(date, 21) + Span::from_secs(seconds)
}

fn price(text: &str) -> Option<Price> {
    text.parse().ok()
}

fn cost(cash: &str, bp: f64) -> Cost {
    Cost {
        cash: cash.parse().unwrap(),
        bp: Some(bp),
    }
}

fn costs() -> Costs {
    Costs {
        slippage: Some(Slippage {
            cash: "11.2".parse().unwrap(),
            bp: 1.516,
        }),
        shortfall: Shortfall {
            notional: "73830.4".parse().ok(),
            delay: Some(cost("41.2", 5.58)),
            slippage: Some(cost("11.2", 1.52)),
            fees: cost("4.12", 0.56),
            opportunity: Some(cost("0", 0.0)),
            total: Some(cost("56.52", 7.66)),
        },
        commissions_missing: 0,
    }
}

fn order() -> OrderCost {
    let fill = |seconds, fee: Option<&str>| FillCost {
        time: at(seconds),
        exec_id: "X1".into(),
        quantity: 206.into(),
        price: "179.25".parse().unwrap(),
        fee: fee.map(|fee| fee.parse().unwrap()),
        liquidity: None,
    };
    OrderCost {
        cl_ord_id: ClOrdId {
            deployment: 1,
            run: 1,
            parent: 1,
            child: 2,
        },
        ord_type: OrdType::Limit("179.25".parse().unwrap()),
        status: OrdStatus::Filled,
        decided: at(1),
        arrival: price("179.26"),
        order_qty: 412.into(),
        cum_qty: 412.into(),
        avg_px: price("179.3271844660"),
        costs: costs(),
        fills: vec![fill(60, Some("2")), fill(61, None)],
    }
}

fn report() -> SlippageReport {
    let parent = |parent| ParentCost {
        id: ParentId {
            run: RunId(1),
            parent,
        },
        symbol: "CVX".into(),
        side: Side::Buy,
        order_qty: 412.into(),
        cum_qty: 412.into(),
        left: 0.into(),
        done: true,
        avg_px: price("179.3271844660"),
        decision_price: price("179.2"),
        arrival: price("179.3"),
        later: None,
        costs: costs(),
        orders: vec![order()],
    };
    let unfilled = ParentCost {
        symbol: "WMT".into(),
        side: Side::Sell,
        order_qty: 12.into(),
        cum_qty: 0.into(),
        left: 12.into(),
        avg_px: None,
        arrival: None,
        costs: Costs::default(),
        orders: Vec::new(),
        ..parent(2)
    };
    SlippageReport {
        run: Some("20221228-001".to_owned()),
        decision_date: None,
        start: Some(at(0)),
        end: Some(at(300)),
        costs: costs(),
        parents: vec![parent(1), unfilled],
    }
}

fn check(report: &SlippageReport, is_long: bool, expected: &str) {
    let text = slippage_text(report, is_long);
    assert_eq!(text, expected, "\n{text}");
    let widest = text.lines().map(|line| line.chars().count()).max();
    assert!(widest <= Some(PAGE), "{widest:?}\n{text}");
}

#[test]
fn parents_are_a_table_and_the_run_a_sum() {
    check(&report(), false, SHORT);
}

#[test]
fn orders_and_fills_stand_below_their_parent() {
    let text = slippage_text(&report(), true);
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[4].starts_with("   1.1.2 @ 179.25"), "{text}");
    // The mid when it was decided, below its parent's arrival.
    assert_eq!(lines[3].find("179.30"), lines[4].find("179.26"), "{text}");
    assert!(lines[4].ends_with("+0.6"), "{text}");
    assert!(lines[5].starts_with("    21:01:00.000"), "{text}");
    assert!(lines[5].ends_with("179.25"), "{text}");
    // Its commission is not said.
    assert!(lines[6].ends_with("–"), "{text}");
}

#[test]
fn what_is_not_known_is_said_and_not_zero() {
    let mut report = report();
    report.end = None;
    let shortfall = &mut report.costs.shortfall;
    (shortfall.opportunity, shortfall.total) = (None, None);
    report.costs.commissions_missing = 1;
    let text = slippage_text(&report, false);
    assert!(
        text.starts_with("slippage of run 20221228-001 · not over · "),
        "{text}"
    );
    for said in [
        "commissions; of 1 fill not said yet",
        "not known until a later run meets its market",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    let last = text.lines().last().unwrap();
    assert!(last.starts_with("  shortfall        –"), "{text}");
    assert_eq!(
        slippage_text(&SlippageReport::default(), false),
        "no run yet\n"
    );
}

const SHORT: &str = "\
slippage of run 20221228-001 · over · positive is a cost

  costs in bp  filled  decision  arrival  average  delay  slippage  fees
  CVX BUY 412     412    179.20   179.30   179.33   +5.6      +1.5  +0.6
  WMT SELL 12       0    179.20     –        –

               currency    bp
  delay          +41.20  +5.6  decision → arrival
  slippage       +11.20  +1.5  arrival → fills
  fees            +4.12  +0.6  commissions
  left undone      0.00   0.0  decision → where a later run met the market
  shortfall      +56.52  +7.7  of 73,830.40 decided
";
