//! A house with many strategies and nothing to trade: what it takes to open it is looked at.

use std::sync::Arc;

use polyfolio_actors::office::{Patience, Watch};
use polyfolio_actors::order_router::Keep;
use polyfolio_actors::scaler::{ExecutionSettings, OnStrategyFailure, ScalerSettings};
use polyfolio_actors::strategy::TargetSourceFactory;
use polyfolio_actors::{Office, Wiring};
use polyfolio_broker_paper::PaperPreview;
use polyfolio_clock::HostClock;
use polyfolio_execution::AlgoSpec;
use polyfolio_model::{Currency, InstrumentId, Money, SleeveId, Span};
use polyfolio_oms::records::AtDeadline;
use polyfolio_portfolio::RiskLimits;
use polyfolio_portfolio::plan::{PlanSettings, Rounding, Unclaimed};
use polyfolio_portfolio::scaling::{ScaleSettings, Sizing};
use polyfolio_ports::{Closes, MarketData, PriceHistory, QuoteUpdate, Sink};
use polyfolio_store::MemoryJournal;

use crate::router_config;

/// All that a house needs of the world.
pub struct House(Wiring);

impl House {
    /// With these strategies.
    pub fn of(strategies: &[(SleeveId, TargetSourceFactory)]) -> Self {
        let clock = Arc::new(HostClock::start());
        let weights = strategies.iter().map(|(name, _)| (name.clone(), 1.0));
        Self(Wiring {
            host: clock.clone(),
            clock,
            journal: Arc::new(MemoryJournal::new(1)),
            keep: Keep {
                every: 0,
                all: true,
            },
            strategies: strategies.iter().cloned().collect(),
            history: Arc::new(Nothing),
            market: Arc::new(|| Box::new(Nothing)),
            broker: Arc::new(|| Box::new(PaperPreview::new(String::new(), Default::default()))),
            router: router_config(),
            scaler: Arc::new(settings(weights.collect())),
            logs: None,
            notifier: None,
            connect_timeout: Span::from_secs(60),
            tempo: Arc::new(|_| ()),
            planned: Arc::new(|_| ()),
            observer: Arc::new(|_| ()),
            watch: Watch {
                patience: Patience::default(),
                stalled: Arc::new(|_| ()),
            },
        })
    }

    /// Puts an actor at every station; within an actix system.
    pub fn open(self) -> Office {
        Office::open(self.0).expect("an empty journal")
    }
}

fn settings(weights: indexmap::IndexMap<SleeveId, f64>) -> ScalerSettings {
    ScalerSettings {
        weights,
        plan: PlanSettings {
            scale: ScaleSettings {
                sizing: Sizing::Nav,
                leverage: 1.0,
                normalize: true,
            },
            unclaimed: Unclaimed::Keep,
            on_departure: Default::default(),
            rounding: Rounding::Lot,
            no_trade_band: 0.01,
            min_notional: Money::ZERO,
        },
        limits: RiskLimits::default(),
        base_currency: Currency::new("USD"),
        instruments: Default::default(),
        execution: ExecutionSettings {
            algo: Arc::new(|_, _| AlgoSpec::Market),
            horizon: Span::from_secs(300),
            at_deadline: AtDeadline::Sweep,
            max_child: None,
            sweep_for: Span::from_secs(60),
        },
        on_strategy_failure: OnStrategyFailure::HoldSleeve,
        strategy_timeout: Span::from_secs(60),
    }
}

/// No market and no history.
struct Nothing;

impl MarketData for Nothing {
    fn subscribe(&mut self, _: Vec<InstrumentId>, _: Sink<QuoteUpdate>) {}
}

impl PriceHistory for Nothing {
    fn closes(&self, _: Option<chrono::NaiveDate>) -> Result<Closes, String> {
        Err("there is no history".to_owned())
    }
}
