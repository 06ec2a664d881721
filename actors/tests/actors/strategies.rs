//! Strategies that panic, fail or hang, and an account of which nobody knows what it is worth.

use std::sync::Arc;
use std::sync::mpsc::channel;

use polyfolio_actors::conductor::End;
use polyfolio_actors::scaler::OnStrategyFailure;
use polyfolio_actors::strategy::TargetSourceFactory;
use polyfolio_clock::HostClock;
use polyfolio_model::{Money, Span};

use crate::harness::{Setup, holds, qty, sleeve, source};
use crate::venue::Fate;

fn panics() -> TargetSourceFactory {
    source(|| panic!("the test has it panic"))
}

/// Alpha wants 20,000 % of AAA... of its half of the account, beta something of BBB.
fn two(beta: TargetSourceFactory) -> Setup {
    Setup::new().sleeves(&[("alpha", holds(&[("AAA", 10.0)])), ("beta", beta)])
}

/// The sleeve of a strategy that panics stays as it is, the others go on.
#[actix::test]
async fn a_strategy_that_panics_leaves_its_sleeve_as_it_is() {
    let setup = two(holds(&[("BBB", 10.0)]));
    setup.run().await.is_done();
    assert_eq!(
        (setup.venue.position("AAA"), setup.venue.position("BBB")),
        (qty(500), qty(500))
    );

    let alpha = holds(&[("AAA", 5.0)]);
    let setup = setup.sleeves(&[("alpha", alpha), ("beta", panics())]);
    let finished = setup.run().await;
    finished.is_done();
    assert_eq!(
        (setup.venue.position("AAA"), setup.venue.position("BBB")),
        (qty(250), qty(500))
    );
    let beta = &finished.outcome.plan.unwrap().sleeves[1];
    assert_eq!(beta.sleeve, sleeve("beta"));
    assert_eq!(
        beta.why,
        Err("the strategy panicked: the test has it panic".to_owned())
    );
}

#[actix::test]
async fn a_strategy_that_panics_ends_the_plan_when_that_is_the_policy() {
    let mut setup = two(panics());
    setup.on_strategy_failure = OnStrategyFailure::Abort;
    let finished = setup.run().await;
    let why = "sleeve beta: the strategy panicked: the test has it panic".to_owned();
    assert_eq!(finished.outcome.end, End::NotPlanned(why));
    assert!(setup.venue.submits().is_empty());
}

#[actix::test]
async fn a_strategy_that_fails_says_why() {
    let mut setup = two(source(|| Err("no file".to_owned())));
    setup.on_strategy_failure = OnStrategyFailure::Abort;
    let finished = setup.run().await;
    assert_eq!(
        finished.outcome.end,
        End::NotPlanned("sleeve beta: no file".to_owned())
    );
}

/// It hangs beyond the end of the run, which waits on the clock for its deadline meanwhile: neither
/// the plan nor the clock waits for it.
#[actix::test]
async fn a_strategy_that_hangs_is_late_and_stops_no_clock() {
    let (release, released) = channel::<()>();
    let released = Arc::new(std::sync::Mutex::new(released));
    let hangs = source(move || {
        let _ = released.lock().unwrap().recv();
        Err("released".to_owned())
    });
    let mut setup = two(hangs);
    setup.strategy_timeout = Span::from_millis(20);
    setup.host = Arc::new(HostClock::start());
    setup.venue.fates([Fate::Rest]);
    let finished = setup.run().await;
    finished.is_done();
    assert_eq!(
        setup.venue.position("AAA"),
        qty(500),
        "after the deadline it is swept"
    );
    let beta = &finished.outcome.plan.unwrap().sleeves[1];
    assert_eq!(beta.why, Err("it did not answer in time".to_owned()));
    drop(release);
}

#[actix::test]
async fn an_account_whose_value_the_broker_does_not_say_is_not_planned_with() {
    let setup = Setup::new();
    setup.venue.say_nav(None);
    let finished = setup.run().await;
    let why = "the broker did not say what the account is worth".to_owned();
    assert_eq!(finished.outcome.end, End::NotPlanned(why));
}

#[actix::test]
async fn an_account_that_is_worth_nothing_is_not_planned_with() {
    let setup = Setup::new();
    setup.venue.say_nav(Some(Money::ZERO));
    let finished = setup.run().await;
    let End::NotPlanned(why) = finished.outcome.end else {
        panic!("{:?}", finished.outcome.end)
    };
    assert_eq!(
        why,
        "the broker says the account is worth 0: nothing can be sized"
    );
    assert!(setup.venue.submits().is_empty());
}
