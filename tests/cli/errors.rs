//! What a person reads when a config is wrong: the whole text, line by line.

use crate::support::Bench;

/// `config check` of this text as `my.toml` says exactly this before its last line, the next step.
#[track_caller]
fn check(text: &str, expected: &str) {
    let said = Bench::with_history()
        .file("my.toml", text)
        .run("config check -c my.toml");
    let next = "  check a config with:  polyfolio config check -c my.toml\n";
    let complaint = said.complaint();
    let body = complaint.strip_suffix(next).unwrap_or(&complaint);
    assert_eq!(body.trim_end(), expected, "for\n{text}");
}

/// A sleeve with one more line.
fn sleeve(line: &str) -> String {
    format!("[sleeve.trend]\nstrategy = \"sma_cross\"\nweight = 0.3\n{line}\n")
}

#[test]
fn a_value_of_the_wrong_kind() {
    check(
        "[sleeve.trend]\nweight = \"0.3O\"\n",
        "error: weight is not a number\n  my.toml, line 2, sleeve.trend.weight = \"0.3O\"\n  expected a number such as 0.30",
    );
    check(
        "[execution]\nhorizon = 300\n",
        "error: horizon is not a length of time\n  my.toml, line 2, execution.horizon = 300\n  expected a length of time with its unit, such as \"5m\" or \"250ms\"",
    );
    check(
        "[portfolio]\nnormalize = \"yes\"\n",
        "error: normalize is not true or false\n  my.toml, line 2, portfolio.normalize = \"yes\"\n  expected true or false",
    );
    check(
        "[broker.paper]\nseed = -1\n",
        "error: seed is not a whole number\n  my.toml, line 2, broker.paper.seed = -1\n  expected a whole number such as 7",
    );
    check(
        "[broker.paper]\ncash = inf\n",
        "error: cash is not a number\n  my.toml, line 2, broker.paper.cash = inf\n  expected a number such as 1_000_000",
    );
    check(
        &sleeve("start = \"2020-02-30\""),
        "error: start is not a date\n  my.toml, line 4, sleeve.trend.start = \"2020-02-30\"\n  expected a date such as 2022-12-28",
    );
    check(
        "sleeve = 3\n",
        "error: sleeve is not a table\n  my.toml, line 1, sleeve = 3\n  expected a table such as { NAME = … }",
    );
}

#[test]
fn a_word_that_is_no_choice() {
    check(
        "[portfolio]\nsizing = \"refrence\"\n",
        "error: sizing cannot be \"refrence\"\n  my.toml, line 2, portfolio.sizing = \"refrence\"\n  expected one of \"nav\", \"reference\"; did you mean \"reference\"?",
    );
    check(
        "mode = \"backtest\"\n",
        "error: mode cannot be \"backtest\"\n  my.toml, line 1, mode = \"backtest\"\n  expected one of \"paper\", \"live\"",
    );
}

#[test]
fn a_key_that_does_not_exist() {
    check(
        &sleeve("wieght = 0.1"),
        "error: unknown key \"wieght\"\n  my.toml, line 4, sleeve.trend.wieght = 0.1\n  did you mean weight?",
    );
    check(
        "[execution]\nsigma = 1\n",
        "error: unknown key \"sigma\"\n  my.toml, line 2, execution.sigma = 1\n  did you mean execution.quote.sigma?",
    );
    check(
        "[protfolio]\nleverage = 1\n",
        "error: unknown key \"protfolio\"\n  my.toml, line 1, protfolio = { … }\n  did you mean portfolio?",
    );
    check(
        "[history]\ncolour = 1\n",
        "error: unknown key \"colour\"\n  my.toml, line 2, history.colour = 1\n  valid keys here: daily, time_zone, bar, as_of",
    );
}

#[test]
fn text_that_is_not_toml() {
    check(
        "[portfolio]\nleverage = = 1\n",
        "error: config file is not valid TOML\n  my.toml, line 2, column 12\n  extra `=`, expected nothing",
    );
    let twice = Bench::new()
        .file("my.toml", "mode = \"paper\"\nmode = \"paper\"\n")
        .run("config check -c my.toml")
        .complaint();
    assert!(twice.contains("my.toml, line 2, column 1\n"), "{twice}");
}

