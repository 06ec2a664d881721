//! The broker has another order under an id of ours: nothing is traded, and a person says what became
//! of ours, which no list will ever do.

use std::path::Path;
use std::process::Stdio;

use polyfolio_ports::{Blob, Journal};
use polyfolio_store::SledJournal;

use crate::house::House;
use crate::restored::{code, copy, put_back};

/// What a verb says, on both channels, and how it ends.
pub(crate) fn said(house: &House, words: &[&str]) -> (Option<i32>, String) {
    let mut command = house.command(words);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = command.output().expect("it runs");
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8(text).expect("text");
    println!("$ polyfolio {}\n{text}", words.join(" "));
    (output.status.code(), text)
}

pub(crate) fn records(state: &Path) -> Vec<Blob> {
    let journal = SledJournal::read_only(state).expect("a journal");
    let mut blobs = Vec::new();
    let read = journal.replay(1, &mut |_, blob| blobs.push(blob));
    read.expect("records");
    blobs
}

/// A house whose journal knows the first order of run 2 as another one than the broker does; with
/// the id of that order.
fn mismatched() -> (House, String) {
    let house = House::new("leave");
    let state = house.path("state/paper");
    assert_eq!(code(&house, &["run", "--as-of", "2022-11-30"]), Some(0));
    let backup = house.path("backup");
    copy(&state, &backup);
    let before = records(&state).len();
    assert_eq!(code(&house, &["run"]), Some(0));
    let mut newer = records(&state).split_off(before);
    let intent = newer.iter().position(|blob| blob.kind == "intent");
    newer.truncate(intent.expect("an order") + 1);
    newer.retain(|blob| ["planned", "parent", "intent"].contains(&blob.kind.as_str()));
    let last = newer.last_mut().expect("an order");
    let mut order: serde_json::Value = serde_json::from_slice(&last.bytes).expect("JSON");
    order["order"]["order_qty"] = "9999".into();
    last.bytes = order.to_string().into_bytes();
    put_back(&house, &backup);
    let journal = SledJournal::open(&state).expect("a journal");
    let written = actix::System::new().block_on(async { journal.append(newer).await });
    written.expect("it takes them");
    journal.close().expect("it closes");
    let id = order["order"]["cl_ord_id"].as_str().expect("an id");
    (house, id.to_owned())
}

#[test]
fn an_order_that_no_list_can_prove_is_settled_by_a_person() {
    let (house, id) = mismatched();
    let before = house.accepted();
    let (ended, text) = said(&house, &["run"]);
    assert_eq!(ended, Some(5), "this directory must not trade at all");
    assert!(text.contains("is not ours at the broker"), "{text}");
    assert!(text.contains("polyfolio status"), "{text}");

    let (_, text) = said(&house, &["status"]);
    let next = format!("if it is dead:  polyfolio resolve {id} --gone --reason WHY");
    assert!(text.contains(&next), "{text}");

    let gone = ["resolve", &id, "--gone", "--reason", "the desk says so"];
    let (ended, text) = said(&house, &gone);
    assert_eq!(ended, Some(0));
    let on_record = format!("order {id} is on record as gone (a person: the desk says so)");
    assert!(text.contains(&on_record), "{text}");
    assert!(text.contains("may be traded again"), "{text}");
    let tail = records(&house.path("state/paper"));
    let absent = tail.iter().rfind(|blob| blob.kind == "absent");
    let absent = String::from_utf8(absent.expect("a record").bytes.clone()).expect("text");
    assert!(absent.contains("a person: the desk says so"), "{absent}");
    assert!(!said(&house, &["status"]).1.contains("resolve"));

    let (ended, text) = said(&house, &gone);
    assert_eq!(ended, Some(1));
    assert!(text.contains("it is on record as gone"), "{text}");
    let foreign = "f".repeat(32);
    let (ended, text) = said(&house, &["resolve", &foreign, "--gone", "--reason", "x"]);
    assert_eq!(ended, Some(1));
    assert!(text.contains("another state directory sent it"), "{text}");
    let (ended, _) = said(&house, &["resolve", "KO", "--gone", "--reason", "x"]);
    assert_eq!(ended, Some(2));
    let (ended, _) = said(&house, &["resolve", &id, "--gone"]);
    assert_eq!(ended, Some(2), "a reason is asked for");
    assert_eq!(house.accepted(), before, "and nothing was sent");
}
