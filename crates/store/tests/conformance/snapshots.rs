//! States that stand for records, and records that are dropped.

use polyfolio_ports::{Blob, Journal, JournalError, Seq};

use crate::common::{append, contents, run};
use crate::places::{Place, counted, everywhere};

fn state(n: u64, len: usize) -> Blob {
    let bytes = (0..len as u64).map(|at| ((at * 31 + n) % 251) as u8);
    Blob {
        kind: "state".to_owned(),
        version: 3,
        bytes: bytes.collect(),
    }
}

fn take(journal: &dyn Journal, at: Seq, state: Blob) -> Result<(), JournalError> {
    run(journal.snapshot(at, state))
}

fn compact(journal: &dyn Journal, upto: Seq) -> Result<(), JournalError> {
    run(journal.compact(upto))
}

fn is_refused(answer: &Result<(), JournalError>) -> bool {
    matches!(answer, Err(JournalError::Refused(_)))
}

/// Every record there is, by its number.
fn holds(journal: &dyn Journal, records: std::ops::RangeInclusive<Seq>) {
    let (first, last) = (*records.start(), *records.end());
    assert_eq!(journal.first_seq(), first);
    let (found, end) = contents(journal, first);
    assert_eq!(end, last);
    let blobs = found.iter().map(|(_, blob)| blob);
    assert!(blobs.eq(&counted(first, last + 1 - first)));
    assert!(found.iter().map(|(seq, _)| *seq).eq(records));
    if first > 1 {
        for from in [0, 1, first - 1] {
            let replayed = journal.replay(from, &mut |_, _| panic!("nothing is given"));
            let from = from.max(1);
            assert_eq!(replayed, Err(JournalError::Compacted { from, first }));
        }
    }
}

fn reopened(place: &mut dyn Place, check: impl Fn(&dyn Journal)) {
    for _ in 0..2 {
        check(&*place.open());
        place.close();
    }
}

#[test]
fn a_new_journal_has_no_snapshot_and_its_first_record_is_one() {
    everywhere(|place| {
        let journal = place.open();
        assert_eq!(journal.latest_snapshot(), Ok(None));
        assert_eq!(journal.first_seq(), 1);
    });
}

#[test]
fn the_newest_snapshot_comes_back_to_the_last_byte() {
    everywhere(|place| {
        let journal = place.open();
        append(&*journal, counted(1, 40)).unwrap();
        let sizes = [0, 1, 26_000, 26_086, 26_214, 400_000, 3_000_000, 5];
        for (at, len) in (1..).zip(sizes) {
            take(&*journal, at, state(at, len)).unwrap();
            assert_eq!(journal.latest_snapshot(), Ok(Some((at, state(at, len)))));
        }
        drop(journal);
        place.close();
        reopened(place, |journal| {
            assert_eq!(journal.latest_snapshot(), Ok(Some((8, state(8, 5)))));
            holds(journal, 1..=40);
        });
    });
}

#[test]
fn a_second_snapshot_of_a_record_takes_the_place_of_the_first() {
    everywhere(|place| {
        let journal = place.open();
        append(&*journal, counted(1, 3)).unwrap();
        for n in 0..5 {
            take(&*journal, 3, state(n, 50_000)).unwrap();
            assert_eq!(journal.latest_snapshot(), Ok(Some((3, state(n, 50_000)))));
        }
        drop(journal);
        place.close();
        let latest = place.open().latest_snapshot();
        assert_eq!(latest, Ok(Some((3, state(4, 50_000)))));
    });
}

#[test]
fn a_snapshot_stands_behind_every_append_that_was_asked_for_before() {
    everywhere(|place| {
        let journal = place.open();
        let (one, two) = (journal.append(counted(1, 3)), journal.append(counted(4, 2)));
        let taken = journal.snapshot(5, state(5, 9));
        let three = journal.append(counted(6, 1));
        let answers = run(async { tokio::join!(one, two, taken, three) });
        assert_eq!(answers, (Ok(3), Ok(5), Ok(()), Ok(6)));
        holds(&*journal, 1..=6);
    });
}

#[test]
fn what_would_lose_something_is_refused_and_the_journal_goes_on() {
    everywhere(|place| {
        let journal = place.open();
        append(&*journal, counted(1, 20)).unwrap();
        assert!(is_refused(&compact(&*journal, 1)), "without a snapshot");
        assert!(is_refused(&take(&*journal, 21, state(0, 1))), "ahead");
        take(&*journal, 10, state(10, 1)).unwrap();
        assert!(is_refused(&take(&*journal, 9, state(0, 1))), "older");
        for upto in [11, 20, 21] {
            assert!(is_refused(&compact(&*journal, upto)), "up to {upto}");
        }
        compact(&*journal, 10).unwrap();
        assert!(is_refused(&take(&*journal, 9, state(0, 1))), "dropped");
        append(&*journal, counted(21, 1)).unwrap();
        assert_eq!(journal.latest_snapshot(), Ok(Some((10, state(10, 1)))));
        holds(&*journal, 11..=21);
    });
}

#[test]
fn dropped_records_are_gone_to_the_record_wherever_a_commit_ends() {
    everywhere(|place| {
        let journal = place.open();
        for from in [1, 11, 21] {
            append(&*journal, counted(from, 10)).unwrap();
        }
        take(&*journal, 30, state(30, 100)).unwrap();
        drop(journal);
        for upto in [1, 5, 9, 10, 11, 20, 25, 30] {
            let journal = place.open();
            compact(&*journal, upto).unwrap();
            compact(&*journal, upto - 1).unwrap();
            holds(&*journal, upto + 1..=30);
            drop(journal);
            place.close();
            holds(&*place.open(), upto + 1..=30);
        }
        // Nothing is left, and it goes on.
        let journal = place.open();
        assert_eq!(append(&*journal, vec![]), Ok(30));
        assert_eq!(append(&*journal, counted(31, 4)), Ok(34));
        drop(journal);
        place.close();
        reopened(place, |journal| holds(journal, 31..=34));
    });
}

#[test]
fn records_of_many_pieces_are_dropped_as_any_other() {
    everywhere(|place| {
        let journal = place.open();
        let long = || crate::common::blob(&format!("\"{}\"", "x".repeat(90_000)));
        for _ in 0..3 {
            append(&*journal, vec![long(), long()]).unwrap();
        }
        take(&*journal, 5, state(5, 1)).unwrap();
        for upto in [1, 2, 4, 5] {
            compact(&*journal, upto).unwrap();
            let (found, last) = contents(&*journal, upto + 1);
            assert_eq!((found.len() as u64, last), (6 - upto, 6));
            assert!(found.iter().all(|(_, blob)| *blob == long()));
        }
        drop(journal);
        place.close();
        assert_eq!(contents(&*place.open(), 6).0.len(), 1);
    });
}
