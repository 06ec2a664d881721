//! A thousand instruments that stream quotes, ten a second each, for ten minutes: what the
//! connector costs, and whether it grows; beside it the library alone, for a minute.
//!
//! The gateway is a process of its own (this program again), so that what is measured is the
//! connector; what the gateway itself takes stands beside it. A quote is a bid and an offer, two
//! messages; nearly every one differs from the last. `MINUTES=2` is shorter.
#![allow(
    clippy::expect_used,
    reason = "a benchmark that cannot go on should stop"
)]

use std::io::{BufRead, BufReader, Lines, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ibapi::Client;
use ibapi::contracts::Contract;
use ibapi::prelude::StreamExt;
use polyfolio_benches::{LocalGateway, Process, connector, now, on_disk, pause, symbol};
use polyfolio_ports::MarketData;

const INSTRUMENTS: usize = 1_000;
const QUOTE_INTERVAL_MS: u32 = 100;

/// What makes this program a gateway.
const SERVE: &str = "--serve";

/// Between two looks at whether everything streams.
const LOOK: Duration = Duration::from_millis(200);

const MINUTE: Duration = Duration::from_secs(60);

/// Between two requests of the bare client; a gateway takes fifty a second.
const PACE: Duration = Duration::from_millis(21);

fn main() {
    if std::env::args().any(|word| word == SERVE) {
        return serve();
    }
    let minutes = std::env::var("MINUTES").ok();
    let minutes = minutes.map_or(10, |text| text.parse().expect("MINUTES is a count"));
    println!("{INSTRUMENTS} instruments, a quote every {QUOTE_INTERVAL_MS} ms each");
    let ours = ours(minutes);
    let bare = bare();
    println!("  times the processor's time {:>7.2}", ours / bare);
}

/// A gateway until whoever started it is gone; to every line it says how many quotes it has told.
fn serve() {
    let gateway = LocalGateway::start(INSTRUMENTS, QUOTE_INTERVAL_MS);
    let say = |what: &dyn std::fmt::Display| {
        println!("{what}");
        std::io::stdout().flush().expect("somebody reads");
    };
    say(&gateway.address);
    for line in std::io::stdin().lines() {
        line.expect("a line");
        say(&gateway.quotes_told());
    }
}

struct Served {
    child: Child,
    says: Lines<BufReader<ChildStdout>>,
    address: SocketAddr,
}

impl Served {
    fn start() -> Self {
        let program = std::env::current_exe().expect("a program");
        let mut child = Command::new(program)
            .arg(SERVE)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a gateway");
        let out = child.stdout.take().expect("it is piped");
        let mut says = BufReader::new(out).lines();
        let line = says.next().expect("a line").expect("a line");
        Self {
            child,
            says,
            address: line.parse().expect("an address"),
        }
    }

    fn process(&self) -> Process {
        Process::of(self.child.id())
    }

    fn quotes_told(&mut self) -> u64 {
        let asks = self.child.stdin.as_mut().expect("it is piped");
        asks.write_all(b"\n").expect("it listens");
        let line = self.says.next().expect("a line").expect("a line");
        line.parse().expect("a count")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The share of a core that the connector takes.
fn ours(minutes: u32) -> f64 {
    let mut gateway = Served::start();
    let dir = on_disk(env!("CARGO_TARGET_TMPDIR"));
    let account = connector(dir.path(), gateway.address, INSTRUMENTS);
    let mut wire = account.market_data();
    let quotes = Arc::new(AtomicU64::new(0));
    let began: Arc<[AtomicU64]> = (0..INSTRUMENTS).map(|_| AtomicU64::new(0)).collect();
    let (count, seen) = (Arc::clone(&quotes), Arc::clone(&began));
    let number = |text: &str| text.trim_start_matches("SYM").parse::<usize>();
    let sink = move |update: polyfolio_ports::QuoteUpdate| {
        count.fetch_add(1, Ordering::Relaxed);
        if let Some(slot) = number(update.instrument.as_str())
            .ok()
            .and_then(|n| seen.get(n))
        {
            slot.fetch_add(1, Ordering::Relaxed);
        }
    };
    wire.subscribe((0..INSTRUMENTS).map(symbol).collect(), Arc::new(sink));
    // The connection is made for whoever trades; quotes come along.
    let mut broker = account.broker();
    polyfolio_ports::Broker::start(&mut broker, Arc::new(|_| {}));
    // The first word of each is that there is no quote yet, or the first quote.
    while began.iter().any(|slot| slot.load(Ordering::Relaxed) < 3) {
        pause(LOOK);
    }
    minutes_of("polyfolio", minutes, &quotes, &mut gateway)
}

/// The same, by the library alone.
fn bare() -> f64 {
    let mut gateway = Served::start();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let address = gateway.address.to_string();
    let client = runtime.block_on(Client::connect(&address, 99));
    let client = Arc::new(client.expect("a connection"));
    let quotes = Arc::new(AtomicU64::new(0));
    for n in 0..INSTRUMENTS {
        let (client, quotes) = (Arc::clone(&client), Arc::clone(&quotes));
        runtime.spawn(async move {
            let contract = Contract::stock(symbol(n).as_str()).build();
            let asked = client.market_data(&contract).subscribe().await;
            let mut ticks = asked.expect("a stream");
            while ticks.next().await.is_some() {
                quotes.fetch_add(1, Ordering::Relaxed);
            }
        });
        pause(PACE);
    }
    minutes_of("bare library", 1, &quotes, &mut gateway)
}

fn minutes_of(name: &str, minutes: u32, heard: &AtomicU64, gateway: &mut Served) -> f64 {
    println!("  {name:<13}      told     heard  of a core  resident   the gateway");
    println!("  minute          a second");
    let sides = [Process::this(), gateway.process()];
    let (first_cpu, first) = (sides[0].cpu(), now());
    for minute in 1..=minutes {
        let counts = (gateway.quotes_told(), heard.load(Ordering::Relaxed));
        let (cpus, at) = (sides.each_ref().map(Process::cpu), now());
        pause(MINUTE);
        let seconds = now().duration_since(at).as_secs_f64();
        let a_second = |before: u64, after: u64| (after - before) as f64 / seconds;
        let of_a_core = |side: usize| (sides[side].cpu() - cpus[side]) / seconds * 100.0;
        println!(
            "  {minute:>6} {:>16.0} {:>9.0} {:>8.1} % {:>6.1} MB {:>6.1} % {:>6.1} MB",
            a_second(counts.0, gateway.quotes_told()),
            a_second(counts.1, heard.load(Ordering::Relaxed)),
            of_a_core(0),
            sides[0].resident(),
            of_a_core(1),
            sides[1].resident(),
        );
    }
    (sides[0].cpu() - first_cpu) / now().duration_since(first).as_secs_f64()
}
