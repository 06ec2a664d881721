//! A recovery, as a page.

use polyfolio_model::{ClOrdId, OrdType, Side, Span};
use polyfolio_oms::events::{Finding, Reconciled, Recovered, Settled};

use super::{RecoveryHeader, recovery_text};
use crate::face::Style;
use crate::face::wrap::PAGE;

fn settled(
    symbol: &str,
    side: Side,
    quantity: i64,
    limit: Option<&str>,
    finding: Finding,
) -> Settled {
    Settled {
        cl_ord_id: ClOrdId {
            deployment: 1,
            run: 1,
            parent: 1,
            child: 1,
        },
        symbol: symbol.into(),
        side,
        order_qty: quantity.into(),
        ord_type: limit.map_or(OrdType::Market, |limit| {
            OrdType::Limit(limit.parse().unwrap())
        }),
        finding,
    }
}

fn recovered() -> Recovered {
    let run = Some("20221228-001".to_owned());
    Recovered {
        run,
        records: 2_877,
        ..Recovered::default()
    }
}

fn header() -> RecoveryHeader {
    RecoveryHeader {
        state: "state/paper".to_owned(),
        after: Some(Span::from_secs(151)),
        done: 12,
        left: Some(Span::from_secs(149)),
    }
}

const RECOVERED: &str = "\
recovering run 20221228-001 · stopped after 2m31s
  state/paper verified, 2,877 records
  2 intents had no answer
    CVX  BUY 100 @ 179.19      broker has it: filled 60, working 40   adopted
    KO   SELL 1,400 at market  broker does not list it, asking again  reserved
  3 executions had not been heard of
  1 order there is not ours
resuming: 5 working · 12 done · 2m29s left
";

#[test]
fn a_stop_names_its_trigger() {
    let price = |text: &str| text.parse().unwrap();
    let mut order = settled("KO", Side::Sell, 7, None, Finding::NotYetListed);
    order.ord_type = OrdType::Stop(price("1050.5"));
    assert_eq!(super::order_text(&order), "SELL 7 at market from 1,050.5");
    order.ord_type = OrdType::StopLimit {
        trigger: price("60"),
        limit: price("59"),
    };
    assert_eq!(super::order_text(&order), "SELL 7 @ 59 from 60");
}

#[test]
fn every_intent_without_an_answer_is_accounted_for() {
    let adopted = Finding::Adopted {
        cum_qty: 60.into(),
        leaves_qty: 40.into(),
    };
    let reconciled = Reconciled {
        settled: vec![
            settled("CVX", Side::Buy, 100, Some("179.19"), adopted),
            settled("KO", Side::Sell, 1_400, None, Finding::NotYetListed),
        ],
        fills_found: 3,
        foreign_orders: 1,
        working: 5,
        ..Reconciled::default()
    };
    let text = recovery_text(&recovered(), &reconciled, &header(), Style::PLAIN);
    assert_eq!(text, RECOVERED, "\n{text}");
    assert!(
        text.lines().all(|line| line.chars().count() <= PAGE),
        "{text}"
    );
}

#[test]
fn a_clean_stop_needs_two_lines() {
    let text = recovery_text(
        &recovered(),
        &Reconciled::default(),
        &header(),
        Style::PLAIN,
    );
    assert!(
        text.ends_with("\nresuming: 0 working · 12 done · 2m29s left\n"),
        "{text}"
    );
    assert!(!text.contains("answer"), "{text}");
    let late = RecoveryHeader {
        left: Some(Span::from_secs(-3)),
        ..header()
    };
    let text = recovery_text(&recovered(), &Reconciled::default(), &late, Style::PLAIN);
    assert!(text.ends_with(" · no time left\n"), "{text}");
    assert_eq!(
        recovery_text(
            &Recovered::default(),
            &Reconciled::default(),
            &header(),
            Style::PLAIN
        ),
        ""
    );
}

#[test]
fn what_was_open_is_said_also_when_every_run_is_over() {
    let reconciled = Reconciled {
        settled: vec![settled(
            "KO",
            Side::Sell,
            1_400,
            None,
            Finding::NotYetListed,
        )],
        fills_found: 1,
        ..Reconciled::default()
    };
    let over = Recovered {
        records: 2_877,
        ..Recovered::default()
    };
    let text = recovery_text(&over, &reconciled, &header(), Style::PLAIN);
    let expected = "\
recovering · every run is over · state/paper verified, 2,877 records
  1 intent had no answer
    KO  SELL 1,400 at market  broker does not list it, asking again  reserved
  1 execution had not been heard of
";
    assert_eq!(text, expected, "\n{text}");
}
