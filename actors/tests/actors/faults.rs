//! Faults that users of other systems met, one test each, where the actors are what decides.
//! `docs/faults.md` has the whole list.

use std::path::Path;
use std::sync::{Arc, Mutex};

use polyfolio_actors::conductor::End;
use polyfolio_actors::messages::Task;
use polyfolio_model::ClOrdId;
use polyfolio_oms::events::Event;
use polyfolio_oms::records::Record;
use polyfolio_oms::router::StopPolicy;
use polyfolio_ports::{Blob, BoxFuture, Command, Journal, JournalError, Seq};
use polyfolio_store::{MemoryJournal, Mishap};
use serde_json::Value;

use crate::around::{Around, Wrapped};
use crate::harness::{Setup, StopWhen, qty};
use crate::venue::{Connection, Fate};

fn events_of(logs: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(logs.join("2022-12-01/events.jsonl")).unwrap();
    let line = |line: &str| serde_json::from_str(line).unwrap();
    text.lines().map(line).collect()
}

fn intents(setup: &Setup) -> Vec<ClOrdId> {
    let intent = |record| match record {
        Record::Intent(intent) => Some(intent.order.cl_ord_id),
        _ => None,
    };
    setup.records().into_iter().filter_map(intent).collect()
}

/// Accepted orders were forgotten on an error of the network: the connection dies with one, what it
/// does while nobody listens is never reported, and the next connection finds it filled.
#[actix::test]
async fn f02_a_connection_that_dies_takes_no_order_with_it() {
    let mut setup = Setup::new();
    setup.venue.fates([Fate::Panic]);
    let venue = setup.venue.clone();
    setup.broker = Some(Arc::new(move |clock| {
        if venue.sessions() > 0 {
            // Said to the connection that is gone.
            venue.fill_all();
        }
        Box::new(Connection::new(venue.clone(), clock))
    }));
    let finished = setup.run().await;
    finished.is_done();
    let venue = &setup.venue;
    assert_eq!((venue.sessions(), venue.submits().len()), (2, 1));
    assert_eq!(venue.position("AAA"), qty(1_000));
    let book = finished.book.unwrap();
    assert_eq!(book.open_children().count(), 0);
    assert_eq!(book.ledger().positions()["AAA"], qty(1_000));
}

/// An order was placed, the database was locked, and its row was never written: here nothing leaves
/// behind a write that failed, neither then nor later.
#[actix::test]
async fn f07_an_order_whose_intent_cannot_be_written_never_leaves() {
    let mut held_back = 0;
    for nth in 1.. {
        let journal = MemoryJournal::new(7);
        journal.go_wrong(nth, Mishap::Lost);
        let setup = Setup {
            journal: Arc::new(journal),
            max_child: Some(qty(500)),
            ..Setup::new()
        };
        let finished = setup.run().await;
        if matches!(finished.outcome.end, End::Done { .. }) {
            break;
        }
        assert!(matches!(finished.outcome.end, End::JournalFailed(_)));
        let durable = intents(&setup);
        let left: Vec<ClOrdId> = setup.venue.submits().iter().map(|o| o.cl_ord_id).collect();
        assert!(
            left.iter().all(|id| durable.contains(id)),
            "{nth}: {left:?}"
        );
        held_back += usize::from(left.is_empty());
    }
    assert!(held_back > 0, "no write stood before an order");
}

/// A disconnect lost the fills, and the remainder was bought once more: the line goes down with half
/// of it filled, the other half fills meanwhile, and nobody ever reports it.
#[actix::test]
async fn f12_what_filled_while_the_line_was_down_is_not_bought_again() {
    let mut setup = Setup::new();
    setup.venue.fates([Fate::Half]);
    let (venue, was_cut) = (setup.venue.clone(), Mutex::new(false));
    setup.on_event = Arc::new(move |event| {
        if matches!(event, Event::Filled { .. })
            && !std::mem::replace(&mut *was_cut.lock().unwrap(), true)
        {
            venue.cut();
            venue.fill_unheard();
            venue.mend();
        }
    });
    let finished = setup.run().await;
    finished.is_done();
    assert_eq!(setup.venue.submits().len(), 1);
    assert_eq!(setup.venue.position("AAA"), qty(1_000));
    let commands = setup.venue.commands();
    let looks = commands
        .iter()
        .filter(|c| matches!(c, Command::Snapshot(_)));
    assert!(
        looks.count() >= 2,
        "the account is looked at after the reconnect"
    );
}

