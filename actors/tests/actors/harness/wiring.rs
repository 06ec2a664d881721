//! The house's wiring over the fake world.

use std::sync::{Arc, Mutex};

use polyfolio_actors::broker_connector::BrokerFactory;
use polyfolio_actors::scaler::{ExecutionSettings, ScalerSettings};
use polyfolio_actors::{Tempo, Wiring};
use polyfolio_clock::PacedClock;
use polyfolio_model::{Currency, Money, Span};
use polyfolio_oms::events::Event;
use polyfolio_oms::records::AtDeadline;
use polyfolio_portfolio::RiskLimits;
use polyfolio_portfolio::plan::{OnDeparture, PlanSettings, Rounding, Unclaimed};
use polyfolio_portfolio::scaling::{ScaleSettings, Sizing};
use polyfolio_ports::Clock;

use super::Setup;
use super::world::{router_config, rules};
use crate::venue::Connection;

impl Setup {
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
            keep: self.keep,
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
            notifier: self.notifier.clone(),
            connect_timeout: self.connect_timeout,
            tempo: Arc::new(move |tempo| {
                match tempo {
                    Tempo::Executing => paced.pause().unwrap(),
                    Tempo::Planning => paced.resume(),
                }
                tempos.lock().unwrap().push(tempo);
            }),
            planned: Arc::new(|_| ()),
            watch: self.watch.clone(),
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
                on_departure: OnDeparture::WindDown,
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
}
