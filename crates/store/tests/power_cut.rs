//! A power cut in the middle of a commit, of a snapshot or of a compaction: the disk holds some of the pages that were being
//! written, and of the others what they held before.
//!
//! What a commit changes in sled's data file is the difference between two images of it, one taken
//! before and one after. Every mixture of the two, page by page, is what a power cut can leave.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use polyfolio_ports::{Blob, Journal, Seq};
use polyfolio_store::{Options, SledJournal, Step, SyncProbe};
use proptest::prelude::Rng as _;
use proptest::test_runner::{RngAlgorithm, TestRng};

use common::{append, contents, run};

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

/// What the disk may hold at a step, and what it certainly holds of it.
struct Cut {
    step: Step,
    durable: Arc<Vec<u8>>,
    now: Image,
}

/// Takes an image of the directory before and after every step.
struct Photographer {
    dir: PathBuf,
    durable: Mutex<Arc<Vec<u8>>>,
    cuts: Mutex<Vec<Cut>>,
}

impl Photographer {
    fn shoot(&self, step: Step, is_durable: bool) {
        if !["db/db", "manifest.json", "head"]
            .iter()
            .all(|name| self.dir.join(name).exists())
        {
            return;
        }
        let now = image(&self.dir);
        let mut durable = self.durable.lock().unwrap();
        if is_durable {
            *durable = Arc::new(now.data.clone());
        }
        let durable = Arc::clone(&durable);
        self.cuts.lock().unwrap().push(Cut { step, durable, now });
    }
}

impl SyncProbe for Photographer {
    fn before(&self, step: Step, _: Seq) -> io::Result<()> {
        self.shoot(step, false);
        Ok(())
    }

    fn after(&self, step: Step, _: Seq) {
        self.shoot(step, step == Step::Sync);
    }
}

fn state(at: Seq) -> Blob {
    record(at, 70_000 + at as usize)
}

/// Opens what a cut left: every acknowledged record that was not dropped is there, and a state that
/// stands for those that were; and it goes on. Answers with the snapshot that was found.
fn stands(dir: &Path, acknowledged: Seq, taken: Seq, dropped: Seq) -> Seq {
    let journal = SledJournal::open(dir).unwrap();
    let first = journal.first_seq();
    let (records, last) = contents(&journal, first);
    assert!(last >= acknowledged && first > dropped, "{first} to {last}");
    let expected = (first..=last).map(|seq| (seq, record(seq, 300)));
    assert!(records.into_iter().eq(expected));
    let found = journal.latest_snapshot().unwrap();
    let found = found.map_or(0, |(seq, found)| {
        assert!(found == state(seq), "the snapshot of record {seq}");
        seq
    });
    assert!(found >= taken && found + 1 >= first, "{found}, {taken}");
    append(&journal, vec![record(last + 1, 300)]).unwrap();
    run(journal.snapshot(last + 1, state(last + 1))).unwrap();
    run(journal.compact(last)).unwrap();
    assert!(journal.verify().unwrap().ok);
    found
}

#[test]
fn a_cut_in_a_snapshot_or_a_compaction_leaves_the_old_state_or_the_new_one() {
    let mut rng = TestRng::from_seed(RngAlgorithm::ChaCha, &SEED);
    let rounds: Seq = std::env::var("POLYFOLIO_CUTS").map_or(3, |set| set.parse().unwrap());
    let dir = tempfile::tempdir().unwrap();
    let photographer = Arc::new(Photographer {
        dir: dir.path().to_owned(),
        durable: Mutex::default(),
        cuts: Mutex::default(),
    });
    let options = Options::default().probe(photographer.clone());
    let journal = SledJournal::open_with(dir.path(), options).unwrap();
    let (mut old, mut new, mut cuts) = (0, 0, 0);
    for round in 1..=rounds {
        let at = round * 40;
        for first in (at - 39..=at).step_by(4) {
            let records = (first..first + 4).map(|seq| record(seq, 300));
            append(&journal, records.collect()).unwrap();
        }
        let (before, dropped) = (at - 40, journal.first_seq() - 1);
        photographer.cuts.lock().unwrap().clear();
        run(journal.snapshot(at, state(at))).unwrap();
        let in_snapshot = std::mem::take(&mut *photographer.cuts.lock().unwrap());
        run(journal.compact(before)).unwrap();
        let in_compaction = std::mem::take(&mut *photographer.cuts.lock().unwrap());
        let cut = in_snapshot.into_iter().map(|cut| (before, cut));
        for (taken, cut) in cut.chain(in_compaction.into_iter().map(|cut| (at, cut))) {
            for _ in 0..2 {
                let data = mixed(&cut.durable, &cut.now.data, &mut rng);
                let left = left_behind(dir.path(), &cut.now, &data);
                let found = stands(left.path(), at, taken, dropped);
                assert!(found == before || found == at, "{:?}: {found}", cut.step);
                (old, new) = (old + u32::from(found != at), new + u32::from(found == at));
                cuts += 1;
            }
        }
    }
    println!("{cuts} cuts in snapshots and compactions: {old} left the old state, {new} the new");
    assert!(old >= 10 && new >= 10, "old and new: {old}, {new}");
}
