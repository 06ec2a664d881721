//! Full mailboxes: what does not fit comes back, and nothing is lost or stuck for it.

use std::sync::{Arc, Mutex};

use actix::prelude::*;
use polyfolio_actors::broker_connector::BrokerConnector;
use polyfolio_actors::mail::{Mail, Station};
use polyfolio_actors::market_data::MarketDataActor;
use polyfolio_actors::messages::{
    BrokerSaid, QuotesChanged, Said, SendToBroker, Subscribe, TargetsScaled,
};
use polyfolio_actors::switchboard::Switchboard;
use polyfolio_model::{InstrumentId, Money, Price, Quote, SnapshotId, Span};
use polyfolio_oms::events::Event;
use polyfolio_ports::mock::{MockBroker, MockMarketData};
use polyfolio_ports::{Clock, Command, Link, QuoteUpdate, Report, Sink, SnapshotFailed};
use polyfolio_store::MemoryJournal;

use crate::harness::{History, closes, qty};
use crate::orders::assert_one_order_per_id;
use crate::parts::{clock, plan_of, put, quote, start_router, until};
use crate::venue::{Connection, Venue};

/// Hears what comes for the router, and takes its time over each message.
#[derive(Default)]
struct SlowRouter {
    reports: Arc<Mutex<Vec<Report>>>,
    quotes: Arc<Mutex<Vec<QuoteUpdate>>>,
}

impl SlowRouter {
    fn take_time(ctx: &mut Context<Self>) {
        let turns = async {
            for _ in 0..50 {
                tokio::task::yield_now().await;
            }
        };
        ctx.wait(turns.into_actor_of());
    }
}

/// So that the future needs no actor at hand.
trait IntoActorOf: Future<Output = ()> + Sized + 'static {
    fn into_actor_of<A: Actor>(self) -> actix::fut::future::FutureWrap<Self, A> {
        actix::fut::wrap_future(self)
    }
}
impl<F: Future<Output = ()> + 'static> IntoActorOf for F {}

impl Actor for SlowRouter {
    type Context = Context<Self>;
}

impl Handler<Mail<BrokerSaid>> for SlowRouter {
    type Result = ();
    fn handle(&mut self, mail: Mail<BrokerSaid>, ctx: &mut Self::Context) {
        let report = |said| match said {
            Said::Report(report) => Some(report),
            Said::NotSent(..) => None,
        };
        self.reports
            .lock()
            .unwrap()
            .extend(mail.body.said.into_iter().filter_map(report));
        Self::take_time(ctx);
    }
}

impl Handler<Mail<QuotesChanged>> for SlowRouter {
    type Result = ();
    fn handle(&mut self, mail: Mail<QuotesChanged>, ctx: &mut Self::Context) {
        self.quotes.lock().unwrap().extend(mail.body.0);
        Self::take_time(ctx);
    }
}

/// A line says "full" at the capacity of the mailbox, and is open again when there is room.
#[actix::test]
async fn a_mailbox_is_full_at_its_capacity() {
    let board = Switchboard::new(clock(), []);
    let router = put(4, SlowRouter::default());
    board.quotes_changed.connect(router.recipient());
    let send = || {
        let line = &board.quotes_changed;
        let sent = board
            .post
            .send(&Station::MarketData, line, QuotesChanged(Vec::new()), None);
        sent.map(drop).map_err(|undelivered| undelivered.why)
    };
    let sent: Vec<_> = (0..7).map(|_| send()).collect();
    let (ok, full) = (Ok(()), Err("full"));
    assert_eq!(sent, [ok, ok, ok, ok, full, full, full]);
    tokio::task::yield_now().await;
    assert_eq!(send(), Ok(()));
}

/// The broker speaks faster than the router listens: everything arrives, in order, and the two
/// take turns though they share a thread.
#[actix::test]
async fn a_full_router_delays_what_the_broker_says_and_loses_nothing() {
    let board = Arc::new(Switchboard::new(clock(), []));
    let router = SlowRouter::default();
    let heard = Arc::clone(&router.reports);
    board.broker_said.connect(put(1, router).recipient());
    let ear: Arc<Mutex<Option<Sink<Report>>>> = Arc::default();
    let (mut broker, keep) = (MockBroker::new(), Arc::clone(&ear));
    broker
        .expect_start()
        .returning(move |sink| *keep.lock().unwrap() = Some(sink));
    let life = board.begin_connector_life();
    let connector = put(
        16,
        BrokerConnector::new(Box::new(broker), life, Arc::clone(&board)),
    );
    tokio::task::yield_now().await;
    let say = ear.lock().unwrap().clone().unwrap();
    let report = |n| Report::Snapshot(SnapshotId(n), Err(SnapshotFailed(String::new())));
    for n in 1..=500 {
        say(report(n));
        tokio::task::yield_now().await;
    }
    until(|| heard.lock().unwrap().len() == 500).await;
    assert_eq!(
        *heard.lock().unwrap(),
        (1..=500).map(report).collect::<Vec<_>>()
    );
    assert!(connector.connected());
}

