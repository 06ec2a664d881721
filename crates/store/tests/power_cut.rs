//! A power cut in the middle of a commit: the disk holds some of the pages that were being
//! written, and of the others what they held before.
//!
//! What a commit changes in sled's data file is the difference between two images of it, one taken
//! before and one after. Every mixture of the two, page by page, is what a power cut can leave.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use std::fs;
use std::path::Path;

use polyfolio_ports::{Blob, Seq};
use polyfolio_store::SledJournal;
use proptest::prelude::Rng as _;
use proptest::test_runner::{RngAlgorithm, TestRng};

use common::{append, contents};

const PAGE: usize = 4_096;
const SEED: [u8; 32] = *b"what the disk held when it ended";

/// What a commit may change, as it lies on the disk.
struct Image {
    data: Vec<u8>,
    manifest: Vec<u8>,
    /// Made durable when the journal is opened; what is written later may be lost.
    head: Vec<u8>,
}

fn image(dir: &Path) -> Image {
    let read = |name: &str| fs::read(dir.join(name)).unwrap();
    Image {
        data: read("db/db"),
        manifest: read("manifest.json"),
        head: read("head"),
    }
}

fn record(seq: Seq, len: usize) -> Blob {
    let bytes = format!("[{seq},\"{}\"]", "x".repeat(len)).into_bytes();
    Blob {
        kind: "torn".to_owned(),
        version: 1,
        bytes,
    }
}

/// The image before, and of what came after as many pages as had been written: none, some, nearly
/// all or all.
fn mixed(before: &[u8], after: &[u8], rng: &mut TestRng) -> Vec<u8> {
    let written_in_16 = [0, 8, 15, 16][rng.next_u32() as usize % 4];
    let mut data = after.to_vec();
    for (page, bytes) in data.chunks_mut(PAGE).enumerate() {
        let old = before.get(page * PAGE..).unwrap_or_default();
        let old = &old[..old.len().min(bytes.len())];
        if rng.next_u32() % 16 >= written_in_16 {
            bytes.fill(0);
            bytes[..old.len()].copy_from_slice(old);
        }
    }
    if written_in_16 < 16 && rng.next_u32().is_multiple_of(2) {
        data.truncate(before.len().max(PAGE));
    }
    data
}

/// Appends commits of the given shape, and cuts the power in some of them, several times.
/// Answers with how often the torn commit was gone and how often whole.
fn survives(commits: usize, batch: u64, len: usize, rng: &mut TestRng) -> [usize; 2] {
    let dir = tempfile::tempdir().unwrap();
    let journal = SledJournal::open(dir.path()).unwrap();
    let mut before = image(dir.path());
    let mut found = [0; 2];
    for commit in 0..commits {
        let acknowledged = journal.last_seq();
        let records = (acknowledged + 1..=acknowledged + batch).map(|seq| record(seq, len));
        append(&journal, records.collect()).unwrap();
        let after = image(dir.path());
        if commit % 10 == 0 || commit + 4 > commits {
            for _ in 0..2 {
                let data = mixed(&before.data, &after.data, rng);
                let left = left_behind(dir.path(), &before, &data);
                found[usize::from(is_whole(left.path(), acknowledged, batch, len))] += 1;
            }
        }
        before = after;
    }
    found
}

/// The directory as the next start finds it.
fn left_behind(from: &Path, before: &Image, data: &[u8]) -> tempfile::TempDir {
    let left = tempfile::tempdir().unwrap();
    fs::create_dir(left.path().join("db")).unwrap();
    for file in fs::read_dir(from.join("db")).unwrap().map(Result::unwrap) {
        if file.file_type().unwrap().is_file() {
            fs::copy(file.path(), left.path().join("db").join(file.file_name())).unwrap();
        }
    }
    fs::write(left.path().join("db/db"), data).unwrap();
    fs::write(left.path().join("manifest.json"), &before.manifest).unwrap();
    fs::write(left.path().join("head"), &before.head).unwrap();
    left
}

/// Whether the torn commit is there. What was acknowledged must be, and the journal must go on.
fn is_whole(dir: &Path, acknowledged: Seq, batch: u64, len: usize) -> bool {
    let journal = SledJournal::open(dir).unwrap();
    let (records, last) = contents(&journal, 1);
    assert!(
        last == acknowledged || last == acknowledged + batch,
        "{acknowledged}, found {last}"
    );
    assert!(
        records
            .into_iter()
            .zip(1..)
            .all(|(found, seq)| found == (seq, record(seq, len)))
    );
    append(&journal, vec![record(last + 1, len)]).unwrap();
    assert!(journal.verify().unwrap().ok);
    last > acknowledged
}

#[test]
fn what_was_acknowledged_survives_and_a_torn_commit_is_whole_or_gone() {
    let mut rng = TestRng::from_seed(RngAlgorithm::ChaCha, &SEED);
    let mut found = [0; 2];
    for (commits, batch, len) in [
        (40, 1, 300),
        (40, 50, 300),
        (20, 3, 30_000),
        (6, 1, 400_000),
    ] {
        let [gone, whole] = survives(commits, batch, len, &mut rng);
        found = [found[0] + gone, found[1] + whole];
    }
    assert!(
        found.iter().all(|count| *count >= 10),
        "gone and whole: {found:?}"
    );
}
