//! Benchmarks live in the files beside this one; see `docs/PERFORMANCE.md`. Here is what they
//! share: a place on the disk, a clock, a row of figures.

use std::path::Path;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A directory below `target`, on the disk that the build lies on; `/tmp` may be memory.
///
/// # Errors
/// What the system says.
pub fn on_disk(target: &str) -> std::io::Result<TempDir> {
    tempfile::tempdir_in(Path::new(target))
}

/// The machine's time.
#[expect(
    clippy::disallowed_methods,
    reason = "a benchmark measures the machine's time"
)]
pub fn now() -> Instant {
    Instant::now()
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
