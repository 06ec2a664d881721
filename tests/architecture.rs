//! The floors of the house, enforced: arrows point down only.
//!
//! Read from `cargo metadata`, normal and build dependencies alike. Tests may name any crate.

#![allow(clippy::expect_used)]

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand, Package};

/// A crate stands on exactly one floor. Lower numbers are lower floors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Floor {
    Model,
    Pure,
    Adapters,
    Actors,
    Application,
    Outside,
}

const FLOORS: &[(Floor, &[&str])] = &[
    (Floor::Model, &["polyfolio-model"]),
    (
        Floor::Pure,
        &[
            "polyfolio-portfolio",
            "polyfolio-oms",
            "polyfolio-execution",
            "polyfolio-matching",
            "polyfolio-analytics",
            "polyfolio-ports",
        ],
    ),
    (
        Floor::Adapters,
        &[
            "polyfolio-clock",
            "polyfolio-store",
            "polyfolio-market-data",
            "polyfolio-strategies",
            "polyfolio-broker-ib",
            "polyfolio-broker-paper",
            "polyfolio-report",
            "polyfolio-simulators",
            "polyfolio-webhook",
        ],
    ),
    (Floor::Actors, &["polyfolio-actors"]),
    (Floor::Application, &["polyfolio"]),
    (Floor::Outside, &["polyfolio-testkit", "polyfolio-benches"]),
];

/// The only arrows between crates of one floor, each with its reason.
const SIDEWAYS: &[(&str, &str)] = &[
    ("polyfolio-oms", "polyfolio-portfolio"), // fills are allocated in the batch that records them
    ("polyfolio-oms", "polyfolio-execution"), // the router asks the algorithms what to send
    ("polyfolio-strategies", "polyfolio-market-data"), // a strategy is evaluated over a history
];

/// What the pure floor must not know.
const IMPURE: &[&str] = &[
    "actix",
    "actix-rt",
    "tokio",
    "sled",
    "redb",
    "reqwest",
    "hyper",
    "ureq",
    "ibapi",
    "ccxt",
    "fs4",
    "getrandom",
    "polyfolio-clock",
    "polyfolio-store",
];

fn packages() -> BTreeMap<String, Package> {
    let metadata = MetadataCommand::new()
        .no_deps()
        .exec()
        .expect("cargo metadata answers");
    metadata
        .packages
        .into_iter()
        .map(|p| (p.name.to_string(), p))
        .collect()
}

fn floor_of(name: &str) -> Option<Floor> {
    FLOORS
        .iter()
        .find(|(_, crates)| crates.contains(&name))
        .map(|(floor, _)| *floor)
}

fn built_on(package: &Package) -> BTreeSet<String> {
    let built = |kind| matches!(kind, DependencyKind::Normal | DependencyKind::Build);
    package
        .dependencies
        .iter()
        .filter(|d| built(d.kind))
        .map(|d| d.name.clone())
        .collect()
}

fn may(from: Floor, to: Floor) -> bool {
    use Floor::*;
    match from {
        Model => false,
        Pure => to == Model,
        Adapters | Actors => matches!(to, Model | Pure),
        Application => to != Outside && to != Application,
        Outside => to != Application,
    }
}

#[test]
fn every_crate_has_a_floor_and_every_floor_its_crates() {
    let found: BTreeSet<String> = packages().into_keys().collect();
    let drawn: BTreeSet<String> = FLOORS
        .iter()
        .flat_map(|(_, crates)| crates.iter().map(|c| (*c).to_owned()))
        .collect();
    assert_eq!(found, drawn);
}

#[test]
fn arrows_point_down() {
    let packages = packages();
    let mut wrong = Vec::new();
    for (name, package) in &packages {
        let from = floor_of(name).expect("every crate has a floor");
        for to in built_on(package) {
            let Some(floor) = floor_of(&to) else { continue };
            let sideways = SIDEWAYS.contains(&(name.as_str(), to.as_str()));
            if !may(from, floor) && !sideways {
                wrong.push(format!("{name} ({from:?}) → {to} ({floor:?})"));
            }
        }
    }
    assert_eq!(
        wrong,
        Vec::<String>::new(),
        "arrows that point up or sideways"
    );
}

#[test]
fn the_pure_floor_knows_no_runtime_and_no_world() {
    for (name, package) in packages() {
        if !matches!(floor_of(&name), Some(Floor::Model | Floor::Pure)) {
            continue;
        }
        for dependency in built_on(&package) {
            assert!(
                !IMPURE.contains(&dependency.as_str()),
                "{name} names {dependency}"
            );
        }
    }
}

#[test]
fn ports_names_the_vocabulary_alone() {
    let packages = packages();
    let ours = built_on(&packages["polyfolio-ports"])
        .into_iter()
        .filter(|name| name.starts_with("polyfolio"))
        .collect::<Vec<_>>();
    assert_eq!(ours, ["polyfolio-model"]);
}

/// The router without one of its rules is for the test kit, and nobody gets it without asking.
#[test]
fn only_the_testkit_breaks_rules() {
    let packages = packages();
    let default = packages["polyfolio-oms"].features.get("default");
    assert!(default.is_none_or(|features| features.is_empty()));
    for (name, package) in &packages {
        let asks = package.dependencies.iter().any(|dependency| {
            dependency.name == "polyfolio-oms"
                && dependency.features.iter().any(|f| f == "mutations")
        });
        assert_eq!(asks, name == "polyfolio-testkit", "{name}");
    }
}

#[test]
fn nothing_is_built_on_the_testkit() {
    for (name, package) in packages() {
        let on = built_on(&package);
        assert!(
            !on.contains("polyfolio-testkit") && !on.contains("polyfolio-benches"),
            "{name}"
        );
    }
}
