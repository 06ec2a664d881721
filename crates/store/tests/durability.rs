//! When an append is answered, and what happens when the medium refuses.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use std::io;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use polyfolio_ports::{Journal, JournalError, Seq};
use polyfolio_store::{MemoryJournal, Mishap, Options, SledJournal, Step, SyncProbe};

use common::{append, blob, contents, run};

/// Writes down every step, and fails the one it is told to, from a record on.
#[derive(Default)]
struct Probe {
    seen: Mutex<Vec<(&'static str, Step, Seq)>>,
    fails: Mutex<Option<(Step, Seq)>>,
}

impl SyncProbe for Probe {
    fn before(&self, step: Step, last: Seq) -> io::Result<()> {
        self.seen.lock().unwrap().push(("before", step, last));
        match *self.fails.lock().unwrap() {
            Some((fails, from)) if fails == step && last >= from => {
                Err(io::ErrorKind::StorageFull.into())
            }
            _ => Ok(()),
        }
    }

    fn after(&self, step: Step, last: Seq) {
        self.seen.lock().unwrap().push(("after", step, last));
    }
}

fn probed() -> (tempfile::TempDir, Arc<Probe>, SledJournal) {
    let dir = tempfile::tempdir().unwrap();
    let probe = Arc::new(Probe::default());
    let options = Options::default().probe(probe.clone());
    let journal = SledJournal::open_with(dir.path(), options).unwrap();
    (dir, probe, journal)
}

#[test]
fn an_append_is_answered_after_the_sync_and_costs_one() {
    let (_dir, probe, journal) = probed();
    let last = append(&journal, vec![blob("1"), blob("2")]);
    probe
        .seen
        .lock()
        .unwrap()
        .push(("answered", Step::Sync, last.unwrap()));
    let steps = [Step::Write, Step::Flush, Step::Sync];
    let mut expected = Vec::from(
        steps
            .map(|step| [("before", step, 2), ("after", step, 2)])
            .as_flattened(),
    );
    expected.push(("answered", Step::Sync, 2));
    assert_eq!(*probe.seen.lock().unwrap(), expected);
}

#[test]
fn those_who_wait_together_share_a_sync() {
    let (_dir, probe, journal) = probed();
    run(async {
        let appends = (0..500).map(|n| tokio::spawn(journal.append(vec![blob(&n.to_string())])));
        for append in appends.collect::<Vec<_>>() {
            append.await.unwrap().unwrap();
        }
    });
    let seen = probe.seen.lock().unwrap();
    let syncs = seen
        .iter()
        .filter(|(when, step, _)| (*when, *step) == ("after", Step::Sync));
    assert!(syncs.count() <= 50, "{} steps for 500 appends", seen.len());
    assert_eq!(journal.last_seq(), 500);
}

/// Lets the first sync wait for a word.
struct Gate(Mutex<Option<Receiver<()>>>, Mutex<Vec<Seq>>);

impl SyncProbe for Gate {
    fn before(&self, step: Step, _last: Seq) -> io::Result<()> {
        if step == Step::Sync
            && let Some(opened) = self.0.lock().unwrap().take()
        {
            opened.recv().unwrap();
        }
        Ok(())
    }

    fn after(&self, step: Step, last: Seq) {
        if step == Step::Sync {
            self.1.lock().unwrap().push(last);
        }
    }
}

#[test]
fn the_queue_before_a_slow_disk_is_bounded_and_nobody_in_it_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    let (open, opened) = channel();
    let gate = Arc::new(Gate(Mutex::new(Some(opened)), Mutex::default()));
    let options = Options::default().probe(gate.clone());
    let journal = SledJournal::open_with(dir.path(), options).unwrap();
    run(async {
        let appends = (0..3_000).map(|n| tokio::spawn(journal.append(vec![blob(&n.to_string())])));
        let appends: Vec<_> = appends.collect();
        tokio::task::yield_now().await;
        open.send(()).unwrap();
        for append in appends {
            append.await.unwrap().unwrap();
        }
    });
    let lasts = gate.1.lock().unwrap();
    let sizes = lasts.iter().scan(0, |before, last| {
        Some(last - std::mem::replace(before, *last))
    });
    assert!(
        sizes.clone().all(|size| size <= 1_024),
        "{:?}",
        sizes.collect::<Vec<_>>()
    );
    let (records, last) = contents(&journal, 1);
    assert_eq!((records.len(), last), (3_000, 3_000));
}

#[test]
fn a_refusal_at_any_step_fails_the_batch_and_every_later_one() {
    for step in [Step::Write, Step::Flush, Step::Sync] {
        let (dir, probe, journal) = probed();
        append(&journal, vec![blob("1"), blob("2")]).unwrap();
        *probe.fails.lock().unwrap() = Some((step, 4));
        for _ in 0..3 {
            let refused = append(&journal, vec![blob("3"), blob("4")]);
            assert!(
                matches!(&refused, Err(JournalError::NotWritten(_))),
                "{refused:?}"
            );
            assert!(
                refused
                    .unwrap_err()
                    .to_string()
                    .contains("no storage space")
            );
        }
        assert_eq!(
            contents(&journal, 1).0.len(),
            2,
            "{step:?}: only what was acknowledged"
        );

        drop(journal);
        let journal = SledJournal::open(dir.path()).unwrap();
        let found = journal.last_seq();
        assert!(
            found == 2 || found == 4,
            "{step:?}: a whole batch or nothing, not {found}"
        );
        assert_eq!(append(&journal, vec![blob("5")]), Ok(found + 1));
    }
}

