//! Puts an actor at every station, and empties the house again.
//!
//! Start: fold the journal, then the stations from the logger upwards, the connector last: what it
//! hears must have somebody to go to. Stop, in this order: no more intake → the router drains and
//! flushes the journal → the log is flushed → the actors go.

use std::collections::BTreeMap;
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

use crate::broker_connector::{BrokerConnector, BrokerFactory};
use crate::conductor::{Conductor, Outcome, Tempo};
use crate::logger::{FlushLog, LogCount, Logger};
use crate::mail::Station;
use crate::market_data::{MarketDataActor, MarketDataFactory};
use crate::messages::{StartRun, StopRun};
use crate::nav_tracker::NavTracker;
use crate::order_router::{ObserveBook, OrderRouter, RecoverError};
use crate::scaler::{Scaler, ScalerSettings};
use crate::strategy::{StrategyActor, TargetSourceFactory};
use crate::supervisor::{ActorFactory, Supervisor};
use crate::switchboard::Switchboard;

/// All that the actors need of the world: factories, so that a restart begins as a start does.
pub struct Wiring {
    /// Time, as the run lives it.
    pub clock: Arc<dyn Clock>,
    /// Time, as the host lives it: for waits on the host's own work.
    pub host: Arc<dyn Clock>,
    /// The one journal. It is opened once; a restarted router folds it anew.
    pub journal: Arc<dyn Journal>,
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
    /// How long to wait for the broker (host time).
    pub connect_timeout: Span,
    /// Hears how time is to pass.
    pub tempo: Sink<Tempo>,
    /// Hears everything that happens to the book.
    pub observer: Sink<Event>,
}

impl std::fmt::Debug for Wiring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wiring")
            .field("sleeves", &self.strategies.keys())
            .finish_non_exhaustive()
    }
}

/// The actors at work.
#[derive(Debug)]
pub struct Office {
    board: Arc<Switchboard>,
    stations: Arc<Stations>,
    outcome: oneshot::Receiver<Outcome>,
    log_count: Arc<LogCount>,
}

/// Those that are spoken to from outside the lines.
#[derive(Debug, Default)]
struct Stations {
    router: std::sync::Mutex<Option<Addr<OrderRouter>>>,
    logger: std::sync::Mutex<Option<Addr<Logger>>>,
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
        let stations = Arc::new(Stations::default());
        let log_count = Arc::new(LogCount::default());
        let (tell, outcome) = oneshot::channel();

