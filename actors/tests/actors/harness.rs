//! One run of the whole house over a fake venue, on one arbiter and a clock that jumps.

use std::collections::BTreeMap;
use std::future::{Future, pending};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use chrono::NaiveDate;
use indexmap::IndexMap;
use polyfolio_actors::broker_connector::BrokerFactory;
use polyfolio_actors::conductor::{End, Outcome, Tempo};
use polyfolio_actors::messages::{StartRun, Task};
use polyfolio_actors::scaler::{ExecutionSettings, OnStrategyFailure, ScalerSettings};
use polyfolio_actors::strategy::TargetSourceFactory;
use polyfolio_actors::{Office, Wiring};
use polyfolio_clock::{HostClock, Pace, PacedClock};
use polyfolio_execution::AlgoSpec;
use polyfolio_model::{
    Currency, Instrument, InstrumentId, Money, Price, Qty, Quote, SleeveId, Span, Ts,
};
use polyfolio_oms::events::Event;
use polyfolio_oms::records::{AtDeadline, Record};
use polyfolio_oms::router::{LateResume, OnBreak, StopPolicy};
use polyfolio_oms::{Book, RouterConfig};
use polyfolio_portfolio::RiskLimits;
use polyfolio_portfolio::plan::{PlanSettings, Rounding, Unclaimed};
use polyfolio_portfolio::scaling::{ScaleSettings, Sizing};
use polyfolio_ports::mock::{MockClock, MockMarketData};
use polyfolio_ports::{
    Broker, Clock, Closes, Journal, MarketData, PriceHistory, QuoteUpdate, Sink, TargetSource,
    Targets,
};
use polyfolio_store::MemoryJournal;

use crate::venue::{Connection, Venue};

/// A run that takes longer than this on the host's clock hangs.
const HANGS: Span = Span::from_secs(60);

pub(crate) fn date() -> NaiveDate {
    NaiveDate::from_ymd_opt(2022, 12, 1).unwrap()
}

pub(crate) fn qty(units: i64) -> Qty {
    Qty::from(units)
}

pub(crate) fn sleeve(name: &str) -> SleeveId {
    SleeveId::new(name)
}

/// All that a test may want otherwise. As it stands: one sleeve `alpha` that holds 10 AAA at a NAV
/// of 1,000, an account of 100,000, AAA at 50: it wants 1,000 AAA.
#[derive(Clone)]
pub(crate) struct Setup {
    pub(crate) venue: Arc<Venue>,
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) sleeves: IndexMap<SleeveId, (f64, TargetSourceFactory)>,
    pub(crate) instruments: Vec<InstrumentId>,
    pub(crate) history: Arc<dyn PriceHistory>,
    pub(crate) algo: AlgoSpec,
    /// Stands before the algorithm is chosen, in the scaler.
    pub(crate) on_algo: Arc<dyn Fn() + Send + Sync>,
    pub(crate) max_child: Option<Qty>,
    pub(crate) on_strategy_failure: OnStrategyFailure,
    pub(crate) strategy_timeout: Span,
    pub(crate) connect_timeout: Span,
    /// A run that takes longer than this on its own clock has come to a standstill.
    pub(crate) standstill: Span,
    pub(crate) host: Arc<dyn Clock>,
    pub(crate) logs: Option<PathBuf>,
    pub(crate) on_event: Sink<Event>,
    /// Stands before the connection, in the connector's factory.
    pub(crate) broker: Option<MakeBroker>,
    pub(crate) market: MakeMarket,
    pub(crate) task: Task,
    pub(crate) stop: Option<(StopWhen, StopPolicy)>,
}

/// Makes a connection that lives by this clock.
pub(crate) type MakeBroker = Arc<dyn Fn(Arc<dyn Clock>) -> Box<dyn Broker> + Send + Sync>;

/// The same of quotes.
pub(crate) type MakeMarket = Arc<dyn Fn(Arc<dyn Clock>) -> Box<dyn MarketData> + Send + Sync>;

/// Whether an event is the one after which a test stops the run; none is the very beginning.
pub(crate) type StopWhen = fn(&Event) -> bool;

