//! Opening: lock → manifest → database → verify the chain. What does not fit is refused by name.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sled::Db;

use crate::envelope::{Mark, SCHEMA};
use crate::files::sync_dir;
use crate::head::HeadFile;
use crate::inspect::{Survey, survey};
use crate::manifest::Manifest;
use crate::pages::{Pages, SEGMENT_LEN};
use crate::system::panic_message;
use crate::{StateDir, StoreError};

/// sled's page cache, in bytes. Its default of 1 GiB is for other uses than a journal.
const CACHE_BYTES: u64 = 64 << 20;

/// Everything a journal stands on, opened and found to belong together. The records are not
/// looked at yet.
pub(crate) struct Ground {
    pub(crate) db: Db,
    /// sled's data file, opened a second time to be synced.
    pub(crate) data: File,
    pub(crate) pages: Pages,
    pub(crate) manifest: Manifest,
    /// The head mark, where one was ever set.
    acknowledged: Option<Mark>,
    // Last, because fields are dropped in order: the directory is free when sled has let go.
    pub(crate) state: StateDir,
}

/// What the database says of itself: tree `meta`, key `journal`.
#[derive(Serialize, Deserialize)]
struct Meta {
    schema: u32,
    deployment: u32,
}

impl Ground {
    /// Opens what is there, or creates it with the deployment id that `draw` gives.
    pub(crate) fn open(
        state: StateDir,
        draw: impl FnOnce() -> Result<u32, StoreError>,
    ) -> Result<Self, StoreError> {
        let dir = state.path().to_owned();
        let manifest = Manifest::read(&dir)?;
        let acknowledged = HeadFile::read(&dir)?;
        let emptied = |known| StoreError::Emptied {
            path: dir.clone(),
            known,
        };
        if let Some(manifest) = &manifest
            && !data_path(&dir).exists()
        {
            return Err(emptied(known(manifest, acknowledged)));
        }
        let database = Database::open(&dir)?;
        let manifest = match (manifest, database.meta()?) {
            (Some(manifest), Some(meta)) => fits(&dir, manifest, &meta)?,
            (Some(manifest), None) => return Err(emptied(known(&manifest, acknowledged))),
            (None, _) if !database.pages.is_empty() => {
                return Err(StoreError::ManifestMissing {
                    path: Manifest::path(&dir),
                });
            }
            // A creation that was interrupted between the two goes on where it stopped.
            (None, Some(meta)) => written(&dir, Manifest::new(meta.deployment))?,
            (None, None) => {
                let deployment = draw()?;
                database.create(&Meta {
                    schema: SCHEMA,
                    deployment,
                })?;
                written(&dir, Manifest::new(deployment))?
            }
        };
        let Database {
            db, data, pages, ..
        } = database;
        Ok(Self {
            db,
            data,
            pages,
            manifest,
            acknowledged,
            state,
        })
    }

    /// Looks at every record.
    pub(crate) fn survey(&self) -> Result<Survey, StoreError> {
        let surveyed = calmly(&data_dir(self.state.path()), || {
            survey(&self.pages, &self.manifest, self.acknowledged)
        })?;
        let unguarded = self.acknowledged.is_none() && surveyed.last > self.manifest.sealed.seq;
        if unguarded && surveyed.flaws.is_empty() {
            let what = format!(
                "there is none, but {} records follow the last sealed one",
                surveyed.last - self.manifest.sealed.seq
            );
            let path = HeadFile::path(self.state.path());
            return Err(StoreError::BadHead { path, what });
        }
        Ok(surveyed)
    }
}

/// sled, opened.
struct Database {
    path: PathBuf,
    db: Db,
    data: File,
    pages: Pages,
}

impl Database {
    fn open(dir: &Path) -> Result<Self, StoreError> {
        let path = data_dir(dir);
        let (db, journal) = open_sled(&path)?;
        let data = data_path(dir);
        let data = File::options().read(true).write(true).open(&data);
        let data = data.map_err(|source| StoreError::writing(&path, source))?;
        Ok(Self {
            path,
            db,
            data,
            pages: Pages::new(journal),
        })
    }

    fn meta(&self) -> Result<Option<Meta>, StoreError> {
        let found = self
            .db
            .open_tree("meta")
            .and_then(|meta| meta.get("journal"));
        let Some(bytes) = found.map_err(|error| self.error(error))? else {
            return Ok(None);
        };
        let meta = serde_json::from_slice(&bytes).map_err(|error| {
            let what = format!("its description of itself cannot be read: {error}");
            StoreError::Database {
                path: self.path.clone(),
                what,
            }
        });
        meta.map(Some)
    }

    /// Makes a new database durable, with its name and its description.
    fn create(&self, meta: &Meta) -> Result<(), StoreError> {
        #[expect(clippy::expect_used, reason = "two numbers always have a JSON form")]
        let bytes = serde_json::to_vec(meta).expect("meta has a JSON form");
        let tree = self.db.open_tree("meta");
        let stored =
            tree.and_then(|meta| meta.insert("journal", bytes)?.map_or(Ok(()), |_| Ok(())));
        stored
            .and_then(|()| self.db.flush())
            .map_err(|error| self.error(error))?;
        self.data
            .sync_data()
            .map_err(|source| StoreError::writing(&self.path, source))?;
        sync_dir(&self.path)?;
        sync_dir(self.path.parent().unwrap_or(&self.path))
    }

    fn error(&self, error: sled::Error) -> StoreError {
        StoreError::database(&self.path, error)
    }
}

fn open_sled(path: &Path) -> Result<(Db, sled::Tree), StoreError> {
    let config = sled::Config::new()
        .path(path)
        .cache_capacity(CACHE_BYTES)
        .segment_size(SEGMENT_LEN)
        .flush_every_ms(None);
    calmly(path, || {
        let db = config.open()?;
        let journal = db.open_tree("journal")?;
        Ok((db, journal))
    })
}

/// sled may panic over a damaged file; here that is an error like any other.
fn calmly<T>(path: &Path, act: impl FnOnce() -> sled::Result<T>) -> Result<T, StoreError> {
    match catch_unwind(AssertUnwindSafe(act)) {
        Ok(done) => done.map_err(|error| StoreError::database(path, error)),
        Err(panic) => Err(StoreError::panicked(path, panic_message(panic.as_ref()))),
    }
}

/// Where sled keeps its files in a state directory.
pub(crate) fn data_dir(dir: &Path) -> PathBuf {
    dir.join("db")
}

/// The one file that holds sled's log.
fn data_path(dir: &Path) -> PathBuf {
    data_dir(dir).join("db")
}

/// The last record that anything outside of the database knows of.
fn known(manifest: &Manifest, acknowledged: Option<Mark>) -> u64 {
    let acknowledged = acknowledged.map_or(0, |mark| mark.seq);
    manifest.sealed.seq.max(acknowledged)
}

fn written(dir: &Path, manifest: Manifest) -> Result<Manifest, StoreError> {
    manifest.write(dir)?;
    Ok(manifest)
}

fn fits(dir: &Path, manifest: Manifest, meta: &Meta) -> Result<Manifest, StoreError> {
    if meta.schema > SCHEMA {
        let (path, found) = (data_dir(dir), meta.schema);
        return Err(StoreError::NewerSchema {
            path,
            found,
            supported: SCHEMA,
        });
    }
    if meta.deployment != manifest.deployment {
        let what = format!(
            "it speaks of deployment {}, the database of {}",
            manifest.deployment, meta.deployment
        );
        return Err(StoreError::BadManifest {
            path: Manifest::path(dir),
            what,
        });
    }
    Ok(manifest)
}
