//! A broker of one's own, whole.
//!
//!     cargo run --example own_broker -- plan -c examples/own_broker.toml
//!     cargo run --example own_broker -- run  -c examples/own_broker.toml
//!
//! [`FileDesk`] is what a config says, [`Account`] what is open, [`Wire`] carries commands in and
//! reports out, [`Quotes`] the prices. The brokerage behind them is a file (`own_broker/desk.rs`):
//! in its place stands whatever yours speaks. What has to hold is said at `BrokerKind`, the steps in
//! `docs/own_broker.md`.

#[path = "own_broker/desk.rs"]
pub(crate) mod desk;

use std::io;
use std::process::ExitCode;
use std::sync::{Mutex, MutexGuard, PoisonError};

use desk::Desk;
use polyfolio::brokers::prelude::*;
use polyfolio::prelude::Registry;

/// `[broker] use = "file_desk"`, and its own keys in `[broker.file_desk]`.
#[derive(Debug)]
pub(crate) struct FileDesk;

pub(crate) const KEYS: &[BrokerKey] = &[
    BrokerKey::new("file", KeyKind::Text("state/desk.jsonl"), "the desk").needed(),
    BrokerKey::new("cash", KeyKind::Money("1_000_000"), "opening cash").or("1_000_000"),
    BrokerKey::new("commission", KeyKind::Money("1.00"), "of every fill").or("1.00"),
    BrokerKey::new("fill_after", KeyKind::Span("50ms"), "how long it takes").or("50ms"),
];

impl BrokerKind for FileDesk {
    fn name(&self) -> &'static str {
        "file_desk"
    }

    fn about(&self) -> &'static str {
        "a desk that is a file, and fills at the last close"
    }

    fn keys(&self) -> &'static [BrokerKey] {
        KEYS
    }

    fn modes(&self) -> &'static [Mode] {
        &[Mode::Paper] // it has no real money
    }

    fn check(&self, settings: &BrokerSettings) -> Result<(), BadSetting> {
        let commission = settings.money("commission");
        if commission.is_some_and(|commission| commission.is_negative()) {
            return Err(settings.refuse("commission", "commission is negative", "0 or above"));
        }
        Ok(())
    }

    fn trades_at_old_closes(&self) -> bool {
        true // the last close is its market, whenever that was
    }

    fn open(&self, opening: &Opening<'_>) -> Result<Box<dyn OpenAccount>, CannotOpen> {
        opened(opening, Desk::open)
    }

    fn look(&self, opening: &Opening<'_>) -> Result<Box<dyn OpenAccount>, CannotOpen> {
        opened(opening, Desk::read)
    }
}

