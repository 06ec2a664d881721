//! A house that stands still, seen from another thread; and houses that only seem to.

use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use polyfolio_actors::mail::Station;
use polyfolio_actors::messages::{StartRun, Task};
use polyfolio_actors::office::{Patience, Stall, Watch};
use polyfolio_actors::{Office, Wiring};
use polyfolio_clock::{HostClock, Pace, PacedClock};
use polyfolio_model::{Span, Ts};
use polyfolio_ports::Clock;
use polyfolio_store::{MemoryJournal, Mishap};

use crate::harness::{Setup, date, qty};
use crate::venue::Fate;

/// Stalls as they are said.
fn watched(patience: Patience) -> (Watch, Arc<Mutex<Vec<Stall>>>) {
    let said: Arc<Mutex<Vec<Stall>>> = Arc::default();
    let log = Arc::clone(&said);
    let stalled = Arc::new(move |stall| log.lock().unwrap().push(stall));
    (Watch { patience, stalled }, said)
}

/// Asks a thousand times a second, and says so when ten seconds' worth are missing.
fn quick_to_ask() -> Patience {
    Patience {
        every: Span::from_millis(1),
        said_after: 10_000,
        final_after: 60_000,
    }
}

/// The scaler blocks the one thread until somebody outside does something about it: it is named,
/// first for all to know and then for good, and when it is back the log says that it was away.
#[actix::test]
async fn a_station_that_does_not_come_back_is_named() {
    let logs = tempfile::tempdir().unwrap();
    let (release, released) = channel::<()>();
    let (release, released) = (Mutex::new(Some(release)), Mutex::new(released));
    let said: Arc<Mutex<Vec<Stall>>> = Arc::default();
    let log = Arc::clone(&said);
    let stalled = move |stall: Stall| {
        if stall.is_final && stall.station == Some(Station::Scaler) {
            // In a process of its own this would be the end; here it lets go.
            release.lock().unwrap().take();
        }
        log.lock().unwrap().push(stall);
    };
    let patience = Patience {
        every: Span::from_millis(10),
        said_after: 3,
        final_after: 6,
    };
    let setup = Setup {
        watch: Watch {
            patience,
            stalled: Arc::new(stalled),
        },
        on_algo: Arc::new(move || {
            // An end without a word is a word too; a house that nobody watches goes on in the end,
            // and the test fails.
            let _ = released
                .lock()
                .unwrap()
                .recv_timeout(Duration::from_secs(20));
        }),
        logs: Some(logs.path().to_owned()),
        ..Setup::new()
    };
    setup.run().await.is_done();
    assert_eq!(setup.venue.position("AAA"), qty(1_000));
    // A machine that is very busy may have had more to say.
    let of_scaler = |is_final| Stall {
        station: Some(Station::Scaler),
        lasted: Span::from_millis(if is_final { 60 } else { 30 }),
        is_final,
    };
    let said = said.lock().unwrap().clone();
    let at = |stall: &Stall| said.iter().position(|one| one == stall);
    let (first, last) = (at(&of_scaler(false)), at(&of_scaler(true)));
    assert!(first.is_some() && first < last, "{said:?}");
    let events = logs.path().join("2022-12-01/events.jsonl");
    let log = std::fs::read_to_string(events).unwrap();
    let away = r#""body":{"seconds":0.06,"station":"scaler"}"#;
    assert!(log.contains(away), "{log}");
}

/// Nobody answers at the broker's, then the disk does not: whoever has nothing to do gives signs of
/// life all the same, on a clock that jumps as well.
#[actix::test]
async fn a_house_that_waits_is_left_alone() {
    let silent_broker = Setup {
        broker: Some(Arc::new(|_| Box::new(crate::links::silent()))),
        ..Setup::new()
    };
    let journal = MemoryJournal::new(7);
    journal.go_wrong(1, Mishap::Silent);
    let silent_disk = Setup {
        journal: Arc::new(journal),
        ..Setup::new()
    };
    for mut setup in [silent_broker, silent_disk] {
        let (watch, said) = watched(quick_to_ask());
        setup.watch = watch;
        let mut office = Office::open(wiring(&setup)).unwrap();
        let start = StartRun {
            task: Task::Run,
            as_of: None,
        };
        let lives = office.signs_of_life();
        let so_many = lives() + 100;
        tokio::select! {
            biased;
            outcome = office.run(start, std::future::pending()) => panic!("{outcome:?}"),
            () = in_time(|| lives() > so_many || !said.lock().unwrap().is_empty()) => {}
        }
        office.close().await;
        assert_eq!(*said.lock().unwrap(), []);
    }
}

/// Looks again and again, with the house idle between two looks.
async fn in_time(so: impl Fn() -> bool) {
    let host = HostClock::start();
    let late = host.now() + Span::from_secs(60);
    while !so() {
        assert!(host.now() < late, "it never came to be so");
        host.sleep_until(host.now() + Span::from_millis(5)).await;
    }
}

fn wiring(setup: &Setup) -> Wiring {
    let clock = Arc::new(PacedClock::start(Ts::on(date(), 21), Pace::Max).unwrap());
    let (stop, _) = tokio::sync::watch::channel(false);
    setup.wiring(&clock, &Arc::default(), &Arc::default(), stop)
}

/// Minutes of the run's time in no time: the watchdog's is the machine's.
#[actix::test]
async fn time_that_jumps_hastens_no_watchdog() {
    let (watch, said) = watched(Patience {
        every: Span::from_secs(1),
        said_after: 30,
        final_after: 60,
    });
    let setup = Setup {
        watch,
        ..Setup::new()
    };
    setup.venue.fates([Fate::Rest]);
    let finished = setup.run().await;
    finished.is_done();
    assert_eq!(setup.venue.position("AAA"), qty(1_000));
    assert_eq!(*said.lock().unwrap(), []);
}
