//! One run of the whole house over a fake venue, on one arbiter and a clock that jumps.

mod runs;
mod wiring;
mod world;

use std::path::PathBuf;
use std::sync::Arc;

use indexmap::IndexMap;
use polyfolio_actors::conductor::{End, Outcome, Tempo};
use polyfolio_actors::messages::Task;
use polyfolio_actors::notifier::Telling;
use polyfolio_actors::office::Watch;
use polyfolio_actors::order_router::Keep;
use polyfolio_actors::scaler::OnStrategyFailure;
use polyfolio_actors::strategy::TargetSourceFactory;
use polyfolio_execution::AlgoSpec;
use polyfolio_model::{InstrumentId, Money, Price, Qty, SleeveId, Span};
use polyfolio_oms::Book;
use polyfolio_oms::events::Event;
use polyfolio_oms::records::Record;
use polyfolio_oms::router::StopPolicy;
use polyfolio_ports::{Broker, Clock, Journal, MarketData, PriceHistory, Sink};
use polyfolio_store::MemoryJournal;

use crate::venue::Venue;
use world::{patient_host, quotes, unwatched};

pub(crate) use world::{History, closes, date, holds, qty, router_config, rules, sleeve, source};

/// All that a test may want otherwise. As it stands: one sleeve `alpha` that holds 10 AAA at a NAV
/// of 1,000, an account of 100,000, AAA at 50: it wants 1,000 AAA.
#[derive(Clone)]
pub(crate) struct Setup {
    pub(crate) venue: Arc<Venue>,
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) keep: Keep,
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
    pub(crate) watch: Watch,
    pub(crate) logs: Option<PathBuf>,
    pub(crate) notifier: Option<Telling>,
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
            keep: Keep::default(),
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
            watch: unwatched(),
            logs: None,
            notifier: None,
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
