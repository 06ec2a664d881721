//! Actors that panic, and what those who stand there after them find.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use polyfolio_actors::conductor::End;
use polyfolio_oms::events::Event;
use polyfolio_oms::records::Record;
use polyfolio_ports::mock::MockBroker;
use polyfolio_ports::{Blob, BoxFuture, Closes, Journal, JournalError, PriceHistory, Seq};
use polyfolio_store::MemoryJournal;

use crate::around::{Around, Wrapped};
use crate::harness::{Finished, Setup, qty};
use crate::orders::assert_one_order_per_id;
use crate::venue::{Connection, Fate};

/// The connection panics with an order that the venue has accepted: the next one finds it working.
#[actix::test]
async fn a_connector_that_panics_with_a_working_order_finds_it_again() {
    let mut setup = Setup::new();
    setup.venue.fates([Fate::Panic]);
    let venue = setup.venue.clone();
    setup.on_event = Arc::new(move |event| {
        if matches!(&event, Event::Reconciled(found) if found.working == 1) {
            venue.fill_all();
        }
    });
    let finished = setup.run().await;
    finished.is_done();
    assert_eq!(
        (setup.venue.sessions(), setup.venue.submits().len()),
        (2, 1)
    );
    assert_eq!(setup.venue.position("AAA"), qty(1_000));
}

/// Making the new connection panics as well: that is one fall more, and the next one stands.
#[actix::test]
async fn a_connection_that_panics_when_it_is_made_is_made_again() {
    let mut setup = Setup::new();
    setup.venue.fates([Fate::Panic]);
    let (venue, made) = (setup.venue.clone(), AtomicU32::new(0));
    setup.broker = Some(Arc::new(move |clock| {
        let count = made.fetch_add(1, Ordering::SeqCst);
        assert!(count != 1, "the test has the second connection panic");
        Box::new(Connection::new(venue.clone(), clock))
    }));
    let finished = setup.run().await;
    finished.is_done();
    assert_one_order_per_id(&setup.venue);
    assert_eq!(
        (setup.venue.sessions(), setup.venue.position("AAA")),
        (2, qty(1_000))
    );
}

#[actix::test]
async fn a_connector_that_cannot_be_kept_alive_ends_the_task() {
    let mut setup = Setup::new();
    setup.broker = Some(Arc::new(|_| {
        let mut broker = MockBroker::new();
        broker
            .expect_start()
            .returning(|_| panic!("the test has it panic"));
        Box::new(broker)
    }));
    let finished = setup.run().await;
    assert_eq!(
        finished.outcome.end,
        End::Failed("broker_connector fell 5 times".to_owned())
    );
}

/// The router panics once, at each kind of event of a run: the next one folds the journal, looks
/// at the account, and the same orders are finished.
#[actix::test]
async fn a_router_that_panics_goes_on_from_the_journal() {
    type When = fn(&Event) -> bool;
    let events: [(&str, When); 10] = [
        ("recovered", |event| matches!(event, Event::Recovered(_))),
        ("reconciled", |event| matches!(event, Event::Reconciled(_))),
        ("account marked", |event| {
            matches!(event, Event::AccountMarked(_))
        }),
        ("run planned", |event| {
            matches!(event, Event::RunPlanned { .. })
        }),
        ("order submitted", |event| {
            matches!(event, Event::OrderSubmitted { .. })
        }),
        ("order changed", |event| {
            matches!(event, Event::OrderChanged { .. })
        }),
        ("filled", |event| matches!(event, Event::Filled { .. })),
        ("parent staged", |event| {
            matches!(event, Event::ParentStaged { .. })
        }),
        ("run ended", |event| matches!(event, Event::RunEnded { .. })),
        ("stopped", |event| matches!(event, Event::Stopped { .. })),
    ];
    for (name, when) in events {
        let setup = panics_once(when);
        setup.venue.fates([Fate::Half, Fate::Lost]);
        let finished = setup.run().await;
        assert!(
            matches!(finished.outcome.end, End::Done { .. }),
            "{name}: {:?}",
            finished.outcome.end
        );
        assert_eq!(setup.venue.position("AAA"), qty(1_000), "{name}");
        assert_one_order_per_id(&setup.venue);
        assert_one_plan_and_one_intent_an_attempt(&setup, &finished);
    }
}

