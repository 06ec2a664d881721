//! Environment variables override what exists, or are an error.

use crate::support::Bench;

#[track_caller]
fn refused(name: &'static str, value: &'static str, expected: &str) {
    let said = Bench::new()
        .variable(name, value)
        .run("config show")
        .complaint();
    assert_eq!(said, expected, "{name}={value}");
}

#[test]
fn a_variable_sets_an_existing_key_whatever_its_case() {
    let bench = Bench::new()
        .variable("POLYFOLIO__SLEEVE__TREND__WEIGHT", "0.11")
        .variable("Polyfolio__Risk__Restricted", "AAPL,XOM")
        .variable("POLYFOLIO__HISTORY__AS_OF", "2022-11-30");
    let shown = bench.run("config show").answer();
    for expected in [
        "weight = 0.11\n",
        "restricted = [\"AAPL\", \"XOM\"]\n",
        "as_of = 2022-11-30\n",
    ] {
        assert!(shown.contains(expected), "{expected} in\n{shown}");
    }
    assert_eq!(
        shown.matches("[sleeve.").count(),
        4,
        "no second sleeve:\n{shown}"
    );
}

#[test]
fn a_variable_that_names_nothing_is_an_error() {
    let list = "  list every key with:  polyfolio config show\n";
    refused(
        "POLYFOLIO__PORTFOLIO__LEVRAGE",
        "2",
        &format!(
            "error: environment variable POLYFOLIO__PORTFOLIO__LEVRAGE names no setting\n  \
             did you mean POLYFOLIO__PORTFOLIO__LEVERAGE?\n{list}"
        ),
    );
    refused(
        "POLYFOLIO__SLEEVE__NEWCOMER__WEIGHT",
        "1",
        &format!(
            "error: environment variable POLYFOLIO__SLEEVE__NEWCOMER__WEIGHT names no setting\n  \
             a variable overrides a key that exists: POLYFOLIO__SECTION__KEY\n{list}"
        ),
    );
    refused(
        "POLYFOLIO_RISK__MAX_GROSS_LEVERAGE",
        "1",
        &format!(
            "error: environment variable POLYFOLIO_RISK__MAX_GROSS_LEVERAGE names no setting\n  \
             did you mean POLYFOLIO__RISK__MAX_GROSS_LEVERAGE?\n{list}"
        ),
    );
}

#[test]
fn a_variable_of_the_wrong_kind_is_an_error() {
    refused(
        "POLYFOLIO__PORTFOLIO__LEVERAGE",
        "two",
        "error: leverage is not a number\n  environment POLYFOLIO__PORTFOLIO__LEVERAGE, portfolio.leverage = two\n  \
         expected a number such as 1.0\n  check a config with:  polyfolio config check\n",
    );
}
