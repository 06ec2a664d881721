//! A plan with one of each, as a page.

use indexmap::IndexMap;
use polyfolio_actors::messages::SleeveSaid;
use polyfolio_model::{InstrumentId, Money, Qty, Side, SleeveId};
use polyfolio_portfolio::plan::{
    Close, Crossed, PlannedOrder, PlannedSleeve, Row, Totals, Untraded, UntradedReason, Wishes,
};
use polyfolio_portfolio::{Code, Plan, Refusal, Units};

use super::{PlanHeader, plan_text};
use crate::face::Style;
use crate::face::wrap::PAGE;

fn qty(text: &str) -> Qty {
    text.parse().unwrap()
}

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

/// Of each instrument: held, target, close.
fn rows() -> Vec<Row> {
    let row = |symbol: &str, held: &str, target: &str, close: &str| Row {
        symbol: symbol.into(),
        held: qty(held),
        unclaimed: Qty::ZERO,
        working: Qty::ZERO,
        unknown: Qty::ZERO,
        target: Some(Units::Exact(qty(target))),
        close: Some(Close {
            price: close.parse().unwrap(),
            date: "2022-12-28".parse().unwrap(),
            volume: None,
        }),
    };
    let mut rows = vec![
        row("CVX", "0", "412", "179.2"),
        row("JPM", "150", "91", "133.11"),
        row("KO", "0", "0", "63.95"),
        row("WMT", "0", "0", "141.29"),
        row("MRK", "30", "30", "110.8"),
        row("PG", "0", "730", "151.9"),
        row("XOM", "1000", "1004", "108.38"),
        row("BND", "7", "0", "70"),
    ];
    rows[1].working = qty("-20");
    rows[1].unknown = qty("-5");
    rows[7].unclaimed = qty("7");
    rows[7].target = None;
    rows
}

fn order(
    symbol: &str,
    side: Side,
    quantity: i64,
    notional: &str,
    wants: &[(u32, i64)],
) -> PlannedOrder {
    PlannedOrder {
        symbol: symbol.into(),
        side,
        quantity: Units::Exact(quantity.into()),
        order_qty: quantity.into(),
        price: None,
        notional: Some(money(notional)),
        volume_share: None,
        wants: wants
            .iter()
            .map(|(sleeve, part)| (*sleeve, (*part).into()))
            .collect(),
    }
}

fn sleeve(id: &str, weight: f64, nav: Option<&str>) -> PlannedSleeve {
    PlannedSleeve {
        id: id.into(),
        weight,
        nav: nav.map(money),
        factor: None,
    }
}

fn plan() -> Plan {
    let names = ["trend", "momentum", "reversion", "unassigned"];
    let mut wishes = Wishes::default();
    wishes.add_list(&[(3, 0.620_000_000_1, Qty::ZERO)]);
    let refusal = Refusal::new(
        Code::MaxOrderNotional,
        "order 112,400.00 above risk.max_order_notional 100,000".to_owned(),
        "cut? raise the limit, or split it with execution.max_child",
    );
    Plan {
        decision_date: "2022-12-28".parse().unwrap(),
        nav: Some(money("1000000")),
        shared_nav: Some(money("1000000")),
        sleeves: vec![
            sleeve("trend", 0.3, Some("300000")),
            sleeve("momentum", 0.125, Some("125000")),
            sleeve("old", 0.0, None),
        ],
        names: names.map(SleeveId::from).to_vec(),
        wishes,
        rows: rows(),
        crosses: vec![Crossed {
            row: 2,
            quantity: qty("40"),
            from: 2,
            to: 0,
        }],
        given: Vec::new(),
        transfers: Vec::new(),
        orders: vec![
            order("CVX", Side::Buy, 412, "73830.4", &[(0, 180), (1, 232)]),
            order("JPM", Side::Sell, 59, "7853.49", &[(0, 59)]),
        ],
        untraded: vec![Untraded {
            symbol: "XOM".into(),
            quantity: Units::Exact(qty("4")),
            reason: UntradedReason::Band,
        }],
        refusals: vec![refusal.of_symbol(&InstrumentId::from("PG"))],
        totals: Totals {
            buy: money("73830.4"),
            sell: money("7853.49"),
            gross_after: Some(0.6124),
            net_after: Some(0.6),
            turnover: Some(0.0817),
        },
    }
}

