//! Bad input is refused by name; the edges of good input are not.

use polyfolio_execution::optimal_quote::{QuoteError, QuoteParams, QuoteSurface, offsets_at};

use crate::paper;

#[test]
fn a_parameter_outside_its_domain_is_named() {
    let bad: [(&str, QuoteParams); 11] = [
        (
            "sigma",
            QuoteParams {
                sigma: -0.1,
                ..paper()
            },
        ),
        (
            "sigma",
            QuoteParams {
                sigma: f64::INFINITY,
                ..paper()
            },
        ),
        (
            "arrival_rate",
            QuoteParams {
                arrival_rate: -1.0,
                ..paper()
            },
        ),
        (
            "arrival_rate",
            QuoteParams {
                arrival_rate: f64::NAN,
                ..paper()
            },
        ),
        (
            "decay",
            QuoteParams {
                decay: 0.0,
                ..paper()
            },
        ),
        (
            "decay",
            QuoteParams {
                decay: f64::NAN,
                ..paper()
            },
        ),
        (
            "risk_aversion",
            QuoteParams {
                risk_aversion: -1e-9,
                ..paper()
            },
        ),
        (
            "liquidation_cost",
            QuoteParams {
                liquidation_cost: -3.0,
                ..paper()
            },
        ),
        (
            "liquidation_cost",
            QuoteParams {
                liquidation_cost: f64::NAN,
                ..paper()
            },
        ),
        (
            "drift",
            QuoteParams {
                drift: f64::NAN,
                ..paper()
            },
        ),
        (
            "drift",
            QuoteParams {
                drift: f64::NEG_INFINITY,
                ..paper()
            },
        ),
    ];
    for (expected, params) in bad {
        let error = params.validate().unwrap_err();
        let QuoteError::Parameter { name, .. } = error else {
            panic!("{error}")
        };
        assert_eq!(name, expected);
        assert!(error.to_string().contains(expected), "{error}");
        assert!(QuoteSurface::solve(&params, 1, 1.0).is_err());
    }
}

#[test]
fn no_lots_and_impossible_horizons() {
    assert_eq!(
        QuoteSurface::solve(&paper(), 0, 1.0).unwrap_err(),
        QuoteError::NoLots
    );
    for horizon in [-1.0, f64::NAN, f64::INFINITY] {
        let error = QuoteSurface::solve(&paper(), 1, horizon).unwrap_err();
        assert!(matches!(error, QuoteError::Horizon(_)), "{error}");
    }
}

#[test]
fn parameters_beyond_floating_point_together_are_an_error_not_a_nan() {
    let params = QuoteParams {
        sigma: 1e200,
        ..paper()
    };
    let error = QuoteSurface::solve(&params, 1, 1.0).unwrap_err();
    assert!(matches!(error, QuoteError::Range { .. }), "{error}");
}

#[test]
fn outside_the_surface_there_is_no_number_and_the_time_is_clamped() {
    let surface = QuoteSurface::solve(&paper(), 2, 300.0).unwrap();
    assert!(surface.offset(0, 1.0).is_nan());
    assert!(surface.offset(3, 1.0).is_nan());
    assert!(surface.offset(1, f64::NAN).is_nan());
    assert_eq!(surface.offset(2, -5.0), surface.offset(2, 0.0));
    assert_eq!(surface.offset(2, 301.0), surface.offset(2, 300.0));
}

#[test]
fn extreme_but_valid_parameters_answer() {
    let extremes = [
        QuoteParams {
            risk_aversion: 1e6,
            ..paper()
        },
        QuoteParams {
            arrival_rate: 1e-300,
            ..paper()
        },
        QuoteParams {
            arrival_rate: 1e12,
            ..paper()
        },
        QuoteParams {
            decay: 1e-6,
            ..paper()
        },
        QuoteParams {
            decay: 1e6,
            ..paper()
        },
        QuoteParams {
            sigma: 1e4,
            ..paper()
        },
        QuoteParams {
            drift: 1e4,
            ..paper()
        },
        QuoteParams {
            drift: -1e4,
            ..paper()
        },
        QuoteParams {
            liquidation_cost: f64::MAX,
            ..paper()
        },
    ];
    for params in extremes {
        let ladder = offsets_at(&params, 20, 23_400.0).unwrap();
        assert!(
            ladder.iter().all(|offset| offset.is_finite()),
            "{params:?} {ladder:?}"
        );
    }
}

#[test]
fn parameters_read_and_written_keep_their_names() {
    let text = r#"{"sigma":0.3,"arrival_rate":0.1,"decay":0.3,"risk_aversion":0.05,"liquidation_cost":3.0}"#;
    let read: QuoteParams = serde_json::from_str(text).unwrap();
    assert_eq!(read, paper());
    let again = serde_json::from_str(&serde_json::to_string(&read).unwrap()).unwrap();
    assert_eq!(read, again);
    let misspelt = text.replace("decay", "deacy");
    assert!(serde_json::from_str::<QuoteParams>(&misspelt).is_err());
}
