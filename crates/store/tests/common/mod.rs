//! What several test binaries share.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
#![allow(dead_code, reason = "each test binary uses its own part")]

use std::future::Future;

use polyfolio_ports::{Blob, Journal, JournalError, Seq};

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