#[test]
fn everyone_in_a_failed_commit_hears_of_it() {
    let (_dir, probe, journal) = probed();
    *probe.fails.lock().unwrap() = Some((Step::Sync, 1));
    let answers = run(async {
        tokio::join!(
            journal.append(vec![blob("1")]),
            journal.append(vec![blob("2")]),
            journal.append(vec![]),
        )
    });
    assert!(
        matches!(
            answers,
            (
                Err(JournalError::NotWritten(_)),
                Err(JournalError::NotWritten(_)),
                Err(JournalError::NotWritten(_)),
            )
        ),
        "{answers:?}"
    );
}

#[test]
fn a_paused_clock_stands_still_while_the_disk_works() {
    let (_dir, _probe, journal) = probed();
    run(async {
        tokio::time::pause();
        let began = tokio::time::Instant::now();
        let timer = tokio::spawn(tokio::time::timeout(
            Duration::from_secs(60),
            std::future::pending::<()>(),
        ));
        for n in 0..200 {
            journal.append(vec![blob(&n.to_string())]).await.unwrap();
        }
        assert_eq!(began.elapsed(), Duration::ZERO);
        assert!(!timer.is_finished());
        assert!(
            timer.await.unwrap().is_err(),
            "and jumps when nobody is busy"
        );
        assert!(began.elapsed() >= Duration::from_secs(60));
    });
}

#[test]
fn a_runtime_that_ends_before_the_commit_loses_nothing() {
    let (_dir, _probe, journal) = probed();
    let builder = &mut tokio::runtime::Builder::new_current_thread();
    let ending = builder.max_blocking_threads(1).build().unwrap();
    let (release, released) = channel::<()>();
    let mut waiting = journal.append(vec![blob("1")]);
    ending.block_on(async {
        drop(tokio::task::spawn_blocking(move || released.recv()));
        let mut context = Context::from_waker(Waker::noop());
        assert!(
            waiting.as_mut().poll(&mut context).is_pending(),
            "behind the other job"
        );
    });
    ending.shutdown_background();
    release.send(()).unwrap();
    assert_eq!(run(waiting), Ok(1));
    assert_eq!(append(&journal, vec![blob("2")]), Ok(2));
}

#[test]
fn whoever_has_its_answer_and_lets_go_leaves_the_directory_free() {
    let dir = tempfile::tempdir().unwrap();
    run(async {
        for n in 1..=100 {
            let journal = SledJournal::open(dir.path()).unwrap();
            assert_eq!(journal.append(vec![blob("1")]).await, Ok(n));
        }
    });
}

#[test]
fn without_a_runtime_the_caller_writes_itself() {
    let (_dir, _probe, journal) = probed();
    let mut append = journal.append(vec![blob("1")]);
    let polled = append
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()));
    assert_eq!(polled, Poll::Ready(Ok(1)));
}

#[test]
fn a_closed_journal_is_read_and_not_written() {
    let (dir, _probe, journal) = probed();
    append(&journal, vec![blob("1")]).unwrap();
    journal.close().unwrap();
    assert_eq!(append(&journal, vec![blob("2")]), Err(JournalError::Closed));
    assert_eq!(contents(&journal, 1).1, 1);
    let manifest = std::fs::read_to_string(dir.path().join("manifest.json")).unwrap();
    let sealed = serde_json::from_str::<serde_json::Value>(&manifest).unwrap()["sealed"].clone();
    assert_eq!(sealed["seq"], 1);
    assert_eq!(sealed["hash"], journal.verify().unwrap().head.unwrap());
}

#[test]
fn mishaps_in_memory_leave_what_they_say() {
    let cases = [(Mishap::Lost, 1), (Mishap::Kept, 3)];
    for (mishap, left) in cases {
        let journal = MemoryJournal::new(1);
        journal.go_wrong(2, mishap);
        append(&journal, vec![blob("1")]).unwrap();
        for _ in 0..2 {
            let refused = append(&journal, vec![blob("2"), blob("3")]);
            assert!(
                matches!(refused, Err(JournalError::NotWritten(_))),
                "{refused:?}"
            );
        }
        assert_eq!(contents(&journal, 1).1, 1);
        let reopened = journal.reopen();
        assert_eq!(contents(&reopened, 1).1, left, "{mishap:?}");
        assert_eq!(append(&reopened, vec![blob("4")]), Ok(left + 1));
    }

    let journal = MemoryJournal::new(1);
    journal.go_wrong(1, Mishap::Silent);
    let mut append = journal.append(vec![blob("1")]);
    assert!(
        append
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_pending()
    );
    assert_eq!(contents(&journal.reopen(), 1).1, 0);

    let journal = MemoryJournal::new(1);
    run(journal.append(vec![blob("1"), blob("2")])).unwrap();
    journal.damage(2);
    let replayed = journal.replay(1, &mut |_, _| {});
    assert!(
        matches!(replayed, Err(JournalError::Damaged { seq: 2, .. })),
        "{replayed:?}"
    );
}
