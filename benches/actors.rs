//! Many strategy actors: what one takes beside its strategy's own state, and how long a bar takes to
//! all of them and back; against a plain loop over the same strategies on one thread, taking turns.
//!
//! Each looks at 50 closes out of 500, moves an average of each, and answers with what it wants of
//! them; once more with strategies that look at nothing and want nothing, which leaves the way there
//! and back. Answers go to one mailbox, as the scaler's. The memory is that of the whole house: the
//! actor, its mailbox, its task, the line that leads to it and its place in every list.

#![allow(
    clippy::expect_used,
    reason = "a benchmark that cannot go on should stop"
)]

use std::hint::black_box;
use std::sync::{Arc, Mutex};

use actix::prelude::*;
use chrono::NaiveDate;
use polyfolio_actors::mail::{Mail, Station};
use polyfolio_actors::messages::{RequestTargets, TargetsPublished};
use polyfolio_actors::scaler;
use polyfolio_actors::strategy::{self, StrategyActor, TargetSourceFactory};
use polyfolio_actors::switchboard::Switchboard;
use polyfolio_actors::workshop::Workshop;
use polyfolio_benches::{House, cpu, now, symbol};
use polyfolio_clock::HostClock;
use polyfolio_model::{InstrumentId, SleeveId};
use polyfolio_ports::{TargetSource, Targets};
use tokio::sync::oneshot;

const COUNTS: [usize; 3] = [100, 1_000, 10_000];
const INSTRUMENTS: usize = 500;
const WISHES: usize = 50;
const TURNS: usize = 15;

fn main() {
    // `cargo test --benches` only wants to know that it starts.
    if std::env::args().any(|arg| arg == "--test") {
        return;
    }
    let system = actix::System::new();
    system.block_on(async {
        memory().await;
        for (what, wishes) in [("50 closes of 500", WISHES), ("nothing", 0)] {
            println!("a bar to all and back, {what}: {TURNS} turns, the quickest of each side");
            for count in COUNTS {
                bars(count, wishes).await;
            }
        }
    });
}

/// What the house takes with so many strategies, less what it takes without any.
async fn memory() {
    println!("bytes an actor, beside its strategy's own state");
    let house = |count: usize| House::of(&strategies(count, 0));
    let empty = measured(house(0)).await;
    for count in COUNTS {
        let (bytes, blocks, seconds) = measured(house(count)).await;
        let each = |all: i64, of_none: i64| (all - of_none) as f64 / count as f64;
        println!(
            "  {count:>6}   {:>6.0} bytes in {:.1} blocks, the house opened in {:.1} ms",
            each(bytes, empty.0),
            each(blocks, empty.1),
            seconds * 1e3
        );
    }
}

async fn measured(house: House) -> (i64, i64, f64) {
    let (mut office, start) = (None, now());
    let taken = allocation_counter::measure(|| office = Some(house.open()));
    let seconds = (now() - start).as_secs_f64();
    let office = office.expect("an office");
    office.close().await;
    (taken.bytes_current, taken.count_current, seconds)
}

async fn bars(count: usize, wishes: usize) {
    let sources = strategies(count, wishes);
    let board = hired(&sources);
    let (mut actors, mut plain) = (Side::default(), Side::default());
    for _ in 0..TURNS {
        let turn = Turn::begins();
        let answers = sources.iter().map(|(_, source)| source().targets(None));
        let answers: Vec<_> = answers.collect();
        plain.take(turn);
        assert_eq!(black_box(answers).len(), count);

        let (tell, told) = oneshot::channel();
        await_answers(&board, count, tell);
        let turn = Turn::begins();
        for line in board.request_targets.values() {
            let asked = RequestTargets { as_of: None };
            let sent = board.post.send(&Station::Conductor, line, asked, None);
            sent.expect("room in the mailbox");
        }
        let answers = told.await.expect("an answer of each");
        actors.take(turn);
        assert_eq!(answers.len(), count);
    }
    println!(
        "  {count:>6}   actors {:>8.2} ms, {:>8.2} of the processor   plain loop {:>8.2} ms   \
         ratio {:.2}, an actor {:.2} µs",
        actors.wall * 1e3,
        actors.cpu * 1e3,
        plain.wall * 1e3,
        actors.wall / plain.wall,
        actors.wall * 1e6 / count as f64,
    );
}