fn said() -> Vec<SleeveSaid> {
    let said = |sleeve: &str, why: Result<&str, &str>, wants| SleeveSaid {
        sleeve: sleeve.into(),
        nav: Some(money("287.49")),
        why: why.map(str::to_owned).map_err(str::to_owned),
        wants,
    };
    vec![
        said("trend", Ok("50-day above 200-day"), 11),
        said(
            "momentum",
            Ok("the five strongest of twenty over 12 months: XOM CVX LLY MRK PFE"),
            5,
        ),
        said("reversion", Err("it did not answer in time"), 0),
    ]
}

fn header() -> PlanHeader {
    let kinds = [
        ("trend", "sma_cross"),
        ("momentum", "momentum"),
        ("reversion", "targets_file"),
    ];
    PlanHeader {
        mode: "paper".to_owned(),
        account: "PAPER-1".to_owned(),
        currency: "USD".to_owned(),
        kinds: kinds
            .iter()
            .map(|(name, kind)| ((*name).into(), (*kind).to_owned()))
            .collect(),
        notes: vec!["arrival_rate and decay are assumed for all 8 instruments".to_owned()],
        is_traded: false,
        unfinished: None,
    }
}

const PAGE_OF_ALL: &str = "\
polyfolio plan · paper · account PAPER-1 · prices as of 2022-12-28
                 NAV 1,000,000.00 USD

  sleeve     kind          weight      NAV     wants  why
  trend      sma_cross        30%  300,000  11 names  50-day above 200-day
  momentum   momentum       12.5%  125,000   5 names  the five strongest of
                                                      twenty over 12 months: XOM
                                                      CVX LLY MRK PFE
  reversion  targets_file       –      287         –  held as it is: it did not
                                                      answer in time
  old        –                  –        –         –  left the config: gives
                                                      back its cash

        held  working  target    order   notional  sleeves
  CVX      0        0     412  BUY 412  73,830.40  trend +180 · momentum +232
  JPM    150      −25      91  SELL 59   7,853.49  trend −59 · −5 of it unknown
  KO       0        0       0        –       –     crossed inside: trend +40 /
                                                   reversion −40 at 63.95
  WMT      0        0       0        –       –     residue 0.62, below one lot
  PG       0        0     730  refused       –
  XOM  1,000        0   1,004        –       –     4 left: within the no-trade
                                                   band
  BND      7        0       –        –       –     7 unclaimed
  1 name stays as it is

  ────────────────────────────────────────────────────────────────────────
  2 orders   BUY 73,830.40   SELL 7,853.49   gross after 0.61×   turnover 8%

  1 refusal
  PG  order 112,400.00 above risk.max_order_notional 100,000 → cut? raise the
      limit, or split it with execution.max_child

  note  arrival_rate and decay are assumed for all 8 instruments

Nothing was sent. To trade it:  polyfolio run
";

#[test]
fn a_plan_says_who_wants_what_and_why() {
    let text = plan_text(&plan(), &header(), &said(), Style::PLAIN);
    assert_eq!(text, PAGE_OF_ALL, "\n{text}");
    assert!(
        text.lines().all(|line| line.chars().count() <= PAGE),
        "{text}"
    );
}