#[test]
fn weights_that_cannot_be_sized_by() {
    check(
        "[sleeve.a]\nstrategy = \"equal_weight\"\nweight = nan\n",
        "error: weight is not finite\n  my.toml, line 3, sleeve.a.weight = nan\n  expected a finite number, 0 or above",
    );
    check(
        "[sleeve.a]\nstrategy = \"equal_weight\"\nweight = -0.1\n",
        "error: weight is negative\n  my.toml, line 3, sleeve.a.weight = -0.1\n  expected a finite number, 0 or above",
    );
    check(
        "[sleeve.a]\nstrategy = \"equal_weight\"\nweight = 0\n",
        "error: the weights of all sleeves sum to zero\n  my.toml, line 3\n  expected at least one sleeve with a weight above 0",
    );
}

#[test]
fn sleeves_that_cannot_be() {
    check(
        "[sleeve.a]\nstrategy = \"sma_crss\"\nweight = 1\n",
        "error: there is no strategy \"sma_crss\"\n  my.toml, line 2, sleeve.a.strategy = \"sma_crss\"\n  expected one of equal_weight, sma_cross, momentum, dual_momentum, mean_reversion, breakout, inverse_volatility, volatility_target, targets_file; did you mean \"sma_cross\"?",
    );
    check(
        &sleeve("params = { fsat = 1 }"),
        "error: sma_cross has no parameter \"fsat\"\n  my.toml, line 4, sleeve.trend.params.fsat = 1\n  expected one of fast, slow; did you mean \"fast\"?",
    );
    check(
        &sleeve("params = { fast = \"x\" }"),
        "error: sma_cross parameter \"fast\" is \"x\"\n  my.toml, line 4, sleeve.trend.params.fast = \"x\"\n  expected a whole number, at least 1",
    );
    check(
        &sleeve("start = 2020-01-01\nend = 2019-01-01"),
        "error: end is 2019-01-01\n  my.toml, line 5, sleeve.trend.end = 2019-01-01\n  expected a date not before start",
    );
    check(
        "[sleeve.trend]\nweight = 0.1\n",
        "error: sleeve trend has no strategy\n  my.toml, line 1\n  expected strategy = \"sma_cross\" in [sleeve.trend]\n  sleeves of config/default.toml are left out once a -c file names its own",
    );
    check(
        "[sleeve.Trend]\n",
        "error: \"Trend\" cannot name a sleeve\n  my.toml, line 1\n  expected lower-case letters, digits, _ and - such as trend-2",
    );
    check(
        "[sleeve.unassigned]\n",
        "error: no sleeve may be called unassigned\n  my.toml, line 1\n  that is what the account holds and no sleeve owns: choose another name",
    );
}

#[test]
fn values_out_of_range() {
    check(
        "[portfolio]\nleverage = inf\n",
        "error: leverage is not finite\n  my.toml, line 2, portfolio.leverage = inf\n  expected a finite number such as 1.0",
    );
    check(
        "[execution]\nhorizon = \"0s\"\n",
        "error: horizon is not above zero\n  my.toml, line 2, execution.horizon = \"0s\"\n  expected above zero, such as \"5m\"",
    );
    check(
        "[execution.quote]\ndecay = 0\n",
        "error: decay is 0\n  my.toml, line 2, execution.quote.decay = 0\n  expected finite and above 0",
    );
    check(
        "[instrument.AAPL]\ntick = 0\n",
        "error: tick of instrument AAPL is not above zero\n  my.toml, line 2, instrument.AAPL.tick = 0\n  expected a number above 0 such as 0.01",
    );
    check(
        "[instrument.AAPL]\nquote = { sigma = -1 }\n",
        "error: sigma is negative\n  my.toml, line 2, instrument.AAPL.quote.sigma = -1\n  expected a finite number, 0 or above",
    );
    check(
        "[broker.paper]\nfees = \"free\"\n",
        "error: fees are none that the paper broker knows\n  my.toml, line 2, broker.paper.fees = \"free\"\n  expected zero, ibkr_fixed, ibkr_tiered, us_sell_fees, or basis points such as \"2.5bp\"",
    );
}

#[test]
fn a_restricted_symbol_that_nobody_knows() {
    check(
        "[risk]\nrestricted = [\"AAPL\", \"XOMM\"]\n",
        "error: no instrument XOMM is known, so none would be restricted\n  my.toml, line 2, risk.restricted = [\"AAPL\", \"XOMM\"]\n  expected symbols of the history or of an [instrument.NAME]; did you mean \"XOM\"?",
    );
    for known in [
        "[instrument.XOMM]\ntick = 0.01\n",
        "[broker.paper]\npositions = { XOMM = 1 }\n",
    ] {
        let text = format!("[risk]\nrestricted = [\"XOMM\"]\n{known}");
        let bench = Bench::with_history().file("my.toml", &text);
        bench.run("config check -c my.toml").answer();
    }
}

