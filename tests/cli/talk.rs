//! Streams, exit codes, help, the small verbs.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use crate::support::{Bench, Said};

#[test]
fn usage_errors_end_with_two_and_leave_stdout_alone() {
    for line in [
        "",
        "conf",
        "config",
        "config check --origin",
        "quote --nope 1",
        "-q -v strategies",
    ] {
        let said = Bench::new().run(line);
        assert_eq!(
            (said.code, said.out.as_str()),
            (Some(2), ""),
            "{line}: {said:?}"
        );
    }
}

#[test]
fn help_begins_with_an_example_and_fits_a_screen() {
    for verb in [
        "",
        "config",
        "config show",
        "config check",
        "config init",
        "strategies",
        "data",
        "data check",
        "drill",
        "sim",
        "sim tws",
        "quote",
        "reconcile",
        "resolve",
        "resume-trading",
        "slippage",
        "explain",
        "completions",
        "man",
        "data check",
        "data fetch",
        "journal",
        "journal adopt-mark",
        "journal salvage",
        "support bundle",
    ] {
        let help = Bench::new().run(&format!("{verb} --help")).answer();
        assert!(help.starts_with("Example:  polyfolio "), "{verb}: {help}");
        // The list of verbs is longer than any verb's own help.
        let lines_max = if verb.is_empty() { 48 } else { 42 };
        assert!(
            help.lines().count() <= lines_max,
            "{verb}: {} lines",
            help.lines().count()
        );
        let widest = help.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(80), "{verb}: {widest:?}\n{help}");
    }
    let version = Bench::new().run("--version").answer();
    assert_eq!(
        version,
        format!("polyfolio {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let bench = Bench::with_history();
    for line in ["strategies", "plan", "plan --json", "config show"] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = bench.command(line).stdout(writer).output().unwrap();
        let said = Said::from(output);
        assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{line}");
    }
}

#[test]
fn a_reader_of_one_line_is_answered_and_no_failure() {
    let bench = Bench::with_history();
    let (reader, writer) = std::io::pipe().unwrap();
    let mut child = bench
        .command("plan")
        .stdout(writer)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(reader).read_line(&mut first).unwrap();
    assert!(first.starts_with("polyfolio plan · paper · "), "{first}");
    let mut complaint = String::new();
    let mut err = child.stderr.take().unwrap();
    err.read_to_string(&mut complaint).unwrap();
    let code = child.wait().unwrap().code();
    assert_eq!((code, complaint.as_str()), (Some(0), ""));
}

#[test]
fn nothing_is_coloured_on_a_pipe() {
    let plain = Bench::with_history();
    let refused = Bench::with_history().variable("NO_COLOR", "1");
    let terminal = Bench::with_history().variable("TERM", "xterm-256color");
    for bench in [plain, refused, terminal] {
        for line in [
            "config show -c none.toml",
            "conf",
            "--help",
            "config show",
            "plan",
            "run -v",
            "status",
        ] {
            let said = bench.run(line);
            assert!(
                !format!("{}{}", said.out, said.err).contains('\u{1b}'),
                "{line}: {said:?}"
            );
        }
    }
}

#[test]
fn strategies_say_what_they_take() {
    let bench = Bench::new();
    let text = bench.run("strategies sma_cross").answer();
    assert!(text.contains("\n  strategy = \"sma_cross\"\n"), "{text}");
    let json = bench.run("strategies sma_cross --json").json();
    assert_eq!(json["schema"], "polyfolio.strategies/1");
    assert_eq!(json["strategies"]["sma_cross"]["params"][0]["name"], "fast");
    let complaint = bench.run("strategies sma_crss").complaint();
    assert!(
        complaint.contains("did you mean \"sma_cross\"?"),
        "{complaint}"
    );
}

#[test]
fn a_journal_that_is_not_there_yet_is_verified_in_json_too() {
    let said = Bench::new().run("journal verify --json");
    assert_eq!(said.code, Some(0), "{said:?}");
    let answer: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(answer["schema"], "polyfolio.journal-verify/1");
    assert_eq!(
        (&answer["records"], &answer["ok"]),
        (&0.into(), &true.into())
    );
    assert!(said.err.contains("there is no journal yet"), "{said:?}");
}

#[test]
fn data_check_says_what_is_in_a_file() {
    let bench = Bench::with_history().file("bad.csv", "date,A\n2023-01-02,1\n2023-01-02,2\n");
    // Closes of RRC stood still for weeks in 1990: something to look at, and so exit code 1.
    let said = bench.run("data check data/us20-daily.csv.gz");
    assert_eq!(said.code, Some(1), "{said:?}");
    let text = &said.out;
    let head = "data/us20-daily.csv.gz · 8,313 rows · 20 instruments · 1990-01-02 to 2022-12-28\n";
    assert!(text.starts_with(head), "{text}");
    let said = bench.run("data check data/us20-daily.csv.gz --json");
    assert_eq!(said.code, Some(1), "{said:?}");
    let json: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert!(json["findings"].as_array().unwrap().iter().any(|finding| {
        let (code, name) = (&finding["code"], &finding["instrument"]);
        (code, name, &finding["from_line"]) == (&"stale".into(), &"RRC".into(), &2.into())
    }));
    assert_eq!(
        (&json["rows"], &json["as_of"]),
        (&8313.into(), &"2022-12-28".into())
    );
    let complaint = bench.run("data check bad.csv").complaint();
    assert!(
        complaint.starts_with(
            "error: history is refused\n  bad.csv, line 3, column 1\n  date 2023-01-02 stands twice"
        ),
        "{complaint}"
    );
}
