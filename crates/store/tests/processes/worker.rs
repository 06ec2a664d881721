//! The second process, and what it must leave.

use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use polyfolio_ports::{Blob, Journal, JournalError, Seq};
use polyfolio_store::{DiskJournal, Engine, Options, StoreError};

/// A snapshot is taken, and the records before the last one are dropped, every so many records.
const SNAPSHOT_EVERY: Seq = 60;

pub(crate) fn open(dir: &Path, engine: Engine) -> Result<DiskJournal, StoreError> {
    DiskJournal::open_with(dir, Options::default().engine(engine))
}

/// Every record that was not dropped is there, and batches of three are whole; answers with the
/// last.
pub(crate) fn whole(journal: &DiskJournal) -> Seq {
    let mut next = journal.first_seq();
    let replayed = journal.replay(next, &mut |seq, blob| {
        assert!(seq == next && blob == record(seq), "record {seq}");
        next += 1;
    });
    assert_eq!(replayed, Ok(next - 1));
    assert_eq!(replayed.unwrap() % 3, 0, "a batch is there whole or not");
    let snapshot = journal.latest_snapshot().unwrap();
    match snapshot {
        Some((seq, blob)) => assert!(blob == state(seq) && seq + 1 >= journal.first_seq()),
        None => assert_eq!(journal.first_seq(), 1),
    }
    next - 1
}

/// Appends batches of three, takes snapshots and drops records, and prints the last record of each
/// batch when it is acknowledged.
pub(crate) fn append_for_ever(engine: Engine, dir: &Path) {
    let refused = append_until(engine, dir, true);
    panic!("{refused}");
}

pub(crate) fn append_until_refused(engine: Engine, dir: &Path) {
    println!("refused: {}", append_until(engine, dir, false));
}

fn append_until(engine: Engine, dir: &Path, drops: bool) -> JournalError {
    let journal = open(dir, engine).expect("a free directory");
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let work = async {
        loop {
            let first = journal.last_seq() + 1;
            let batch = (first..first + 3).map(record).collect();
            let last = journal.append(batch).await?;
            println!("{last}");
            if last.is_multiple_of(SNAPSHOT_EVERY) {
                let former = journal.latest_snapshot()?;
                journal.snapshot(last, state(last)).await?;
                if let Some((former, _)) = former.filter(|_| drops) {
                    journal.compact(former).await?;
                }
            }
        }
    };
    let done: Result<(), JournalError> = runtime.unwrap().block_on(work);
    done.expect_err("it ends when it is refused")
}

fn record(seq: Seq) -> Blob {
    let bytes = format!(r#"{{"n":{seq},"filling":"{}"}}"#, "x".repeat(250)).into_bytes();
    Blob {
        kind: "counted".to_owned(),
        version: 1,
        bytes,
    }
}

fn state(seq: Seq) -> Blob {
    Blob {
        bytes: format!("{seq} ").repeat(9_000).into_bytes(),
        ..record(seq)
    }
}

/// A process that appends for ever.
pub(crate) struct Other {
    pub(crate) child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    /// The last record that it acknowledged.
    last: Seq,
}

impl Other {
    pub(crate) fn start(engine: Engine, dir: &Path) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["append-for-ever", &format!("{engine:?}")]);
        let child = command.arg(dir).stdout(Stdio::piped()).spawn();
        let mut child = child.expect("a second process");
        let stdout = child.stdout.take().expect("its output");
        Self {
            child,
            lines: BufReader::new(stdout).lines(),
            last: 0,
        }
    }

    /// Waits for so many acknowledgements, or for its end.
    pub(crate) fn hear(&mut self, count: usize) {
        for line in self.lines.by_ref().take(count) {
            self.last = line.expect("a line").parse().expect("a number");
        }
    }

    /// SIGKILL; answers with the last record that it had acknowledged.
    pub(crate) fn kill(&mut self) -> Seq {
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
