//! Looked at while a run goes on: the journal answers too, from what the run reads back of it.

use rustix::process::Signal;
use serde_json::Value;

use crate::house::House;
use crate::mismatched::said;
use crate::signalled::tell;

/// Long after everything was opened, and far from the end.
const BEGUN: u64 = 25;

fn number(answer: &Value, key: &str) -> u64 {
    answer[key]
        .as_u64()
        .unwrap_or_else(|| panic!("{key}: {answer}"))
}

fn records(answer: &Value) -> &[Value] {
    answer["records"].as_array().expect("records")
}

#[test]
fn the_journal_answers_during_a_run_and_what_it_says_is_what_the_store_holds() {
    let house = House::new("leave");
    // At the pace of the clock it takes a minute and a half: it is there as long as it is needed.
    let held = house.started_until("run --speed 1", || house.records() >= BEGUN);
    let mut held = held.expect("it goes on");

    let (code, verified) = house.asked("journal verify");
    assert_eq!(
        (code, &verified["source"]),
        (Some(0), &"view".into()),
        "{verified}"
    );
    assert_eq!(
        (&verified["ok"], number(&verified, "first_seq")),
        (&true.into(), 1)
    );
    assert_eq!(number(&verified, "records"), number(&verified, "last_seq"));
    let (code, tail) = house.asked("journal tail -n 7");
    assert_eq!((code, &tail["source"]), (Some(0), &"view".into()), "{tail}");
    assert_eq!(records(&tail).len(), 7);
    assert!(number(&records(&tail)[6], "seq") >= number(&verified, "last_seq"));
    // So do the sleeves, whose shares of the account are set by now.
    let (code, sleeves) = house.asked("sleeve");
    assert_eq!((code, &sleeves["source"]), (Some(0), &"view".into()));
    let listed = sleeves["sleeves"].as_array().expect("sleeves");
    let (nobody, own) = listed.split_last().expect("sleeves");
    assert_eq!(nobody["sleeve"], "unassigned");
    assert!(own.iter().all(|one| one["funding"] != "0"), "{sleeves:#}");
    // What is asked again is newer, and never older.
    let again = house.json("journal verify");
    assert!(number(&again, "last_seq") >= number(&verified, "last_seq"));
    assert!(
        held.try_wait().expect("a child").is_none(),
        "the run was held"
    );

    tell(&held, Signal::TERM);
    assert_eq!(held.wait().expect("it ends").code(), Some(143));
    let (code, whole) = house.asked("journal tail -n 100000");
    assert_eq!((code, &whole["source"]), (Some(0), &"store".into()));
    let at = |seq: u64| &records(&whole)[usize::try_from(seq).unwrap() - 1];
    for record in records(&tail) {
        assert_eq!(record, at(number(record, "seq")));
    }
    let next = at(number(&verified, "last_seq") + 1);
    assert_eq!(
        next["prev"], verified["head"],
        "the head that was shown is in the chain"
    );
    assert_eq!(house.json("journal verify")["source"], "store");
    assert_eq!(house.json("sleeve")["source"], "store");
}

#[test]
fn what_a_dead_run_wrote_down_answers_for_nobody() {
    let house = House::new("leave");
    let held = house.started_until("run --speed 1", || house.records() >= BEGUN);
    let mut held = held.expect("it goes on");
    let shown = house.json("journal tail");
    assert_eq!(shown["source"], "view");
    held.kill().expect("SIGKILL");
    held.wait().expect("it is dead");
    let left = house.path("state/paper/journal.json");
    assert!(left.exists(), "it had no time to take it away");
    for verb in ["journal tail", "journal verify"] {
        assert_eq!(house.json(verb)["source"], "store", "{verb}");
    }
    // A plan says that the run comes first, and status that nobody works on it.
    let run = house.json("status")["run"].clone();
    assert_eq!(house.json("plan")["unfinished"], run);
    let (_, page) = said(&house, &["plan"]);
    let label = run.as_str().expect("a run");
    assert!(page.contains(&format!("run {label} is not over")), "{page}");
    assert!(!page.contains("To trade it"), "{page}");
    let (_, page) = said(&house, &["status"]);
    assert!(
        page.contains("nobody works on it; go on with:  polyfolio run"),
        "{page}"
    );
    // The next one lets go of it, whoever it belonged to.
    assert_eq!(house.run(), Some(0));
    assert!(!left.exists());
    assert_eq!(house.asked("journal verify").0, Some(0));
}

#[test]
fn a_run_that_goes_on_is_told_what_a_person_says_of_an_order_and_asks_the_broker_first() {
    let house = House::new("leave");
    let held = house.started_until("run --speed 1", || house.records() >= BEGUN);
    let mut held = held.expect("it goes on");
    let resolve = |id: &str| said(&house, &["resolve", id, "--gone", "--reason", "I think so"]);

    let (ended, text) = resolve(&"f".repeat(32));
    assert_eq!(ended, Some(1));
    assert!(
        text.contains("the run that goes on has no order ffff"),
        "{text}"
    );

    // What others may read of a run is written now and then.
    let heard = |answer: Value| {
        let orders = answer["orders"].as_array()?.iter();
        let mut heard = orders.filter(|order| !order["venue_id"].is_null());
        Some(heard.next()?["cl_ord_id"].clone())
    };
    let known = (0..100).find_map(|_| heard(house.json("orders")));
    let known = known.expect("one of which the broker spoke");
    let (ended, text) = resolve(known.as_str().expect("an id"));
    assert_eq!(ended, Some(1), "the broker has spoken of it");
    assert!(text.contains("has heard it"), "{text}");
    assert!(
        held.try_wait().expect("a child").is_none(),
        "the run was held"
    );

    tell(&held, Signal::TERM);
    assert_eq!(held.wait().expect("it ends").code(), Some(143));
    assert!(
        !house.kinds().contains(&"absent".to_owned()),
        "nothing is on record"
    );
}
