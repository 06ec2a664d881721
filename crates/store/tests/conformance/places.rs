//! Places where a journal lives on when its handle is gone.

use std::path::Path;
use std::sync::Arc;

use polyfolio_ports::{Blob, Journal, Seq};
use polyfolio_store::{DiskJournal, Engine, MemoryJournal, Options};

use crate::common::blob;

/// Where a journal is opened, and opened again.
pub(crate) trait Place {
    fn open(&mut self) -> Arc<dyn Journal>;
    /// Its last handle is gone.
    fn close(&mut self) {}
    /// Where its files are, if it has any.
    fn files(&self) -> Option<&Path> {
        None
    }
}

struct OnDisk(tempfile::TempDir, Engine);

struct InMemory(MemoryJournal);

impl Place for OnDisk {
    fn open(&mut self) -> Arc<dyn Journal> {
        Arc::new(open(self.0.path(), self.1))
    }

    fn files(&self) -> Option<&Path> {
        Some(self.0.path())
    }
}

impl Place for InMemory {
    fn open(&mut self) -> Arc<dyn Journal> {
        Arc::new(self.0.clone())
    }

    fn close(&mut self) {
        self.0 = self.0.reopen();
    }
}

/// The engines that this build has.
pub(crate) fn engines() -> Vec<Engine> {
    vec![
        Engine::Sled,
        #[cfg(feature = "redb")]
        Engine::Redb,
    ]
}

pub(crate) fn open(dir: &Path, engine: Engine) -> DiskJournal {
    let options = Options::default().deployment(7).engine(engine);
    DiskJournal::open_with(dir, options).unwrap()
}

/// The same check in every place.
pub(crate) fn everywhere(check: impl Fn(&mut dyn Place)) {
    for engine in engines() {
        check(&mut OnDisk(tempfile::tempdir().unwrap(), engine));
    }
    check(&mut InMemory(MemoryJournal::new(7)));
}

/// Records that say their own number.
pub(crate) fn counted(from: Seq, count: Seq) -> Vec<Blob> {
    (from..from + count)
        .map(|n| blob(&format!(r#"{{"n":{n}}}"#)))
        .collect()
}

/// A number of the environment, or the one for every day.
pub(crate) fn number(name: &str, otherwise: u64) -> u64 {
    let set = std::env::var(name).ok();
    set.map_or(otherwise, |set| set.parse().unwrap())
}
