//! A second process: it cannot have a directory that is held, it can be killed, and the medium can
//! refuse it.
//!
//! This test is a binary of its own, because it is also the second process: called with a role, an
//! engine and a directory it plays that role, otherwise it plays the tests. `POLYFOLIO_KILLS=250`
//! kills so often on each engine, `POLYFOLIO_OS_CRASHES=100` ends the system so often;
//! `POLYFOLIO_SEED` is where the chance of the moments begins.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod os_crash;
mod worker;

use std::path::Path;
use std::process::Command;

use polyfolio_ports::Seq;
use polyfolio_store::{Engine, StoreError, verify};
use proptest::prelude::Rng as _;
use proptest::test_runner::{RngAlgorithm, TestRng};

use worker::{Other, append_for_ever, append_until_refused, open, whole};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["append-for-ever", engine, dir] => append_for_ever(named(engine), Path::new(dir)),
        ["append-until-refused", engine, dir] => append_until_refused(named(engine), dir.as_ref()),
        ["--list", ..] => {}
        _ => {
            for engine in engines() {
                a_held_directory_is_refused_with_its_holder(engine);
                what_was_acknowledged_survives_sigkill(engine);
                a_full_disk_is_said_and_loses_nothing(engine);
                a_directory_that_cannot_be_written_is_named(engine);
                os_crash::what_was_acknowledged_survives_the_end_of_the_system(engine);
            }
            println!("the tests with a second process passed");
        }
    }
}

fn engines() -> Vec<Engine> {
    vec![
        Engine::Sled,
        #[cfg(feature = "redb")]
        Engine::Redb,
    ]
}

fn named(name: &str) -> Engine {
    let mut engines = engines().into_iter();
    let found = engines.find(|engine| format!("{engine:?}") == name);
    found.expect("an engine of this build")
}

fn number(name: &str, otherwise: u64) -> u64 {
    let set = std::env::var(name).ok();
    set.map_or(otherwise, |set| set.parse().expect("a number"))
}

/// The seed, and the chance that comes of it.
fn chance() -> (u64, TestRng) {
    let seed = number("POLYFOLIO_SEED", 20_221_228);
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    (seed, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

fn a_held_directory_is_refused_with_its_holder(engine: Engine) {
    let dir = tempfile::tempdir().unwrap();
    let mut other = Other::start(engine, dir.path());
    other.hear(1);
    match open(dir.path(), engine) {
        Err(StoreError::Locked { path, pid }) => {
            assert_eq!((path.as_path(), pid), (dir.path(), Some(other.child.id())));
        }
        opened => panic!("{opened:?}"),
    }
    let refused = verify(dir.path());
    assert!(
        matches!(refused, Err(StoreError::Locked { .. })),
        "{refused:?}"
    );
    other.kill();
    open(dir.path(), engine).expect("a directory whose holder died");
}

/// Moments are drawn in acknowledgements: from before the first one to some dozens, so that it
/// dies while it opens, appends, takes snapshots and drops records.
fn what_was_acknowledged_survives_sigkill(engine: Engine) {
    let kills = number("POLYFOLIO_KILLS", 12);
    let (seed, mut rng) = chance();
    let dir = tempfile::tempdir().unwrap();
    let (mut acknowledged, mut found) = (0, 0);
    for kill in 0..kills {
        let mut other = Other::start(engine, dir.path());
        let more = match rng.next_u32() % 4 {
            0 => 0,
            1 => rng.next_u32() % 4,
            _ => rng.next_u32() % 48,
        };
        other.hear(more as usize);
        acknowledged = other.kill().max(acknowledged);
        // One that died before it had created anything leaves nothing.
        let journal = match open(dir.path(), engine) {
            Ok(journal) => journal,
            Err(error) => panic!("{engine:?}, seed {seed}, kill {kill}: {error}"),
        };
        let last = whole(&journal);
        assert!(
            last >= acknowledged && last >= found,
            "{engine:?}, seed {seed}, kill {kill}: acknowledged {acknowledged}, found {last}"
        );
        found = last;
    }
    println!("{engine:?}: {kills} kills (seed {seed}), {found} records, nothing lost, none torn");
}

/// No file may grow beyond a limit that is reached soon: what a full disk is to a process, whoever
/// runs it.
fn a_full_disk_is_said_and_loses_nothing(engine: Engine) {
    let dir = tempfile::tempdir().unwrap();
    let kilobytes = match engine {
        // Two of sled's segments, and a part of the third.
        Engine::Sled => 5_000,
        #[cfg(feature = "redb")]
        Engine::Redb => 3_000,
    };
    // Who exceeds the limit is told so by an error, not by a signal: the shell has it ignored.
    let script = "trap '' XFSZ; ulimit -f \"$1\"; shift; exec \"$@\"";
    let mut command = Command::new("bash");
    command.args(["-c", script, "bash", &kilobytes.to_string()]);
    command.arg(std::env::current_exe().unwrap());
    command.args(["append-until-refused", &format!("{engine:?}")]);
    let output = command.arg(dir.path()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let refused = said.lines().find_map(|line| line.strip_prefix("refused: "));
    let refused = refused.unwrap_or_else(|| panic!("{output:?}"));
    assert!(refused.contains("could not be written"), "{refused}");
    let acknowledged = said.lines().filter_map(|line| line.parse().ok()).max();
    let acknowledged: Seq = acknowledged.expect("some were acknowledged");

    // There is room again.
    let journal = open(dir.path(), engine).unwrap();
    let last = whole(&journal);
    assert!(last >= acknowledged, "{engine:?}: {acknowledged}, {last}");
    println!("{engine:?}: a full disk after {acknowledged} records: {refused}");
}

fn a_directory_that_cannot_be_written_is_named(engine: Engine) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("file"), "").unwrap();
    for below in ["file", "file/state"] {
        let refused = open(&dir.path().join(below), engine);
        assert!(
            matches!(&refused, Err(StoreError::Unwritable { path, .. }) if path.starts_with(dir.path())),
            "{below}: {refused:?}"
        );
    }
}
