//! Puts an actor at every station, and empties the house again.
//!
//! Start: fold the journal, then the stations from the logger upwards, the connector last: what it
//! hears must have somebody to go to. Stop, in this order: the conductor has the router flush the
//! journal before it says how the task ended → nobody is restarted any more → the log is flushed →
//! the actors go. A watchdog looks on from another thread until the office is dropped.

mod places;
mod restarts;
mod stations;
mod turns;
mod watchdog;

use std::path::PathBuf;
use std::sync::Arc;

use actix::prelude::*;
use indexmap::IndexMap;
use polyfolio_model::{SleeveId, Span};
use polyfolio_oms::events::Event;
use polyfolio_oms::router::StopPolicy;
use polyfolio_oms::{Book, RouterConfig};
use polyfolio_ports::{Clock, Journal, PriceHistory, Sink};
use tokio::sync::oneshot;

use crate::broker_connector::BrokerFactory;
use crate::conductor::{Outcome, Tempo};
use crate::logger::{FlushLog, LogCount};
use crate::mail::Station;
use crate::market_data::MarketDataFactory;
use crate::messages::{PlanMade, StartRun, StopRun};
use crate::notifier::Telling;
use crate::order_router::{Keep, ObserveBook, OrderRouter, RecoverError};
use crate::scaler::ScalerSettings;
use crate::strategy::TargetSourceFactory;
use crate::switchboard::Switchboard;
use crate::workshop::Workshop;
use places::Places;
use watchdog::Watched;

pub use watchdog::{Patience, Stall, Watch};

/// All that the actors need of the world: factories, so that a restart begins as a start does.
pub struct Wiring {
    /// Time, as the run lives it.
    pub clock: Arc<dyn Clock>,
    /// Time, as the host lives it: for waits on the host's own work.
    pub host: Arc<dyn Clock>,
    /// The one journal. It is opened once; a restarted router folds it anew.
    pub journal: Arc<dyn Journal>,
    /// When its state is kept, and what of it is dropped.
    pub keep: Keep,
    /// A source of targets for each sleeve.
    pub strategies: IndexMap<SleeveId, TargetSourceFactory>,
    /// The closes that decide.
    pub history: Arc<dyn PriceHistory>,
    /// Quotes.
    pub market: MarketDataFactory,
    /// The account.
    pub broker: BrokerFactory,
    /// How the account is run.
    pub router: RouterConfig,
    /// How the book is sized.
    pub scaler: Arc<ScalerSettings>,
    /// Where the log goes; none for no log.
    pub logs: Option<PathBuf>,
    /// Who is told of what, outside; none where nobody is.
    pub notifier: Option<Telling>,
    /// How long to wait for the broker (host time).
    pub connect_timeout: Span,
    /// Hears how time is to pass.
    pub tempo: Sink<Tempo>,
    /// Hears of a plan that is about to be executed.
    pub planned: Sink<PlanMade>,
    /// Hears everything that happens to the book.
    pub observer: Sink<Event>,
    /// How the house is watched from outside its thread.
    pub watch: Watch,
}

impl std::fmt::Debug for Wiring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wiring")
            .field("sleeves", &self.strategies.keys())
            .finish_non_exhaustive()
    }
}

/// The actors at work. Dropped without being closed, it is a process that dies: everybody is gone
/// at once, whatever they were about.
#[derive(Debug)]
pub struct Office {
    board: Arc<Switchboard>,
    places: Arc<Places>,
    outcome: oneshot::Receiver<Outcome>,
    log_count: Arc<LogCount>,
    watched: Watched,
}

impl Office {
    /// Opens the house: must be called inside an actix system.
    ///
    /// # Errors
    /// A journal that cannot be folded.
    pub fn open(wiring: Wiring) -> Result<Self, RecoverError> {
        let wiring = Arc::new(wiring);
        let sleeves: Vec<SleeveId> = wiring.strategies.keys().cloned().collect();
        let board = Arc::new(Switchboard::new(Arc::clone(&wiring.clock), sleeves));
        let places = Arc::new(Places::default());
        let log_count = Arc::new(LogCount::default());
        let (tell, outcome) = oneshot::channel();

        let house = House {
            wiring,
            board: Arc::clone(&board),
            places: Arc::clone(&places),
            log_count: Arc::clone(&log_count),
            workshop: Arc::default(),
        };
        house.start_logger();
        house.start_notifier();
        house.start_nav_tracker();
        house.start_scaler();
        house.start_market_data();
        for sleeve in house.wiring.strategies.keys() {
            house.start_strategy(sleeve);
        }
        house.start_conductor(tell);
        house.start_router()?;
        house.start_connector();
        house.start_supervisor();
        let watched = house.start_watchdog();
        Ok(Self {
            board,
            places,
            outcome,
            log_count,
            watched,
        })
    }

    /// Gives the conductor its task and waits for what comes of it. A stop that `stop` resolves
    /// to is passed on once.
    pub async fn run(
        &mut self,
        start: StartRun,
        stop: impl Future<Output = StopPolicy>,
    ) -> Result<Outcome, String> {
        let sent = self
            .board
            .post
            .send(&Station::Cli, &self.board.start_run, start, None);
        sent.map_err(|undelivered| format!("the conductor is not there: {}", undelivered.why))?;
        tokio::pin!(stop);
        let gone = "an actor could not be kept alive".to_owned();
        tokio::select! {
            biased;
            outcome = &mut self.outcome => return outcome.map_err(|_| gone),
            policy = &mut stop => {
                let line = &self.board.stop_run;
                let _ = self.board.post.send(&Station::Cli, line, StopRun { policy }, None);
            }
        }
        (&mut self.outcome).await.map_err(|_| gone)
    }

    /// The book as it is; none when the router is gone.
    pub async fn book(&self) -> Option<Box<Book>> {
        let router = self.router()?;
        let (answer, answered) = std::sync::mpsc::channel();
        router
            .send(ObserveBook {
                answer,
                durable: false,
            })
            .await
            .ok()?;
        answered.try_recv().ok().map(|(book, _)| book)
    }

    /// Looks at the book from another thread. A restarted router has another address.
    pub fn router(&self) -> Option<Addr<OrderRouter>> {
        self.places.router()
    }

    /// A way to find the router from another thread, whichever life it is in.
    pub fn find_router(&self) -> impl Fn() -> Option<Addr<OrderRouter>> + Send + 'static {
        let places = Arc::clone(&self.places);
        move || places.router()
    }

    /// What became of the log's lines: written, and lost.
    pub fn log_lines(&self) -> (u64, u64) {
        (
            self.log_count.written(),
            self.log_count.lost() + self.board.post.unlogged(),
        )
    }

    /// A way to see how many of the watchdog's questions the house has answered.
    pub fn signs_of_life(&self) -> impl Fn() -> u64 + Send + 'static {
        self.watched.signs_of_life()
    }

    /// Empties the house: the log is flushed, and everybody is gone when this returns. What the
    /// router had to say was durable when the outcome was told.
    pub async fn close(&self) {
        self.board.close();
        if let Some(logger) = self.places.logger() {
            // A logger that is gone has counted what it lost.
            let _ = logger.send(FlushLog).await;
        }
        self.places.clear_all().await;
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        self.board.close();
        self.places.abort_all();
    }
}

/// All that it takes to put somebody at a station.
#[derive(Clone, Debug)]
struct House {
    wiring: Arc<Wiring>,
    board: Arc<Switchboard>,
    places: Arc<Places>,
    log_count: Arc<LogCount>,
    workshop: Arc<Workshop>,
}
