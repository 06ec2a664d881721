//! What the quotes lead to: fills at rate `A e^(-kδ)`, checked against the expected inventory known
//! from elsewhere and against the closed form of having no fill.

use polyfolio_execution::optimal_quote::{QuoteParams, QuoteSurface};
use serde_json::Value;

use crate::golden::params;
use crate::{assert_close, paper};

fn hazard(surface: &QuoteSurface, q: usize, left: f64) -> f64 {
    let QuoteParams {
        arrival_rate,
        decay,
        ..
    } = *surface.params();
    if q == 0 {
        0.0
    } else {
        arrival_rate * (-decay * surface.offset(q, left)).exp()
    }
}

/// Kolmogorov's forward equation: how fast the probability of each inventory changes.
fn flow(surface: &QuoteSurface, p: &[f64], left: f64) -> Vec<f64> {
    let out: Vec<f64> = p
        .iter()
        .enumerate()
        .map(|(q, p)| p * hazard(surface, q, left))
        .collect();
    (0..p.len())
        .map(|q| out.get(q + 1).unwrap_or(&0.0) - out[q])
        .collect()
}

/// The distribution `seconds` later, by Runge's and Kutta's rule.
fn advance(surface: &QuoteSurface, mut p: Vec<f64>, from_left: f64, seconds: f64) -> Vec<f64> {
    const STEPS: u32 = 2_000;
    let h = seconds / f64::from(STEPS);
    let moved = |p: &[f64], k: &[f64], by: f64| -> Vec<f64> {
        p.iter().zip(k).map(|(p, k)| p + by * k).collect()
    };
    for step in 0..STEPS {
        let left = from_left - f64::from(step) * h;
        let k1 = flow(surface, &p, left);
        let k2 = flow(surface, &moved(&p, &k1, h / 2.0), left - h / 2.0);
        let k3 = flow(surface, &moved(&p, &k2, h / 2.0), left - h / 2.0);
        let k4 = flow(surface, &moved(&p, &k3, h), (left - h).max(0.0));
        for q in 0..p.len() {
            p[q] += h / 6.0 * (k1[q] + 2.0 * k2[q] + 2.0 * k3[q] + k4[q]);
        }
    }
    p
}

/// The hazard's integral, by Simpson's rule.
fn cumulative_hazard(surface: &QuoteSurface, q: usize, from: f64, to: f64) -> f64 {
    const PANELS: u32 = 2_000;
    let h = (to - from) / f64::from(PANELS);
    let at = |i: f64| hazard(surface, q, from + i * h);
    let panels = (0..PANELS).map(f64::from);
    panels
        .map(|i| h / 6.0 * (at(i) + 4.0 * at(i + 0.5) + at(i + 1.0)))
        .sum()
}

#[test]
fn the_expected_inventory_follows_the_known_curve() {
    let curves: Value =
        serde_json::from_str(include_str!("../data/optimal-quote-curve.json")).unwrap();
    for curve in curves.as_array().unwrap() {
        let lots = usize::try_from(curve["q0"].as_u64().unwrap()).unwrap();
        let horizon = curve["T"].as_f64().unwrap();
        let surface = QuoteSurface::solve(&params(&curve["params"]), lots, horizon).unwrap();
        let times: Vec<f64> = serde_json::from_value(curve["t"].clone()).unwrap();
        let exact: Vec<f64> = serde_json::from_value(curve["expected_inventory"].clone()).unwrap();
        let mut p = vec![0.0; lots + 1];
        p[lots] = 1.0;
        for i in 1..times.len() {
            p = advance(&surface, p, horizon - times[i - 1], times[i] - times[i - 1]);
            let mean: f64 = p.iter().enumerate().map(|(q, p)| q as f64 * p).sum();
            assert_close(
                mean,
                exact[i],
                1e-8,
                format!("{} t={}", curve["name"], times[i]),
            );
        }
        let last: Vec<f64> =
            serde_json::from_value(curve["terminal_distribution"].clone()).unwrap();
        for (q, (found, exact)) in p.into_iter().zip(last).enumerate() {
            assert_close(
                found,
                exact,
                1e-8,
                format!("{} left over {q}", curve["name"]),
            );
        }
    }
}

#[test]
fn no_fill_is_what_the_hazard_along_the_path_says() {
    let cases = [
        paper(),
        QuoteParams {
            drift: 0.02,
            ..paper()
        },
        QuoteParams {
            drift: -0.02,
            sigma: 1.0,
            ..paper()
        },
        QuoteParams {
            risk_aversion: 0.0,
            liquidation_cost: 0.0,
            ..paper()
        },
    ];
    for params in cases {
        let surface = QuoteSurface::solve(&params, 6, 300.0).unwrap();
        for q in [1, 3, 6] {
            let exposure = cumulative_hazard(&surface, q, 80.0, 250.0);
            let known = surface.no_fill_probability(q, 250.0, 80.0);
            assert_close(-known.ln(), exposure, 1e-9, format!("{params:?} q={q}"));
        }
        assert_eq!(surface.no_fill_probability(6, 100.0, 100.0), 1.0);
        assert!(surface.no_fill_probability(7, 100.0, 0.0).is_nan());
        assert!(surface.no_fill_probability(6, 0.0, 100.0).is_nan());
    }
}