fn opened(
    opening: &Opening<'_>,
    open: impl FnOnce(&Opening<'_>) -> io::Result<Desk>,
) -> Result<Box<dyn OpenAccount>, CannotOpen> {
    let file = opening.settings.text("file").unwrap_or_default();
    let next = "it is in use, damaged or not yours: have a look at it";
    let desk = open(opening).map_err(|why| CannotOpen::State(format!("{file}: {why}\n{next}")))?;
    Ok(Box::new(Account::at(desk)))
}

/// An open account. Its wires come and go; the last one that was started is heard, and no other.
pub(crate) struct Account(pub(crate) Arc<Mutex<Line>>);

/// The desk, and who listens.
pub(crate) struct Line {
    pub(crate) desk: Desk,
    wires: u64,
    listener: Option<Sink<Report>>,
}

impl Account {
    pub(crate) fn at(desk: Desk) -> Self {
        let line = Line {
            desk,
            wires: 0,
            listener: None,
        };
        Self(Arc::new(Mutex::new(line)))
    }
}

impl OpenAccount for Account {
    fn broker(&self, clock: Arc<dyn Clock>) -> Box<dyn Broker> {
        let (line, number) = (Arc::clone(&self.0), None);
        Box::new(Wire {
            line,
            clock,
            number,
        })
    }

    fn market_data(&self, clock: Arc<dyn Clock>) -> Box<dyn MarketData> {
        Box::new(Quotes(Arc::clone(&self.0), clock))
    }
}

impl Line {
    /// A sink never waits, so it is told while the desk is held: everything is heard in order.
    fn tell(&self, report: Report) {
        if let Some(listener) = &self.listener {
            listener(report);
        }
    }

    /// What the desk says. One that cannot be written has taken what was asked or has not: nobody
    /// can say, so nothing is said of it, and nothing more is sent.
    pub(crate) fn say(&mut self, said: io::Result<Vec<ExecutionReport>>) {
        match said {
            Ok(said) => said
                .into_iter()
                .for_each(|report| self.tell(Report::Execution(report))),
            Err(why) => {
                let reason = format!("the desk cannot be written: {why}");
                self.tell(Report::Link(Link::Down { reason }));
                self.listener = None;
            }
        }
    }
}

/// The wire for orders.
struct Wire {
    line: Arc<Mutex<Line>>,
    clock: Arc<dyn Clock>,
    /// Its number, once it is started.
    number: Option<u64>,
}

impl Broker for Wire {
    fn account(&self) -> String {
        "file_desk".to_owned()
    }

    /// What is true of a file in this process: an order is there when `send` returns, an id is taken
    /// for ever, what is canceled is canceled. Behind a network none of it is.
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            ack_timeout: Span::from_secs(5),
            absence_horizon: Span::from_secs(1),
            propagation_lag: Span::ZERO,
            settle: Span::ZERO,
            duplicates: DuplicateScope::Forever,
            late_acceptance_bounded: true,
            replaces: false,
            prepares: false,
        }
    }

    fn start(&mut self, reports: Sink<Report>) {
        let mut line = lock(&self.line);
        line.wires += 1;
        self.number = Some(line.wires);
        if line.desk.is_broken {
            let reason = "the desk could not be written: start anew".to_owned();
            return reports(Report::Link(Link::Down { reason }));
        }
        reports(Report::Link(Link::Ready));
        line.listener = Some(reports);
        drop(line);
        self.trade_later(); // what a former process left open
    }

    fn send(&mut self, command: Command) -> Result<(), NotSent> {
        let mut line = lock(&self.line);
        if line.listener.is_none() || self.number != Some(line.wires) {
            return Err(NotSent(
                "this wire is not started, is down, or was replaced",
            ));
        }
        let (now, desk) = (self.clock.now(), &mut line.desk);
        let is_order = matches!(command, Command::New(_));
        let said = match command {
            Command::Prepare(_) => Ok(Vec::new()), // the desk has no ids of its own
            Command::New(order) => desk.take(order, now),
            Command::Cancel(id, request) => desk.cancel(id, request, now),
            Command::Replace(id, request, _) => {
                let reason = CancelRejectReason::Other;
                let kind = ExecKind::CancelRejected { request, reason };
                Ok(vec![desk.report(id, now, kind)])
            }
            Command::Query(id) => Ok(desk.all_about(id, now)),
            Command::Snapshot(id) => {
                let everything = desk.everything();
                line.tell(Report::Snapshot(id, Ok(everything)));
                Ok(Vec::new())
            }
        };
        line.say(said);
        drop(line);
        if is_order {
            self.trade_later();
        }
        Ok(())
    }
}

impl Wire {
    fn trade_later(&self) {
        let (line, clock) = (Arc::downgrade(&self.line), Arc::clone(&self.clock));
        let wait = lock(&self.line).desk.fill_after;
        tokio::spawn(async move {
            clock.sleep_until(clock.now() + wait).await;
            if let Some(line) = line.upgrade() {
                let mut line = lock(&line);
                let said = line.desk.trade_what_is_due(clock.now());
                line.say(said);
            }
        });
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        let mut line = lock(&self.line);
        if self.number == Some(line.wires) {
            line.listener = None; // the orders rest
        }
    }
}

/// The wire for quotes: the last close, bid and offered.
struct Quotes(Arc<Mutex<Line>>, Arc<dyn Clock>);

impl MarketData for Quotes {
    fn subscribe(&mut self, instruments: Vec<InstrumentId>, sink: Sink<QuoteUpdate>) {
        for instrument in instruments {
            let close = lock(&self.0).desk.closes.get(&instrument).copied();
            let quote = Quote::new(close, close, self.1.now());
            sink(QuoteUpdate { instrument, quote });
        }
    }
}

/// Nothing is left half done by somebody who held it and panicked.
pub(crate) fn lock(line: &Mutex<Line>) -> MutexGuard<'_, Line> {
    line.lock().unwrap_or_else(PoisonError::into_inner)
}

/// polyfolio with one more broker in it.
fn main() -> ExitCode {
    let brokers = Brokers::none().with(FileDesk);
    polyfolio::cli::main_with_brokers(Registry::builtin(), brokers).into()
}
