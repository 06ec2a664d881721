use std::collections::BTreeMap;

use polyfolio_model::{Money, Side, Span};
use polyfolio_oms::records::Cross;
use polyfolio_report::story::{Got, Wish};
use serde_json::json;

use super::*;

fn at(seconds: i64) -> Ts {
    Ts::on("2022-11-30".parse().unwrap(), 21) + Span::from_secs(seconds)
}

fn id(child: u32) -> ClOrdId {
    ClOrdId {
        deployment: 1,
        run: 1,
        parent: 1,
        child,
    }
}

fn told(seconds: i64, child: Option<u32>, what: What) -> Told {
    Told {
        time: at(seconds),
        cl_ord_id: child.map(id),
        what,
    }
}

fn filled(quantity: i64) -> What {
    What::Filled {
        exec_id: "E".into(),
        quantity: quantity.into(),
        price: "63.955".parse().unwrap(),
        fee: None,
        liquidity: None,
        sleeves: [("a".into(), Qty::from(quantity))].into(),
    }
}

fn sent() -> What {
    What::Sent {
        side: Side::Buy,
        quantity: 1200.into(),
        ord_type: OrdType::Limit("63.95".parse().unwrap()),
        attempt: 2,
        mid: Some("63.96".parse().unwrap()),
    }
}

fn story() -> Story {
    let wish = |target: &str, ordered: i64, why: Option<&str>| Wish {
        target: Some(json!(target)),
        residue: None,
        ordered: ordered.into(),
        why: why.map(str::to_owned),
    };
    let got = Got {
        quantity: 1200.into(),
        fee: "6.5".parse().unwrap(),
        avg_px: Some("63.955".parse().unwrap()),
    };
    Story {
        run: "20221130-001".to_owned(),
        decision_date: "2022-11-30".parse().unwrap(),
        start: at(0),
        end: None,
        symbol: "KO".into(),
        wanted: Wanted {
            close: Some("63.9".parse().unwrap()),
            held: 5.into(),
            working: 2.into(),
            target: Some(json!("1207")),
            sleeves: BTreeMap::from([
                (
                    "a".into(),
                    wish("1300.123456", 1200, Some("above its average")),
                ),
                ("b".into(), wish("-93", 0, None)),
            ]),
            side: Some(Side::Buy),
            quantity: Some(json!("1200")),
            refused: vec!["too much of it".to_owned()],
            ..Wanted::default()
        },
        crosses: vec![Cross {
            run: polyfolio_model::RunId(1),
            instrument: "KO".into(),
            quantity: 40.into(),
            price: "63.9".parse().unwrap(),
            from: "b".into(),
            to: "a".into(),
        }],
        parent: Some(polyfolio_report::story::Working {
            id: id(1).parent_id(),
            algo: polyfolio_execution::AlgoSpec::Market,
            deadline: at(60),
        }),
        told: vec![
            told(0, Some(1), sent()),
            told(1, Some(1), What::Accepted),
            told(2, Some(1), filled(1200)),
            told(3, None, What::Done { left: None }),
        ],
        got: BTreeMap::from([("a".into(), got)]),
        cost: None,
    }
}

#[test]
fn a_page_from_the_wish_to_the_fills() {
    let expect = "\
KO in run 20221130-001 · not over · decided on 2022-11-30 at 63.90

  sleeve       wants  of the order     got      at  fees  why
  a       1,300.1235        +1,200  +1,200  63.955  6.50  above its average
  b         −93                  0                        –

  held 5 · at work 2 · target 1,207  →  BUY 1,200
  refused  too much of it
  crossed inside: b → a 40 at 63.90

  when          order  what
  21:00:00.000  1.1.1  sent again, BUY 1,200 @ 63.95 (mid 63.96)
  21:00:01.000  1.1.1  the broker has it
  21:00:02.000  1.1.1  filled 1,200 at 63.955 · fee not said yet · a +1,200
  21:00:03.000         done
";
    assert_eq!(story_text(&story(), false), expect);
}

#[test]
fn a_long_story_leaves_out_what_did_not_fill_and_says_so() {
    let mut long = story();
    for child in 2..=60 {
        long.told.push(told(5, Some(child), sent()));
        long.told.push(told(6, Some(child), What::CancelAsked));
        long.told.push(told(
            7,
            Some(child),
            What::Canceled {
                asked: true,
                cum_qty: None,
            },
        ));
    }
    long.told.push(told(8, Some(61), sent()));
    let text = "no money".to_owned();
    long.told.push(told(9, Some(61), What::Rejected { text }));
    let page = story_text(&long, false);
    assert!(
        page.contains("59 orders that did not fill left out; everything:  --all"),
        "{page}"
    );
    assert!(page.contains("refused: no money"), "{page}");
    assert!(page.contains("filled 1,200"), "{page}");
    assert!(page.lines().count() < 25, "{page}");
    let whole = story_text(&long, true);
    assert!(!whole.contains("left out"));
    assert_eq!(whole.matches("cancel asked for").count(), 59);
}

#[test]
fn what_nobody_traded_says_why() {
    let quiet = Story {
        wanted: Wanted {
            held: 5.into(),
            target: Some(json!("6")),
            untraded: Some("band".to_owned()),
            ..Wanted::default()
        },
        crosses: Vec::new(),
        parent: None,
        told: Vec::new(),
        got: BTreeMap::new(),
        end: Some(at(1)),
        ..story()
    };
    let expect = "\
KO in run 20221130-001 · over · decided on 2022-11-30

  no sleeve has a say in it

  held 5 · target 6  →  nothing ordered: the difference is within a lot or the no-trade band
";
    assert_eq!(story_text(&quiet, false), expect);
}

#[test]
fn money_has_cents_and_prices_what_they_need() {
    let price = |text: &str| price(text.parse().unwrap());
    assert_eq!(price("63.9"), "63.90");
    assert_eq!(price("1063.12345678"), "1,063.1235");
    assert_eq!(money("6.5".parse::<Money>().unwrap()), "6.50");
}
