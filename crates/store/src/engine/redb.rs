//! redb 4. A write is a transaction that is handed over at once; a sync is an empty one that is
//! made durable, and everything before it with it.

use std::io;
use std::path::Path;

use ::redb::{Builder, Database, Durability, ReadableDatabase, TableDefinition};

use super::{Change, Medium, Pairs, Tree, calmly};
use crate::StoreError;
use crate::files::create_dir;

const CACHE_BYTES: usize = 64 << 20;

/// redb, opened.
struct Redb {
    db: Database,
}

pub(super) fn open(dir: &Path, data: &Path) -> Result<Box<dyn Medium>, StoreError> {
    create_dir(dir)?;
    let redb = calmly(dir, || {
        let created = Builder::new().set_cache_size(CACHE_BYTES).create(data);
        let redb = Redb {
            db: created.map_err(io_error)?,
        };
        // A read of a table that was never written is an error.
        redb.commit(Durability::None, |write| {
            for tree in Tree::ALL {
                write.open_table(table(tree)).map_err(io_error)?;
            }
            Ok(())
        })?;
        Ok(redb)
    })?;
    Ok(Box::new(redb))
}

fn table(tree: Tree) -> TableDefinition<'static, &'static [u8], &'static [u8]> {
    TableDefinition::new(tree.name())
}

impl Redb {
    fn commit(
        &self,
        durability: Durability,
        change: impl FnOnce(&::redb::WriteTransaction) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut write = self.db.begin_write().map_err(io_error)?;
        write.set_durability(durability).map_err(io_error)?;
        change(&write)?;
        write.commit().map_err(io_error)
    }

    fn read(&self, tree: Tree) -> io::Result<::redb::ReadOnlyTable<&'static [u8], &'static [u8]>> {
        let read = self.db.begin_read().map_err(io_error)?;
        read.open_table(table(tree)).map_err(io_error)
    }
}

impl Medium for Redb {
    fn write(&self, tree: Tree, changes: &[Change<'_>]) -> io::Result<()> {
        self.commit(Durability::None, |write| {
            let mut table = write.open_table(table(tree)).map_err(io_error)?;
            for (key, value) in changes {
                match value {
                    Some(value) => table.insert(*key, *value).map(drop),
                    None => table.remove(*key).map(drop),
                }
                .map_err(io_error)?;
            }
            Ok(())
        })
    }

    fn flush(&self) -> io::Result<()> {
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        self.commit(Durability::Immediate, |_| Ok(()))
    }

    fn get(&self, tree: Tree, key: &[u8]) -> io::Result<Option<Vec<u8>>> {
        let found = self.read(tree)?.get(key).map_err(io_error)?;
        Ok(found.map(|value| value.value().to_vec()))
    }

    fn from(&self, tree: Tree, key: &[u8]) -> io::Result<Pairs> {
        let pairs = self.read(tree)?.range(key..).map_err(io_error)?;
        Ok(Box::new(pairs.map(|pair| {
            let (key, value) = pair.map_err(io_error)?;
            Ok((key.value().to_vec(), value.value().to_vec()))
        })))
    }

    fn key_at_or_below(&self, tree: Tree, key: &[u8]) -> io::Result<Option<Vec<u8>>> {
        let mut below = self.read(tree)?.range(..=key).map_err(io_error)?;
        let last = below.next_back().transpose().map_err(io_error)?;
        Ok(last.map(|(key, _)| key.value().to_vec()))
    }
}

/// An error of the system as itself, any other in redb's words.
fn io_error(error: impl Into<::redb::Error>) -> io::Error {
    match error.into() {
        ::redb::Error::Io(error) => error,
        other => io::Error::other(other.to_string()),
    }
}
