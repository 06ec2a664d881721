//! Killed and opened again: nothing that was said is lost, and time stood still meanwhile.

use std::fs;
use std::io::Write;
use std::path::Path;

use polyfolio_broker_paper::{Notice, PaperError, PaperVenue, read_account, read_tape};
use polyfolio_model::{ExecKind, RejectReason, Side, Span};
use polyfolio_ports::Clock;
use proptest::prelude::*;

use crate::common::*;

/// Works orders for so many seconds and stops without a word, as a killed process does.
fn live_and_die(dir: &Path, first_child: u32, secs: i64) -> polyfolio_broker_paper::AccountView {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let (venue, _) = PaperVenue::open(dir, config()).unwrap();
        venue.set_market(date(1), &closes(100)).unwrap();
        let mut session = Session::start(&venue);
        session.send(order(first_child, Side::Buy, 7, "99.98"));
        session.send(order(first_child + 1, Side::Sell, 9, "100.02"));
        session.send(order(first_child + 2, Side::Buy, 5, "market"));
        session.send(order(first_child + 3, Side::Buy, 5, "80"));
        session.pass_secs(secs).await;
        venue.advance_to(session.clock.now());
        venue.account().unwrap()
    })
}

#[test]
fn an_account_survives_its_process() {
    let dir = tempfile::tempdir().unwrap();
    let alive = live_and_die(dir.path(), 1, 17);
    assert!(!alive.open_orders.is_empty());
    let before = read_account(dir.path(), &config()).unwrap();
    assert_eq!(before.as_ref(), Some(&alive));
    let (venue, notices) = PaperVenue::open(dir.path(), config()).unwrap();
    assert_eq!(notices, []);
    venue.set_market(date(1), &closes(100)).unwrap();
    assert_eq!(venue.account(), Some(alive));
}

#[test]
fn a_broken_life_is_the_unbroken_one_when_nothing_was_on_the_wire() {
    let (broken, unbroken) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    live_and_die(broken.path(), 1, 17);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let (venue, _) = PaperVenue::open(broken.path(), config()).unwrap();
        let session = Session::start(&venue);
        session.pass_secs(200).await;
        venue.advance_to(session.clock.now());
    });
    live_and_die(unbroken.path(), 1, 217);
    let tape = |dir: &Path| fs::read_to_string(dir.join("tape.jsonl")).unwrap();
    assert_eq!(tape(broken.path()), tape(unbroken.path()));
    assert_eq!(
        read_account(broken.path(), &config()).unwrap(),
        read_account(unbroken.path(), &config()).unwrap()
    );
}

#[test]
fn an_unfinished_line_was_never_said_and_is_cut_off() {
    let dir = tempfile::tempdir().unwrap();
    let alive = live_and_die(dir.path(), 1, 17);
    let tape = dir.path().join("tape.jsonl");
    let whole = fs::read(&tape).unwrap();
    let mut file = fs::File::options().append(true).open(&tape).unwrap();
    file.write_all(b"{\"time\":\"2022-12-01T21:00:17.5Z\",\"eve")
        .unwrap();
    assert_eq!(
        read_account(dir.path(), &config()).unwrap(),
        Some(alive.clone())
    );
    let (venue, notices) = PaperVenue::open(dir.path(), config()).unwrap();
    assert_eq!(notices, [Notice::TornLine { bytes: 37 }]);
    assert_eq!(venue.account(), Some(alive));
    assert_eq!(fs::read(&tape).unwrap(), whole);
}

#[test]
fn a_damaged_line_is_named() {
    let dir = tempfile::tempdir().unwrap();
    live_and_die(dir.path(), 1, 17);
    let path = dir.path().join("tape.jsonl");
    let tape = fs::read_to_string(&path).unwrap();
    fs::write(&path, tape.replacen("\"accepted\"", "\"acccpted\"", 1)).unwrap();
    let fault = PaperVenue::open(dir.path(), config()).unwrap_err();
    assert!(
        matches!(fault, PaperError::Damaged { line: 3, .. }),
        "{fault}"
    );
}

#[test]
fn a_clock_that_cannot_be_read_stands_at_the_last_event() {
    let dir = tempfile::tempdir().unwrap();
    let alive = live_and_die(dir.path(), 1, 17);
    fs::write(dir.path().join("clock"), "?").unwrap();
    let last = read_tape(dir.path()).unwrap().last().unwrap().time;
    let (venue, _) = PaperVenue::open(dir.path(), config()).unwrap();
    assert_eq!(venue.venue_time(), Some(last));
    let account = venue.account().unwrap();
    assert_eq!(
        (account.cash, account.positions),
        (alive.cash, alive.positions)
    );
}

#[test]
fn new_parameters_leave_the_prices_where_they_were() {
    let dir = tempfile::tempdir().unwrap();
    let alive = live_and_die(dir.path(), 1, 17);
    let mut changed = config();
    changed.seed = 99;
    let (venue, notices) = PaperVenue::open(dir.path(), changed).unwrap();
    assert_eq!(notices, []);
    venue.set_market(date(1), &closes(300)).unwrap();
    assert_eq!(venue.account().unwrap().mids, alive.mids);
    let last = read_tape(dir.path()).unwrap().pop().unwrap();
    assert_eq!(last.event, polyfolio_broker_paper::TapeTag::Market);
}

#[tokio::test(start_paused = true)]
async fn ids_stay_used_after_a_death() {
    let dir = tempfile::tempdir().unwrap();
    let first = opened(dir.path());
    let mut session = Session::start(&first);
    session.send(order(1, Side::Buy, 5, "market"));
    session.pass_secs(1).await;
    drop((session, first));
    let (venue, _) = PaperVenue::open(dir.path(), config()).unwrap();
    let mut session = Session::start(&venue);
    session.send(order(1, Side::Buy, 5, "market"));
    session.pass(Span::from_millis(100)).await;
    let refused = |kind: &ExecKind| {
        matches!(
            kind,
            ExecKind::Rejected {
                reason: RejectReason::DuplicateClOrdId,
                ..
            }
        )
    };
    let kinds = session.kinds();
    assert!(kinds.len() == 1 && refused(&kinds[0]), "{kinds:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Wherever the tape is cut, what is left opens, adds up, holds each order once, and the
    /// account goes on from there.
    #[test]
    fn any_prefix_of_a_tape_is_an_account(cut in 0.0..1.0_f64) {
        let dir = tempfile::tempdir().unwrap();
        live_and_die(dir.path(), 1, 60);
        let path = dir.path().join("tape.jsonl");
        let mut tape = fs::read(&path).unwrap();
        tape.truncate((tape.len() as f64 * cut) as usize);
        fs::write(&path, &tape).unwrap();
        fs::remove_file(dir.path().join("clock")).unwrap();
        live_and_die(dir.path(), 10, 60);
        let (venue, _) = PaperVenue::open(dir.path(), config()).unwrap();
        let mut ids = std::collections::BTreeSet::new();
        for line in read_tape(dir.path()).unwrap() {
            if line.event == polyfolio_broker_paper::TapeTag::Accepted {
                prop_assert!(ids.insert(line.cl_ord_id));
            }
        }
        prop_assert!(venue.account().is_some());
    }
}