#[test]
fn a_universe_that_names_a_symbol_twice() {
    check(
        &sleeve("universe = [\"AAPL\", \"XOM\", \"AAPL\"]"),
        "error: universe is naming AAPL twice\n  my.toml, line 4, sleeve.trend.universe = [\"AAPL\", \"XOM\", \"AAPL\"]\n  expected every instrument once",
    );
}

#[test]
fn lots_that_no_order_could_be_made_of() {
    check(
        "[portfolio]\nrounding = \"none\"\n[instrument.AAPL]\nlot = 10\n",
        "error: instrument AAPL has a lot, but portfolio.rounding is \"none\"\n  my.toml, line 4, instrument.AAPL.lot = 10\n  expected no lot here, or rounding = \"lot\" in [portfolio]",
    );
    check(
        "[execution]\nmax_child = 0.5\n",
        "error: max_child is below a lot of AAPL\n  my.toml, line 2, execution.max_child = 0.5\n  expected at least its lot, 1",
    );
    check(
        "[execution]\nmax_child = 50\n[instrument.KO]\nlot = 100\n",
        "error: max_child is below a lot of KO\n  my.toml, line 2, execution.max_child = 50\n  expected at least its lot, 100",
    );
    let bench = Bench::with_history().file(
        "my.toml",
        "[portfolio]\nrounding = \"none\"\n[execution]\nmax_child = 0.5\n",
    );
    bench.run("config check -c my.toml").answer();
}

#[test]
fn reference_sizing_without_its_reference() {
    check(
        "[portfolio]\nsizing = \"reference\"\nreference_nav = 1e5\n",
        "error: reference sizing has no reference_date\n  my.toml, line 2, portfolio.sizing = \"reference\"\n  expected reference_date = 2024-01-02 beside it in [portfolio], or sizing = \"nav\"",
    );
}

#[test]
fn data_that_is_not_there() {
    check(
        "[history]\ndaily = \"nope.csv\"\n",
        "error: history cannot be read: no such file or directory\n  nope.csv\n  my.toml, line 2, history.daily = \"nope.csv\"\n  look at a file with:  polyfolio data check nope.csv",
    );
    check(
        &sleeve("universe = [\"AAPL\", \"XOMM\"]"),
        "error: the history has no instrument XOMM\n  my.toml, line 4, sleeve.trend.universe = [\"AAPL\", \"XOMM\"]\n  expected symbols of the history; did you mean \"XOM\"?",
    );
    check(
        "[history]\nas_of = 1980-01-01\n",
        "error: the history has no row up to 1980-01-01\n  my.toml, line 2, history.as_of = 1980-01-01\n  expected 1990-01-02 or later",
    );
    check(
        "[sleeve.mine]\nstrategy = \"targets_file\"\nweight = 1\nparams.path = \"no.json\"\n",
        "error: targets file cannot be read: no such file or directory\n  my.toml, line 4, sleeve.mine.params.path = \"no.json\"\n  expected a JSON file with nav and positions",
    );
}

#[test]
fn a_history_with_a_fault_is_shown_with_its_line() {
    let bench = Bench::new()
        .file("h.csv", "date,A\n2023-01-02,10\n2023-01-03,-1\n")
        .file("my.toml", "[history]\ndaily = \"h.csv\"\n");
    assert_eq!(
        bench.run("config check -c my.toml").complaint(),
        "error: history is refused\n  h.csv, line 3, column 2\n  A: price -1 is not above zero\n  \
         my.toml, line 2, history.daily = \"h.csv\"\n  look at a file with:  polyfolio data check h.csv\n"
    );
}

