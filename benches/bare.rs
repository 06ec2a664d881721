//! What every figure is held against: bytes in a file, and `fdatasync`.

use std::fs::File;
use std::io::Write;

use tempfile::TempDir;

use crate::on_disk;

/// The same bytes in a file, synced.
pub struct Bare {
    file: File,
    _dir: TempDir,
}

impl Bare {
    /// A new file below this place on the disk.
    pub fn new(target: &str) -> Self {
        let dir = on_disk(target);
        let file = File::create(dir.path().join("bare")).expect("a new file");
        Self { file, _dir: dir }
    }

    /// Writes them, and returns when they are durable.
    pub fn write(&mut self, bytes: &[u8]) {
        let written = self.file.write_all(bytes);
        written
            .and_then(|()| self.file.sync_data())
            .expect("a durable batch");
    }
}