/// What came of it.
pub(crate) struct Finished {
    pub(crate) outcome: Outcome,
    pub(crate) book: Option<Box<Book>>,
    pub(crate) events: Vec<Event>,
    pub(crate) tempos: Vec<Tempo>,
    pub(crate) log_lines: (u64, u64),
}

impl Setup {
    pub(crate) fn new() -> Self {
        let instruments = vec![InstrumentId::new("AAA"), InstrumentId::new("BBB")];
        let price = Price::from(50);
        let sleeves = [(sleeve("alpha"), (1.0, holds(&[("AAA", 10.0)])))];
        Self {
            venue: Venue::new(Money::from(100_000), price),
            journal: Arc::new(MemoryJournal::new(7)),
            sleeves: sleeves.into_iter().collect(),
            history: Arc::new(History(closes(&instruments, price))),
            instruments,
            algo: AlgoSpec::Market,
            on_algo: Arc::new(|| {}),
            max_child: None,
            on_strategy_failure: OnStrategyFailure::HoldSleeve,
            strategy_timeout: Span::from_secs(60),
            connect_timeout: Span::from_secs(30),
            standstill: Span::from_secs(6 * 3_600),
            host: Arc::new(patient_host()),
            logs: None,
            on_event: Arc::new(|_| {}),
            broker: None,
            market: Arc::new(|clock| Box::new(quotes(clock))),
            task: Task::Run,
            stop: None,
        }
    }

    /// Has these sleeves, all with the same weight.
    pub(crate) fn sleeves(mut self, sleeves: &[(&str, TargetSourceFactory)]) -> Self {
        let weight = 1.0 / sleeves.len() as f64;
        let one = |(name, source): &(&str, TargetSourceFactory)| {
            (sleeve(name), (weight, Arc::clone(source)))
        };
        self.sleeves = sleeves.iter().map(one).collect();
        self
    }

    /// Runs the task in a house of its own and empties it again.
    pub(crate) async fn run(&self) -> Finished {
        let clock = Arc::new(PacedClock::start(start_time(), Pace::Max).unwrap());
        let host = HostClock::start();
        tokio::select! {
            biased;
            finished = self.run_to_the_end(&clock) => finished,
            () = clock.sleep_until(start_time() + self.standstill) => panic!("the house stands still"),
            () = host.sleep_until(host.now() + HANGS) => panic!("the house hangs"),
        }
    }

    /// Runs the task for so long on its clock; none when it is not over by then. The house is left
    /// as a process leaves it that dies.
    pub(crate) async fn run_for(&self, time: Span) -> Option<Finished> {
        let clock = Arc::new(PacedClock::start(start_time(), Pace::Max).unwrap());
        let finished = tokio::select! {
            biased;
            finished = self.run_to_the_end(&clock) => Some(finished),
            () = clock.sleep_until(start_time() + time) => None,
        };
        clock.resume();
        finished
    }

    /// Runs the task in a process that dies some moments after its `nth` event; none if it did.
    pub(crate) async fn run_and_die(&self, nth: usize) -> Option<Finished> {
        let clock = Arc::new(PacedClock::start(start_time(), Pace::Max).unwrap());
        let (die, mut dies) = tokio::sync::watch::channel(0);
        let on_event = Arc::clone(&self.on_event);
        let mortal = Self {
            on_event: Arc::new(move |event| {
                die.send_modify(|count| *count += 1);
                on_event(event);
            }),
            ..self.clone()
        };
        let finished = tokio::select! {
            biased;
            _ = dies.wait_for(|count| *count >= nth) => None,
            finished = mortal.run_to_the_end(&clock) => Some(finished),
        };
        clock.resume();
        tokio::task::yield_now().await;
        finished
    }

