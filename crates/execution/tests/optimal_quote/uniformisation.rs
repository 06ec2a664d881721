//! A second way to the same numbers that shares nothing with the first: the vector
//! `w_q/w_(q-1)`-scaled exponential by uniformisation. Every term of the series is positive, so it
//! loses no digits, whatever the rates; it is merely slow.

use polyfolio_execution::optimal_quote::{QuoteParams, QuoteSurface};
use proptest::prelude::*;

use crate::{assert_close, gap};

/// `ln(w_q / w_(q-1))/k + c0` for `q` in `1..=lots`, finite liquidation cost.
fn quotes(params: &QuoteParams, lots: usize, seconds_left: f64) -> Vec<f64> {
    let QuoteParams {
        sigma,
        arrival_rate,
        decay: k,
        risk_aversion: gamma,
        liquidation_cost,
        drift,
    } = *params;
    let (alpha, beta) = (k * gamma * sigma * sigma / 2.0, k * drift);
    let (c0, eta) = if gamma == 0.0 {
        (1.0 / k, arrival_rate / 1_f64.exp())
    } else {
        let power = (1.0 + k / gamma) * (gamma / k).ln_1p();
        ((gamma / k).ln_1p() / gamma, arrival_rate * (-power).exp())
    };
    let lambda: Vec<f64> = (0..=lots)
        .map(|q| q as f64 * (alpha * q as f64 - beta))
        .collect();
    let shift = lambda.iter().copied().fold(0.0, f64::max);
    let mut ln_ratio = vec![-k * liquidation_cost; lots];
    let mut left = seconds_left;
    while left > 0.0 {
        let inflow: Vec<f64> = ln_ratio.iter().map(|z| eta * (-z).exp()).collect();
        let fastest = shift - lambda.iter().copied().fold(0.0, f64::min)
            + inflow.iter().copied().fold(0.0, f64::max);
        let step = left.min(30.0 / fastest);
        let growth = exponential(&lambda, &inflow, shift, step);
        for (q, z) in ln_ratio.iter_mut().enumerate() {
            *z += (growth[q + 1] / growth[q]).ln();
        }
        left -= step;
    }
    ln_ratio.into_iter().map(|z| z / k + c0).collect()
}

/// `e^(step (M + shift)) 1`, `M` the generator with `-lambda` on and `inflow` below its diagonal.
fn exponential(lambda: &[f64], inflow: &[f64], shift: f64, step: f64) -> Vec<f64> {
    let mut term = vec![1.0; lambda.len()];
    let mut sum = term.clone();
    for n in 1..2_000 {
        for q in (0..term.len()).rev() {
            let from_below = if q == 0 {
                0.0
            } else {
                inflow[q - 1] * term[q - 1]
            };
            term[q] = ((shift - lambda[q]) * term[q] + from_below) * step / f64::from(n);
        }
        let mut settled = true;
        for (sum, term) in sum.iter_mut().zip(&term) {
            *sum += term;
            settled &= *term < 1e-18 * *sum;
        }
        if settled {
            return sum;
        }
    }
    panic!("the series did not settle");
}

fn log_uniform(low: f64, high: f64) -> impl Strategy<Value = f64> {
    (low.ln()..high.ln()).prop_map(f64::exp)
}

fn or_zero(strategy: impl Strategy<Value = f64>) -> impl Strategy<Value = f64> {
    prop_oneof![1 => Just(0.0), 4 => strategy]
}

fn any_params() -> impl Strategy<Value = QuoteParams> {
    let drift = prop_oneof![
        Just(0.0),
        log_uniform(1e-5, 3.0),
        log_uniform(1e-5, 3.0).prop_map(|mu| -mu)
    ];
    (
        or_zero(log_uniform(1e-3, 5.0)),
        log_uniform(1e-4, 30.0),
        log_uniform(0.02, 5.0),
        or_zero(log_uniform(1e-10, 3.0)),
        or_zero(log_uniform(1e-2, 8.0)),
        drift,
    )
        .prop_map(
            |(sigma, arrival_rate, decay, risk_aversion, liquidation_cost, drift)| QuoteParams {
                sigma,
                arrival_rate,
                decay,
                risk_aversion,
                liquidation_cost,
                drift,
            },
        )
        .prop_filter(
            "the layer at the deadline is too thin for this method",
            |p| p.decay * p.liquidation_cost < 12.0,
        )
}

/// As many seconds as the slow method can afford.
fn affordable(params: &QuoteParams, lots: usize) -> f64 {
    let q = lots as f64;
    let alpha = params.decay * params.risk_aversion * params.sigma.powi(2) / 2.0;
    let beta = params.decay * params.drift;
    let start = params.arrival_rate * (params.decay * params.liquidation_cost).exp();
    4_000.0 / (q * (alpha * q + beta.abs()) + start + 1e-9)
}

#[test]
fn the_paper_base_by_the_second_method() {
    for (found, exact) in quotes(&crate::paper(), 2, 300.0)
        .into_iter()
        .zip([10.609_472_783_778_92, 7.873_682_954_686_336])
    {
        assert_close(found, exact, 1e-12, "uniformisation");
    }
}

#[test]
fn a_hundred_lots_over_an_hour() {
    let surface = QuoteSurface::solve(&crate::paper(), 100, 3600.0).unwrap();
    for left in [1e-3, 0.7, 13.0, 311.0, 3600.0] {
        for (q, exact) in quotes(&crate::paper(), 100, left).into_iter().enumerate() {
            assert_close(
                surface.offset(q + 1, left),
                exact,
                1e-10,
                format!("{} {left}", q + 1),
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn both_methods_agree(
        params in any_params(),
        lots in 1_usize..25,
        spent in log_uniform(1e-4, 1.0),
        fraction in 0.0..1.0_f64,
    ) {
        let horizon = (spent * affordable(&params, lots)).min(40_000.0);
        let surface = QuoteSurface::solve(&params, lots, horizon).unwrap();
        for left in [horizon, fraction * horizon] {
            for (q, exact) in quotes(&params, lots, left).into_iter().enumerate() {
                let found = surface.offset(q + 1, left);
                // What either method rounds off in `ln r` counts 1/k times in the quote.
                let tolerance = 1e-10_f64.max(2e-12 / params.decay);
                prop_assert!(gap(found, exact) <= tolerance, "q={} left={left}: {found} {exact}", q + 1);
            }
        }
    }
}
