//! The venue's time is that of the session that was started last.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use polyfolio_broker_paper::PaperVenue;
use polyfolio_clock::{Pace, PacedClock};
use polyfolio_model::{SnapshotId, Span, Ts};
use polyfolio_ports::{BoxFuture, Broker, Clock, Command, MarketData, Report};
use tokio::sync::mpsc::unbounded_channel;

use crate::common::*;

/// Asks for a snapshot in a session of its own; how long the answer takes on its clock.
async fn round_trip(venue: &PaperVenue, clock: Arc<PacedClock>, id: u64) -> Span {
    let (say, mut heard) = unbounded_channel();
    let mut broker = venue.broker(clock.clone());
    broker.start(Arc::new(move |report| drop(say.send(report))));
    let asked = clock.now();
    broker.send(Command::Snapshot(SnapshotId(id))).unwrap();
    loop {
        if let Report::Snapshot(of, answer) = heard.recv().await.unwrap() {
            assert_eq!(of, SnapshotId(id));
            assert!(answer.is_ok());
            return clock.now().since(asked);
        }
    }
}

fn paced(venue: &PaperVenue) -> Arc<PacedClock> {
    let base = venue.venue_time().unwrap();
    Arc::new(PacedClock::start(base, Pace::Factor(60.0)).unwrap())
}

/// Twice 30 ms, and tokio's timers round up to a millisecond, which is 60 ms of the clock.
const ROUND_TRIP_MAX: Span = Span::from_millis(60 + 2 * 60);

#[tokio::test(start_paused = true)]
async fn the_venue_lives_by_the_clock_of_the_newest_session() {
    let dir = tempfile::tempdir().unwrap();
    let venue = opened(dir.path());
    let first = paced(&venue);
    assert!(round_trip(&venue, first.clone(), 1).await <= ROUND_TRIP_MAX);
    venue.advance_to(first.now());
    venue.set_market(date(29), &closes(110)).unwrap();
    let second = paced(&venue);
    let apart = second.now().since(first.now());
    assert!(apart > Span::from_secs(27 * 86_400), "{apart}");
    let took = round_trip(&venue, second, 2).await;
    assert!(took <= ROUND_TRIP_MAX, "{took}");
}

#[tokio::test(start_paused = true)]
async fn a_wire_for_quotes_brings_its_clock_as_well() {
    let dir = tempfile::tempdir().unwrap();
    let venue = opened(dir.path());
    let first = paced(&venue);
    round_trip(&venue, first.clone(), 1).await;
    venue.set_market(date(29), &closes(110)).unwrap();
    let second = paced(&venue);
    let mut data = venue.market_data(second.clone());
    data.subscribe(vec!["AAA".into()], Arc::new(|_| ()));
    second.sleep_until(second.now() + Span::from_secs(60)).await;
    let behind = second.now().since(venue.venue_time().unwrap());
    assert!(behind < Span::from_secs(2), "{behind}");
}

/// A clock that a venue cannot keep up with: an hour passes whenever somebody looks.
struct Hurried {
    base: Ts,
    hours: AtomicI64,
}

impl Clock for Hurried {
    fn now(&self) -> Ts {
        let hours = 1 + self.hours.fetch_add(1, Ordering::Relaxed);
        assert!(hours < 100, "nobody else has had a turn");
        self.base + Span::from_secs(hours * 3_600)
    }

    fn sleep_until(&self, _: Ts) -> BoxFuture<()> {
        Box::pin(std::future::ready(()))
    }
}

#[tokio::test]
async fn a_clock_that_outruns_the_venue_leaves_the_others_their_turn() {
    let dir = tempfile::tempdir().unwrap();
    let venue = opened(dir.path());
    let base = venue.venue_time().unwrap();
    let clock = Arc::new(Hurried {
        base,
        hours: AtomicI64::new(0),
    });
    let mut broker = venue.broker(clock);
    broker.start(Arc::new(|_| ()));
    let mut before = base;
    for _ in 0..3 {
        tokio::task::yield_now().await;
        let now = venue.venue_time().unwrap();
        assert!(now > before, "the venue stands still at {now}");
        // A moment a second for each of two instruments: 1,024 are less than an hour.
        assert!(now.since(before) < Span::from_secs(3_600), "{before} {now}");
        before = now;
    }
}
