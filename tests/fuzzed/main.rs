//! Every fuzz target, without an engine: over its corpus, and over mutations of it.
//!
//! `SEED=7 MUTATIONS=10000 cargo test --test fuzzed` runs others, and more of them. A failure names
//! the target, the seed and the input; `INPUT=FILE TARGET=book cargo test --test fuzzed an_input` is
//! how a file that an engine found is run again.

#![allow(clippy::expect_used, reason = "a test that cannot go on should stop")]

mod mutation;
#[path = "../../fuzz/src/targets/mod.rs"]
pub mod targets;

use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use mutation::Mutator;
use polyfolio_testkit::chance::Chance;
use targets::{ALL, Target};

fn corpus_of(target: &str) -> PathBuf {
    let house = Path::new(env!("CARGO_MANIFEST_DIR"));
    house.join("fuzz/corpus").join(target)
}

fn inputs(target: &str) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(corpus_of(target)).expect("every target has a corpus");
    let read = |path: PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let bytes = fs::read(&path).expect("an input can be read");
        (name.into_owned(), bytes)
    };
    let paths = entries.map(|entry| entry.expect("a directory can be listed").path());
    let mut inputs: Vec<_> = paths.map(read).collect();
    inputs.sort();
    assert!(!inputs.is_empty(), "{target} has no input");
    inputs
}

fn asked<T: FromStr>(name: &str, otherwise: T) -> T {
    let text = std::env::var(name).ok();
    text.and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// Runs an input, and says which one it was when it fails.
fn run((name, target): Target, what: &str, input: &[u8]) {
    if catch_unwind(AssertUnwindSafe(|| target(input))).is_err() {
        panic!("{name}, {what}: {}", input.escape_ascii());
    }
}

/// Runs the corpus of a target and so many mutations of it.
fn holds(name: &str, mutations: u64) {
    let target = ALL.into_iter().find(|(have, _)| *have == name);
    let target = target.expect("it is a target");
    let corpus = inputs(name);
    for (file, input) in &corpus {
        run(target, file, input);
    }
    let seed = asked("SEED", 1);
    let mutator = Mutator::new(corpus.into_iter().map(|(_, input)| input).collect());
    for nth in 0..asked("MUTATIONS", mutations) {
        let mut chance = Chance::new(seed, nth);
        let input = mutator.mutated(&mut chance);
        run(target, &format!("SEED={seed}, mutation {nth}"), &input);
    }
}

#[test]
fn any_config_is_read_or_refused_with_a_place() {
    holds("config", 1_500);
}

#[test]
fn any_record_is_refused_or_comes_back() {
    holds("record", 20_000);
}

#[test]
fn any_records_fold() {
    holds("book", 4_000);
}

#[test]
fn any_envelope_is_refused_or_comes_back() {
    holds("envelope", 5_000);
}

#[test]
fn any_damage_to_a_journal_is_found_and_salvaged() {
    holds("journal", 12);
}

#[test]
fn any_history_is_read_or_refused_with_a_place() {
    holds("history", 8_000);
}

#[test]
fn any_targets_file_is_read_or_refused_with_a_place() {
    holds("targets_file", 20_000);
}

#[test]
fn every_corpus_has_a_target_and_every_target_an_entry() {
    let names: BTreeSet<String> = ALL.iter().map(|(name, _)| (*name).to_owned()).collect();
    let listed = |below: &str| -> BTreeSet<String> {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fuzz")
            .join(below);
        let entries = fs::read_dir(directory).expect("it is there");
        let stem = |path: PathBuf| path.file_stem().unwrap_or_default().to_owned();
        let names = entries.map(|entry| stem(entry.expect("it can be listed").path()));
        names
            .map(|name| name.to_string_lossy().into_owned())
            .collect()
    };
    assert_eq!(listed("corpus"), names);
    assert_eq!(listed("fuzz_targets"), names);
}

/// A harness that cannot fail shows nothing: a target that dislikes an input is heard.
#[test]
fn a_target_that_fails_is_heard_with_its_input() {
    let target: Target = ("none", |input| assert!(input != b"bad"));
    run(target, "good", b"good");
    let heard = catch_unwind(|| run(target, "seed 3", b"bad"));
    let words = heard.expect_err("it fails");
    let words = words.downcast_ref::<String>().expect("it has words");
    assert_eq!(words, "none, seed 3: bad");
}

#[test]
fn an_input_runs_again() {
    let (file, name) = (
        asked("INPUT", PathBuf::new()),
        asked("TARGET", String::new()),
    );
    let Some(target) = ALL.into_iter().find(|(have, _)| *have == name) else {
        return;
    };
    run(
        target,
        "INPUT",
        &fs::read(file).expect("the input can be read"),
    );
}
