//! Puts the world behind the ports and runs one task: the one place that names adapters.
//!
//! There is one way to start: lock the state directory → open and verify the journal → fold it →
//! open the account → connect → reconcile → go on with the run that is not over, or plan a new
//! one. A plan does the same over a copy of the records and a look at the account, and writes
//! nothing.

mod account;
mod closes;
pub mod gateway;
mod ib;
pub mod journal_view;
mod look;
pub mod market;
mod notify;
mod own;
pub mod requests;
pub mod sizing;
mod sources;
mod stop;
mod store;
pub mod view;
mod watch;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::NaiveDate;
use polyfolio_actors::conductor::{End, Outcome};
use polyfolio_actors::messages::{PlanMade, StartRun, Task};
use polyfolio_actors::office::{Patience, Watch};
use polyfolio_actors::order_router::Keep;
use polyfolio_actors::{Office, Tempo, Wiring};
use polyfolio_clock::{HostClock, Pace, PacedClock};
use polyfolio_market_data::History;
use polyfolio_model::Ts;
use polyfolio_oms::Book;
use polyfolio_oms::events::Event;
use polyfolio_ports::{Clock, Journal, Sink};
use polyfolio_store::{SledJournal, StateDir, StoreError};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::Loaded;

use account::Account;
pub use closes::daily_closes;
pub use stop::{Signal, Signals};
pub use store::{fold, open_existing, open_journal, read_book, records, write_one};

/// What is to be done.
pub struct Request {
    /// The task.
    pub task: Task,
    /// As of which date; the latest when none is given.
    pub as_of: Option<NaiveDate>,
    /// How fast paper time goes while a run executes.
    pub pace: Pace,
    /// Hears of signals since the process began.
    pub signals: Signals,
    /// Hears what happens to the book, as it happens.
    pub observer: Sink<Event>,
    /// Hears of a plan that is about to be executed.
    pub planned: Sink<PlanMade>,
    /// Sees the book before a run is planned: as the journal has it, and after a run was given up.
    pub found: Sink<Book>,
    /// Hears what a broker's connection has to say to a person.
    pub told: Sink<String>,
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request")
            .field("task", &self.task)
            .finish_non_exhaustive()
    }
}

/// What was done.
#[derive(Debug)]
pub struct Finished {
    /// What came of the task.
    pub outcome: Outcome,
    /// The book at the end.
    pub book: Box<Book>,
    /// Lines of the log: written, and lost.
    pub log_lines: (u64, u64),
    /// The signal that stopped it, if one did.
    pub signal: Option<Signal>,
    /// Clock time at the end.
    pub time: Ts,
    /// Whether an identity of the books did not hold.
    pub violated: bool,
    /// What a person should know though nothing is wrong.
    pub notices: Vec<String>,
}

/// A task with everything it needs opened.
struct Session<'a> {
    loaded: &'a Loaded,
    history: Option<History>,
    request: Request,
    as_of: Option<NaiveDate>,
}

/// What is open while a process trades; given back in this order, so that nobody reads the
/// journal when the store is let go.
struct House {
    notices: notify::Notices,
    keeper: view::Keeper,
    account: Account,
    sled: Arc<SledJournal>,
}

/// Runs a task to its end.
///
/// # Errors
/// Whatever keeps it from beginning, with what to do about it.
pub fn execute(loaded: &Loaded, request: Request) -> Result<Finished, Failure> {
    let history = loaded.history()?;
    loaded.check_data(history.as_ref())?;
    let as_of = sources::decision_date(&loaded.settings, history.as_ref(), request.as_of)?;
    request.signals.open()?;
    let system = actix::System::new();
    let violated = Arc::new(AtomicBool::new(false));
    let request = Request {
        pace: account::pace(&loaded.settings, request.pace),
        observer: watching(Arc::clone(&violated), request.observer),
        ..request
    };
    let session = Session {
        loaded,
        history,
        request,
        as_of,
    };
    let mut finished = system.block_on(session.run())?;
    finished.violated = violated.load(Ordering::Relaxed);
    Ok(finished)
}

