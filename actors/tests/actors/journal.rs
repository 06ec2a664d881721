//! Durable before sent: a journal that fails, that never answers, and the one on disk, watched.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use polyfolio_actors::conductor::End;
use polyfolio_model::ClOrdId;
use polyfolio_oms::records::Record;
use polyfolio_ports::{Command, Journal, Seq};
use polyfolio_store::{MemoryJournal, Mishap, Options, SledJournal, Step, SyncProbe};

use crate::harness::{Setup, qty};
use crate::orders::assert_one_order_per_id;
use crate::venue::Fate;

/// Whichever append of a run fails, whether its records are there afterwards or not: nothing leaves
/// that is not durable, the task ends at once, and the next process finishes the same orders.
#[actix::test]
async fn a_journal_that_fails_stops_everything() {
    for mishap in [Mishap::Lost, Mishap::Kept] {
        for nth in 1..100 {
            if !fails_at(nth, mishap).await {
                assert!(nth > 5, "a run has more appends than {nth}");
                break;
            }
        }
    }
}

/// Whether the run met the mishap.
async fn fails_at(nth: u64, mishap: Mishap) -> bool {
    let journal = MemoryJournal::new(7);
    journal.go_wrong(nth, mishap);
    let mut setup = Setup {
        journal: Arc::new(journal.clone()),
        ..Setup::new()
    };
    setup.max_child = Some(qty(250));
    setup.venue.fates([Fate::Fill, Fate::Half, Fate::NotSent]);
    let finished = setup.run().await;
    if matches!(finished.outcome.end, End::Done { .. }) {
        return false;
    }
    let end = finished.outcome.end;
    assert!(
        matches!(&end, End::JournalFailed(why) if why.contains("could not be written")),
        "{end:?}"
    );
    let durable = intents(&setup.records());
    for order in setup.venue.submits() {
        assert!(
            durable.contains(&order.cl_ord_id),
            "{order:?} left before it was durable"
        );
    }

    setup.journal = Arc::new(journal.reopen());
    let next = setup.run().await;
    next.is_done();
    assert_eq!(setup.venue.position("AAA"), qty(1_000), "{nth} {mishap:?}");
    assert_one_order_per_id(&setup.venue);
    true
}

/// The disk hangs: nothing leaves while it does, for however long.
#[actix::test]
async fn nothing_leaves_while_the_journal_does_not_answer() {
    for nth in 1..=2 {
        let journal = MemoryJournal::new(7);
        journal.go_wrong(nth, Mishap::Silent);
        let setup = Setup {
            journal: Arc::new(journal),
            ..Setup::new()
        };
        let stuck = setup.run_for(polyfolio_model::Span::from_secs(3_600)).await;
        assert!(stuck.is_none(), "{nth}");
        assert!(setup.venue.submits().is_empty(), "{nth}");
        // The second append holds the intents: whose orders they are was told ahead of it.
        let commands = setup.venue.commands();
        let is_announced = commands.iter().any(|c| matches!(c, Command::Prepare(_)));
        assert_eq!(is_announced, nth == 2, "{commands:?}");
    }
}

/// A broker that has something of its own to write before an order leaves hears of every order
/// once, before it comes.
#[actix::test]
async fn every_order_is_announced_before_it_is_sent() {
    let mut setup = Setup::new();
    setup.max_child = Some(qty(250));
    setup.venue.fates([Fate::Fill, Fate::Half, Fate::NotSent]);
    setup.run().await.is_done();
    let mut announced = BTreeSet::new();
    for command in setup.venue.commands() {
        match command {
            Command::Prepare(ids) => announced.extend(ids),
            Command::New(order) => assert!(announced.remove(&order.cl_ord_id), "{order:?}"),
            _ => {}
        }
    }
    assert_eq!(announced, BTreeSet::new(), "announced and never sent");
}

fn intents(records: &[Record]) -> BTreeSet<ClOrdId> {
    let intent = |record: &Record| match record {
        Record::Intent(intent) => Some(intent.order.cl_ord_id),
        _ => None,
    };
    records.iter().filter_map(intent).collect()
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Seen {
    Synced(Seq),
    Left(ClOrdId),
}

struct Probe(Arc<Mutex<Vec<Seen>>>);

impl SyncProbe for Probe {
    fn after(&self, step: Step, last: Seq) {
        if step == Step::Sync {
            self.0.lock().unwrap().push(Seen::Synced(last));
        }
    }
}

/// On disk: for every batch of intents the sync of the data file has returned before the first of
/// its orders reaches the broker.
#[actix::test]
async fn on_disk_every_intent_is_synced_before_its_order_leaves() {
    let dir = tempfile::tempdir().unwrap();
    let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
    let options = Options::default()
        .deployment(7)
        .probe(Arc::new(Probe(seen.clone())));
    let journal = Arc::new(SledJournal::open_with(dir.path(), options).unwrap());
    let mut setup = Setup {
        journal: journal.clone(),
        ..Setup::new()
    };
    setup.max_child = Some(qty(100));
    setup
        .venue
        .fates([Fate::Fill, Fate::Lost, Fate::NotSent, Fate::Half]);
    let log = seen.clone();
    setup.venue.watch(Arc::new(move |command| {
        if let Command::New(order) = command {
            log.lock().unwrap().push(Seen::Left(order.cl_ord_id));
        }
    }));
    setup.run().await.is_done();

    let mut places = Vec::new();
    journal
        .replay(1, &mut |seq, blob| {
            if let Ok(Record::Intent(intent)) =
                Record::decode(&blob.kind, blob.version, &blob.bytes)
            {
                places.push((intent.order.cl_ord_id, seq));
            }
        })
        .unwrap();
    let seen = seen.lock().unwrap();
    let mut times_left = std::collections::BTreeMap::<ClOrdId, usize>::new();
    for (at, event) in seen.iter().enumerate() {
        let Seen::Left(id) = event else { continue };
        let time = times_left.entry(*id).or_default();
        let (_, seq) = places.iter().filter(|(of, _)| of == id).nth(*time).unwrap();
        *time += 1;
        let synced = |event: &Seen| matches!(event, Seen::Synced(last) if last >= seq);
        assert!(
            seen[..at].iter().any(synced),
            "{id} left before {seq} was synced: {seen:?}"
        );
    }
    assert!(times_left.values().sum::<usize>() >= 11, "{times_left:?}");
    journal.close().unwrap();
}
