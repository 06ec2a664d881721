//! Place a limit order at Interactive Brokers, watch its states, change it, cancel it.
//!
//!     polyfolio sim tws                                     # in one terminal: no account is needed
//!     cargo run --example ib_limit_order                    # in another
//!     cargo run --example ib_limit_order -- KO 127.0.0.1:7497
//!
//! This is the broker's wire without everything that makes it safe: a portfolio goes through
//! `polyfolio run`, which writes an order down before it leaves and knows what became of it after a
//! crash. What is the same: the order id is on disk before the order goes, and the order carries
//! our own id, so that what is said of it can be told from what is said of others.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use polyfolio_broker_ib::{IbAccount, IbConfig};
use polyfolio_clock::{HostClock, wall_now};
use polyfolio_model::{
    Amend, ClOrdId, ExecKind, InstrumentId, NewOrder, OrdType, Price, Qty, RequestId, Side,
    TimeInForce,
};
use polyfolio_ports::{Broker, Command, Link, MarketData, Report};

/// How long a word may take.
const PATIENCE: Duration = Duration::from_secs(30);

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let symbol = words.next().unwrap_or_else(|| "KO".to_owned());
    let address = words.next().unwrap_or_else(|| "127.0.0.1:4002".to_owned());
    let instrument = InstrumentId::from(symbol.as_str());
    let account = open(&instrument, &address)?;

    let mut broker = account.broker();
    let (say, reports) = channel();
    broker.start(Arc::new(move |report| {
        // Nobody listens any more at the end.
        let _ = say.send(report);
    }));
    wait(&reports, |report| *report == Report::Link(Link::Ready))?;
    println!("connected: account {}", broker.account());

    let mid = mid(&account, &instrument)?;
    let facts = account.contract(&instrument);
    let facts = facts.ok_or("the connection stands, and the contract is not known")?;
    let tick = facts.tick_at(mid);
    println!("{} stands at {mid}", facts.long_name);

    // Far from the market, so that it rests.
    let order = NewOrder {
        cl_ord_id: ClOrdId {
            deployment: 1,
            run: u32::try_from(wall_now().nanos() / 1_000_000_000)?,
            parent: 1,
            child: 1,
        },
        instrument,
        side: Side::Buy,
        order_qty: Qty::from(10),
        ord_type: OrdType::Limit(share(mid, 80, tick)),
        time_in_force: TimeInForce::Day,
    };
    let id = order.cl_ord_id;
    println!("\nplace   BUY 10 at {}   (id {id})", share(mid, 80, tick));
    broker.send(Command::New(order))?;
    watch(&reports, |kind| matches!(kind, ExecKind::New))?;

    let price = Some(share(mid, 81, tick));
    println!("\nmodify  15 at {}", share(mid, 81, tick));
    let amend = Amend {
        order_qty: Qty::from(15),
        price,
        trigger: None,
    };
    broker.send(Command::Replace(id, RequestId(1), amend))?;
    watch(&reports, |kind| matches!(kind, ExecKind::Replaced { .. }))?;

    println!("\ncancel");
    broker.send(Command::Cancel(id, RequestId(2)))?;
    watch(&reports, |kind| matches!(kind, ExecKind::Canceled { .. }))
}

/// The account at this address, with one instrument; its order ids are kept in `state/example-ib`.
fn open(instrument: &InstrumentId, address: &str) -> Result<IbAccount, Box<dyn Error>> {
    let (host, port) = address.rsplit_once(':').ok_or("an address is HOST:PORT")?;
    let config = IbConfig {
        host: host.to_owned(),
        port: port.parse()?,
        client_id: 171,
        contracts: [(instrument.clone(), Default::default())].into(),
        ..IbConfig::default()
    };
    let talk = |notice| println!("  note  {notice}");
    let kept = Path::new("state/example-ib");
    let clock = Arc::new(HostClock::start());
    Ok(IbAccount::open(kept, config, clock, Arc::new(talk))?)
}

/// Prints what is said of orders, until this.
fn watch(
    reports: &Receiver<Report>,
    is_last: impl Fn(&ExecKind) -> bool,
) -> Result<(), Box<dyn Error>> {
    loop {
        match reports.recv_timeout(PATIENCE)? {
            Report::Execution(report) => {
                println!("  {}  {:?}", report.time, report.kind);
                if is_last(&report.kind) {
                    return Ok(());
                }
                let refused = match &report.kind {
                    ExecKind::Rejected { reason, .. } => Some(format!("rejected: {reason:?}")),
                    ExecKind::CancelRejected { reason, .. } => {
                        Some(format!("the change or cancel was refused: {reason:?}"))
                    }
                    _ => None,
                };
                if let Some(refused) = refused {
                    return Err(refused.into());
                }
            }
            Report::Link(Link::Down { reason }) => return Err(reason.into()),
            _ => {}
        }
    }
}

fn wait(reports: &Receiver<Report>, is_it: impl Fn(&Report) -> bool) -> Result<(), Box<dyn Error>> {
    loop {
        let report = reports.recv_timeout(PATIENCE)?;
        if is_it(&report) {
            return Ok(());
        }
        if let Report::Link(Link::Down { reason }) = report {
            return Err(reason.into());
        }
    }
}

/// The middle of the first quote that has both sides.
fn mid(account: &IbAccount, instrument: &InstrumentId) -> Result<Price, Box<dyn Error>> {
    let (say, quotes) = channel();
    let mut wire = account.market_data();
    wire.subscribe(
        vec![instrument.clone()],
        Arc::new(move |update| {
            // One is enough.
            let _ = say.send(update);
        }),
    );
    loop {
        if let Some(mid) = quotes.recv_timeout(PATIENCE)?.quote.mid() {
            return Ok(mid);
        }
    }
}

/// So many hundredths of a price, on the tick.
fn share(price: Price, hundredths: i64, tick: Price) -> Price {
    let wanted = price.get() * rust_decimal::Decimal::new(hundredths, 2);
    Price::new((wanted / tick.get()).floor() * tick.get())
}
