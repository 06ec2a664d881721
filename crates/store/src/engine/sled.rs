//! sled 0.34. Its own flush does not sync: its data file is opened a second time for that.

use std::fs::File;
use std::io;
use std::path::Path;

use sled::{Batch, Db};

use super::{Change, Medium, Pairs, Tree, calmly};
use crate::StoreError;
use crate::system::io_error;

/// sled's page cache, in bytes. Its default of 1 GiB is for other uses than a journal.
const CACHE_BYTES: u64 = 64 << 20;

/// The segments of sled's log, in bytes. A node of the tree larger than a quarter of a segment
/// leaves the log for a file of its own, and those files are never synced: it must not happen.
/// [`PIECE_LEN`](crate::pages::PIECE_LEN) sees to it.
pub(crate) const SEGMENT_LEN: usize = 2 << 20;

/// sled, opened.
struct Sled {
    db: Db,
    trees: [sled::Tree; 3],
    /// Its data file, opened a second time to be synced.
    data: File,
}

/// How a snapshot of sled's page table is called until it is whole; then it is renamed. sled 0.34
/// means to pass such a file over, and looks for another ending: it would take it for the newest
/// snapshot, and refuse to open.
const UNFINISHED: &str = ".generating";

/// sled's description of itself.
const CONF: &str = "conf";

/// Takes away what a death at the wrong moment leaves and sled 0.34 stumbles over: a snapshot that
/// was not finished, and the description of a database that nothing was ever written to.
fn clear(dir: &Path, data: &Path) -> io::Result<()> {
    let entries = match std::fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("snap.") && name.ends_with(UNFINISHED) {
            std::fs::remove_file(&path)?;
        }
    }
    match std::fs::metadata(data) {
        Ok(data) if data.len() > 0 => return Ok(()),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        // Nothing was ever written there.
        _ => {}
    }
    match std::fs::remove_file(dir.join(CONF)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

pub(super) fn open(dir: &Path, data: &Path) -> Result<Box<dyn Medium>, StoreError> {
    clear(dir, data).map_err(|source| StoreError::writing(dir, source))?;
    let config = sled::Config::new()
        .path(dir)
        .cache_capacity(CACHE_BYTES)
        .segment_size(SEGMENT_LEN)
        .flush_every_ms(None);
    let (db, trees) = calmly(dir, || {
        let db = config.open().map_err(io_error)?;
        let open = |tree: Tree| db.open_tree(tree.name()).map_err(io_error);
        let [meta, journal, snapshots] = Tree::ALL;
        let trees = [open(meta)?, open(journal)?, open(snapshots)?];
        Ok((db, trees))
    })?;
    let data = File::options().read(true).write(true).open(data);
    let data = data.map_err(|source| StoreError::writing(dir, source))?;
    Ok(Box::new(Sled { db, trees, data }))
}

impl Sled {
    fn tree(&self, tree: Tree) -> &sled::Tree {
        &self.trees[tree as usize]
    }
}

impl Medium for Sled {
    fn write(&self, tree: Tree, changes: &[Change<'_>]) -> io::Result<()> {
        let tree = self.tree(tree);
        let written = match changes {
            // A batch, even of one, costs sled another round to the file.
            [(key, Some(value))] => tree.insert(key, *value).map(drop),
            [(key, None)] => tree.remove(key).map(drop),
            many => {
                let mut batch = Batch::default();
                for (key, value) in many {
                    match value {
                        Some(value) => batch.insert(*key, *value),
                        None => batch.remove(*key),
                    }
                }
                tree.apply_batch(batch)
            }
        };
        written.map_err(io_error)
    }

    fn flush(&self) -> io::Result<()> {
        self.db.flush().map(drop).map_err(io_error)
    }

    fn sync(&self) -> io::Result<()> {
        self.data.sync_data()
    }

    fn get(&self, tree: Tree, key: &[u8]) -> io::Result<Option<Vec<u8>>> {
        let found = self.tree(tree).get(key).map_err(io_error)?;
        Ok(found.map(|value| value.to_vec()))
    }

    fn from(&self, tree: Tree, key: &[u8]) -> io::Result<Pairs> {
        let pairs = self.tree(tree).range(key..).map(|pair| {
            let (key, value) = pair.map_err(io_error)?;
            Ok((key.to_vec(), value.to_vec()))
        });
        Ok(Box::new(pairs))
    }

    fn key_at_or_below(&self, tree: Tree, key: &[u8]) -> io::Result<Option<Vec<u8>>> {
        let last = self.tree(tree).range(..=key).next_back().transpose();
        Ok(last.map_err(io_error)?.map(|(key, _)| key.to_vec()))
    }
}
