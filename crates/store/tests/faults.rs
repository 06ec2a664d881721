//! Faults that users of other systems met, one test each: what is on disk. `docs/faults.md` has the
//! whole list.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use std::fs;

use polyfolio_store::{SledJournal, StoreError, replace_atomically};

use common::{append, blob, contents, journal_of};

/// Two writers sent the same orders for one account.
#[test]
fn f14_one_state_directory_has_one_writer() {
    let dir = tempfile::tempdir().unwrap();
    let first = SledJournal::open(dir.path()).unwrap();
    let second = SledJournal::open(dir.path());
    assert!(
        matches!(second, Err(StoreError::Locked { .. })),
        "{second:?}"
    );
    append(&first, vec![blob("{}")]).unwrap();
    drop(first);
    let next = SledJournal::open(dir.path()).unwrap();
    assert_eq!(contents(&next, 1).1, 1);
}

/// A file was emptied first and written then: a value that could not be written left half of it.
#[test]
fn f41_a_file_that_cannot_be_replaced_stays_whole() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("20221201-001.json");
    replace_atomically(&path, b"the first").unwrap();
    replace_atomically(&path, b"the second").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"the second");
    // Nothing can be written beside it: as root too.
    fs::create_dir(dir.path().join("20221201-001.json.new")).unwrap();
    replace_atomically(&path, b"the third").unwrap_err();
    assert_eq!(fs::read(&path).unwrap(), b"the second");
}

/// The database panicked, or began anew without a word, after an abrupt stop had damaged its file.
#[test]
fn f46_a_damaged_database_is_refused_by_name_or_whole_and_panics_nowhere() {
    let whole = journal_of(60);
    let data = fs::read(whole.path().join("db/db")).unwrap();
    let used = data.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    let all = contents(&SledJournal::open(whole.path()).unwrap(), 1);
    let (mut refused, trials) = (0, 24);
    for trial in 0..trials {
        let dir = journal_of(60);
        let path = dir.path().join("db/db");
        let mut data = fs::read(&path).unwrap();
        let sector = used * trial / trials / 512 * 512;
        data[sector..sector + 512].fill(0);
        fs::write(&path, data).unwrap();
        let opened = std::panic::catch_unwind(|| SledJournal::open(dir.path()));
        match opened.unwrap_or_else(|_| panic!("sector {sector} panics")) {
            Ok(journal) => {
                assert_eq!(
                    contents(&journal, 1),
                    all,
                    "sector {sector} is lost in silence"
                );
            }
            Err(error) => {
                refused += 1;
                assert!(!error.to_string().is_empty());
            }
        }
    }
    assert!(
        refused > trials / 2,
        "only {refused} of {trials} sectors mattered"
    );
}
