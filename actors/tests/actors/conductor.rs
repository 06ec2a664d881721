//! The conductor alone: what it asks again when somebody new stands at a station.

use std::sync::{Arc, Mutex};

use actix::prelude::*;
use polyfolio_actors::conductor::{Conductor, End, Outcome};
use polyfolio_actors::mail::{Line, Mail, Payload, Station};
use polyfolio_actors::messages::{
    ActorRestarted, BookMark, NavMarked, RequestCloses, RouterCommand, RouterSaid, StartRun, Task,
};
use polyfolio_actors::switchboard::Switchboard;
use polyfolio_clock::HostClock;
use polyfolio_model::{RunId, Span};
use polyfolio_oms::events::{Event, Reconciled, Recovered};
use polyfolio_portfolio::{Ledger, TradingState};
use tokio::sync::oneshot;

use crate::parts::{clock, put, until};

/// Notes the names of what it is sent.
struct Ear(Arc<Mutex<Vec<String>>>);

impl Actor for Ear {
    type Context = Context<Self>;
}

impl<M: Payload + std::fmt::Debug> Handler<Mail<M>> for Ear {
    type Result = ();
    fn handle(&mut self, mail: Mail<M>, _: &mut Self::Context) {
        self.0.lock().unwrap().push(format!("{:?}", mail.body));
    }
}

/// A conductor at its station, somebody who hears what it asks of the others, and how it ends.
struct Desk {
    board: Arc<Switchboard>,
    heard: Arc<Mutex<Vec<String>>>,
    told: oneshot::Receiver<Outcome>,
}

impl Desk {
    fn with(task: Task) -> Self {
        let board = Arc::new(Switchboard::new(clock(), []));
        let heard: Arc<Mutex<Vec<String>>> = Arc::default();
        let ear = put(64, Ear(Arc::clone(&heard)));
        let commands = ear.clone().recipient::<Mail<RouterCommand>>();
        board.router_command.connect(commands);
        let closes = ear.recipient::<Mail<RequestCloses>>();
        board.request_closes.connect(closes);
        let (tell, told) = oneshot::channel();
        let host = Arc::new(HostClock::start());
        let patience = Span::from_secs(60);
        let conductor = Conductor::new(
            board.clone(),
            host,
            patience,
            Arc::new(|_| {}),
            Arc::new(|_| {}),
            tell,
        );
        let conductor = put(64, conductor);
        board.start_run.connect(conductor.clone().recipient());
        board.router_said.connect(conductor.clone().recipient());
        let marks = conductor.clone().recipient();
        board.nav_to_conductor.connect(marks);
        board.actor_restarted.connect(conductor.recipient());
        let desk = Self { board, heard, told };
        let as_of = None;
        desk.say(&desk.board.start_run, StartRun { task, as_of });
        desk
    }

    fn say<M: Payload + std::fmt::Debug>(&self, line: &Line<M>, body: M) {
        let sent = self.board.post.send(&Station::Cli, line, body, None);
        sent.unwrap();
    }

    fn happened(&self, event: Event) {
        let said = RouterSaid::Happened(Box::new(event));
        self.say(&self.board.router_said, said);
    }

    async fn heard(&self, count: usize) -> Vec<String> {
        until(|| self.heard.lock().unwrap().len() == count).await;
        std::mem::take(&mut *self.heard.lock().unwrap())
    }
}

/// Records were lost and cannot be accounted for: the person who asked is told why.
#[actix::test]
async fn a_mark_that_is_refused_ends_what_was_asked_with_the_reason() {
    let desk = Desk::with(Task::AdoptMark("restored a backup".to_owned()));
    desk.happened(Event::Recovered(Recovered::default()));
    let refused = || Event::MarkRefused {
        reason: "no id is left".to_owned(),
    };
    // Nothing was asked of the router yet, so it is no answer.
    desk.happened(refused());
    desk.happened(Event::Reconciled(Reconciled::default()));
    let asked = "AdoptMark(\"restored a backup\")";
    assert_eq!(desk.heard(1).await, [asked]);
    desk.happened(refused());
    assert_eq!(desk.heard(1).await, ["Stop(Leave)"]);
    desk.happened(Event::Stopped { resting: 0 });
    let end = desk.told.await.unwrap().end;
    assert!(
        matches!(&end, End::Refused(reason) if reason == "no id is left"),
        "{end:?}"
    );
}

/// The NAV tracker falls with the mark that closes the run: the account is looked at once more, and
/// the run is over with that mark.
#[actix::test]
async fn a_nav_tracker_that_falls_with_the_last_mark_does_not_keep_the_run_open() {
    let mut desk = Desk::with(Task::Run);
    let label = "20221201-001".to_owned();
    desk.happened(Event::Recovered(Recovered {
        run: Some(label.clone()),
        ..Default::default()
    }));
    desk.happened(Event::Reconciled(Reconciled::default()));
    desk.happened(Event::RunEnded {
        run: RunId(1),
        label,
        abandoned: None,
    });
    let asked = "RequestCloses { as_of: Some(2022-12-01) }";
    assert_eq!(desk.heard(1).await, [asked]);

    let station = Station::NavTracker;
    desk.say(&desk.board.actor_restarted, ActorRestarted { station });
    assert_eq!(desk.heard(2).await, [asked, "Reconcile"]);
    assert!(
        desk.told.try_recv().is_err(),
        "the account is not marked yet"
    );

    desk.say(&desk.board.nav_to_conductor, mark());
    assert_eq!(desk.heard(1).await, ["Stop(Leave)"]);
    desk.happened(Event::Stopped { resting: 0 });
    let end = desk.told.await.unwrap().end;
    assert!(
        matches!(
            end,
            End::Done {
                resumed: true,
                abandoned: None,
                ..
            }
        ),
        "{end:?}"
    );
}

fn mark() -> NavMarked {
    let book = BookMark {
        account: Default::default(),
        ledger: Ledger::default(),
        working: Default::default(),
        unknown: Default::default(),
        trading: TradingState::Active,
        tracks: Default::default(),
    };
    NavMarked {
        nav: Err("no matter".to_owned()),
        book: Box::new(book),
    }
}
