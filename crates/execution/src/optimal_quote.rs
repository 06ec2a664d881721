//! The optimal limit quote of Guéant, Lehalle and Fernandez-Tapia: how far from the mid a patient
//! seller of `q` lots should quote with `τ` seconds left, weighing the better price against the
//! risk of being left with the lots.
//!
//! The mid moves as `dS = μ dt + σ dW`; a quote at `S + δ` is filled, one lot at a time, at rate
//! `A e^(-kδ)`; what is left at the deadline is sold at `S - b`; the seller maximises the expected
//! CARA utility (risk aversion `γ`) of the proceeds. With
//!
//! ```text
//! α = kγσ²/2    β = kμ    λ_q = αq² - βq    c0 = ln(1 + γ/k)/γ    η = A (1 + γ/k)^-(1 + k/γ)
//! dw_q/dτ = η w_(q-1) - λ_q w_q        w_0 = 1        w_q(0) = e^(-kbq)
//! ```
//!
//! the quote is `δ_q(τ) = ln(w_q / w_(q-1))/k + c0`. Prices are in ticks, times in seconds,
//! quantities in lots. A **buyer** quotes `S - δ` with the drift mirrored
//! ([`QuoteParams::mirrored`]).
//!
//! ```
//! use polyfolio_execution::optimal_quote::{QuoteParams, QuoteSurface};
//!
//! let params = QuoteParams {
//!     sigma: 0.3,
//!     arrival_rate: 0.1,
//!     decay: 0.3,
//!     risk_aversion: 0.05,
//!     liquidation_cost: 3.0,
//!     drift: 0.0,
//! };
//! let surface = QuoteSurface::solve(&params, 6, 300.0)?;
//! assert!((surface.offset(1, 300.0) - 10.609_472_783_779).abs() < 1e-9);
//! assert!(surface.offset(6, 30.0) < 0.0, "many lots, little time: cross the mid");
//! # Ok::<(), polyfolio_execution::optimal_quote::QuoteError>(())
//! ```
//!
//! # How it is solved
//!
//! `w_q` spans thousands of orders of magnitude, the ratio `r_q = w_q / w_(q-1)` does not:
//!
//! ```text
//! dr_q/dτ = η - (λ_q - λ_(q-1) + η / r_(q-1)) r_q        η / r_0 = 0        r_q(0) = e^(-kb)
//! ```
//!
//! Each level is a *scalar linear* equation forced by the one below, so the implicit eight-stage
//! Radau IIA method costs one 8 × 8 solve a level, needs no iteration, and is indifferent to
//! stiffness. Panels are as wide as the solution is smooth, and its collocation polynomial is kept,
//! so one solve answers for every `q` and every time, to about 1e-12.
//!
//! # What it does not know
//!
//! Queue position, partial fills of a lot, the spread, the tick grid: the caller rounds and bounds
//! the price. The parameters are taken as constant until the deadline.
//!
//! Source: O. Guéant, C.-A. Lehalle, J. Fernandez-Tapia, *Optimal portfolio liquidation with limit
//! orders*, SIAM J. Financial Mathematics 3 (2012) 740–764, arXiv:1106.3279. Method: E. Hairer,
//! G. Wanner, *Solving Ordinary Differential Equations II*, §IV.5.

mod panel;
mod params;
mod radau;
mod rates;
mod surface;

pub use params::{QuoteError, QuoteParams};
pub use surface::{QuoteSurface, offsets_at};
