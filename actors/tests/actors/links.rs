//! A broker that is not there, at the start or later.

use std::sync::Arc;

use polyfolio_actors::conductor::End;
use polyfolio_clock::HostClock;
use polyfolio_model::Span;
use polyfolio_oms::events::Event;
use polyfolio_ports::mock::MockBroker;

use crate::harness::{Setup, qty};
use crate::venue::Fate;

fn impatient() -> Setup {
    Setup {
        host: Arc::new(HostClock::start()),
        connect_timeout: Span::from_millis(20),
        // Never: while the host waits the clock would jump there at once.
        standstill: Span::from_nanos(i64::MAX),
        ..Setup::new()
    }
}

/// A broker that is called and does not answer.
pub(crate) fn silent() -> MockBroker {
    let mut broker = MockBroker::new();
    broker.expect_start().returning(|_| {});
    broker
}

#[actix::test]
async fn a_broker_that_never_answers_is_unreachable() {
    let mut setup = impatient();
    setup.broker = Some(Arc::new(|_| Box::new(silent())));
    let finished = setup.run().await;
    let why = "the broker did not answer".to_owned();
    assert_eq!(finished.outcome.end, End::Unreachable(why));
}

/// The line goes down in the middle of a run and stays down: the task ends, on a clock that jumps
/// as well, and the next one finishes the run.
#[actix::test]
async fn a_run_whose_broker_is_gone_ends_and_is_resumed() {
    let mut setup = impatient();
    setup.venue.fates([Fate::Half]);
    let venue = setup.venue.clone();
    setup.on_event = Arc::new(move |event| {
        if matches!(event, Event::Filled { .. }) {
            venue.cut();
        }
    });
    let finished = setup.run().await;
    let why = "the test cut the line".to_owned();
    assert_eq!(finished.outcome.end, End::Unreachable(why));

    setup.on_event = Arc::new(|_| {});
    setup.connect_timeout = Span::from_secs(30);
    let resumed = setup.run().await;
    assert!(matches!(
        resumed.outcome.end,
        End::Done {
            resumed: true,
            abandoned: None,
            ..
        }
    ));
    assert_eq!(setup.venue.position("AAA"), qty(1_000));
}

/// The line is mended in time: the same run goes on, and nothing is sent twice.
#[actix::test]
async fn a_line_that_is_mended_reconciles_and_goes_on() {
    let mut setup = Setup::new();
    setup.venue.fates([Fate::Half]);
    let venue = setup.venue.clone();
    setup.on_event = Arc::new(move |event| match event {
        Event::Filled { .. } if venue.position("AAA") < qty(1_000) => venue.cut(),
        Event::LinkChanged { ready: false, .. } => {
            venue.fill_all();
            venue.mend();
        }
        _ => {}
    });
    let finished = setup.run().await;
    finished.is_done();
    assert_eq!(
        finished.count(|event| matches!(event, Event::Reconciled(_))),
        2
    );
    assert_eq!(
        (setup.venue.submits().len(), setup.venue.position("AAA")),
        (1, qty(1_000))
    );
}
