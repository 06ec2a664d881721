//! What several test binaries share.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should stop"
)]
#![allow(dead_code, reason = "each test binary uses its own part")]

use std::future::Future;
use std::path::Path;

use polyfolio_ports::{Blob, Journal, JournalError, Seq};
use polyfolio_store::{SledJournal, StoreError};

pub(crate) fn blob(json: &str) -> Blob {
    Blob {
        kind: "test".to_owned(),
        version: 1,
        bytes: json.as_bytes().to_vec(),
    }
}

/// Runs a future to its end on one thread.
pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    runtime.unwrap().block_on(future)
}

pub(crate) fn append(journal: &dyn Journal, batch: Vec<Blob>) -> Result<Seq, JournalError> {
    run(journal.append(batch))
}

/// Every record from `from` on, and the last number there is.
pub(crate) fn contents(journal: &dyn Journal, from: Seq) -> (Vec<(Seq, Blob)>, Seq) {
    let mut records = Vec::new();
    let last = journal.replay(from, &mut |seq, blob| records.push((seq, blob)));
    (records, last.unwrap())
}

/// A closed journal of `count` records in commits of one.
pub(crate) fn journal_of(count: Seq) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let journal = SledJournal::open(dir.path()).unwrap();
    for n in 1..=count {
        append(&journal, vec![blob(&format!(r#"{{"n":{n}}}"#))]).unwrap();
    }
    drop(journal);
    dir
}

/// Changes the tree behind the journal's back.
pub(crate) fn edit(dir: &Path, tree: &str, change: impl FnOnce(&sled::Tree)) {
    let config = sled::Config::new()
        .path(dir.join("db"))
        .segment_size(2 << 20);
    let db = config.flush_every_ms(None).open().unwrap();
    change(&db.open_tree(tree).unwrap());
    db.flush().unwrap();
}

pub(crate) fn key(seq: Seq) -> Vec<u8> {
    [&seq.to_be_bytes()[..], &[0; 4]].concat()
}

/// Gives a line the checksum of its present content.
pub(crate) fn with_crc(line: &str) -> String {
    let body = &line[..line.rfind(",\"crc\"").unwrap()];
    format!(
        "{body},\"crc\":\"{:08x}\"}}\n",
        crc32fast::hash(body.as_bytes())
    )
}

pub(crate) fn refused(dir: &Path) -> StoreError {
    SledJournal::open(dir).expect_err("a damaged journal does not open")
}