/// The day's log was overwritten by a second run: here the day has one log, and both are in it.
#[actix::test]
async fn f41_a_second_run_of_a_day_adds_to_the_log() {
    let logs = tempfile::tempdir().unwrap();
    let setup = Setup {
        logs: Some(logs.path().to_owned()),
        ..Setup::new()
    };
    setup.run().await.is_done();
    let first = events_of(logs.path());
    setup.run().await.is_done();
    let both = events_of(logs.path());
    assert!(both.len() > first.len());
    assert_eq!(both[..first.len()], first[..]);
}

/// A journal that says when somebody writes to it.
struct Heard {
    journal: MemoryJournal,
    log: Arc<Mutex<Vec<&'static str>>>,
}

impl Around for Heard {
    fn journal(&self) -> &MemoryJournal {
        &self.journal
    }

    fn append(&self, batch: Vec<Blob>) -> BoxFuture<Result<Seq, JournalError>> {
        if !batch.is_empty() {
            self.log.lock().unwrap().push("written");
        }
        self.journal.append(batch)
    }
}

/// Stop, in the stated order: no order leaves any more → the journal has all that was decided → the
/// outcome is told → nobody is made anew → the log has its last line → everybody is gone.
#[actix::test]
async fn a_stop_drains_the_house_in_its_order() {
    for policy in [StopPolicy::Leave, StopPolicy::Cancel] {
        drained(policy).await;
    }
}

async fn drained(policy: StopPolicy) {
    let logs = tempfile::tempdir().unwrap();
    let log: Arc<Mutex<Vec<&'static str>>> = Arc::default();
    let journal = MemoryJournal::new(7);
    let when: StopWhen = |event| matches!(event, Event::Filled { .. });
    let mut setup = Setup {
        journal: Arc::new(Wrapped(Heard {
            journal: journal.clone(),
            log: Arc::clone(&log),
        })),
        logs: Some(logs.path().to_owned()),
        max_child: Some(qty(400)),
        stop: Some((when, policy)),
        ..Setup::new()
    };
    setup.venue.fates([Fate::Half, Fate::Rest, Fate::Rest]);
    let (said, told) = (Arc::clone(&log), Arc::clone(&log));
    setup.on_event = Arc::new(move |event| {
        if matches!(event, Event::Stopped { .. }) {
            said.lock().unwrap().push("stopped");
        }
    });
    setup.venue.watch(Arc::new(move |command| {
        if matches!(command, Command::New(_)) {
            told.lock().unwrap().push("sent");
        }
    }));
    let finished = setup.run().await;
    assert!(
        matches!(finished.outcome.end, End::Stopped { .. }),
        "{:?}",
        finished.outcome.end
    );

    let log = log.lock().unwrap().clone();
    assert_eq!(log.iter().filter(|what| **what == "stopped").count(), 1);
    assert_eq!(
        log.last(),
        Some(&"stopped"),
        "nothing is sent or decided behind it: {log:?}"
    );
    let facts = |records: Vec<Record>| records.iter().filter(|r| r.kind() == "fact").count();
    let of_journal = polyfolio_actors::order_router::read_records(&journal.reopen()).unwrap();
    assert!(facts(of_journal) > 0, "what was heard is durable");

    let lines = events_of(logs.path());
    assert_eq!(finished.log_lines, (lines.len() as u64, 0));
    let at = |found: &dyn Fn(&Value) -> bool| lines.iter().position(found);
    let ordered = [
        at(&|line| line["message"] == "StopRun"),
        at(&|line| line["message"] == "RouterCommand" && line["body"].to_string().contains("Stop")),
        at(&|line| line["message"] == "Event" && line["body"].to_string().contains("topped")),
        at(&|line| line["message"] == "RouterSaid" && line["body"].to_string().contains("topped")),
    ];
    assert!(ordered[0].is_some() && ordered.is_sorted(), "{ordered:?}");
    let fell = |line: &&Value| line["message"] == "ActorStopped" || line["message"] == "Restarted";
    assert_eq!(
        lines.iter().find(fell),
        None,
        "they went because they should"
    );

    setup.stop = None;
    setup.task = Task::Run;
    setup.journal = Arc::new(journal.reopen());
    setup.venue.script(|_| Fate::Fill);
    let venue = setup.venue.clone();
    setup.on_event = Arc::new(move |event| {
        if matches!(event, Event::Reconciled(_)) {
            venue.fill_all();
        }
    });
    setup.run().await.is_done();
    assert_eq!(setup.venue.position("AAA"), qty(1_000));
}
