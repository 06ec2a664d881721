//! A simulated gateway on this machine, and a connector to it.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread::JoinHandle;

use polyfolio_broker_ib::{IbAccount, IbConfig};
use polyfolio_clock::HostClock;
use polyfolio_matching::{Listing, MarketParams};
use polyfolio_model::{Money, Price};
use polyfolio_simulators::tws::{Gateway, GatewayConfig, Stock};
use tokio::sync::oneshot;

use crate::{listing, symbol};

/// How many quotes a gateway has told.
type Counter = Arc<dyn Fn() -> u64 + Send + Sync>;

/// A gateway in a thread of its own, in real time. Dropped, it ends.
pub struct LocalGateway {
    /// Where it listens.
    pub address: SocketAddr,
    told: Counter,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl LocalGateway {
    /// A market of so many instruments whose quotes change so often.
    pub fn start(instruments: usize, quote_interval_ms: u32) -> Self {
        let config = GatewayConfig {
            account: "DU1234567".to_owned(),
            cash: Money::from(1_000_000_000),
            latency_ms: 0,
            quote_interval_ms,
            messages_per_second_max: 0,
            stocks: (0..instruments).map(stock).collect(),
            ..GatewayConfig::default()
        };
        let (say, said) = channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let serve = async move {
            let any = SocketAddr::from(([127, 0, 0, 1], 0));
            let gateway = Gateway::listen(any, config, Arc::new(HostClock::start()));
            let gateway = Arc::new(gateway.await.expect("a gateway"));
            let (address, counted) = (gateway.address(), Arc::downgrade(&gateway));
            let told = move || counted.upgrade().map_or(0, |gateway| gateway.quotes_told());
            let opened: (SocketAddr, Counter) = (address, Arc::new(told));
            say.send(opened).expect("somebody waits for it");
            // Its end is asked for, or whoever would ask is gone.
            let _ = stopped.await;
        };
        let runtime = runtime();
        let thread = std::thread::spawn(move || runtime.block_on(serve));
        let (address, told) = said.recv().expect("it listens");
        Self {
            address,
            told,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// How many quotes it has told, to whoever asked for them.
    pub fn quotes_told(&self) -> u64 {
        (self.told)()
    }
}

impl Drop for LocalGateway {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // What it died of was said by itself.
            let _ = thread.join();
        }
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

fn stock(n: usize) -> Stock {
    Stock {
        con_id: 1_000 + i32::try_from(n).expect("not so many"),
        symbol: symbol(n).to_string(),
        primary_exchange: "NASDAQ".to_owned(),
        long_name: format!("Number {n}"),
        start: Some(Price::from(100)),
        closes: Default::default(),
        terms: Default::default(),
        listing: Listing {
            instrument: listing(n),
            market: MarketParams {
                // In a tenth of a second thirty ticks: a quote that is another one almost
                // every time.
                sigma: 100.0,
                arrival_rate: 0.05,
                decay: 0.0,
                tick: Price::ZERO,
            },
        },
    }
}

/// An account at a gateway there, which may trade so many instruments; its order ids lie in this
/// directory.
pub fn connector(directory: &Path, gateway: SocketAddr, instruments: usize) -> IbAccount {
    let contracts = (0..instruments).map(|n| (symbol(n), Default::default()));
    let config = IbConfig {
        port: gateway.port(),
        contracts: contracts.collect(),
        ..IbConfig::default()
    };
    let clock = Arc::new(HostClock::start());
    IbAccount::open(directory, config, clock, Arc::new(|_| {})).expect("an account")
}
