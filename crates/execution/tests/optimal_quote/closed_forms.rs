//! The corners of the parameter space where the solution can be written down.

use polyfolio_execution::optimal_quote::{QuoteParams, QuoteSurface, offsets_at};

use crate::{assert_close, paper};

fn margin(params: &QuoteParams) -> f64 {
    (params.risk_aversion / params.decay).ln_1p() / params.risk_aversion
}

fn eta(params: &QuoteParams) -> f64 {
    let ratio = params.risk_aversion / params.decay;
    params.arrival_rate * (-(1.0 + 1.0 / ratio) * ratio.ln_1p()).exp()
}

#[test]
fn at_the_deadline_every_quote_is_the_margin_less_the_cost() {
    for liquidation_cost in [0.0, 3.0, 1e3, 1e300] {
        let params = QuoteParams {
            liquidation_cost,
            ..paper()
        };
        for offset in offsets_at(&params, 6, 0.0).unwrap() {
            assert_close(
                offset,
                margin(&params) - liquidation_cost,
                1e-15,
                liquidation_cost,
            );
        }
    }
}

#[test]
fn an_infinite_cost_is_a_market_order_at_the_deadline_and_a_quote_before() {
    let params = QuoteParams {
        liquidation_cost: f64::INFINITY,
        ..paper()
    };
    let surface = QuoteSurface::solve(&params, 3, 300.0).unwrap();
    assert_eq!(surface.offset(1, 0.0), f64::NEG_INFINITY);
    assert!(surface.offset(1, f64::MIN_POSITIVE).is_finite());
    for left in [1e-9, 1.0, 300.0] {
        let huge = QuoteParams {
            liquidation_cost: 1e4,
            ..paper()
        };
        let huge = QuoteSurface::solve(&huge, 3, 300.0).unwrap();
        assert_eq!(
            surface.offset(3, left).to_bits(),
            huge.offset(3, left).to_bits()
        );
    }
}

#[test]
fn a_mid_that_stands_still_makes_fills_a_poisson_count() {
    for (liquidation_cost, horizon) in [(0.0, 3e4), (3.0, 3e4), (25.0, 600.0), (80.0, 1.0)] {
        let params = QuoteParams {
            sigma: 0.0,
            liquidation_cost,
            ..paper()
        };
        let surface = QuoteSurface::solve(&params, 500, horizon).unwrap();
        for fraction in [1e-6, 1e-3, 0.1, 0.31, 0.5, 0.73, 1.0] {
            let left = horizon * fraction;
            // x = η τ e^(kb); partial sums S_q = Σ x^j/j! give r_q = e^(-kb) S_q/S_(q-1).
            let x = eta(&params) * left * (params.decay * liquidation_cost).exp();
            let mut share = 1.0; // (x^q/q!) / S_q
            for q in 1..=500 {
                let step = share * x / q as f64;
                share = step / (1.0 + step);
                let exact = margin(&params) - liquidation_cost + step.ln_1p() / params.decay;
                let what = format!("b={liquidation_cost} q={q} left={left}");
                assert_close(surface.offset(q, left), exact, 1e-10, what);
            }
        }
    }
}

#[test]
fn nothing_left_over_and_no_volatility() {
    for drift in [-2.0, -0.01, -1e-13, 0.0, 1e-13, 0.01, 2.0] {
        let params = QuoteParams {
            sigma: 0.0,
            liquidation_cost: f64::INFINITY,
            drift,
            ..paper()
        };
        let beta = params.decay * drift;
        let surface = QuoteSurface::solve(&params, 100, 23_400.0).unwrap();
        for left in [1e-9, 0.1, 40.0, 900.0, 23_400.0] {
            let grown = |beta: f64| match beta * left {
                0.0 => left.ln(),
                x if x > 30.0 => x + (-(-x).exp()).ln_1p() - beta.ln(),
                x => (x.exp_m1() / beta).ln(),
            };
            for q in [1, 2, 7, 50, 100] {
                let ln_ratio = eta(&params).ln() + grown(beta) - (q as f64).ln();
                let exact = ln_ratio / params.decay + margin(&params);
                let what = format!("drift={drift} q={q} left={left}");
                assert_close(surface.offset(q, left), exact, 1e-10, what);
            }
        }
    }
}

#[test]
fn a_market_where_nobody_comes() {
    let params = QuoteParams {
        arrival_rate: 0.0,
        drift: 0.004,
        ..paper()
    };
    let (alpha, beta) = (0.000_675, 0.0012);
    let surface = QuoteSurface::solve(&params, 5, 300.0).unwrap();
    for q in 1..=5 {
        let fall = (alpha * (2.0 * q as f64 - 1.0) - beta) / params.decay;
        let exact = margin(&params) - 3.0 - fall * 300.0;
        assert_close(surface.offset(q, 300.0), exact, 1e-13, q);
        let rare = QuoteParams {
            arrival_rate: 1e-300,
            ..params
        };
        let rare = QuoteSurface::solve(&rare, 5, 300.0).unwrap();
        assert_close(rare.offset(q, 300.0), exact, 1e-10, format!("rare, q={q}"));
    }
}

#[test]
fn far_from_the_deadline_is_the_asymptote() {
    let surface = QuoteSurface::solve(&paper(), 6, 1e6).unwrap();
    for q in 1..=6 {
        let asymptote = surface.asymptotic_offset(q).unwrap();
        assert_close(surface.offset(q, 1e6), asymptote, 1e-12, q);
    }
    let upward = QuoteParams {
        drift: 0.01,
        ..paper()
    };
    let surface = QuoteSurface::solve(&upward, 6, 300.0).unwrap();
    assert_eq!(
        surface.asymptotic_offset(1),
        None,
        "drift beats risk aversion"
    );
}

#[test]
fn a_strong_drift_is_followed_for_a_whole_session() {
    // One lot: w' = η + βw, so w = e^(βτ - kb) + η (e^(βτ) - 1)/β, far beyond f64's range.
    let params = QuoteParams {
        drift: 5.0,
        ..paper()
    };
    let rate = params.decay * params.drift - 0.000_675;
    let surface = QuoteSurface::solve(&params, 40, 23_400.0).unwrap();
    let ln_w = rate * 23_400.0 + ((-0.9_f64).exp() + eta(&params) / rate).ln();
    assert_close(
        surface.offset(1, 23_400.0),
        ln_w / 0.3 + margin(&params),
        1e-13,
        "up",
    );

    let params = QuoteParams {
        drift: -5.0,
        ..paper()
    };
    let surface = QuoteSurface::solve(&params, 40, 23_400.0).unwrap();
    for q in [1, 7, 40] {
        let asymptote = surface.asymptotic_offset(q).unwrap();
        assert_close(surface.offset(q, 23_400.0), asymptote, 1e-13, "down");
    }
}

#[test]
fn coincident_rates_are_no_singularity() {
    let at = |drift| {
        let params = QuoteParams { drift, ..paper() };
        offsets_at(&params, 12, 300.0).unwrap()
    };
    // β = mα makes λ_i = λ_j wherever i + j = m.
    for m in 1..24 {
        let tie = f64::from(m) * 0.05 * 0.3 * 0.3 / 2.0;
        let (below, on, above) = (at(tie * (1.0 - 1e-9)), at(tie), at(tie * (1.0 + 1e-9)));
        for q in 0..12 {
            assert_close(
                on[q],
                (below[q] + above[q]) / 2.0,
                1e-11,
                format!("m={m} q={q}"),
            );
        }
    }
}
