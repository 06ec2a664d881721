//! The process that writes reads behind its own writer, and sees what the store holds.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use polyfolio_store::{Envelope, Follower, SledJournal, verify};

use common::{append, blob, journal_of};

fn kept(follower: &Follower) -> Vec<u64> {
    follower.tail().map(|record| record.seq).collect()
}

#[test]
fn it_begins_with_what_was_there_and_says_what_a_look_would() {
    for before in [0, 1, 3, 40] {
        let dir = journal_of(before);
        let journal = SledJournal::open(dir.path()).unwrap();
        let mut follower = journal.follow(3).unwrap();
        assert!(!follower.catch_up().unwrap(), "nothing was written yet");
        assert_eq!(follower.verification(), journal.verify().unwrap());
        let last: Vec<u64> = (before.saturating_sub(2).max(1)..=before).collect();
        assert_eq!(kept(&follower), last);

        append(&journal, vec![blob("1"), blob("2")]).unwrap();
        append(&journal, vec![blob("3")]).unwrap();
        assert!(follower.catch_up().unwrap());
        let said = follower.verification();
        assert_eq!(said, journal.verify().unwrap());
        assert_eq!((said.ok, said.records), (true, before + 3));
        assert_eq!(kept(&follower), [before + 1, before + 2, before + 3]);
        for record in follower.tail() {
            assert_eq!(Envelope::published(&record.line).as_ref(), Some(record));
        }
        drop((follower, journal));
        assert_eq!(verify(dir.path()).unwrap(), said);
    }
}

#[test]
fn it_never_runs_ahead_of_what_was_acknowledged_nor_disturbs_the_writer() {
    let dir = journal_of(5);
    let journal = SledJournal::open(dir.path()).unwrap();
    let over = Arc::new(AtomicBool::new(false));
    let reader = std::thread::spawn({
        let (journal, over) = (journal.clone(), Arc::clone(&over));
        let mut follower = journal.follow(10).unwrap();
        move || {
            let mut looks = 0;
            loop {
                let done = over.load(Ordering::SeqCst);
                follower.catch_up().unwrap();
                let said = follower.verification();
                assert!(said.ok, "{said:?}");
                assert!(said.last_seq <= journal.last_seq());
                assert_eq!(kept(&follower).last(), Some(&said.last_seq));
                looks += 1;
                if done {
                    return (said, looks);
                }
            }
        }
    });
    for n in 0..300_u32 {
        let batch = (0..1 + n % 4).map(|k| blob(&format!("[{n},{k}]")));
        append(&journal, batch.collect()).unwrap();
    }
    over.store(true, Ordering::SeqCst);
    let (said, looks) = reader.join().unwrap();
    assert!(looks > 1);
    assert_eq!(said, journal.verify().unwrap());
}
