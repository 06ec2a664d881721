//! What opens, what does not, and what is to be seen in it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use std::fs;
use std::path::Path;

use polyfolio_ports::Journal;
use polyfolio_store::{Hash, SledJournal, StateDir, StoreError, verify};

use common::{edit, journal_of, key, refused, with_crc};

#[test]
fn a_sound_journal_verifies_and_its_tail_is_its_published_form() {
    let dir = journal_of(5);
    let report = verify(dir.path()).unwrap();
    assert_eq!(
        (report.records, report.first_seq, report.last_seq, report.ok),
        (5, 1, 5, true)
    );

    let journal = SledJournal::open(dir.path()).unwrap();
    assert_eq!(journal.verify().unwrap(), report);
    let tail = journal.tail(3).unwrap();
    assert!(tail.iter().map(|envelope| envelope.seq).eq(3..=5));
    for pair in tail.windows(2) {
        assert_eq!(pair[1].prev, Hash::of(pair[0].line.as_bytes()));
    }
    assert_eq!(
        report.head.unwrap(),
        Hash::of(tail[2].line.as_bytes()).to_string()
    );
    assert!(tail[2].line.contains(r#""payload":{"n":5}"#));
    assert_eq!(journal.tail(99).unwrap().len(), 5);
}

#[test]
fn an_empty_journal_is_sound() {
    let dir = journal_of(0);
    let report = verify(dir.path()).unwrap();
    assert_eq!(
        (report.records, report.first_seq, report.last_seq, report.ok),
        (0, 1, 0, true)
    );
    assert_eq!(report.head, Some("0".repeat(64)));
    assert_eq!(SledJournal::open(dir.path()).unwrap().tail(3).unwrap(), []);
}

#[test]
fn a_missing_or_foreign_manifest_is_refused() {
    let (dir, other) = (journal_of(3), journal_of(3));
    let manifest = dir.path().join("manifest.json");
    fs::copy(other.path().join("manifest.json"), &manifest).unwrap();
    assert!(matches!(
        refused(dir.path()),
        StoreError::BadManifest { .. }
    ));
    fs::write(&manifest, "{").unwrap();
    assert!(matches!(
        refused(dir.path()),
        StoreError::BadManifest { .. }
    ));
    fs::remove_file(&manifest).unwrap();
    assert!(matches!(
        refused(dir.path()),
        StoreError::ManifestMissing { .. }
    ));
}

#[test]
fn a_creation_that_was_interrupted_goes_on() {
    let dir = journal_of(0);
    let deployment = SledJournal::open(dir.path()).unwrap().deployment();
    fs::remove_file(dir.path().join("manifest.json")).unwrap();
    let journal = SledJournal::open(dir.path()).unwrap();
    assert_eq!(journal.deployment(), deployment);
}

#[test]
fn a_newer_schema_is_refused_wherever_it_stands() {
    let newer = |dir: &Path| match refused(dir) {
        StoreError::NewerSchema {
            found, supported, ..
        } => (found, supported),
        other => panic!("{other:?}"),
    };

    let dir = journal_of(3);
    let path = dir.path().join("manifest.json");
    let manifest = fs::read_to_string(&path)
        .unwrap()
        .replacen("\"schema\": 1", "\"schema\": 2", 1);
    fs::write(&path, manifest).unwrap();
    assert_eq!(newer(dir.path()), (2, 1));

    let dir = journal_of(3);
    edit(dir.path(), "meta", |tree| {
        tree.insert("journal", r#"{"schema":3,"deployment":1}"#)
            .unwrap();
    });
    assert_eq!(newer(dir.path()), (3, 1));

    let dir = journal_of(3);
    edit(dir.path(), "journal", |tree| {
        let line = with_crc(r#"{"schema":4,"seq":4,"news":true,"crc":"00000000"}"#);
        tree.insert(key(4), line.as_bytes()).unwrap();
    });
    assert_eq!(newer(dir.path()), (4, 1));
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), "").unwrap();
    for below in ["file", "file/state", "file/a/b"] {
        let path = dir.path().join(below);
        let found = refused(&path);
        assert!(
            matches!(found, StoreError::Unwritable { .. }),
            "{below}: {found:?}"
        );
        assert!(found.to_string().contains("file"), "{found}");
    }
}

#[test]
fn a_held_directory_is_refused() {
    let dir = journal_of(1);
    let held = SledJournal::open(dir.path()).unwrap();
    let clone = held.clone();
    drop(held);
    let found = refused(dir.path());
    assert!(matches!(found, StoreError::Locked { .. }), "{found:?}");
    assert!(
        found.to_string().contains(&std::process::id().to_string()),
        "{found}"
    );
    drop(clone);
    SledJournal::open(dir.path()).unwrap();
}

#[test]
fn a_directory_that_is_taken_first_is_taken_once() {
    let dir = tempfile::tempdir().unwrap();
    let state = StateDir::open(dir.path().join("state/paper")).unwrap();
    let path = state.path().to_owned();
    let journal = SledJournal::open_in(state, Default::default()).unwrap();
    assert_eq!(journal.dir(), path);
}

#[test]
fn looking_into_nothing_finds_nothing_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(
        verify(dir.path()),
        Err(StoreError::Missing { .. })
    ));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn deployments_are_drawn_apart() {
    let ids: std::collections::BTreeSet<u32> = (0..4)
        .map(|_| {
            SledJournal::open(journal_of(0).path())
                .unwrap()
                .deployment()
        })
        .collect();
    assert!(ids.len() >= 3, "{ids:?}");
}

#[test]
fn a_death_while_the_engine_kept_its_page_table_costs_nothing() {
    let dir = journal_of(5);
    let unfinished = dir.path().join("db/snap.FFFFFFFFFFFFFFFF.generating");
    for torn in [0, 5, 200] {
        fs::write(&unfinished, vec![7; torn]).unwrap();
        assert!(verify(dir.path()).unwrap().ok, "{torn} bytes of it");
        assert!(unfinished.exists(), "who looks takes nothing away");
        let journal = SledJournal::open(dir.path()).unwrap();
        assert_eq!(journal.tail(9).unwrap().len(), 5);
        assert!(!unfinished.exists());
        journal.close().unwrap();
    }
}

#[test]
fn a_death_while_the_engine_described_itself_is_a_creation_that_goes_on() {
    let whole = fs::read(journal_of(0).path().join("db/conf")).unwrap();
    for length in 0..=whole.len() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("db")).unwrap();
        fs::write(dir.path().join("db/db"), "").unwrap();
        fs::write(dir.path().join("db/conf"), &whole[..length]).unwrap();
        let journal = SledJournal::open(dir.path());
        let journal = journal.unwrap_or_else(|error| panic!("{length} bytes: {error}"));
        assert_eq!(journal.tail(1).unwrap(), []);
        journal.close().unwrap();
    }
}
