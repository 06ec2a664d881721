//! Every way in which a journal can be damaged, each with a name of its own.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use std::fs;
use std::path::Path;

use polyfolio_ports::Seq;
use polyfolio_store::{SledJournal, StoreError, verify};

use common::{append, blob, edit, journal_of, key, refused, with_crc};

/// Replaces text in a record, which keeps its length or not.
fn rewrite(dir: &Path, seq: Seq, from: &str, to: &str) {
    edit(dir, "journal", |tree| {
        let line = String::from_utf8(tree.get(key(seq)).unwrap().unwrap().to_vec()).unwrap();
        assert!(line.contains(from), "{line}");
        tree.insert(key(seq), line.replace(from, to).as_bytes())
            .unwrap();
    });
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
