//! The story of an instrument, from journals written by hand.

use polyfolio_model::{
    CancelRejectReason, ExecKind, Fill, InstrumentId, Money, Qty, RejectReason, RequestId, RunId,
};
use polyfolio_oms::Record;
use polyfolio_oms::records::{Asked, Break, Denied, Stopped, Withdrawn};
use polyfolio_report::slippage::{SlippageReport, slippage_of_run};
use polyfolio_report::story::{NoStory, Story, What};
use serde_json::{Value, json};

use crate::journal::{self, DEPLOYMENT, Journal, at, cl_ord_id, money, price};

fn story_of(journal: &Journal, run: Option<u32>, symbol: &str) -> Result<Story, NoStory> {
    let run = run.map(RunId);
    let costs = match run {
        None => SlippageReport::of(&journal.book),
        Some(run) => {
            let records = journal.records.iter().cloned();
            slippage_of_run(DEPLOYMENT, records, run).unwrap_or_default()
        }
    };
    Story::of(&journal.records, run, &symbol.into(), &costs)
}

fn story(journal: &Journal, run: Option<u32>, symbol: &str) -> Story {
    story_of(journal, run, symbol).unwrap_or_else(|error| panic!("{symbol}: {error}"))
}

/// The names of what happened, in order.
fn events(story: &Story) -> Vec<String> {
    let json = serde_json::to_value(&story.told).unwrap();
    let told = json.as_array().unwrap().iter();
    let name = |told: &Value| told["event"].as_str().unwrap().to_owned();
    told.map(name).collect()
}

#[test]
fn an_order_from_the_wish_to_the_cost() {
    let story = story(&journal::first_run(), None, "CVX");
    assert_eq!((&*story.run, story.end), ("20221130-001", Some(at(361))));
    let expect = [
        "arrived", "sent", "accepted", "filled", "sent", "filled", "done",
    ];
    assert_eq!(events(&story), expect);
    let got = |sleeve: &str| &story.got[sleeve];
    assert_eq!(got("trend").quantity, Qty::from(180));
    assert_eq!(got("momentum").quantity, Qty::from(232));
    assert_eq!(got("trend").fee, money("1.8"));
    // 87 at 179.25 and 93 at 179.40.
    assert_eq!(got("trend").avg_px, Some(price("179.3275")));
    let What::Filled { sleeves, fee, .. } = &story.told[3].what else {
        panic!("{:?}", story.told[3]);
    };
    assert_eq!(*fee, Some(money("2")));
    assert_eq!(sleeves["trend"], Qty::from(87));
    let cost = story.cost.as_ref().unwrap();
    assert_eq!(cost.costs.shortfall.total.unwrap().cash, money("56.52"));
    assert_eq!(story.told[0].time, at(1));
}

#[test]
fn of_what_a_plan_says_nothing_is_lost() {
    let mut journal = Journal::new();
    let plan = json!({
        "why": { "a": "above its average", "b": "ranks first" },
        "sleeves": { "a": { "KO": "10.4", "CVX": "0" }, "b": { "KO": "-4.4" } },
        "residues": { "a": { "KO": "0.4" }, "b": { "KO": "-0.4" } },
        "targets": { "KO": "6", "CVX": "0" },
        "positions": { "KO": "5", "OLD": "3" },
        "unclaimed": { "KO": "1" },
        "working": { "KO": "2" },
        "unknown": { "KO": "-1" },
        "closes": { "KO": "63.95" },
        "orders": [],
        "untraded": [{ "symbol": "KO", "quantity": "1", "reason": "band" }],
        "refusals": [
            { "code": "x", "symbol": "KO", "message": "too much of it" },
            { "code": "x", "symbol": "CVX", "message": "not this" },
        ],
    });
    journal.plan(1, "2022-11-30", 0, plan);
    let story = story(&journal, None, "KO");
    let wanted = &story.wanted;
    let numbers = [
        wanted.held,
        wanted.unclaimed,
        wanted.working,
        wanted.unknown,
    ];
    assert_eq!(numbers, [5, 1, 2, -1].map(Qty::from));
    assert_eq!(wanted.close, Some(price("63.95")));
    assert_eq!(wanted.untraded.as_deref(), Some("band"));
    assert_eq!(wanted.refused, ["too much of it"]);
    assert_eq!((wanted.side, &wanted.quantity), (None, &None));
    let wish = &wanted.sleeves["b"];
    assert_eq!(wish.target, Some(json!("-4.4")));
    assert_eq!(wish.residue, Some(json!("-0.4")));
    assert_eq!(wish.why.as_deref(), Some("ranks first"));
    assert_eq!((story.end, story.cost, story.parent), (None, None, None));
    // What nobody wants and the account holds has a story too; what nobody knows has none.
    assert!(story_of(&journal, None, "OLD").is_ok());
    let others = ["CVX", "KO", "OLD"].map(InstrumentId::from).to_vec();
    assert_eq!(
        story_of(&journal, None, "ZZZ"),
        Err(NoStory::NotInIt {
            run: "20221130-001".to_owned(),
            symbol: "ZZZ".into(),
            others,
        })
    );
    assert_eq!(story_of(&journal, Some(7), "KO"), Err(NoStory::NoRun));
    assert_eq!(story_of(&Journal::new(), None, "KO"), Err(NoStory::NoRun));
}

