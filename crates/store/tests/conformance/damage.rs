//! Every damage that a disk, a crash or a hand can do to the files: refused by name, or harmless
//! and every record there; and nothing that was refused was changed.

use std::fs;
use std::path::{Path, PathBuf};

use polyfolio_ports::{Blob, Journal, Seq};
use polyfolio_store::{DiskJournal, Engine, StoreError, salvage, verify};
use proptest::prelude::Rng as _;
use proptest::test_runner::{RngAlgorithm, TestRng};

use crate::common::{append, blob, contents, run};
use crate::places::{engines, number, open};

/// What is done to a file.
#[derive(Clone, Copy, Debug)]
enum Damage {
    Truncated,
    FlippedBit,
    ZeroedSector,
    Deleted,
}

const SECTOR: usize = 512;
const LAST: Seq = 300;
const DROPPED: Seq = 60;
const SNAPSHOT: Seq = 120;

fn record(seq: Seq) -> Blob {
    blob(&format!(r#"{{"n":{seq},"filling":"{}"}}"#, "x".repeat(150)))
}

fn state() -> Blob {
    blob(&format!("\"{}\"", "s".repeat(60_000)))
}

/// A closed journal with records, two snapshots, and records that were dropped.
fn journal(engine: Engine) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path(), engine);
    for first in (1..=LAST).step_by(3) {
        append(&journal, (first..first + 3).map(record).collect()).unwrap();
        match first + 2 {
            DROPPED => run(journal.snapshot(DROPPED, state())).unwrap(),
            SNAPSHOT => run(journal.snapshot(SNAPSHOT, state())).unwrap(),
            _ => {}
        }
    }
    run(journal.compact(DROPPED)).unwrap();
    journal.close().unwrap();
    dir
}

fn copy_of(dir: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    fs::create_dir(copy.path().join("db")).unwrap();
    for name in ["head", "manifest.json"] {
        fs::copy(dir.join(name), copy.path().join(name)).unwrap();
    }
    for file in fs::read_dir(dir.join("db")).unwrap().map(Result::unwrap) {
        if file.path().is_file() {
            fs::copy(file.path(), copy.path().join("db").join(file.file_name())).unwrap();
        }
    }
    copy
}

fn data_path(dir: &Path, engine: Engine) -> PathBuf {
    match engine {
        Engine::Sled => dir.join("db/db"),
        #[cfg(feature = "redb")]
        Engine::Redb => dir.join("db/journal.redb"),
    }
}

impl Damage {
    fn befall(self, path: &Path, rng: &mut TestRng) {
        let mut bytes = fs::read(path).unwrap();
        let used = bytes.iter().rposition(|byte| *byte != 0).unwrap_or(0) + 1;
        let at = rng.next_u64() as usize % used;
        match self {
            Self::Truncated => bytes.truncate(at),
            Self::FlippedBit => bytes[at] ^= 1 << (rng.next_u32() % 8),
            Self::ZeroedSector => {
                let sector = at / SECTOR * SECTOR;
                let end = (sector + SECTOR).min(bytes.len());
                bytes[sector..end].fill(0);
            }
            Self::Deleted => return fs::remove_file(path).unwrap(),
        }
        fs::write(path, bytes).unwrap();
    }
}

fn is_whole(journal: &DiskJournal) {
    let (records, last) = contents(journal, DROPPED + 1);
    assert_eq!(last, LAST);
    let expected = (DROPPED + 1..=LAST).map(|seq| (seq, record(seq)));
    assert!(records.into_iter().eq(expected));
    assert_eq!(journal.latest_snapshot(), Ok(Some((SNAPSHOT, state()))));
}

/// A damage has a name, and it is not one of something else.
fn is_named(error: &StoreError) -> bool {
    error.is_damage() || matches!(error, StoreError::Unwritable { .. })
}

fn evidence(dir: &Path) -> Vec<Option<Vec<u8>>> {
    let names = ["db/db", "db/journal.redb", "head", "manifest.json"];
    names.map(|name| fs::read(dir.join(name)).ok()).to_vec()
}

