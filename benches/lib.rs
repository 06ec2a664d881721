//! Benchmarks live in the files beside this one; see `docs/PERFORMANCE.md`. Here is what they
//! share: a place on the disk, a clock, a row of figures, an account and what is traded on it, the
//! router over its store, a gateway on this machine.
#![allow(
    clippy::expect_used,
    reason = "a benchmark that cannot go on should stop"
)]
#![allow(
    missing_debug_implementations,
    reason = "nobody looks into a benchmark"
)]

mod bare;
mod desk;
mod gateway;
mod house;
mod machine;
mod relay;

use std::path::Path;
use std::time::{Duration, Instant};

use polyfolio_actors::order_router::blob_of;
use polyfolio_model::broker::{Capabilities, DuplicateScope};
use polyfolio_model::{Instrument, InstrumentId, Money, Price, Qty, Span};
use polyfolio_oms::RouterConfig;
use polyfolio_oms::records::Record;
use polyfolio_oms::router::{LateResume, OnBreak};
use polyfolio_portfolio::RiskLimits;
use polyfolio_ports::Blob;
use rust_decimal::Decimal;
use tempfile::TempDir;

pub use bare::Bare;
pub use desk::Desk;
pub use gateway::{LocalGateway, connector};
pub use house::House;
pub use machine::{Process, cpu, resident};
pub use relay::Relay;

/// A directory below `target`, on the disk that the build lies on; `/tmp` may be memory.
pub fn on_disk(target: &str) -> TempDir {
    tempfile::tempdir_in(Path::new(target)).expect("a temporary directory")
}

/// The machine's time.
#[expect(
    clippy::disallowed_methods,
    reason = "a benchmark measures the machine's time"
)]
pub fn now() -> Instant {
    Instant::now()
}

/// Waits in the machine's time.
#[expect(
    clippy::disallowed_methods,
    reason = "a benchmark keeps a pace in the machine's time"
)]
pub fn pause(time: Duration) {
    std::thread::sleep(time);
}

/// Prints a side's figures, `per_batch` orders in each of `times`; answers with orders per second.
pub fn row(name: &str, per_batch: usize, mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e6;
    let total: Duration = times.iter().sum();
    let per_second = (times.len() * per_batch) as f64 / total.as_secs_f64();
    println!(
        "  {name:<11} {per_second:>10.0} orders/s   p50 {:>7.0} µs   p99 {:>7.0} µs",
        at(0.5),
        at(0.99)
    );
    per_second
}

/// A record as the journal stores it.
pub fn stored(record: &Record) -> Blob {
    blob_of(record).expect("a record")
}

/// A price.
pub fn price(text: &str) -> Price {
    text.parse().expect("a price")
}

/// The name of one of many instruments.
pub fn symbol(n: usize) -> InstrumentId {
    InstrumentId::new(format!("SYM{n}"))
}

/// Its rules.
pub fn listing(n: usize) -> Instrument {
    Instrument {
        id: symbol(n),
        tick: Price::new(Decimal::new(1, 2)),
        lot: Qty::from(1),
        min_notional: Money::ZERO,
        currency: "USD".into(),
    }
}

/// An account at a broker that answers at once.
pub fn router_config() -> RouterConfig {
    RouterConfig {
        capabilities: Capabilities {
            ack_timeout: Span::from_secs(5),
            absence_horizon: Span::from_secs(1),
            propagation_lag: Span::ZERO,
            settle: Span::ZERO,
            duplicates: DuplicateScope::Forever,
            late_acceptance_bounded: true,
            replaces: false,
            prepares: true,
        },
        limits: RiskLimits::default(),
        on_late_resume: LateResume::Sweep,
        on_break: OnBreak::Halt,
        lazy_for: Span::from_millis(100),
        quote_age_max: Span::from_secs(1_000_000),
        snapshot_retry: Span::from_secs(1),
        looks_only: false,
        vanish_share_max: 0.5,
    }
}
