//! The optimal-quote surface, against the same equations integrated the ordinary way: fixed steps of
//! the classical Runge–Kutta rule, as many as it takes to agree to 1e-9 at the horizon.

#![allow(clippy::expect_used, reason = "a benchmark of valid constants")]

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use polyfolio_execution::optimal_quote::{QuoteParams, QuoteSurface};

const PAPER: QuoteParams = QuoteParams {
    sigma: 0.3,
    arrival_rate: 0.1,
    decay: 0.3,
    risk_aversion: 0.05,
    liquidation_cost: 3.0,
    drift: 0.0,
};

struct Case {
    name: &'static str,
    lots: usize,
    horizon_s: f64,
    /// What the reference needs for 1e-9: for few lots to be accurate, for many to be stable at all.
    /// Five hundred lots would take it 1.5 million steps and seconds, so it does not run.
    reference_steps: Option<u32>,
}

const CASES: [Case; 3] = [
    Case {
        name: "6 lots, 300 s",
        lots: 6,
        horizon_s: 300.0,
        reference_steps: Some(1_200),
    },
    Case {
        name: "100 lots, 7200 s",
        lots: 100,
        horizon_s: 7200.0,
        reference_steps: Some(21_000),
    },
    Case {
        name: "500 lots, 23400 s",
        lots: 500,
        horizon_s: 23_400.0,
        reference_steps: None,
    },
];

fn surfaces(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("surface");
    group
        .sample_size(10)
        .measurement_time(Duration::from_secs(2));
    for case in &CASES {
        group.bench_function(BenchmarkId::new("collocation", case.name), |bencher| {
            bencher.iter(|| QuoteSurface::solve(black_box(&PAPER), case.lots, case.horizon_s));
        });
        let Some(steps) = case.reference_steps else {
            continue;
        };
        assert_agreement(case, steps);
        group.bench_function(BenchmarkId::new("runge-kutta", case.name), |bencher| {
            bencher.iter(|| runge_kutta(black_box(&PAPER), case.lots, case.horizon_s, steps));
        });
    }
    group.finish();
}

fn lookups(criterion: &mut Criterion) {
    let surface = QuoteSurface::solve(&PAPER, 100, 7200.0).expect("valid parameters");
    let mut left = 7200.0;
    criterion.bench_function("lookup", |bencher| {
        bencher.iter(|| {
            left = if left > 1.0 { left - 0.73 } else { 7200.0 };
            surface.offset(black_box(37), left)
        });
    });
}

/// The comparison is fair only while both give the same quotes.
fn assert_agreement(case: &Case, steps: u32) {
    let surface = QuoteSurface::solve(&PAPER, case.lots, case.horizon_s).expect("valid parameters");
    let widest = runge_kutta(&PAPER, case.lots, case.horizon_s, steps)
        .into_iter()
        .zip(surface.offsets(case.horizon_s))
        .map(|(reference, quote)| (reference - quote).abs() / quote.abs().max(1.0))
        .fold(0.0, f64::max);
    assert!(
        widest < 1e-9,
        "{}: the methods differ by {widest:e}",
        case.name
    );
}

/// The quotes at the horizon by fixed steps of `r_q' = η - (λ_q - λ_(q-1) + η/r_(q-1)) r_q`.
fn runge_kutta(params: &QuoteParams, lots: usize, horizon_s: f64, steps: u32) -> Vec<f64> {
    let QuoteParams {
        sigma,
        arrival_rate,
        decay: k,
        risk_aversion: gamma,
        liquidation_cost,
        drift,
    } = *params;
    let eta = arrival_rate * (-(1.0 + k / gamma) * (gamma / k).ln_1p()).exp();
    let fall: Vec<f64> = (1..=lots)
        .map(|q| k * gamma * sigma * sigma / 2.0 * (2.0 * q as f64 - 1.0) - k * drift)
        .collect();
    let slope = |ratio: &[f64], slope: &mut [f64]| {
        let mut pull = 0.0;
        for (q, out) in slope.iter_mut().enumerate() {
            *out = eta - (fall[q] + pull) * ratio[q];
            pull = eta / ratio[q];
        }
    };
    let h = horizon_s / f64::from(steps);
    let mut ratio = vec![(-k * liquidation_cost).exp(); lots];
    let mut slopes = [ratio.clone(), ratio.clone(), ratio.clone(), ratio.clone()];
    let mut moved = ratio.clone();
    for _ in 0..steps {
        slope(&ratio, &mut slopes[0]);
        for (stage, reach) in [(1, 0.5), (2, 0.5), (3, 1.0)] {
            for (moved, (ratio, slope)) in
                moved.iter_mut().zip(ratio.iter().zip(&slopes[stage - 1]))
            {
                *moved = ratio + reach * h * slope;
            }
            slope(&moved, &mut slopes[stage]);
        }
        for (q, ratio) in ratio.iter_mut().enumerate() {
            let [k1, k2, k3, k4] = [slopes[0][q], slopes[1][q], slopes[2][q], slopes[3][q]];
            *ratio += h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4);
        }
    }
    let margin = (gamma / k).ln_1p() / gamma;
    ratio
        .into_iter()
        .map(|ratio| ratio.ln() / k + margin)
        .collect()
}

criterion_group!(benches, surfaces, lookups);
criterion_main!(benches);
