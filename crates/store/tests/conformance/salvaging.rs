//! A salvage that is cut at every step, and what it refuses.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use polyfolio_ports::{Journal, Seq};
use polyfolio_store::{
    DiskJournal, Salvage, Step, StoreError, SyncProbe, salvage, salvage_observed, verify,
};

use crate::common::{append, blob, contents};
use crate::places::{counted, engines, open};

/// Dies before a step.
struct Dies(Seq);

impl SyncProbe for Dies {
    fn before(&self, step: Step, nth: Seq) -> io::Result<()> {
        match step {
            Step::Move if nth == self.0 => Err(io::Error::other("the process is gone")),
            _ => Ok(()),
        }
    }
}

/// A journal of which the second half is behind a flipped bit.
fn damaged(engine: polyfolio_store::Engine) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path(), engine);
    for n in 1..=40 {
        append(&journal, counted(n, 1)).unwrap();
    }
    journal.close().unwrap();
    drop(journal);
    for file in fs::read_dir(dir.path().join("db")).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            let mut bytes = fs::read(&path).unwrap();
            let (from, to) = (br#"{"n":21}"#, br#"{"n":91}"#);
            while let Some(at) = bytes.windows(from.len()).position(|found| found == from) {
                bytes[at..at + to.len()].copy_from_slice(to);
            }
            fs::write(path, bytes).unwrap();
        }
    }
    dir
}

fn conclude(_: &Salvage, journal: &dyn Journal) -> Result<Vec<polyfolio_ports::Blob>, String> {
    let (records, last) = contents(journal, 1);
    assert_eq!((records.len() as u64, last), (20, 20));
    Ok(vec![blob("\"mark\""), blob("\"and more\"")])
}

fn is_done(dir: &Path, saved: &Salvage) {
    assert_eq!((saved.kept, saved.known, saved.lost), (20, 40, 20));
    let journal = DiskJournal::open(dir).unwrap();
    assert_eq!(contents(&journal, 1).1, 22);
    assert_eq!(journal.deployment(), 7);
    let aside = dir.join(&saved.quarantine);
    assert!(aside.join("db").is_dir() && aside.join("manifest.json").is_file());
    assert!(aside.join("salvage.json").is_file() && aside.join("head").is_file());
    assert!(!dir.join("salvage.new").exists());
}

#[test]
fn a_salvage_that_dies_at_any_step_is_finished_by_the_next() {
    for engine in engines() {
        for dies in 0..=8 {
            let dir = damaged(engine);
            let died = salvage_observed(dir.path(), &conclude, Arc::new(Dies(dies)));
            assert!(died.is_err(), "{dies}: {died:?}");
            if dies < 8 {
                for refused in [
                    DiskJournal::open(dir.path()).map(drop),
                    DiskJournal::read_only(dir.path()).map(drop),
                    verify(dir.path()).map(drop),
                ] {
                    assert!(
                        matches!(refused, Err(StoreError::SalvageUnfinished { .. })),
                        "{dies}: {refused:?}"
                    );
                }
                // A second death on the way does no harm.
                let again = Arc::new(Dies((dies + 1).min(7)));
                drop(salvage_observed(dir.path(), &conclude, again));
                if let Some(saved) = salvage(dir.path(), &conclude).unwrap() {
                    is_done(dir.path(), &saved);
                }
            } else {
                // It had only to tidy up.
                assert_eq!(salvage(dir.path(), &conclude).unwrap(), None);
            }
            assert!(verify(dir.path()).unwrap().ok);
        }
    }
}

#[test]
fn a_journal_that_cannot_be_concluded_stays_as_it_was() {
    for engine in engines() {
        let dir = damaged(engine);
        let refused = salvage(dir.path(), &|_, _| Err("no".to_owned()));
        assert!(
            matches!(refused, Err(StoreError::Hopeless { .. })),
            "{refused:?}"
        );
        let still = DiskJournal::open(dir.path()).unwrap_err();
        assert!(still.is_damage(), "{still:?}");
        let saved = salvage(dir.path(), &conclude).unwrap().unwrap();
        is_done(dir.path(), &saved);
    }
}

#[test]
fn a_sound_journal_a_held_one_and_none_are_left_alone() {
    for engine in engines() {
        let dir = tempfile::tempdir().unwrap();
        let none = salvage(dir.path(), &conclude);
        assert!(matches!(none, Err(StoreError::Missing { .. })), "{none:?}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);

        let journal = open(dir.path(), engine);
        let held = salvage(dir.path(), &conclude);
        assert!(matches!(held, Err(StoreError::Locked { .. })), "{held:?}");
        append(&journal, counted(1, 20)).unwrap();
        drop(journal);
        assert_eq!(salvage(dir.path(), &conclude).unwrap(), None);
        assert!(verify(dir.path()).unwrap().ok);
    }
}

#[test]
fn what_nobody_owns_is_not_salvaged() {
    for engine in engines() {
        let dir = damaged(engine);
        fs::remove_file(dir.path().join("manifest.json")).unwrap();
        fs::remove_dir_all(dir.path().join("db")).unwrap();
        fs::create_dir(dir.path().join("db")).unwrap();
        fs::write(dir.path().join("db/db"), "nothing of ours").unwrap();
        let hopeless = salvage(dir.path(), &conclude);
        assert!(
            matches!(hopeless, Err(StoreError::Hopeless { .. })),
            "{hopeless:?}"
        );
        assert!(dir.path().join("db/db").exists());
    }
}
