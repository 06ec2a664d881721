//! Each kind of strategy over the shipped history, 33 years of 20 instruments: as a plan asks for it,
//! and with its NAV, fills and figures; against valuing a book that never changes on every row, which is
//! the least that a NAV series takes. Taking turns.

#![allow(
    clippy::expect_used,
    reason = "a benchmark that cannot go on should stop"
)]

use std::hint::black_box;

use polyfolio_benches::now;
use polyfolio_market_data::History;
use polyfolio_strategies::{Host, Registry, Settings};
use serde_json::json;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/us20-daily.csv.gz");
const TURNS: usize = 15;

fn main() {
    // `cargo test --benches` only wants to know that it starts.
    if std::env::args().any(|arg| arg == "--test") {
        return;
    }
    let history = History::load(FILE).expect("the shipped history");
    let momentum = json!({ "of": { "strategy": "momentum", "params": {} } });
    println!("{TURNS} turns, the quickest of each, in ms");
    for (kind, params) in [
        ("equal_weight", json!({})),
        ("sma_cross", json!({})),
        ("momentum", json!({})),
        ("dual_momentum", json!({})),
        ("mean_reversion", json!({})),
        ("breakout", json!({})),
        ("inverse_volatility", json!({})),
        ("volatility_target", momentum),
    ] {
        let host = Registry::builtin().host(kind, &params, Settings::default());
        compare(kind, &host.expect("a kind"), &history);
    }
}

fn compare(kind: &str, host: &Host, history: &History) {
    let [mut plain, mut plan, mut all] = [f64::INFINITY; 3];
    for _ in 0..TURNS {
        quickest(&mut plain, || value(history).len());
        quickest(&mut plan, || {
            let targets = host.targets(history, None, history.last_date());
            targets.expect("targets").nav.len()
        });
        quickest(&mut all, || {
            let evaluation = host.evaluate(history, None);
            evaluation.expect("an evaluation").nav.len()
        });
    }
    println!(
        "  {kind:<18} for a plan {plan:>6.2}   with all of it {all:>6.2}   a fixed book valued \
         {plain:>5.2}   ratio {:>5.1}, {:>5.1}",
        plan / plain,
        all / plain
    );
}

fn quickest(least: &mut f64, work: impl FnOnce() -> usize) {
    let start = now();
    black_box(work());
    *least = least.min((now() - start).as_secs_f64() * 1e3);
}

/// One unit of everything, on every row.
fn value(history: &History) -> Vec<f64> {
    let units = black_box(vec![1.0; history.instruments().len()]);
    let value = |row| {
        let held = history.closes(row).iter().zip(&units);
        held.fold(0.0, |sum, (close, units)| sum + close * units)
    };
    (0..history.len()).map(value).collect()
}