/// The actors on their board, each with a mailbox, as the house puts them there.
fn hired(sources: &[(SleeveId, TargetSourceFactory)]) -> Arc<Switchboard> {
    let names = sources.iter().map(|(name, _)| name.clone());
    let board = Arc::new(Switchboard::new(Arc::new(HostClock::start()), names));
    let workshop = Arc::new(Workshop::default());
    for (name, source) in sources {
        let (source, shop) = (Arc::clone(source), Arc::clone(&workshop));
        let actor = StrategyActor::new(name.clone(), source, shop, Arc::clone(&board));
        let address = placed(actor, strategy::MAILBOX);
        board.request_targets[name].connect(address.recipient());
    }
    board
}

fn placed<A: Actor<Context = Context<A>>>(actor: A, mailbox: usize) -> Addr<A> {
    let mut context = Context::new();
    context.set_mailbox_capacity(mailbox);
    let life = context.into_future(actor);
    let address = life.address();
    actix::spawn(life);
    address
}

/// Takes the answers in the scaler's place.
struct Collector {
    answers: Vec<TargetsPublished>,
    count: usize,
    tell: Option<oneshot::Sender<Vec<TargetsPublished>>>,
}

impl Actor for Collector {
    type Context = Context<Self>;
}

impl Handler<Mail<TargetsPublished>> for Collector {
    type Result = ();

    fn handle(&mut self, mail: Mail<TargetsPublished>, ctx: &mut Self::Context) {
        self.answers.push(mail.body);
        if self.answers.len() == self.count
            && let Some(tell) = self.tell.take()
        {
            let _ = tell.send(std::mem::take(&mut self.answers));
            ctx.stop();
        }
    }
}

fn await_answers(board: &Switchboard, count: usize, tell: oneshot::Sender<Vec<TargetsPublished>>) {
    let collector = Collector {
        answers: Vec::with_capacity(count),
        count,
        tell: Some(tell),
    };
    let collector = placed(collector, scaler::MAILBOX);
    board.targets_published.connect(collector.recipient());
}

/// An average of each of its instruments' closes.
struct Follower {
    closes: Arc<[f64]>,
    names: Arc<[InstrumentId]>,
    first: usize,
    /// Its state outlives the source: it is the factory's.
    means: Arc<Mutex<Vec<f64>>>,
}

impl TargetSource for Follower {
    fn targets(&mut self, _: Option<NaiveDate>) -> Result<Targets, String> {
        let mut means = self.means.lock().map_err(|error| error.to_string())?;
        let follow = |(k, mean): (usize, &mut f64)| {
            let at = (self.first + k * (INSTRUMENTS / WISHES)) % INSTRUMENTS;
            *mean += (self.closes[at] - *mean) / 20.0;
            (self.names[at].clone(), self.closes[at] - *mean)
        };
        Ok(Targets {
            positions: means.iter_mut().enumerate().map(follow).collect(),
            nav: vec![(NaiveDate::default(), 1_000_000.0)],
            why: String::new(),
        })
    }
}

fn strategies(count: usize, wishes: usize) -> Vec<(SleeveId, TargetSourceFactory)> {
    let closes: Arc<[f64]> = (0..INSTRUMENTS).map(|n| 10.0 + n as f64).collect();
    let names: Arc<[InstrumentId]> = (0..INSTRUMENTS).map(symbol).collect();
    let strategy = |n: usize| {
        let (closes, names) = (Arc::clone(&closes), Arc::clone(&names));
        let means = Arc::new(Mutex::new(vec![10.0; wishes]));
        let make: TargetSourceFactory = Arc::new(move || {
            Box::new(Follower {
                closes: Arc::clone(&closes),
                names: Arc::clone(&names),
                first: n % INSTRUMENTS,
                means: Arc::clone(&means),
            })
        });
        (SleeveId::new(format!("sleeve-{n:05}")), make)
    };
    (0..count).map(strategy).collect()
}

/// The quickest turn of a side, and the one that took least of the processor, in seconds.
struct Side {
    wall: f64,
    cpu: f64,
}

impl Default for Side {
    fn default() -> Self {
        let (wall, cpu) = (f64::INFINITY, f64::INFINITY);
        Self { wall, cpu }
    }
}

struct Turn {
    wall: std::time::Instant,
    cpu: f64,
}

impl Turn {
    fn begins() -> Self {
        Self {
            cpu: cpu(),
            wall: now(),
        }
    }
}

impl Side {
    fn take(&mut self, turn: Turn) {
        self.wall = self.wall.min((now() - turn.wall).as_secs_f64());
        self.cpu = self.cpu.min(cpu() - turn.cpu);
    }
}
