//! Opening: lock → manifest → database → verify the chain. What does not fit is refused by name.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::chain::Commit;
use crate::engine::{Engine, Medium, Tree, calmly, data_dir};
use crate::envelope::{Mark, SCHEMA};
use crate::files::{create_dir, sync_dir};
use crate::head::HeadFile;
use crate::inspect::{Survey, survey};
use crate::manifest::Manifest;
use crate::pages::Pages;
use crate::salvage::{Kept, refuse_unfinished};
use crate::snapshots::Snapshots;
use crate::{StateDir, StoreError};

/// Everything a journal stands on, opened and found to belong together. The records are not
/// looked at yet.
pub(crate) struct Ground {
    pub(crate) medium: Arc<dyn Medium>,
    pub(crate) manifest: Manifest,
    /// The head mark, where one was ever set.
    acknowledged: Option<Mark>,
    // Last, because fields are dropped in order: the directory is free when the engine has let go.
    pub(crate) state: StateDir,
}

/// What the database says of itself, in the tree `meta`.
#[derive(Serialize, Deserialize)]
pub(crate) struct Meta {
    schema: u32,
    pub(crate) deployment: u32,
}

const META_KEY: &[u8] = b"journal";

impl Meta {
    fn new(deployment: u32) -> Self {
        Self {
            schema: SCHEMA,
            deployment,
        }
    }

    /// Reads it from the database in the directory `path`.
    pub(crate) fn read(medium: &dyn Medium, path: &Path) -> Result<Option<Self>, StoreError> {
        let found = calmly(path, || medium.get(Tree::Meta, META_KEY))?;
        let Some(bytes) = found else {
            return Ok(None);
        };
        let meta = serde_json::from_slice(&bytes).map_err(|error| {
            let what = format!("its description of itself cannot be read: {error}");
            let path = path.to_owned();
            StoreError::Database { path, what }
        });
        meta.map(Some)
    }
}

/// Lays down a new journal that holds what was kept of another one.
pub(crate) fn found(dir: &Path, kept: &Kept) -> Result<(), StoreError> {
    create_dir(dir)?;
    let database = Database::open(dir, Engine::default())?;
    let medium = Arc::clone(&database.medium);
    calmly(&database.path, || {
        let pages = Pages::new(Arc::clone(&medium));
        for some in kept.envelopes.chunks(RECORDS_AT_ONCE) {
            let lines = some.iter().flat_map(|of| [of.line.as_bytes(), b"\n"]);
            pages.put(&Commit {
                first: some[0].seq,
                lines: lines.flatten().copied().collect(),
            })?;
        }
        let snapshots = Snapshots::new(medium);
        for (description, state) in &kept.snapshots {
            let count = snapshots.put_pieces(&state.bytes)?;
            snapshots.describe(count, description)?;
        }
        Ok(())
    })?;
    database.create(&Meta::new(kept.deployment))?;
    let mut manifest = Manifest::new(kept.deployment);
    (manifest.start, manifest.sealed) = (kept.start, kept.end);
    manifest.write(dir)
}

/// So many records are put into one value when a journal is laid down again.
const RECORDS_AT_ONCE: usize = 16;

impl Ground {
    /// Opens what is there, or creates it on `engine` with the deployment id that `draw` gives.
    pub(crate) fn open(
        state: StateDir,
        engine: Engine,
        draw: impl FnOnce() -> Result<u32, StoreError>,
    ) -> Result<Self, StoreError> {
        let dir = state.path().to_owned();
        refuse_unfinished(&dir)?;
        let manifest = Manifest::read(&dir)?;
        let acknowledged = HeadFile::read(&dir)?;
        let emptied = |known| StoreError::Emptied {
            path: dir.clone(),
            known,
        };
        let found = Engine::found(&dir)?;
        if let (Some(manifest), None) = (&manifest, found) {
            return Err(emptied(known(manifest, acknowledged)));
        }
        let database = Database::open(&dir, found.unwrap_or(engine))?;
        let has_acknowledged = acknowledged.is_some_and(|mark| mark.seq > 0);
        let manifest = match (manifest, Meta::read(&*database.medium, &database.path)?) {
            (Some(manifest), Some(meta)) => fits(&dir, manifest, &meta)?,
            (Some(manifest), None) => return Err(emptied(known(&manifest, acknowledged))),
            (None, _) if has_acknowledged || !database.is_empty()? => {
                return Err(StoreError::ManifestMissing {
                    path: Manifest::path(&dir),
                });
            }
            // A creation that was interrupted between the two goes on where it stopped.
            (None, Some(meta)) => written(&dir, Manifest::new(meta.deployment))?,
            (None, None) => {
                let deployment = draw()?;
                database.create(&Meta::new(deployment))?;
                written(&dir, Manifest::new(deployment))?
            }
        };
        Ok(Self {
            medium: database.medium,
            manifest,
            acknowledged,
            state,
        })
    }

    /// The commits.
    pub(crate) fn pages(&self) -> Pages {
        Pages::new(Arc::clone(&self.medium))
    }

    /// The snapshots of the state.
    pub(crate) fn snapshots(&self) -> Snapshots {
        Snapshots::new(Arc::clone(&self.medium))
    }

    /// Looks at every record.
    pub(crate) fn survey(&self) -> Result<Survey, StoreError> {
        let surveyed = calmly(&data_dir(self.state.path()), || {
            survey(
                &self.pages(),
                &self.snapshots(),
                &self.manifest,
                self.acknowledged,
            )
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

/// An engine, opened.
struct Database {
    path: PathBuf,
    medium: Arc<dyn Medium>,
}

impl Database {
    fn open(dir: &Path, engine: Engine) -> Result<Self, StoreError> {
        Ok(Self {
            path: data_dir(dir),
            medium: Arc::from(engine.open(dir)?),
        })
    }

    fn is_empty(&self) -> Result<bool, StoreError> {
        let pages = Pages::new(Arc::clone(&self.medium));
        calmly(&self.path, || pages.is_empty())
    }

    /// Makes a new database durable, with its name and its description.
    fn create(&self, meta: &Meta) -> Result<(), StoreError> {
        #[expect(clippy::expect_used, reason = "two numbers always have a JSON form")]
        let bytes = serde_json::to_vec(meta).expect("meta has a JSON form");
        calmly(&self.path, || {
            self.medium.write(Tree::Meta, &[(META_KEY, Some(&bytes))])?;
            self.medium.flush()?;
            self.medium.sync()
        })?;
        sync_dir(&self.path)?;
        sync_dir(self.path.parent().unwrap_or(&self.path))
    }
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
