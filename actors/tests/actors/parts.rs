//! Single actors on a board of their own.

use std::sync::{Arc, Mutex};

use actix::prelude::*;
use polyfolio_actors::mail::Station;
use polyfolio_actors::messages::QuotesChanged;
use polyfolio_actors::order_router::{Keep, OrderRouter};
use polyfolio_actors::switchboard::Switchboard;
use polyfolio_clock::{Pace, PacedClock};
use polyfolio_execution::AlgoSpec;
use polyfolio_model::{InstrumentId, Price, Quote, Side, Span, Ts};
use polyfolio_oms::events::Event;
use polyfolio_oms::records::AtDeadline;
use polyfolio_oms::router::{PlannedParent, RunPlan};
use polyfolio_ports::{Journal, QuoteUpdate};

use crate::harness::{date, qty, router_config, rules, sleeve};

/// An actor in a mailbox of this size.
pub(crate) fn put<A: Actor<Context = Context<A>>>(mailbox: usize, actor: A) -> Addr<A> {
    let mut ctx = Context::new();
    ctx.set_mailbox_capacity(mailbox);
    ctx.run(actor)
}

/// A clock that jumps.
pub(crate) fn clock() -> Arc<PacedClock> {
    let clock = PacedClock::start(Ts::on(date(), 21), Pace::Max).unwrap();
    clock.pause().unwrap();
    Arc::new(clock)
}

/// A router at its station; what it publishes.
pub(crate) fn start_router(
    board: &Arc<Switchboard>,
    clock: &Arc<PacedClock>,
    journal: Arc<dyn Journal>,
) -> Arc<Mutex<Vec<Event>>> {
    let events: Arc<Mutex<Vec<Event>>> = Arc::default();
    let log = Arc::clone(&events);
    let observer = Arc::new(move |event| log.lock().unwrap().push(event));
    let config = router_config();
    let router = OrderRouter::recover(
        journal,
        config,
        clock.clone(),
        board.clone(),
        observer,
        Keep::default(),
    );
    let router = put(1_024, router.unwrap());
    board.targets_scaled.connect(router.clone().recipient());
    board.router_command.connect(router.clone().recipient());
    board.quotes_changed.connect(router.clone().recipient());
    board.broker_said.connect(router.recipient());
    events
}

pub(crate) fn quote(board: &Switchboard, names: &[InstrumentId], now: Ts) {
    let quote = Quote::new(Some(Price::from(49)), Some(Price::from(51)), now);
    let update = |instrument: &InstrumentId| QuoteUpdate {
        instrument: instrument.clone(),
        quote,
    };
    let quotes = QuotesChanged(names.iter().map(update).collect());
    board
        .post
        .send(&Station::MarketData, &board.quotes_changed, quotes, None)
        .unwrap();
}

/// Ten of each.
pub(crate) fn plan_of(names: &[InstrumentId]) -> RunPlan {
    let parent = |instrument: &InstrumentId| PlannedParent {
        instrument: rules(instrument),
        side: Side::Buy,
        order_qty: qty(10),
        wants: vec![(sleeve("alpha"), qty(10))],
        algo: AlgoSpec::Market,
        limit: None,
        max_child: None,
        decision_price: None,
        at_deadline: AtDeadline::Sweep,
        sweep_for: Span::from_secs(60),
    };
    RunPlan {
        mark: None,
        decision_date: date(),
        horizon: Span::from_secs(300),
        plan: Default::default(),
        gifts: Vec::new(),
        transfers: Vec::new(),
        crosses: Vec::new(),
        parents: names.iter().map(parent).collect(),
    }
}

/// Lets the others have turns until it is so.
pub(crate) async fn until(so: impl Fn() -> bool) {
    for _ in 0..1_000_000 {
        if so() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("it never came to be so");
}