    async fn run_to_the_end(&self, clock: &Arc<PacedClock>) -> Finished {
        let events: Arc<Mutex<Vec<Event>>> = Arc::default();
        let tempos: Arc<Mutex<Vec<Tempo>>> = Arc::default();
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let wiring = self.wiring(clock, &events, &tempos, stop);
        let mut office = Office::open(wiring).unwrap();
        let start = StartRun {
            task: self.task.clone(),
            as_of: None,
        };
        let outcome = office.run(start, self.stop_of(stopped)).await.unwrap();
        let book = office.book().await;
        office.close().await;
        clock.resume();
        let events = events.lock().unwrap().clone();
        let tempos = tempos.lock().unwrap().clone();
        Finished {
            outcome,
            book,
            events,
            tempos,
            log_lines: office.log_lines(),
        }
    }

    fn stop_of(
        &self,
        mut stopped: tokio::sync::watch::Receiver<bool>,
    ) -> impl Future<Output = StopPolicy> + use<> {
        let policy = self.stop.map(|(_, policy)| policy);
        async move {
            match policy {
                Some(policy) => {
                    // The sender lives as long as the house.
                    let _ = stopped.wait_for(|stop| *stop).await;
                    policy
                }
                None => pending().await,
            }
        }
    }

    pub(crate) fn wiring(
        &self,
        paced: &Arc<PacedClock>,
        events: &Arc<Mutex<Vec<Event>>>,
        tempos: &Arc<Mutex<Vec<Tempo>>>,
        stop: tokio::sync::watch::Sender<bool>,
    ) -> Wiring {
        let clock: Arc<dyn Clock> = paced.clone();
        let paced = Arc::clone(paced);
        let (events, tempos) = (Arc::clone(events), Arc::clone(tempos));
        let (on_event, when) = (Arc::clone(&self.on_event), self.stop.map(|(when, _)| when));
        let strategies = self
            .sleeves
            .iter()
            .map(|(id, (_, source))| (id.clone(), Arc::clone(source)));
        Wiring {
            clock: Arc::clone(&clock),
            host: Arc::clone(&self.host),
            journal: Arc::clone(&self.journal),
            strategies: strategies.collect(),
            history: Arc::clone(&self.history),
            market: {
                let (make, clock) = (Arc::clone(&self.market), Arc::clone(&clock));
                Arc::new(move || make(Arc::clone(&clock)))
            },
            broker: self.broker_factory(&clock),
            router: router_config(),
            scaler: Arc::new(self.scaler()),
            logs: self.logs.clone(),
            connect_timeout: self.connect_timeout,
            tempo: Arc::new(move |tempo| {
                match tempo {
                    Tempo::Executing => paced.pause().unwrap(),
                    Tempo::Planning => paced.resume(),
                }
                tempos.lock().unwrap().push(tempo);
            }),
            planned: Arc::new(|_| ()),
            observer: Arc::new(move |event: Event| {
                if when.is_some_and(|when| when(&event)) {
                    stop.send_replace(true);
                }
                events.lock().unwrap().push(event.clone());
                on_event(event);
            }),
        }
    }

    fn broker_factory(&self, clock: &Arc<dyn Clock>) -> BrokerFactory {
        let (clock, venue) = (Arc::clone(clock), Arc::clone(&self.venue));
        match self.broker.clone() {
            Some(make) => Arc::new(move || make(Arc::clone(&clock))),
            None => {
                Arc::new(move || Box::new(Connection::new(Arc::clone(&venue), Arc::clone(&clock))))
            }
        }
    }

    fn scaler(&self) -> ScalerSettings {
        let (algo, on_algo) = (self.algo.clone(), Arc::clone(&self.on_algo));
        ScalerSettings {
            weights: self
                .sleeves
                .iter()
                .map(|(id, (weight, _))| (id.clone(), *weight))
                .collect(),
            plan: PlanSettings {
                scale: ScaleSettings {
                    sizing: Sizing::Nav,
                    leverage: 1.0,
                    normalize: false,
                },
                unclaimed: Unclaimed::Keep,
                rounding: Rounding::Lot,
                no_trade_band: 0.01,
                min_notional: Money::ZERO,
            },
            limits: RiskLimits::default(),
            base_currency: Currency::new("USD"),
            instruments: self
                .instruments
                .iter()
                .map(|id| (id.clone(), rules(id)))
                .collect(),
            execution: ExecutionSettings {
                algo: Arc::new(move |_, _| {
                    on_algo();
                    algo.clone()
                }),
                horizon: Span::from_secs(300),
                at_deadline: AtDeadline::Sweep,
                max_child: self.max_child,
                sweep_for: Span::from_secs(60),
            },
            on_strategy_failure: self.on_strategy_failure,
            strategy_timeout: self.strategy_timeout,
        }
    }

