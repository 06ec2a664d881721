//! A second process: it cannot have a directory that is held, and it can be killed.
//!
//! This test is a binary of its own, because it is also the second process: called with a role and
//! a directory it plays that role, otherwise it plays the tests.
#![allow(clippy::expect_used, reason = "a test that cannot go on should stop")]

use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use polyfolio_ports::{Blob, Journal};
use polyfolio_store::{SledJournal, StoreError, verify};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["append-for-ever", dir] => append_for_ever(Path::new(dir)),
        ["--list", ..] => {}
        _ => {
            a_held_directory_is_refused_with_its_holder();
            what_was_acknowledged_survives_sigkill();
            println!("2 tests with a second process passed");
        }
    }
}

fn a_held_directory_is_refused_with_its_holder() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let mut other = Other::start(dir.path());
    other.hear(1);
    match SledJournal::open(dir.path()) {
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
    SledJournal::open(dir.path()).expect("a directory whose holder died");
}

fn what_was_acknowledged_survives_sigkill() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let mut before = 0;
    for more in [1, 2, 7, 20, 61] {
        let mut other = Other::start(dir.path());
        other.hear(more);
        let last = other.kill();
        assert!(last > before, "record {last} after {before}");

        let journal = SledJournal::open(dir.path()).expect("the journal of a killed process");
        let (mut seen, mut whole) = (0, true);
        let replayed = journal.replay(1, &mut |seq, blob| {
            seen += 1;
            whole &= seq == seen && blob == record(seq);
        });
        assert_eq!(replayed, Ok(seen));
        assert!(whole && seen >= last, "acknowledged {last}, found {seen}");
        assert_eq!(seen % 3, 0, "a batch of three is there whole or not at all");
        before = seen;
    }
}

/// Appends batches of three, and prints the last record of each when it is acknowledged.
fn append_for_ever(dir: &Path) {
    let journal = SledJournal::open(dir).expect("a free directory");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        loop {
            let first = journal.last_seq() + 1;
            let batch = (first..first + 3).map(record).collect();
            let last = journal.append(batch).await.expect("a durable batch");
            println!("{last}");
        }
    });
}

fn record(seq: u64) -> Blob {
    let bytes = format!(r#"{{"n":{seq},"filling":"{}"}}"#, "x".repeat(250)).into_bytes();
    Blob {
        kind: "counted".to_owned(),
        version: 1,
        bytes,
    }
}

/// A process that appends for ever.
struct Other {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    /// The last record that it acknowledged.
    last: u64,
}

impl Other {
    fn start(dir: &Path) -> Self {
        let program = std::env::current_exe().expect("this program");
        let mut command = Command::new(program);
        let child = command
            .arg("append-for-ever")
            .arg(dir)
            .stdout(Stdio::piped())
            .spawn();
        let mut child = child.expect("a second process");
        let stdout = child.stdout.take().expect("its output");
        Self {
            child,
            lines: BufReader::new(stdout).lines(),
            last: 0,
        }
    }

    /// Waits for so many acknowledgements, or for its end.
    fn hear(&mut self, count: usize) {
        for line in self.lines.by_ref().take(count) {
            self.last = line.expect("a line").parse().expect("a number");
        }
    }

    /// SIGKILL; answers with the last record that it had acknowledged.
    fn kill(&mut self) -> u64 {
        self.child.kill().expect("it dies");
        self.child.wait().expect("it is dead");
        self.hear(usize::MAX);
        self.last
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