#[test]
fn a_plan_without_orders_has_nothing_to_do() {
    let mut plan = plan();
    plan.orders.clear();
    plan.crosses.clear();
    plan.refusals.clear();
    plan.untraded.clear();
    plan.sleeves.truncate(0);
    plan.rows.truncate(3);
    for row in &mut plan.rows {
        (row.working, row.unknown) = (Qty::ZERO, Qty::ZERO);
    }
    plan.totals = Totals::default();
    let text = plan_text(&plan, &header(), &[], Style::PLAIN);
    assert!(text.contains("  3 names stay as they are\n"), "{text}");
    assert!(text.contains("\n  0 orders\n"), "{text}");
    assert!(
        text.ends_with("Nothing to do: the book is as its sleeves want it.\n"),
        "{text}"
    );
}

#[test]
fn differences_that_are_left_are_not_called_nothing_to_do() {
    let mut plan = plan();
    plan.orders.clear();
    plan.crosses.clear();
    plan.refusals.clear();
    let ending = |plan: &Plan| {
        let text = plan_text(plan, &header(), &[], Style::PLAIN);
        text.lines().last().map(str::to_owned)
    };
    let band = "Nothing to do: 1 difference is within the no-trade band.";
    assert_eq!(ending(&plan).as_deref(), Some(band));
    plan.untraded[0].reason = UntradedReason::MinNotional;
    let one = "Nothing would be sent: 1 difference is left.";
    assert_eq!(ending(&plan).as_deref(), Some(one));
    plan.untraded.push(plan.untraded[0].clone());
    let two = "Nothing would be sent: 2 differences are left.";
    assert_eq!(ending(&plan).as_deref(), Some(two));
}

#[test]
fn a_plan_that_is_traded_at_once_does_not_say_how() {
    let traded = PlanHeader {
        is_traded: true,
        ..header()
    };
    let text = plan_text(&plan(), &traded, &said(), Style::PLAIN);
    assert!(!text.contains("polyfolio run"), "{text}");
}

#[test]
fn a_plan_of_thousands_of_names_is_read_in_one_pass() {
    let mut plan = plan();
    let of = |count: usize| InstrumentId::new(format!("S{count:05}"));
    let template = plan.rows[0].clone();
    plan.rows = (0..5_000)
        .map(|count| Row {
            symbol: of(count),
            ..template.clone()
        })
        .collect();
    let wants: IndexMap<InstrumentId, Qty> =
        (0..5_000).map(|count| (of(count), Qty::from(1))).collect();
    plan.orders = wants
        .keys()
        .map(|symbol| PlannedOrder {
            symbol: symbol.clone(),
            ..plan.orders[0].clone()
        })
        .collect();
    let text = plan_text(&plan, &header(), &said(), Style::PLAIN);
    assert_eq!(
        text.lines().filter(|line| line.starts_with("  S0")).count(),
        5_000
    );
}

#[test]
fn of_thousands_of_sleeves_the_largest_are_shown() {
    let mut plan = plan();
    let names = (0..3_000).map(|n| format!("s{n:04}"));
    plan.sleeves = names
        .clone()
        .map(|name| sleeve(&name, 0.000_1, Some("100")))
        .collect();
    plan.sleeves[2_500].weight = 0.5;
    plan.names = names
        .clone()
        .map(|name| SleeveId::new(name.as_str()))
        .collect();
    plan.orders[0].wants = (0..3_000).map(|sleeve| (sleeve, Qty::from(1))).collect();
    let said: Vec<SleeveSaid> = names
        .map(|name| SleeveSaid {
            sleeve: name.as_str().into(),
            nav: None,
            why: Ok("as before".to_owned()),
            wants: 1,
        })
        .collect();
    let text = plan_text(&plan, &header(), &said, Style::PLAIN);
    assert_eq!(text.matches("as before").count(), 20, "{text}");
    assert!(text.contains("  s2500"), "the largest: {text}");
    let more = "  … and 2,980 more sleeves; all of them:  polyfolio plan --json\n";
    assert!(text.contains(more), "{text}");
    assert!(text.contains("… and 2992 more"), "{text}");
    assert!(text.lines().count() < 80, "{text}");
}