    /// Every record of the journal.
    pub(crate) fn records(&self) -> Vec<Record> {
        polyfolio_actors::order_router::read_records(&*self.journal).unwrap()
    }
}

impl Finished {
    /// The run that was done to its end, or what happened instead.
    #[track_caller]
    pub(crate) fn is_done(&self) {
        assert!(
            matches!(
                self.outcome.end,
                End::Done {
                    abandoned: None,
                    ..
                }
            ),
            "{:?}",
            self.outcome.end
        );
    }

    pub(crate) fn count(&self, of: impl Fn(&Event) -> bool) -> usize {
        self.events.iter().filter(|event| of(event)).count()
    }
}

fn start_time() -> Ts {
    Ts::on(date(), 21)
}

pub(crate) fn router_config() -> RouterConfig {
    RouterConfig {
        capabilities: Venue::capabilities(),
        limits: RiskLimits::default(),
        on_late_resume: LateResume::Sweep,
        on_break: OnBreak::Halt,
        lazy_for: Span::from_millis(100),
        quote_age_max: Span::from_secs(86_400),
        snapshot_retry: Span::from_secs(1),
        vanish_share_max: 0.5,
    }
}

pub(crate) fn rules(id: &InstrumentId) -> Instrument {
    Instrument {
        id: id.clone(),
        tick: Price::from(1),
        lot: Qty::from(1),
        min_notional: Money::ZERO,
        currency: Currency::new("USD"),
    }
}

/// A strategy that holds this, in an account worth 1,000.
pub(crate) fn holds(positions: &[(&str, f64)]) -> TargetSourceFactory {
    let one = |(name, units): &(&str, f64)| (InstrumentId::new(*name), *units);
    let positions: Vec<_> = positions.iter().map(one).collect();
    source(move || {
        let nav = vec![(date(), 1_000.0)];
        Ok(Targets {
            positions: positions.clone(),
            nav,
            why: "as ever".to_owned(),
        })
    })
}

/// A strategy that answers like this.
pub(crate) fn source(
    answer: impl Fn() -> Result<Targets, String> + Clone + Send + Sync + 'static,
) -> TargetSourceFactory {
    struct Source<F>(F);
    impl<F: Fn() -> Result<Targets, String> + Send> TargetSource for Source<F> {
        fn targets(&mut self, _: Option<NaiveDate>) -> Result<Targets, String> {
            (self.0)()
        }
    }
    Arc::new(move || Box::new(Source(answer.clone())))
}

pub(crate) fn closes(instruments: &[InstrumentId], price: Price) -> Closes {
    let one = |id: &InstrumentId| (id.clone(), (date(), price));
    let prices: BTreeMap<_, _> = instruments.iter().map(one).collect();
    Closes {
        date: date(),
        prices,
    }
}

/// A history that has one day.
pub(crate) struct History(pub(crate) Closes);

impl PriceHistory for History {
    fn closes(&self, _: Option<NaiveDate>) -> Result<Closes, String> {
        Ok(self.0.clone())
    }
}

/// A host whose patience never ends.
fn patient_host() -> MockClock {
    let mut host = MockClock::new();
    host.expect_now().returning(|| Ts::from_nanos(0));
    host.expect_sleep_until().returning(|_| Box::pin(pending()));
    host
}

/// Quotes of 49 to 51, once for each instrument that is asked for.
fn quotes(clock: Arc<dyn Clock>) -> MockMarketData {
    let mut market = MockMarketData::new();
    market
        .expect_subscribe()
        .returning(move |instruments, sink| {
            for instrument in instruments {
                let (bid, ask) = (Some(Price::from(49)), Some(Price::from(51)));
                let quote = Quote::new(bid, ask, clock.now());
                sink(QuoteUpdate { instrument, quote });
            }
        });
    market
}