#[test]
fn an_instrument_without_tick_or_lot() {
    let portfolio =
        "[history]\ndaily = \"h.csv\"\n[sleeve.all]\nstrategy = \"equal_weight\"\nweight = 1\n";
    let check = |more: &str| {
        Bench::new()
            .file("h.csv", "date,A,B\n2023-01-02,10,10\n2023-01-03,11,10\n")
            .file("config/default.toml", &format!("{portfolio}{more}"))
            .run("config check")
    };
    assert_eq!(
        check("[instrument.A]\ntick = 0.01\n").complaint(),
        "error: instrument A has no lot\n  config/default.toml, line 6\n  expected lot = 1 in [instrument.A] or \
         [instrument.default]\n  check a config with:  polyfolio config check -c config/default.toml\n"
    );
    let without = check("").complaint();
    assert!(
        without.starts_with("error: instrument A has no tick\n"),
        "{without}"
    );
    check("[instrument.default]\ntick = 0.01\n[instrument]\nA.lot = 1\nB.lot = 10\n").answer();
}

/// The shipped ticks and lots hold for the shipped history, and for no other.
#[test]
fn an_instrument_of_another_history_without_tick_or_lot() {
    let sleeve = "[sleeve.all]\nstrategy = \"equal_weight\"\nweight = 1\n";
    let bench = |history: &str, more: &str| {
        Bench::with_history()
            .file(
                "h.csv",
                "date,VOD,SAP\n2023-01-02,10,10\n2023-01-03,11,10\n",
            )
            .file("my.toml", &format!("{history}{sleeve}{more}"))
    };
    let check = |more: &str| {
        let bench = bench("[history]\ndaily = \"h.csv\"\n", more);
        bench.run("config check -c my.toml")
    };
    let left_out = "[instrument.default] of config/default.toml is left out: my.toml, line 2, names another history \
                    than its own\n";
    assert_eq!(
        check("").complaint(),
        format!(
            "error: instrument VOD has no tick\n  my.toml, line 2\n  expected tick = 0.01 in [instrument.VOD] or \
             [instrument.default]\n  {left_out}  check a config with:  polyfolio config check -c my.toml\n"
        )
    );
    assert_eq!(
        check("[instrument.VOD]\ntick = 0.02\nlot = 100\n[instrument.SAP]\ntick = 0.01\n")
            .complaint(),
        format!(
            "error: instrument SAP has no lot\n  my.toml, line 9\n  expected lot = 1 in [instrument.SAP] or \
             [instrument.default]\n  {left_out}  check a config with:  polyfolio config check -c my.toml\n"
        )
    );
    check("[instrument.default]\ntick = 0.01\nlot = 1\n").answer();
    check("[instrument.VOD]\ntick = 0.02\nlot = 100\n[instrument.SAP]\ntick = 0.01\nlot = 1\n")
        .answer();

    // The same history, by its own name or by none.
    bench("[history]\ndaily = \"data/us20-daily.csv.gz\"\n", "")
        .run("config check -c my.toml")
        .answer();
    bench("", "").run("config check -c my.toml").answer();
    // Named by a variable it is as strange as in a file.
    let said = bench("", "")
        .variable("POLYFOLIO__HISTORY__DAILY", "h.csv")
        .run("config check -c my.toml")
        .complaint();
    assert!(
        said.starts_with("error: instrument VOD has no tick\n"),
        "{said}"
    );
    assert!(
        said.contains("environment POLYFOLIO__HISTORY__DAILY, names another history"),
        "{said}"
    );
}

#[test]
fn a_config_file_that_cannot_be_read() {
    let bench = Bench::new();
    assert_eq!(
        bench.run("config show -c none.toml").complaint(),
        "error: config file cannot be read: no such file or directory\n  none.toml\n  \
         write one to begin with:  polyfolio config init none.toml\n"
    );
}

#[test]
fn what_may_be_a_secret_under_another_name_is_not_shown() {
    for text in [
        "[broker.ib]\npasword = \"hunter2\"\n",
        "[broker]\nmine = { password = \"hunter2\", pin = \"hunter2\" }\n",
        "[broker.mine]\npin = \"hunter2\"\n",
        "[portfolio]\nnotify = { webhook = \"https://hooks.example.com/hunter2\" }\n",
        "[notify]\nwebhook = \"(not shown)\"\n",
    ] {
        let bench = Bench::with_history().file("my.toml", text);
        let said = bench.run("config check -c my.toml").complaint();
        assert!(!said.contains("hunter2"), "{text}: {said}");
        assert!(said.contains("my.toml, line"), "{text}: {said}");
    }
}

#[test]
fn a_secret_is_neither_accepted_nor_shown() {
    let said = Bench::new()
        .file("my.toml", "[broker.paper]\napi_secret = \"hunter2\"\n")
        .run("config show -c my.toml")
        .complaint();
    assert!(said.contains("secrets never stand in a config"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
}