fn panics_once(when: fn(&Event) -> bool) -> Setup {
    let panicked = AtomicBool::new(false);
    Setup {
        on_event: Arc::new(move |event| {
            let first = when(&event) && !panicked.swap(true, Ordering::SeqCst);
            assert!(!first, "the test has the router panic");
        }),
        ..Setup::new()
    }
}

fn assert_one_plan_and_one_intent_an_attempt(setup: &Setup, finished: &Finished) {
    let records = setup.records();
    let plans = records
        .iter()
        .filter(|record| matches!(record, Record::Planned(_)));
    assert_eq!(plans.count(), 1, "{:?}", finished.events);
    let mut intents = std::collections::BTreeSet::new();
    for record in &records {
        if let Record::Intent(intent) = record {
            let is_new = intents.insert((intent.order.cl_ord_id, intent.attempt));
            assert!(is_new, "twice: {intent:?}");
        }
    }
}

/// A journal whose writer the router does not outlive: the append of a record of this kind is on
/// its way to the disk when the router panics, and is there only behind the next append.
struct Overtaken {
    journal: MemoryJournal,
    kind: &'static str,
    on_its_way: Mutex<Vec<Blob>>,
    panicked: AtomicBool,
}

impl Around for Overtaken {
    fn journal(&self) -> &MemoryJournal {
        &self.journal
    }

    fn append(&self, batch: Vec<Blob>) -> BoxFuture<Result<Seq, JournalError>> {
        let of_kind = batch.iter().any(|blob| blob.kind == self.kind);
        if of_kind && !self.panicked.swap(true, Ordering::SeqCst) {
            *self.on_its_way.lock().unwrap() = batch;
            panic!("the test has the router panic while the journal writes");
        }
        let former = std::mem::take(&mut *self.on_its_way.lock().unwrap());
        let (former, this) = (self.journal.append(former), self.journal.append(batch));
        Box::pin(async move {
            former.await?;
            this.await
        })
    }
}

/// What the former router gave to the journal is in the fold of the next one.
#[actix::test]
async fn a_router_that_panics_while_the_journal_writes_finds_what_was_written() {
    for kind in ["planned", "intent", "fact", "run_ended"] {
        let journal = Wrapped(Overtaken {
            journal: MemoryJournal::new(7),
            kind,
            on_its_way: Mutex::default(),
            panicked: AtomicBool::new(false),
        });
        let setup = Setup {
            journal: Arc::new(journal),
            ..Setup::new()
        };
        let finished = setup.run().await;
        finished.is_done();
        assert_eq!(setup.venue.position("AAA"), qty(1_000), "{kind}");
        assert_one_order_per_id(&setup.venue);
        assert_one_plan_and_one_intent_an_attempt(&setup, &finished);
    }
}

#[actix::test]
async fn a_scaler_that_panics_is_asked_again() {
    let panicked = AtomicBool::new(false);
    let once = move || {
        assert!(
            panicked.swap(true, Ordering::SeqCst),
            "the test has it panic"
        )
    };
    let setup = Setup {
        on_algo: Arc::new(once),
        ..Setup::new()
    };
    setup.run().await.is_done();
    assert_eq!(setup.venue.position("AAA"), qty(1_000));
}

#[actix::test]
async fn a_scaler_that_always_panics_ends_the_task() {
    let setup = Setup {
        on_algo: Arc::new(|| panic!("the test has it panic")),
        ..Setup::new()
    };
    let finished = setup.run().await;
    assert_eq!(
        finished.outcome.end,
        End::Failed("scaler fell 5 times".to_owned())
    );
    assert!(setup.venue.submits().is_empty());
}

#[actix::test]
async fn a_market_that_panics_is_asked_again() {
    struct Falls(Closes, AtomicBool);
    impl PriceHistory for Falls {
        fn closes(&self, _: Option<chrono::NaiveDate>) -> Result<Closes, String> {
            assert!(self.1.swap(true, Ordering::SeqCst), "the test has it panic");
            Ok(self.0.clone())
        }
    }
    let mut setup = Setup::new();
    let closes = setup.history.closes(None).unwrap();
    setup.history = Arc::new(Falls(closes, AtomicBool::new(false)));
    setup.run().await.is_done();
    assert_eq!(setup.venue.position("AAA"), qty(1_000));
}
