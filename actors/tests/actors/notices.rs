//! Notices: what is told and what is not, and that no run waits or fails for it.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use actix::prelude::*;
use polyfolio_actors::mail::{Mail, Station};
use polyfolio_actors::messages::{BrokerSaid, Said, SendToBroker};
use polyfolio_actors::notifier::{NotifierActor, Telling};
use polyfolio_actors::switchboard::Switchboard;
use polyfolio_model::Ts;
use polyfolio_oms::events::Event;
use polyfolio_ports::{Clock, Link, NotTaken, Notice, NoticeKind, Notifier, Report};
use polyfolio_store::MemoryJournal;

use crate::harness::Setup;
use crate::parts::{clock, put, start_router, until};
use crate::venue::Fate;

/// Keeps what it is told, and takes no more than so many.
#[derive(Clone, Default)]
struct Kept {
    notices: Arc<Mutex<Vec<Notice>>>,
    missed: Arc<Mutex<Vec<(u64, Ts)>>>,
    room: usize,
    panics: bool,
}

impl Notifier for Kept {
    fn tell(&mut self, notice: Notice) -> Result<(), NotTaken> {
        assert!(!self.panics, "as it was asked to");
        let mut notices = self.notices.lock().unwrap();
        if notices.len() >= self.room {
            return Err(NotTaken);
        }
        notices.push(notice);
        Ok(())
    }

    fn missed(&mut self, count: u64, since: Ts) {
        self.missed.lock().unwrap().push((count, since));
    }
}

impl Kept {
    fn with_room(room: usize) -> Self {
        Self {
            room,
            ..Self::default()
        }
    }

    fn telling(&self, kinds: &[NoticeKind]) -> Option<Telling> {
        let kept = self.clone();
        Some(Telling {
            make: Arc::new(move || Box::new(kept.clone())),
            kinds: kinds.iter().copied().collect(),
        })
    }

    fn kinds(&self) -> Vec<NoticeKind> {
        let notices = self.notices.lock().unwrap();
        notices.iter().map(|notice| notice.kind).collect()
    }
}

fn all() -> Vec<NoticeKind> {
    NoticeKind::ALL.map(|(kind, _)| kind).into()
}

#[actix::test]
async fn the_end_of_a_run_is_told_with_its_name() {
    let kept = Kept::with_room(10);
    let finished = Setup {
        notifier: kept.telling(&all()),
        ..Setup::new()
    }
    .run()
    .await;
    finished.is_done();
    let notices = kept.notices.lock().unwrap().clone();
    let ended = notices
        .iter()
        .find(|notice| notice.kind == NoticeKind::RunEnded)
        .expect("the run ended");
    let label = finished.events.iter().find_map(|event| match event {
        Event::RunEnded { label, .. } => Some(label.clone()),
        _ => None,
    });
    assert_eq!(ended.run, label);
    assert_eq!(ended.text, format!("run {} is over", label.unwrap()));
}

#[actix::test]
async fn only_what_was_asked_for_is_told() {
    let kept = Kept::with_room(10);
    let finished = Setup {
        notifier: kept.telling(&[NoticeKind::OrderRejected]),
        ..Setup::new()
    }
    .run()
    .await;
    finished.is_done();
    assert_eq!(kept.kinds(), []);
}

#[actix::test]
async fn a_notifier_that_takes_nothing_stops_nothing() {
    let kept = Kept::default();
    let finished = Setup {
        notifier: kept.telling(&all()),
        ..Setup::new()
    }
    .run()
    .await;
    finished.is_done();
    assert_eq!(kept.kinds(), []);
}

/// It falls with the first notice, early in the run, and cannot be made again: more falls than a
/// station may have, and the run goes on without it.
#[actix::test]
async fn a_notifier_that_falls_again_and_again_stops_nothing() {
    let kept = Kept {
        panics: true,
        ..Kept::default()
    };
    let made = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&made);
    let mut setup = Setup {
        notifier: Some(Telling {
            make: Arc::new(move || {
                let lives = count.fetch_add(1, Ordering::SeqCst);
                assert_eq!(lives, 0, "the test has it panic");
                Box::new(kept.clone())
            }),
            kinds: all().into_iter().collect(),
        }),
        ..Setup::new()
    };
    setup.venue.fates([Fate::Half]);
    let (venue, was_cut) = (setup.venue.clone(), AtomicBool::new(false));
    setup.on_event = Arc::new(move |event| {
        let is_fill = matches!(event, Event::Filled { .. });
        if is_fill && !was_cut.swap(true, Ordering::SeqCst) {
            venue.cut();
            venue.fill_unheard();
            venue.mend();
        }
    });
    let finished = setup.run().await;
    finished.is_done();
    assert!(made.load(Ordering::SeqCst) > 1, "it was made again");
}

/// Hears what the router asks, and answers nothing.
struct Mute;

impl Actor for Mute {
    type Context = Context<Self>;
}

impl Handler<Mail<SendToBroker>> for Mute {
    type Result = ();
    fn handle(&mut self, _: Mail<SendToBroker>, _: &mut Self::Context) {}
}

/// More at once than its mailbox holds: what did not fit is counted, and told with what did.
#[actix::test]
async fn what_did_not_fit_into_the_mailbox_is_counted_for_whoever_is_told() {
    let clock = clock();
    let board = Arc::new(Switchboard::new(clock.clone(), []));
    let events = start_router(&board, &clock, Arc::new(MemoryJournal::new(7)));
    board.send_to_broker.connect(put(1_024, Mute).recipient());
    let kept = Kept::with_room(100);
    let telling = kept.telling(&[NoticeKind::ConnectionLost]).unwrap();
    let notifier = put(1, NotifierActor::new(&telling, board.clone()));
    board.noticed.connect(notifier.recipient());

    let generation = board.begin_connector_life();
    let flaps = (0..20).flat_map(|n| {
        let reason = format!("for the {n}th time");
        [Link::Ready, Link::Down { reason }]
    });
    let said = flaps.map(|link| Said::Report(Report::Link(link))).collect();
    let (line, said) = (&board.broker_said, BrokerSaid { generation, said });
    let began = clock.now();
    let from = Station::BrokerConnector;
    board.post.send(&from, line, said, None).unwrap();
    let lost = |event: &&Event| matches!(event, Event::LinkChanged { ready: false, .. });
    let lost = || events.lock().unwrap().iter().filter(lost).count();
    until(|| lost() == 20 && !kept.missed.lock().unwrap().is_empty()).await;

    let missed = kept.missed.lock().unwrap().clone();
    let [(count, since)] = missed.as_slice() else {
        panic!("{missed:?}");
    };
    until(|| kept.kinds().len() as u64 + count == 20).await;
    assert_eq!(*since, began);
}
