//! An identity of the books does not hold: the process halts trading for good, says which one and
//! with what numbers, and leaves what is needed to look into it.

use polyfolio_ports::Journal;
use polyfolio_store::SledJournal;
use serde_json::Value;

use crate::house::House;
use crate::killed::run_killed_at;
use crate::mismatched::{records, said};

/// A house whose run was killed with an order on record that its parent has no room for: what a
/// fault of our own would leave. With the id of that order.
fn overshot() -> (House, String) {
    let (house, mut intent) = (20..)
        .step_by(5)
        .find_map(killed_with_an_order)
        .expect("one");
    let order = &mut intent["order"];
    let id = order["cl_ord_id"].as_str().expect("an id");
    let id = format!("{}{:08x}", &id[..24], 99);
    order["cl_ord_id"] = id.as_str().into();
    order["order_qty"] = "1000000".into();
    let state = house.path("state/paper");
    let mut blob = records(&state)
        .into_iter()
        .rfind(|blob| blob.kind == "intent")
        .expect("an order");
    blob.bytes = intent.to_string().into_bytes();
    let journal = SledJournal::open(&state).expect("a journal");
    let written = actix::System::new().block_on(async { journal.append(vec![blob]).await });
    written.expect("it takes it");
    journal.close().expect("it closes");
    (house, id)
}

/// Killed in the middle of a run, after an order was decided on; and that order as it is on record.
fn killed_with_an_order(length: u64) -> Option<(House, Value)> {
    assert!(length < 500, "no run was ever killed with an order");
    let house = House::new("leave");
    if !run_killed_at(&house, length) {
        return None;
    }
    let records = records(&house.path("state/paper"));
    let order = records.iter().rfind(|blob| blob.kind == "intent")?;
    let order = serde_json::from_slice(&order.bytes).expect("JSON");
    Some((house, order))
}

#[test]
fn an_order_without_room_halts_trading_durably_and_leaves_a_bundle() {
    let (house, id) = overshot();
    println!("{id}");
    let (ended, text) = said(&house, &["run"]);
    assert_eq!(ended, Some(4), "{text}");
    let reason = "an invariant is violated: parent";
    assert!(text.contains(reason), "{text}");
    assert!(text.contains("support-1.tar.gz"), "{text}");
    assert!(house.path("state/paper/support-1.tar.gz").is_file());
    let status = house.json("status");
    assert_eq!(status["trading_state"], "halted");
    let why = status["trading_reason"].as_str().unwrap_or_default();
    assert!(why.starts_with(reason), "{why}");
    assert!(!house.accepted().contains_key(&id), "it was never sent");

    let before = house.accepted();
    let (ended, text) = said(&house, &["run"]);
    assert_eq!(ended, Some(4), "it stays halted: {text}");
    assert_eq!(house.accepted(), before, "nothing more is sent");
}
