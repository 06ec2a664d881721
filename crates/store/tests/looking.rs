//! Whoever looks changes nothing, and a journal that is refused stays as it was found.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use polyfolio_ports::JournalError;
use polyfolio_store::{SledJournal, StoreError, verify};

use common::{append, blob, contents, journal_of, refused};

/// Every file below a directory, byte for byte.
fn files(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(dir).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path.clone(), fs::read(path).unwrap());
        }
    }
    found
}

/// What the next one finds, whoever held the directory last.
fn evidence(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = files(dir);
    found.remove(&dir.join("lock"));
    found
}

/// Flips eight bytes in the middle of what is used of sled's data file.
fn flip(dir: &Path) {
    let path = dir.join("db/db");
    let mut data = fs::read(&path).unwrap();
    let used = data.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    for byte in &mut data[used / 2..][..8] {
        *byte ^= 0xff;
    }
    fs::write(path, data).unwrap();
}

/// A journal whose process was killed: neither sealed nor let go by sled.
fn killed(count: u64) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let journal = SledJournal::open(dir.path()).unwrap();
    for n in 1..=count {
        append(&journal, vec![blob(&n.to_string())]).unwrap();
    }
    let left = tempfile::tempdir().unwrap();
    for (path, bytes) in files(dir.path()) {
        let copy = left.path().join(path.strip_prefix(dir.path()).unwrap());
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::write(copy, bytes).unwrap();
    }
    left
}

#[test]
fn a_look_at_a_sound_journal_changes_nothing_and_reads_everything() {
    for dir in [journal_of(40), killed(40), journal_of(0)] {
        let before = files(dir.path());
        let journal = SledJournal::read_only(dir.path()).unwrap();
        assert_eq!(journal.dir(), dir.path());
        assert_eq!(contents(&journal, 1).1, journal.last_seq());
        let report = verify(dir.path()).unwrap();
        assert_eq!((report.ok, report.last_seq), (true, journal.last_seq()));
        assert_eq!(append(&journal, vec![blob("1")]), Err(JournalError::Closed));

        assert!(files(dir.path()) == before, "a look changed a file");
        let writer = SledJournal::open(dir.path());
        assert!(writer.is_ok(), "who looks holds nothing: {writer:?}");
    }
}

#[test]
fn a_look_at_flipped_bytes_destroys_nothing() {
    for dir in [journal_of(300), killed(300)] {
        let sound = evidence(dir.path());
        flip(dir.path());
        let damaged = files(dir.path());
        for _ in 0..2 {
            let refused = SledJournal::read_only(dir.path());
            assert!(refused.is_err(), "{refused:?}");
            assert!(verify(dir.path()).map_or(true, |report| !report.ok));
            assert!(files(dir.path()) == damaged, "a look changed a file");
        }
        restored(dir.path(), &sound, 300);
    }
}

#[test]
fn a_writer_who_is_refused_destroys_nothing() {
    for dir in [journal_of(300), killed(300)] {
        let sound = evidence(dir.path());
        flip(dir.path());
        let damaged = evidence(dir.path());
        let first = refused(dir.path()).to_string();
        assert_eq!(first, refused(dir.path()).to_string(), "the same damage");
        assert!(first.contains(dir.path().to_str().unwrap()), "{first}");
        assert!(
            evidence(dir.path()) == damaged,
            "the refusal changed a file"
        );
        restored(dir.path(), &sound, 300);
    }
}

/// With its own bytes back the journal is whole again.
fn restored(dir: &Path, sound: &BTreeMap<PathBuf, Vec<u8>>, last: u64) {
    fs::write(dir.join("db/db"), &sound[&dir.join("db/db")]).unwrap();
    assert!(evidence(dir) == *sound);
    assert_eq!(verify(dir).unwrap().records, last);
    let journal = SledJournal::open(dir).unwrap();
    assert_eq!(append(&journal, vec![blob("1")]), Ok(last + 1));
}

#[test]
fn a_garbled_head_is_named_and_a_missing_one_is_when_it_is_needed() {
    let bad = |dir: &Path| {
        let damaged = evidence(dir);
        let named = |found: StoreError| match found {
            StoreError::BadHead { path, .. } => assert_eq!(path, dir.join("head")),
            other => panic!("{other:?}"),
        };
        named(SledJournal::read_only(dir).unwrap_err());
        named(verify(dir).unwrap_err());
        named(refused(dir));
        assert!(evidence(dir) == damaged, "a file was changed");
    };
    for dir in [journal_of(9), killed(9)] {
        let head = fs::read(dir.path().join("head")).unwrap();
        for garbled in [&b"garbled"[..], &head[..50], &[0; 94]] {
            fs::write(dir.path().join("head"), garbled).unwrap();
            bad(dir.path());
        }
    }
    let dir = killed(9);
    fs::write(dir.path().join("head"), "").unwrap();
    bad(dir.path());
    fs::remove_file(dir.path().join("head")).unwrap();
    bad(dir.path());

    for (dir, last) in [(journal_of(9), 9), (killed(0), 0)] {
        fs::remove_file(dir.path().join("head")).unwrap();
        assert!(verify(dir.path()).unwrap().ok);
        let journal = SledJournal::open(dir.path()).unwrap();
        assert_eq!(journal.last_seq(), last);
        assert!(dir.path().join("head").exists(), "before the next commit");
    }
}