/// What a salvage keeps is a prefix of what was there, and it opens.
fn is_salvaged(dir: &Path) -> (Seq, bool) {
    let before = evidence(dir);
    let mark = || Ok(vec![blob(r#""the mark""#)]);
    let saved = salvage(dir, &|_, _| mark()).unwrap().unwrap();
    let aside = dir.join(&saved.quarantine);
    assert!(before == evidence(&aside), "the old files are not aside");

    let journal = DiskJournal::open(dir).unwrap();
    let (mut records, last) = contents(&journal, saved.first_seq);
    assert_eq!(last, saved.kept + 1);
    assert_eq!(records.pop(), Some((last, blob(r#""the mark""#))));
    let kept = (saved.first_seq..=saved.kept).map(|seq| (seq, record(seq)));
    assert!(records.into_iter().eq(kept), "{saved:?}");
    assert_eq!(saved.kept % 3, 0, "batches are whole: {saved:?}");
    let snapshot = journal.latest_snapshot().unwrap();
    assert_eq!(snapshot.as_ref().map(|(seq, _)| *seq), saved.snapshot);
    assert!(snapshot.is_none_or(|(_, found)| found == state()));
    assert!(
        saved.first_seq == 1 || saved.snapshot >= Some(saved.first_seq - 1),
        "{saved:?}"
    );
    append(&journal, vec![record(1)]).unwrap();
    drop(journal);
    assert!(verify(dir).unwrap().ok);
    (saved.kept, saved.first_seq == 1 && saved.kept == 0)
}

#[test]
fn every_damage_is_named_or_harmless_and_can_be_salvaged() {
    const SEED: [u8; 32] = *b"what a disk does to what it hold";
    let trials = number("POLYFOLIO_TRIALS", 3);
    let mut rng = TestRng::from_seed(RngAlgorithm::ChaCha, &SEED);
    for engine in engines() {
        let sound = journal(engine);
        for damage in [
            Damage::Truncated,
            Damage::FlippedBit,
            Damage::ZeroedSector,
            Damage::Deleted,
        ] {
            let (mut harmless, mut refused, mut all, mut nothing) = (0, 0, 0, 0);
            for _ in 0..trials {
                let dir = copy_of(sound.path());
                damage.befall(&data_path(dir.path(), engine), &mut rng);
                let before = evidence(dir.path());
                match DiskJournal::open(dir.path()) {
                    Ok(journal) => {
                        is_whole(&journal);
                        harmless += 1;
                    }
                    Err(error) => {
                        assert!(is_named(&error), "{damage:?}: {error:?}");
                        assert!(verify(dir.path()).map_or(true, |found| !found.ok));
                        assert!(evidence(dir.path()) == before, "{damage:?}: changed");
                        let (kept, is_nothing) = is_salvaged(dir.path());
                        refused += 1;
                        all += u32::from(kept == LAST);
                        nothing += u32::from(is_nothing);
                    }
                }
            }
            println!(
                "{engine:?} {damage:?}: {trials} trials, {harmless} harmless, {refused} refused by \
                 name; of these salvage kept everything in {all}, nothing in {nothing}"
            );
        }
    }
}

#[test]
fn damage_to_the_files_beside_the_database_loses_nothing() {
    const SEED: [u8; 32] = *b"what a disk does to small files!";
    let trials = number("POLYFOLIO_TRIALS", 3);
    let mut rng = TestRng::from_seed(RngAlgorithm::ChaCha, &SEED);
    for engine in engines() {
        let sound = journal(engine);
        for name in ["head", "manifest.json"] {
            for damage in [Damage::Truncated, Damage::FlippedBit, Damage::Deleted] {
                for _ in 0..trials {
                    let dir = copy_of(sound.path());
                    damage.befall(&dir.path().join(name), &mut rng);
                    let found = DiskJournal::open(dir.path());
                    match found {
                        // A sealed journal needs no head mark.
                        Ok(journal) => is_whole(&journal),
                        Err(error) if error.is_damage() => {
                            assert_eq!(is_salvaged(dir.path()).0, LAST, "{name} {damage:?}");
                        }
                        // A flipped bit can say that a newer program wrote it.
                        Err(StoreError::NewerSchema { .. }) => {}
                        Err(error) => panic!("{name} {damage:?}: {error:?}"),
                    }
                }
            }
        }
    }
}
