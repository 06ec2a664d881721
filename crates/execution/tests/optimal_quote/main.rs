//! The optimal quote against exact values, closed forms, a second method and its own laws.

#![allow(
    clippy::unwrap_used,
    reason = "a helper of a test fails like the test itself"
)]

mod closed_forms;
mod golden;
mod inventory;
mod laws;
mod refusals;
mod uniformisation;

use polyfolio_execution::optimal_quote::QuoteParams;

/// The parameters of the paper's figures.
fn paper() -> QuoteParams {
    QuoteParams {
        sigma: 0.3,
        arrival_rate: 0.1,
        decay: 0.3,
        risk_aversion: 0.05,
        liquidation_cost: 3.0,
        drift: 0.0,
    }
}

/// The distance that counts: absolute near zero, relative above one tick.
fn gap(found: f64, exact: f64) -> f64 {
    if found == exact {
        0.0
    } else {
        (found - exact).abs() / exact.abs().max(1.0)
    }
}

#[track_caller]
fn assert_close(found: f64, exact: f64, tolerance: f64, what: impl std::fmt::Display) {
    let gap = gap(found, exact);
    assert!(
        gap <= tolerance,
        "{what}: found {found}, exact {exact}, gap {gap:e}"
    );
}