/// Sees whether an identity of the books does not hold, in front of whoever observes.
fn watching(violated: Arc<AtomicBool>, observer: Sink<Event>) -> Sink<Event> {
    Arc::new(move |event: Event| {
        if matches!(event, Event::InvariantViolated { .. }) {
            violated.store(true, Ordering::Relaxed);
        }
        observer(event);
    })
}

impl Session<'_> {
    async fn run(self) -> Result<Finished, Failure> {
        match self.request.task {
            Task::Plan => self.plan().await,
            _ => self.trade().await,
        }
    }

    /// Nothing is locked for longer than a look, and nothing is written or sent.
    async fn plan(self) -> Result<Finished, Failure> {
        let directory = &self.loaded.settings.state_dir;
        let journal: Arc<dyn Journal> = Arc::new(store::copy_of(directory)?);
        let told = Arc::clone(&self.request.told);
        let (account, time) = Account::look(self.loaded, self.history.as_ref(), self.as_of, told)?;
        self.request.signals.check()?;
        // Time plays no part in a plan.
        let clock = PacedClock::start(time, Pace::Live)
            .map_err(|error| Failure::usage(error.to_string()))?;
        let clock = Arc::new(clock);
        let wiring = Wiring {
            logs: None,
            ..self.wiring(clock.clone(), journal, &account)?
        };
        self.conduct(wiring, clock, None, self.as_of).await
    }

    async fn trade(self) -> Result<Finished, Failure> {
        let settings = &self.loaded.settings;
        let sled = Arc::new(store::open_journal(&settings.state_dir)?);
        let keeper = view::Keeper::start(&sled);
        self.request.signals.check()?;
        let book = store::fold(&*sled)?;
        let unfinished = unfinished(&book);
        (self.request.found)(book);
        let market_date = unfinished.or(self.as_of);
        if self.request.task == Task::Run {
            account::check_date(settings, market_date, self.request.as_of)?;
        }
        let told = Arc::clone(&self.request.told);
        let (account, notices) =
            Account::open(self.loaded, self.history.as_ref(), market_date, told)?;
        if let (Some(asked), Some(have)) = (self.request.as_of, account.market_date())
            && asked < have
        {
            return Err(market::goes_back(have, asked));
        }
        self.request.signals.check()?;
        let mut house = House {
            notices: notify::Notices::start(self.loaded)?,
            account,
            sled: Arc::clone(&sled),
            keeper,
        };
        let traded = self.trade_on(&house, unfinished).await;
        let untold = house.notices.close();
        let mut finished = traded?;
        finished.notices = notices;
        finished.notices.extend(untold);
        drop(house);
        sled.close().map_err(|error| store::failure(&error))?;
        Ok(finished)
    }

    /// Gives up a run whose date has passed, in the market of that date; then goes on.
    async fn trade_on(
        &self,
        house: &House,
        unfinished_on: Option<NaiveDate>,
    ) -> Result<Finished, Failure> {
        let is_run = self.request.task == Task::Run;
        let Some(decided) = unfinished_on.filter(|_| is_run) else {
            if is_run {
                house.account.move_to(self.history.as_ref(), self.as_of)?;
            }
            return self.session_in(house, self.as_of).await;
        };
        if self.request.as_of.is_none() {
            return self.session_in(house, None).await;
        }
        let mut finished = self.session_in(house, self.as_of).await?;
        let is_over = matches!(finished.outcome.end, End::Done { .. });
        if !is_over || self.as_of.is_none_or(|asked| asked <= decided) {
            return Ok(finished);
        }
        (self.request.found)(*finished.book.clone());
        if self.request.signals.came().is_some() {
            // The old run is given up; the one that was asked for was not begun.
            finished.signal = self.request.signals.came();
            finished.outcome.end = End::Stopped {
                run: None,
                resting: 0,
            };
            return Ok(finished);
        }
        house.account.move_to(self.history.as_ref(), self.as_of)?;
        self.session_in(house, self.as_of).await
    }

    async fn session_in(
        &self,
        house: &House,
        as_of: Option<NaiveDate>,
    ) -> Result<Finished, Failure> {
        let account = &house.account;
        let base = account
            .venue_time()
            .unwrap_or_else(polyfolio_clock::wall_now);
        let clock = PacedClock::start(base, self.request.pace)
            .map_err(|error| Failure::usage(error.to_string()))?;
        let clock = Arc::new(clock);
        let journal: Arc<dyn Journal> = Arc::clone(&house.sled) as Arc<dyn Journal>;
        let wiring = Wiring {
            notifier: house.notices.telling(),
            ..self.wiring(clock.clone(), journal, account)?
        };
        let keeper = Some(&house.keeper);
        let finished = self.conduct(wiring, clock, keeper, as_of).await?;
        account.advance_to(finished.time);
        Ok(finished)
    }

    async fn conduct(
        &self,
        wiring: Wiring,
        clock: Arc<PacedClock>,
        keeper: Option<&view::Keeper>,
        as_of: Option<NaiveDate>,
    ) -> Result<Finished, Failure> {
        let policy = sizing::stop_policy(&self.loaded.settings);
        let mut office = Office::open(wiring).map_err(|error| store::unreadable(&error))?;
        let stop = self.request.signals.on_signal(policy);
        if let Some(keeper) = keeper {
            keeper.show(office.find_router());
        }
        let start = StartRun {
            task: self.request.task.clone(),
            as_of,
        };
        let outcome = office.run(start, stop).await;
        clock.resume();
        let book = office.book().await;
        if let Some(keeper) = keeper {
            keeper.hide();
        }
        office.close().await;
        let outcome = outcome.map_err(|why| Failure::new(Exit::Halted, why))?;
        let book = book.ok_or_else(|| Failure::new(Exit::Halted, "the order router is gone"))?;
        Ok(Finished {
            outcome,
            book,
            log_lines: office.log_lines(),
            signal: self.request.signals.came(),
            time: clock.now(),
            violated: false,
            notices: Vec::new(),
        })
    }

    fn wiring(
        &self,
        clock: Arc<PacedClock>,
        journal: Arc<dyn Journal>,
        account: &Account,
    ) -> Result<Wiring, Failure> {
        let settings = &self.loaded.settings;
        let tempo = Arc::clone(&clock);
        let paced: Arc<dyn Clock> = clock.clone();
        let looks_only = !matches!(self.request.task, Task::Run | Task::CancelAll(_));
        let capabilities = account.capabilities(Arc::clone(&paced));
        let (quotes, orders) = (account.clone(), account.clone());
        let (quotes_clock, orders_clock) = (Arc::clone(&paced), paced);
        Ok(Wiring {
            host: Arc::new(HostClock::start()),
            journal,
            keep: Keep {
                every: u64::from(settings.snapshot_every),
                all: settings.keep_all,
            },
            strategies: sources::strategies(settings, self.history.as_ref(), self.as_of),
            history: Arc::new(sources::Closes::new(self.history.clone(), self.as_of)),
            market: Arc::new(move || quotes.market_data(Arc::clone(&quotes_clock))),
            broker: Arc::new(move || orders.broker(Arc::clone(&orders_clock))),
            router: sizing::router_config(settings, capabilities, looks_only),
            scaler: Arc::new(sizing::scaler_settings(
                settings,
                self.history.as_ref(),
                self.as_of,
            )?),
            logs: Some(settings.logs_dir.clone()),
            notifier: None,
            connect_timeout: account::connect_timeout(settings),
            tempo: Arc::new(move |tempo_wanted| match tempo_wanted {
                // A clock that cannot jump goes on as the host's: slower, and as right.
                Tempo::Executing => drop(tempo.pause()),
                Tempo::Planning => tempo.resume(),
            }),
            planned: Arc::clone(&self.request.planned),
            observer: Arc::clone(&self.request.observer),
            watch: Watch {
                patience: Patience::default(),
                stalled: Arc::new(|stall| watch::on_stall(&stall)),
            },
            clock,
        })
    }
}

fn unfinished(book: &Book) -> Option<NaiveDate> {
    book.active_run().map(|run| run.planned.decision_date)
}

/// Whether another process holds a state directory now.
pub fn is_held(directory: &Path) -> bool {
    matches!(
        StateDir::open_existing(directory),
        Err(StoreError::Locked { .. })
    )
}
