//! The conductor alone: what it asks again when somebody new stands at a station.

use std::sync::{Arc, Mutex};

use actix::prelude::*;
use polyfolio_actors::conductor::{Conductor, End};
use polyfolio_actors::mail::{Line, Mail, Payload, Station};
use polyfolio_actors::messages::{
    ActorRestarted, BookMark, NavMarked, RequestCloses, RouterCommand, RouterSaid, StartRun, Task,
};
use polyfolio_actors::switchboard::Switchboard;
use polyfolio_clock::HostClock;
use polyfolio_model::{RunId, Span};
use polyfolio_oms::events::{Event, Reconciled, Recovered};
use polyfolio_portfolio::{Ledger, TradingState};

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

fn send<M: Payload + std::fmt::Debug>(board: &Switchboard, line: &Line<M>, body: M) {
    board.post.send(&Station::Cli, line, body, None).unwrap();
}

/// The NAV tracker falls with the mark that closes the run: the account is looked at once more, and
/// the run is over with that mark.
#[actix::test]
async fn a_nav_tracker_that_falls_with_the_last_mark_does_not_keep_the_run_open() {
    let board = Arc::new(Switchboard::new(clock(), []));
    let heard: Arc<Mutex<Vec<String>>> = Arc::default();
    let ear = put(64, Ear(Arc::clone(&heard)));
    board
        .router_command
        .connect(ear.clone().recipient::<Mail<RouterCommand>>());
    board
        .request_closes
        .connect(ear.recipient::<Mail<RequestCloses>>());
    let (tell, mut told) = tokio::sync::oneshot::channel();
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
    board
        .nav_to_conductor
        .connect(conductor.clone().recipient());
    board.actor_restarted.connect(conductor.recipient());

    send(
        &board,
        &board.start_run,
        StartRun {
            task: Task::Run,
            as_of: None,
        },
    );
    let happened = |event| {
        send(
            &board,
            &board.router_said,
            RouterSaid::Happened(Box::new(event)),
        )
    };
    let label = "20221201-001".to_owned();
    happened(Event::Recovered(Recovered {
        run: Some(label.clone()),
        ..Default::default()
    }));
    happened(Event::Reconciled(Reconciled::default()));
    happened(Event::RunEnded {
        run: RunId(1),
        label,
        abandoned: None,
    });
    until(|| !heard.lock().unwrap().is_empty()).await;
    heard.lock().unwrap().clear();

    send(
        &board,
        &board.actor_restarted,
        ActorRestarted {
            station: Station::NavTracker,
        },
    );
    until(|| heard.lock().unwrap().len() == 2).await;
    let asked = "RequestCloses { as_of: Some(2022-12-01) }".to_owned();
    assert_eq!(*heard.lock().unwrap(), [asked, "Reconcile".to_owned()]);
    assert!(told.try_recv().is_err(), "the account is not marked yet");

    send(&board, &board.nav_to_conductor, mark());
    until(|| heard.lock().unwrap().len() == 3).await;
    assert_eq!(heard.lock().unwrap()[2], "Stop(Leave)");
    happened(Event::Stopped { resting: 0 });
    let end = told.await.unwrap().end;
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
    };
    NavMarked {
        nav: Err("no matter".to_owned()),
        book: Box::new(book),
    }
}