/// The same of quotes: those that wait are conflated, and the last one of each arrives.
#[actix::test]
async fn a_full_router_delays_quotes_and_the_last_one_of_each_arrives() {
    let clock = clock();
    let board = Arc::new(Switchboard::new(clock.clone(), []));
    let router = SlowRouter::default();
    let heard = Arc::clone(&router.quotes);
    board.quotes_changed.connect(put(1, router).recipient());
    let ear: Arc<Mutex<Option<Sink<QuoteUpdate>>>> = Arc::default();
    let (mut market, keep) = (MockMarketData::new(), Arc::clone(&ear));
    market
        .expect_subscribe()
        .returning(move |_, sink| *keep.lock().unwrap() = Some(sink));
    let history = Arc::new(History(closes(&[], Price::from(50))));
    let actor = put(
        16,
        MarketDataActor::new(history, Box::new(market), Arc::clone(&board)),
    );
    board.subscribe.connect(actor.recipient());
    let line = &board.subscribe;
    board
        .post
        .send(&Station::OrderRouter, line, Subscribe(Vec::new()), None)
        .unwrap();
    until(|| ear.lock().unwrap().is_some()).await;
    let say = ear.lock().unwrap().clone().unwrap();
    for n in 1..=100 {
        for name in ["AAA", "BBB"] {
            let quote = Quote::new(Some(Price::from(n)), Some(Price::from(n + 2)), clock.now());
            say(QuoteUpdate {
                instrument: InstrumentId::new(name),
                quote,
            });
        }
        tokio::task::yield_now().await;
    }
    let last = |name: &str| {
        let heard = heard.lock().unwrap();
        let of = heard
            .iter()
            .rev()
            .find(|update| update.instrument.as_str() == name);
        of.and_then(|update| update.quote.bid)
    };
    let at_the_end = Some(Price::from(100));
    until(|| last("AAA") == at_the_end && last("BBB") == at_the_end).await;
    assert!(heard.lock().unwrap().len() < 200);
}

/// The connector has room for a few orders of many: the others are "not sent", a definite answer,
/// and leave later as new children.
#[actix::test]
async fn a_full_connector_is_not_sent_and_tried_again_with_a_new_child() {
    let clock = clock();
    let board = Arc::new(Switchboard::new(clock.clone(), []));
    let venue = Venue::new(Money::from(1_000_000), Price::from(50));
    let events = start_router(&board, &clock, Arc::new(MemoryJournal::new(7)));
    let broker = Connection::new(venue.clone(), clock.clone());
    let life = board.begin_connector_life();
    let connector = put(
        3,
        BrokerConnector::new(Box::new(broker), life, board.clone()),
    );
    board.send_to_broker.connect(connector.recipient());

    let names: Vec<InstrumentId> = (0..12)
        .map(|n| InstrumentId::new(format!("I{n:02}")))
        .collect();
    quote(&board, &names, clock.now());
    let line = &board.targets_scaled;
    let plan = TargetsScaled(Box::new(plan_of(&names)));
    board.post.send(&Station::Scaler, line, plan, None).unwrap();
    clock.sleep_until(clock.now() + Span::from_secs(60)).await;

    let events = events.lock().unwrap().clone();
    let gone = |event: &&Event| matches!(event, Event::OrderGone { evidence, .. } if evidence.contains("full"));
    assert!(events.iter().filter(gone).count() > 0);
    assert_one_order_per_id(&venue);
    for name in &names {
        assert_eq!(venue.position(name.as_str()), qty(10), "{name}");
    }
    assert!(venue.tape().iter().any(|order| order.cl_ord_id.child > 1));
    assert!(
        events
            .iter()
            .any(|event| matches!(event, Event::RunEnded { .. }))
    );
}

/// Hears what the router asks, and answers nothing.
struct Asked(Arc<Mutex<Vec<Command>>>);

impl Actor for Asked {
    type Context = Context<Self>;
}

impl Handler<Mail<SendToBroker>> for Asked {
    type Result = ();
    fn handle(&mut self, mail: Mail<SendToBroker>, _: &mut Self::Context) {
        self.0.lock().unwrap().push(mail.body.0);
    }
}

/// A former connection speaks on: what it says of the link and of the account is void.
#[actix::test]
async fn a_former_connector_has_no_say_about_the_link() {
    let clock = clock();
    let board = Arc::new(Switchboard::new(clock.clone(), []));
    let events = start_router(&board, &clock, Arc::new(MemoryJournal::new(7)));
    let asked: Arc<Mutex<Vec<Command>>> = Arc::default();
    board
        .send_to_broker
        .connect(put(16, Asked(Arc::clone(&asked))).recipient());
    let (former, newest) = (board.begin_connector_life(), board.begin_connector_life());
    let say = |generation, said| {
        let (line, said) = (
            &board.broker_said,
            BrokerSaid {
                generation,
                said: vec![said],
            },
        );
        board
            .post
            .send(&Station::BrokerConnector, line, said, None)
            .unwrap();
    };
    let down = || {
        Said::Report(Report::Link(Link::Down {
            reason: "old".to_owned(),
        }))
    };
    say(newest, Said::Report(Report::Link(Link::Ready)));
    until(|| !asked.lock().unwrap().is_empty()).await;
    let first = match asked.lock().unwrap()[0] {
        Command::Snapshot(id) => id,
        ref other => panic!("{other:?}"),
    };
    say(former, down());
    // Even with the number of what the newest was asked.
    say(
        former,
        Said::Report(Report::Snapshot(first, Ok(Default::default()))),
    );
    clock.sleep_until(clock.now() + Span::from_secs(1)).await;
    let seen = events.lock().unwrap().clone();
    let link_down = |event: &Event| matches!(event, Event::LinkChanged { ready: false, .. });
    assert!(!seen.iter().any(link_down), "{seen:?}");
    assert!(
        !seen
            .iter()
            .any(|event| matches!(event, Event::Reconciled(_))),
        "{seen:?}"
    );
    say(
        newest,
        Said::Report(Report::Snapshot(first, Ok(Default::default()))),
    );
    clock.sleep_until(clock.now() + Span::from_secs(1)).await;
    let seen = events.lock().unwrap().clone();
    assert!(
        seen.iter()
            .any(|event| matches!(event, Event::Reconciled(_))),
        "{seen:?}"
    );
}
