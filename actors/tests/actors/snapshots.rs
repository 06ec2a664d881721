//! The book is kept at a start, and a later start reads no further back than it.

use std::sync::Arc;

use polyfolio_actors::order_router::Keep;
use polyfolio_oms::Book;
use polyfolio_oms::events::Event;
use polyfolio_ports::{Blob, BoxFuture, Journal, JournalError, Seq};
use polyfolio_store::MemoryJournal;

use crate::around::{Around, Wrapped};
use crate::harness::{Finished, Setup, holds, qty};

/// A house that keeps its book at every start.
fn keeper(journal: Arc<dyn Journal>, all: bool) -> Setup {
    Setup {
        journal,
        keep: Keep { every: 1, all },
        ..Setup::new()
    }
}

/// So many runs, every other of which holds twice as much.
async fn runs(setup: &mut Setup, count: usize) -> Vec<Finished> {
    let mut all = Vec::new();
    for n in 0..count {
        let targets = holds(&[("AAA", [10.0, 20.0][n % 2])]);
        let sleeves = setup.clone().sleeves(&[("alpha", targets)]);
        let finished = sleeves.run().await;
        finished.is_done();
        assert_eq!(setup.venue.position("AAA"), qty([1_000, 2_000][n % 2]));
        all.push(finished);
    }
    all
}

fn kept(finished: &Finished) -> Option<(Seq, Seq)> {
    finished.events.iter().find_map(|event| match event {
        Event::StateKept {
            record, dropped, ..
        } => Some((*record, *dropped)),
        _ => None,
    })
}

fn bytes(book: &Book) -> Vec<u8> {
    book.keep().unwrap().bytes
}

#[actix::test]
async fn records_behind_which_a_snapshot_stands_are_dropped_and_nothing_is_lost() {
    let journal = MemoryJournal::new(7);
    let mut setup = keeper(Arc::new(journal.clone()), false);
    let finished = runs(&mut setup, 6).await;
    let snapshots: Vec<_> = finished.iter().map(kept).collect();
    assert_eq!(snapshots[0], None, "of nothing there is no snapshot");
    let snapshots: Vec<(Seq, Seq)> = snapshots.into_iter().flatten().collect();
    assert_eq!(snapshots.len(), 5);
    for two in snapshots.windows(2) {
        assert_eq!(two[0].0, two[1].1, "up to the snapshot before");
    }
    assert_eq!(journal.first_seq(), snapshots[3].0 + 1);
    assert_eq!(
        journal.latest_snapshot().unwrap().unwrap().0,
        snapshots[4].0
    );

    let book = finished.last().unwrap().book.as_ref().unwrap();
    assert_eq!(
        book.records(),
        snapshots[4].0 + 10,
        "of all that there ever were"
    );
    assert_eq!(book.navs().len(), 6);
    let runs: Vec<u32> = book.children().map(|child| child.id().run).collect();
    assert_eq!(runs, [1, 2, 3, 4, 5, 6], "all of one day");
}

#[actix::test]
async fn who_keeps_everything_drops_nothing() {
    let journal = MemoryJournal::new(7);
    let mut setup = keeper(Arc::new(journal.clone()), true);
    let finished = runs(&mut setup, 4).await;
    assert_eq!(journal.first_seq(), 1);
    assert_eq!(kept(&finished[3]).map(|(_, dropped)| dropped), Some(0));
    // The book that went through three snapshots is the fold of all records.
    let mut whole = Book::new(7);
    for record in setup.records() {
        whole.apply(&record);
    }
    let book = finished.last().unwrap().book.as_ref().unwrap();
    assert!(bytes(&whole) == bytes(book));
}

/// A medium that takes records and no snapshot.
struct Small(MemoryJournal);

impl Around for Small {
    fn journal(&self) -> &MemoryJournal {
        &self.0
    }

    fn snapshot(&self, _: Seq, _: Blob) -> BoxFuture<Result<(), JournalError>> {
        Box::pin(async { Err(JournalError::NotWritten("no room".to_owned())) })
    }
}

#[actix::test]
async fn a_snapshot_that_fails_is_said_and_the_run_goes_on() {
    let journal = MemoryJournal::new(7);
    let mut setup = keeper(Arc::new(Wrapped(Small(journal.clone()))), false);
    let finished = runs(&mut setup, 3).await;
    let failed = |event: &Event| matches!(event, Event::StateNotKept { reason } if reason.contains("no room"));
    assert_eq!(finished[2].count(failed), 1);
    assert_eq!(
        (journal.first_seq(), journal.latest_snapshot()),
        (1, Ok(None))
    );
}
