//! Every way in which a state directory can be broken or refused, each with a name of its own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should stop"
)]

mod common;

use std::fs;
use std::path::Path;

use polyfolio_ports::{Journal, Seq};
use polyfolio_store::{Hash, SledJournal, StateDir, StoreError, verify};

use common::{append, blob};

/// A closed journal of `count` records in commits of one.
fn journal_of(count: Seq) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let journal = SledJournal::open(dir.path()).unwrap();
    for n in 1..=count {
        append(&journal, vec![blob(&format!(r#"{{"n":{n}}}"#))]).unwrap();
    }
    drop(journal);
    dir
}

/// Changes the tree behind the journal's back.
fn edit(dir: &Path, tree: &str, change: impl FnOnce(&sled::Tree)) {
    let config = sled::Config::new()
        .path(dir.join("db"))
        .segment_size(2 << 20);
    let db = config.flush_every_ms(None).open().unwrap();
    change(&db.open_tree(tree).unwrap());
    db.flush().unwrap();
}

fn key(seq: Seq) -> Vec<u8> {
    [&seq.to_be_bytes()[..], &[0; 4]].concat()
}

/// Replaces text in a record, which keeps its length or not.
fn rewrite(dir: &Path, seq: Seq, from: &str, to: &str) {
    edit(dir, "journal", |tree| {
        let line = String::from_utf8(tree.get(key(seq)).unwrap().unwrap().to_vec()).unwrap();
        assert!(line.contains(from), "{line}");
        tree.insert(key(seq), line.replace(from, to).as_bytes())
            .unwrap();
    });
}

/// Gives a line the checksum of its present content.
fn with_crc(line: &str) -> String {
    let body = &line[..line.rfind(",\"crc\"").unwrap()];
    format!(
        "{body},\"crc\":\"{:08x}\"}}\n",
        crc32fast::hash(body.as_bytes())
    )
}

fn refused(dir: &Path) -> StoreError {
    SledJournal::open(dir).expect_err("a damaged journal does not open")
}

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
fn a_flipped_bit_is_found_and_named() {
    let dir = journal_of(9);
    rewrite(dir.path(), 4, r#"{"n":4}"#, r#"{"n":5}"#);
    match refused(dir.path()) {
        StoreError::Damaged { seq: 4, what, .. } => assert!(what.contains("checksum"), "{what}"),
        other => panic!("{other:?}"),
    }
    let report = verify(dir.path()).unwrap();
    let faults: Vec<Seq> = report.faults.iter().map(|fault| fault.seq).collect();
    assert_eq!((report.records, report.last_seq, report.ok), (8, 9, false));
    assert_eq!(faults, [4]);
}

#[test]
fn a_record_that_was_changed_with_its_checksum_breaks_the_chain() {
    let dir = journal_of(9);
    let forge = |seq: Seq| {
        edit(dir.path(), "journal", |tree| {
            let line = String::from_utf8(tree.get(key(seq)).unwrap().unwrap().to_vec()).unwrap();
            let forged = with_crc(&line.replace("{\"n\":", "{\"m\":"));
            tree.insert(key(seq), forged.as_bytes()).unwrap();
        });
    };
    forge(4);
    let found = refused(dir.path());
    assert!(
        matches!(found, StoreError::Damaged { seq: 5, .. }),
        "{found:?}"
    );

    let dir = journal_of(9);
    let line = SledJournal::open(dir.path())
        .unwrap()
        .tail(1)
        .unwrap()
        .remove(0)
        .line;
    edit(dir.path(), "journal", |tree| {
        let forged = with_crc(&line.replace("{\"n\":", "{\"m\":"));
        tree.insert(key(9), forged.as_bytes()).unwrap();
    });
    let found = refused(dir.path());
    assert!(
        matches!(found, StoreError::Damaged { seq: 9, .. }),
        "the last one: {found:?}"
    );
}

#[test]
fn a_missing_record_is_found() {
    let dir = journal_of(9);
    edit(dir.path(), "journal", |tree| {
        drop(tree.remove(key(5)).unwrap())
    });
    let found = refused(dir.path());
    assert!(
        matches!(found, StoreError::Damaged { seq: 5, .. }),
        "{found:?}"
    );
}

#[test]
fn a_missing_piece_of_a_long_record_is_found() {
    for piece in [0u8, 1, 3] {
        let dir = tempfile::tempdir().unwrap();
        let journal = SledJournal::open(dir.path()).unwrap();
        append(
            &journal,
            vec![blob(&format!("\"{}\"", "x".repeat(100_000)))],
        )
        .unwrap();
        append(&journal, vec![blob("2")]).unwrap();
        drop(journal);
        edit(dir.path(), "journal", |tree| {
            let key = [&1u64.to_be_bytes()[..], &[0, 0, 0, piece]].concat();
            assert!(tree.remove(key).unwrap().is_some());
        });
        let found = refused(dir.path());
        assert!(
            matches!(found, StoreError::Damaged { seq: 1, .. }),
            "{piece}: {found:?}"
        );
    }
}

#[test]
fn an_end_that_was_cut_off_is_found_by_manifest_and_by_head_mark() {
    for witness in ["manifest.json", "head"] {
        let dir = tempfile::tempdir().unwrap();
        let journal = SledJournal::open(dir.path()).unwrap();
        let manifest = fs::read(dir.path().join("manifest.json")).unwrap();
        for n in 1..=9 {
            append(&journal, vec![blob(&n.to_string())]).unwrap();
        }
        drop(journal);
        match witness {
            "head" => fs::write(dir.path().join("manifest.json"), manifest).unwrap(),
            _ => fs::remove_file(dir.path().join("head")).unwrap(),
        }
        edit(dir.path(), "journal", |tree| {
            drop(tree.remove(key(9)).unwrap())
        });
        let found = refused(dir.path());
        assert!(
            matches!(
                found,
                StoreError::Truncated {
                    known: 9,
                    found: 8,
                    ..
                }
            ),
            "{found:?}"
        );
        assert_eq!(verify(dir.path()).unwrap().faults[0].seq, 9);
    }
}

#[test]
fn a_deleted_database_is_no_empty_one() {
    for what in ["db", "db/db"] {
        let dir = journal_of(9);
        let path = dir.path().join(what);
        let deleted = if path.is_dir() {
            fs::remove_dir_all(&path)
        } else {
            fs::remove_file(&path)
        };
        deleted.unwrap();
        for _ in 0..2 {
            let found = refused(dir.path());
            assert!(
                matches!(found, StoreError::Emptied { known: 9, .. }),
                "{what}: {found:?}"
            );
        }
        assert!(matches!(
            verify(dir.path()),
            Err(StoreError::Emptied { .. })
        ));
    }
}

#[test]
fn a_truncated_data_file_is_never_taken_for_a_shorter_journal() {
    let whole = journal_of(200);
    let data = fs::read(whole.path().join("db/db")).unwrap();
    let used = data.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    for part in 0..8 {
        let dir = journal_of(200);
        let file = fs::File::options()
            .write(true)
            .open(dir.path().join("db/db"))
            .unwrap();
        file.set_len((used * part / 8) as u64).unwrap();
        let found = refused(dir.path());
        assert!(
            matches!(
                found,
                StoreError::Emptied { .. }
                    | StoreError::Truncated { .. }
                    | StoreError::Database { .. }
                    | StoreError::Damaged { .. }
                    | StoreError::Unwritable { .. }
            ),
            "{part}/8: {found:?}"
        );
    }
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
fn nothing_spills_out_of_the_synced_file() {
    let dir = tempfile::tempdir().unwrap();
    let journal = SledJournal::open(dir.path()).unwrap();
    for n in 0..80 {
        let long = blob(&format!("\"{}\"", "x".repeat(n * 2_500)));
        append(&journal, vec![long; 3]).unwrap();
    }
    let blobs = fs::read_dir(dir.path().join("db/blobs"))
        .map(Iterator::count)
        .unwrap_or(0);
    assert_eq!(blobs, 0, "blob files are never synced");
}
