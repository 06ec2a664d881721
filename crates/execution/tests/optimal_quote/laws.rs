//! Laws that the quotes obey exactly, for any parameters.

use polyfolio_execution::optimal_quote::{QuoteParams, QuoteSurface, offsets_at};
use proptest::prelude::*;

use crate::{gap, paper};

fn log_uniform(low: f64, high: f64) -> impl Strategy<Value = f64> {
    (low.ln()..high.ln()).prop_map(f64::exp)
}

fn any_params() -> impl Strategy<Value = QuoteParams> {
    (
        prop_oneof![1 => Just(0.0), 5 => log_uniform(1e-3, 8.0)],
        log_uniform(1e-4, 30.0),
        log_uniform(0.02, 8.0),
        prop_oneof![1 => Just(0.0), 5 => log_uniform(1e-9, 2.0)],
        prop_oneof![1 => Just(0.0), 1 => Just(f64::INFINITY), 6 => log_uniform(1e-2, 200.0)],
        prop_oneof![Just(0.0), -2.0..2.0_f64, -0.02..0.02_f64],
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
}

fn ladder(params: &QuoteParams, left: f64) -> Vec<f64> {
    offsets_at(params, 40, left).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn a_finer_tick_only_changes_the_unit(
        p in any_params(), left in log_uniform(1e-2, 20_000.0), c in log_uniform(0.05, 20.0),
    ) {
        let finer = QuoteParams {
            sigma: c * p.sigma,
            drift: c * p.drift,
            liquidation_cost: c * p.liquidation_cost,
            decay: p.decay / c,
            risk_aversion: p.risk_aversion / c,
            ..p
        };
        for (coarse, fine) in ladder(&p, left).into_iter().zip(ladder(&finer, left)) {
            let noise = 1e-10 * c.max(1.0 / p.decay);
            prop_assert!((fine - c * coarse).abs() <= noise * coarse.abs().max(1.0), "{fine} {coarse}");
        }
    }

    #[test]
    fn a_faster_clock_changes_nothing(
        p in any_params(), left in log_uniform(1e-2, 20_000.0), c in log_uniform(0.05, 20.0),
    ) {
        let faster = QuoteParams {
            sigma: c.sqrt() * p.sigma,
            drift: c * p.drift,
            arrival_rate: c * p.arrival_rate,
            ..p
        };
        for (slow, fast) in ladder(&p, left).into_iter().zip(ladder(&faster, left / c)) {
            prop_assert!(gap(fast, slow) <= 1e-10_f64.max(1e-11 / p.decay), "{fast} {slow}");
        }
    }

    #[test]
    fn more_lots_or_risk_or_cost_lower_the_quote_and_more_buyers_or_drift_raise_it(
        p in any_params(), left in log_uniform(1e-2, 20_000.0), more in 1.01..3.0_f64,
    ) {
        let base = ladder(&p, left);
        let slack = |x: f64| 1e-9 * x.abs().max(1.0 / p.decay).max(1.0);
        for pair in base.windows(2) {
            prop_assert!(pair[1] <= pair[0] + slack(pair[0]), "{pair:?}");
        }
        let lower = [
            QuoteParams { sigma: p.sigma * more, ..p },
            QuoteParams { liquidation_cost: p.liquidation_cost * more, ..p },
        ];
        let higher = [
            QuoteParams { arrival_rate: p.arrival_rate * more, ..p },
            QuoteParams { drift: p.drift + 0.01 * more, ..p },
        ];
        for other in lower {
            for (quote, base) in ladder(&other, left).into_iter().zip(&base) {
                prop_assert!(quote <= base + slack(*base), "{other:?}: {quote} {base}");
            }
        }
        for other in higher {
            for (quote, base) in ladder(&other, left).into_iter().zip(&base) {
                prop_assert!(quote >= base - slack(*base), "{other:?}: {quote} {base}");
            }
        }
    }

    #[test]
    fn the_horizon_does_not_change_a_bit(
        p in any_params(), horizon in log_uniform(1.0, 20_000.0), fraction in 0.0..1.0_f64,
    ) {
        let left = horizon * fraction;
        let whole = QuoteSurface::solve(&p, 12, horizon).unwrap();
        for (q, later) in offsets_at(&p, 12, left).unwrap().into_iter().enumerate() {
            prop_assert_eq!(whole.offset(q + 1, left).to_bits(), later.to_bits());
        }
    }

    #[test]
    fn a_buyer_in_a_rising_market_is_a_seller_in_a_falling_one(p in any_params()) {
        prop_assert_eq!(p.mirrored().mirrored(), p);
        let falling = QuoteParams { drift: -p.drift, ..p };
        prop_assert_eq!(ladder(&p.mirrored(), 60.0), ladder(&falling, 60.0));
    }
}

#[test]
fn the_paths_of_the_paper_meet_at_the_deadline_and_large_ones_dip_before() {
    let surface = QuoteSurface::solve(&paper(), 6, 300.0).unwrap();
    let deadline = surface.offset(1, 0.0);
    assert!(
        surface
            .offsets(0.0)
            .iter()
            .all(|&offset| offset == deadline)
    );
    assert!(surface.offset(6, 30.0) < -0.3 && deadline > 0.08);
}

#[test]
fn a_quote_is_continuous_across_every_panel() {
    let surface = QuoteSurface::solve(&paper(), 30, 7200.0).unwrap();
    for q in [1, 6, 30] {
        let mut before = surface.offset(q, 0.0);
        for step in 1..=72_000 {
            let offset = surface.offset(q, f64::from(step) * 0.1);
            assert!(
                (offset - before).abs() < 0.12,
                "q={q} step={step}: {before} -> {offset}"
            );
            before = offset;
        }
    }
}
