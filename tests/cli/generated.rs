//! `completions` and `man`: every verb is in them.

use crate::support::Bench;

/// The verbs as the help lists them.
fn verbs(bench: &Bench) -> Vec<String> {
    let help = bench.run("--help").answer();
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let listed = listed.take_while(|line| !line.is_empty());
    let word = |line: &str| line.split_whitespace().next().map(str::to_owned);
    listed.filter_map(word).collect()
}

#[test]
fn every_verb_is_completed_in_every_shell() {
    let bench = Bench::new();
    let verbs = verbs(&bench);
    assert!(verbs.len() > 20, "{verbs:?}");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = bench.run(&format!("completions {shell}")).answer();
        for verb in &verbs {
            assert!(script.contains(verb), "{shell}: {verb}");
        }
    }
    let json = bench.run("completions bash --json").json();
    assert_eq!(json["schema"], "polyfolio.completions/1");
    let said = bench.run("completions tcsh");
    assert_eq!(said.code, Some(2), "{said:?}");
}

#[test]
fn every_verb_has_a_page() {
    let bench = Bench::new();
    let said = bench.run("man pages/man1 --json").json();
    let pages: Vec<&str> = said["pages"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|page| page.as_str())
        .collect();
    for verb in verbs(&bench) {
        let name = format!("polyfolio-{verb}.1");
        assert!(pages.contains(&&*name), "{name}: {pages:?}");
        let page = std::fs::read_to_string(bench.path("pages/man1").join(&name)).unwrap();
        assert!(page.contains(".SH SYNOPSIS"), "{name}");
    }
    assert!(pages.contains(&"polyfolio.1"));
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let bench = Bench::new().file("taken", "");
    let said = bench.run("man taken");
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("taken cannot be written"), "{said:?}");
}
