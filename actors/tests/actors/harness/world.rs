//! The world around the house: strategies, prices, quotes and rules.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::Arc;

use chrono::NaiveDate;
use polyfolio_actors::office::{Patience, Watch};
use polyfolio_actors::strategy::TargetSourceFactory;
use polyfolio_model::{
    Currency, Instrument, InstrumentId, Money, Price, Qty, Quote, SleeveId, Span, Ts,
};
use polyfolio_oms::RouterConfig;
use polyfolio_oms::router::{LateResume, OnBreak};
use polyfolio_portfolio::RiskLimits;
use polyfolio_ports::mock::{MockClock, MockMarketData};
use polyfolio_ports::{Clock, Closes, PriceHistory, QuoteUpdate, TargetSource, Targets};

use crate::venue::Venue;

pub(crate) fn date() -> NaiveDate {
    NaiveDate::from_ymd_opt(2022, 12, 1).unwrap()
}

pub(crate) fn qty(units: i64) -> Qty {
    Qty::from(units)
}

pub(crate) fn sleeve(name: &str) -> SleeveId {
    SleeveId::new(name)
}
pub(super) fn start_time() -> Ts {
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
        looks_only: false,
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
        volumes: BTreeMap::new(),
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
pub(super) fn patient_host() -> MockClock {
    let mut host = MockClock::new();
    host.expect_now().returning(|| Ts::from_nanos(0));
    host.expect_sleep_until().returning(|_| Box::pin(pending()));
    host
}

/// Nobody hears of a stall: what hangs is seen by the harness.
pub(super) fn unwatched() -> Watch {
    Watch {
        patience: Patience::default(),
        stalled: Arc::new(|_| {}),
    }
}

/// Quotes of 49 to 51, once for each instrument that is asked for.
pub(super) fn quotes(clock: Arc<dyn Clock>) -> MockMarketData {
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