#[test]
fn every_run_has_its_own_and_crosses_are_told() {
    let journal = journal::two_runs();
    let (first, last) = (
        story(&journal, Some(1), "CVX"),
        story(&journal, None, "CVX"),
    );
    assert_eq!(first, story(&journal::first_run(), None, "CVX"));
    assert_eq!(last.run, "20221201-002");
    assert_eq!(last.got["momentum"].quantity, Qty::from(-100));
    let crossed = story(&journal, Some(1), "KO");
    assert_eq!(crossed.crosses.len(), 1);
    assert_eq!(crossed.crosses[0].quantity, Qty::from(40));
}

#[test]
fn what_goes_wrong_is_told_in_its_place() {
    let mut journal = journal::first_run_at_work();
    let id = cl_ord_id(1, 1, 2);
    let parent = id.parent_id();
    let hear = |journal: &mut Journal, kind, time| journal.hear(id, kind, time);
    let request = RequestId(1);
    hear(&mut journal, ExecKind::New, 302);
    journal.write(Record::Asked(Asked {
        cl_ord_id: id,
        request,
        amend: None,
        time: at(303),
    }));
    let reason = CancelRejectReason::TooLate;
    hear(
        &mut journal,
        ExecKind::CancelRejected { request, reason },
        304,
    );
    let fill = |exec_id: &str, quantity: i64| Fill {
        exec_id: exec_id.into(),
        last_qty: quantity.into(),
        last_px: price("179.4"),
        fee: None,
        liquidity: None,
    };
    hear(&mut journal, ExecKind::Trade(fill("X2", 5)), 305);
    let fee = money("0.05");
    let exec_id = "X2".into();
    hear(&mut journal, ExecKind::Fee { exec_id, fee }, 306);
    let (exec_id, reference) = ("X3".into(), "X2".into());
    hear(
        &mut journal,
        ExecKind::TradeCancel { exec_id, reference },
        307,
    );
    let canceled = ExecKind::Canceled {
        request: None,
        cum_qty: None,
    };
    hear(&mut journal, canceled, 308);
    journal.submit(cl_ord_id(1, 1, 3), 7, None, 310);
    let (reason, text) = (RejectReason::Other, "no".to_owned());
    journal.hear(cl_ord_id(1, 1, 3), ExecKind::Rejected { reason, text }, 311);
    journal.submit(cl_ord_id(1, 1, 4), 7, None, 312);
    journal.write(Record::Absent(Withdrawn {
        cl_ord_id: cl_ord_id(1, 1, 4),
        evidence: "in no list".to_owned(),
        time: at(313),
    }));
    journal.write(Record::Denied(Denied {
        parent,
        code: "max_order_notional".to_owned(),
        message: "too large".to_owned(),
        time: at(314),
    }));
    for (instrument, reason) in [("CVX", Some("look")), ("KO", Some("not it")), ("CVX", None)] {
        journal.write(Record::Stopped(Stopped {
            instrument: instrument.into(),
            reason: reason.map(str::to_owned),
            time: at(315),
        }));
    }
    journal.write(Record::Break(Break {
        instrument: Some("CVX".into()),
        code: "position".to_owned(),
        message: "412 are not 400".to_owned(),
        time: at(316),
    }));
    let story = story(&journal, None, "CVX");
    let all = events(&story);
    let expect = [
        "accepted",
        "cancel_asked",
        "cancel_rejected",
        "filled",
        "busted",
        "canceled",
        "sent",
        "rejected",
        "sent",
        "gone",
        "denied",
        "stopped",
        "freed",
        "break",
    ];
    assert_eq!(all[all.len() - expect.len()..], expect);
    let fees = story.told.iter().filter_map(|told| match &told.what {
        What::Filled { fee, .. } => Some(*fee),
        _ => None,
    });
    let fees: Vec<Option<Money>> = fees.collect();
    assert_eq!(fees, [Some(money("2")), Some(fee)], "said later");
}