        start_logger(&wiring, &board, &stations, &log_count);
        start_nav_tracker(&board);
        start_scaler(&wiring, &board);
        start_market_data(&wiring, &board);
        for sleeve in wiring.strategies.keys() {
            start_strategy(sleeve, &wiring, &board);
        }
        start_conductor(&wiring, &board, tell);
        start_router(&wiring, &board, &stations)?;
        start_connector(&wiring, &board, 1);
        start_supervisor(&wiring, &board, &stations, &log_count);
        Ok(Self {
            board,
            stations,
            outcome,
            log_count,
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
        router.send(ObserveBook { answer }).await.ok()?;
        answered.try_recv().ok().map(|(book, _)| book)
    }

    /// Looks at the book from another thread.
    pub fn router(&self) -> Option<Addr<OrderRouter>> {
        self.stations.router.lock().ok()?.clone()
    }

    /// What became of the log's lines: written, and lost.
    pub fn log_lines(&self) -> (u64, u64) {
        (
            self.log_count.written(),
            self.log_count.lost() + self.board.post.unlogged(),
        )
    }

    /// Empties the house: the router's last word is durable, the log is flushed.
    pub async fn close(&self) {
        self.board.close();
        let logger = self
            .stations
            .logger
            .lock()
            .ok()
            .and_then(|logger| logger.clone());
        if let Some(logger) = logger {
            let _ = logger.send(FlushLog).await;
        }
    }
}

fn start_logger(
    wiring: &Arc<Wiring>,
    board: &Arc<Switchboard>,
    stations: &Arc<Stations>,
    count: &Arc<LogCount>,
) {
    let Some(directory) = wiring.logs.clone() else {
        return;
    };
    let logger = Logger::new(directory, Arc::clone(count), Arc::clone(board)).start();
    board.post.connect_logger(logger.clone().recipient());
    if let Ok(mut slot) = stations.logger.lock() {
        *slot = Some(logger);
    }
}

fn start_nav_tracker(board: &Arc<Switchboard>) {
    let tracker = NavTracker::new(Arc::clone(board)).start();
    board
        .closes_to_nav_tracker
        .connect(tracker.clone().recipient());
    board.account_marked.connect(tracker.recipient());
}

fn start_scaler(wiring: &Arc<Wiring>, board: &Arc<Switchboard>) {
    let settings = Arc::clone(&wiring.scaler);
    let scaler = Scaler::new(settings, Arc::clone(&wiring.host), Arc::clone(board)).start();
    board.request_plan.connect(scaler.clone().recipient());
    board.targets_published.connect(scaler.clone().recipient());
    board.closes_to_scaler.connect(scaler.clone().recipient());
    board.nav_to_scaler.connect(scaler.clone().recipient());
    board.execute_plan.connect(scaler.recipient());
}

fn start_market_data(wiring: &Arc<Wiring>, board: &Arc<Switchboard>) {
    let history = Arc::clone(&wiring.history);
    let actor = MarketDataActor::new(history, (wiring.market)(), Arc::clone(board)).start();
    board.request_closes.connect(actor.clone().recipient());
    board.subscribe.connect(actor.recipient());
}

fn start_strategy(sleeve: &SleeveId, wiring: &Arc<Wiring>, board: &Arc<Switchboard>) {
    let (Some(source), Some(line)) = (
        wiring.strategies.get(sleeve),
        board.request_targets.get(sleeve),
    ) else {
        return;
    };
    let actor = StrategyActor::new(sleeve.clone(), Arc::clone(source), Arc::clone(board)).start();
    line.connect(actor.recipient());
}

fn start_conductor(wiring: &Arc<Wiring>, board: &Arc<Switchboard>, tell: oneshot::Sender<Outcome>) {
    let conductor = Conductor::new(
        Arc::clone(board),
        Arc::clone(&wiring.host),
        wiring.connect_timeout,
        Arc::clone(&wiring.tempo),
        tell,
    )
    .start();
    board.start_run.connect(conductor.clone().recipient());
    board.stop_run.connect(conductor.clone().recipient());
    board.plan_made.connect(conductor.clone().recipient());
    board.router_said.connect(conductor.clone().recipient());
    board.nav_to_conductor.connect(conductor.recipient());
}

fn start_router(
    wiring: &Arc<Wiring>,
    board: &Arc<Switchboard>,
    stations: &Arc<Stations>,
) -> Result<(), RecoverError> {
    let router = OrderRouter::recover(
        Arc::clone(&wiring.journal),
        wiring.router.clone(),
        Arc::clone(&wiring.clock),
        Arc::clone(board),
        Arc::clone(&wiring.observer),
    )?
    .start();
    board.targets_scaled.connect(router.clone().recipient());
    board.router_command.connect(router.clone().recipient());
    board.note_nav.connect(router.clone().recipient());
    board.quotes_changed.connect(router.clone().recipient());
    board.broker_said.connect(router.clone().recipient());
    if let Ok(mut slot) = stations.router.lock() {
        *slot = Some(router);
    }
    Ok(())
}

fn start_connector(wiring: &Arc<Wiring>, board: &Arc<Switchboard>, generation: u64) {
    let broker = (wiring.broker)();
    let connector = BrokerConnector::new(broker, generation, Arc::clone(board)).start();
    board.send_to_broker.connect(connector.recipient());
}

/// The stations that can be made anew. The conductor cannot: its task ends with it, and the next
/// start goes on from the journal.
fn start_supervisor(
    wiring: &Arc<Wiring>,
    board: &Arc<Switchboard>,
    stations: &Arc<Stations>,
    count: &Arc<LogCount>,
) {
    let mut factories: BTreeMap<Station, ActorFactory> = BTreeMap::new();
    let keep = || {
        (
            Arc::clone(wiring),
            Arc::clone(board),
            Arc::clone(stations),
            Arc::clone(count),
        )
    };
    let (w, b, s, c) = keep();
    factories.insert(
        Station::Logger,
        Box::new(move |_| {
            start_logger(&w, &b, &s, &c);
            Ok(())
        }),
    );
    let (_, b, _, _) = keep();
    factories.insert(
        Station::NavTracker,
        Box::new(move |_| {
            start_nav_tracker(&b);
            Ok(())
        }),
    );
    let (w, b, _, _) = keep();
    factories.insert(
        Station::Scaler,
        Box::new(move |_| {
            start_scaler(&w, &b);
            Ok(())
        }),
    );
    let (w, b, _, _) = keep();
    factories.insert(
        Station::MarketData,
        Box::new(move |_| {
            start_market_data(&w, &b);
            Ok(())
        }),
    );
    for sleeve in wiring.strategies.keys() {
        let (sleeve, (w, b, _, _)) = (sleeve.clone(), keep());
        factories.insert(
            Station::Strategy(sleeve.clone()),
            Box::new(move |_| {
                start_strategy(&sleeve, &w, &b);
                Ok(())
            }),
        );
    }
    let (w, b, _, _) = keep();
    factories.insert(
        Station::BrokerConnector,
        Box::new(move |life| {
            start_connector(&w, &b, life);
            Ok(())
        }),
    );
    // A new router must hear of the link again: the connector begins a new life with it.
    let (w, b, s, _) = keep();
    factories.insert(
        Station::OrderRouter,
        Box::new(move |life| {
            start_router(&w, &b, &s).map_err(|error| error.to_string())?;
            start_connector(&w, &b, 1_000 + life);
            Ok(())
        }),
    );
    let b = Arc::clone(board);
    let give_up = Box::new(move |why: String| {
        b.post.note(
            &Station::Supervisor,
            "GivenUp",
            serde_json::json!(why),
            None,
        );
        b.close();
    });
    let supervisor = Supervisor::new(factories, give_up, Arc::clone(board)).start();
    board.actor_stopped.connect(supervisor.recipient());
}
