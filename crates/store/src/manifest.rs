//! The manifest: what the journal must hold, written down outside of the database.
//!
//! The database notices neither a truncated nor a deleted data file. The manifest lies beside it,
//! is replaced whole, and says where the chain begins and what it held when it was last sealed. It
//! is never ahead of the journal: a record is durable before it is sealed.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::envelope::{Mark, SCHEMA};
use crate::{StoreError, replace_atomically};

/// `<dir>/manifest.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// The schema of this file and of the journal.
    schema: u32,
    /// Drawn once, when the journal was created.
    pub(crate) deployment: u32,
    /// The place behind which the first record stands.
    pub(crate) start: Mark,
    /// The last record that was sealed.
    pub(crate) sealed: Mark,
}

impl Manifest {
    /// For a new journal.
    pub(crate) fn new(deployment: u32) -> Self {
        Self {
            schema: SCHEMA,
            deployment,
            start: Mark::START,
            sealed: Mark::START,
        }
    }

    /// Where it lies in a state directory.
    pub(crate) fn path(dir: &Path) -> PathBuf {
        dir.join("manifest.json")
    }

    /// Reads it, if it is there.
    pub(crate) fn read(dir: &Path) -> Result<Option<Self>, StoreError> {
        let path = Self::path(dir);
        match fs::read(&path) {
            Ok(bytes) => parse(&path, &bytes).map(Some),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::reading(&path, error)),
        }
    }

    /// Replaces it.
    pub(crate) fn write(&self, dir: &Path) -> Result<(), StoreError> {
        #[expect(
            clippy::expect_used,
            reason = "numbers and strings always have a JSON form"
        )]
        let mut text = serde_json::to_string_pretty(self).expect("a manifest has a JSON form");
        text.push('\n');
        replace_atomically(&Self::path(dir), text.as_bytes())
    }
}

fn parse(path: &Path, bytes: &[u8]) -> Result<Manifest, StoreError> {
    #[derive(Deserialize)]
    struct Schema {
        schema: u32,
    }
    let bad = |error: serde_json::Error| StoreError::BadManifest {
        path: path.to_owned(),
        what: error.to_string(),
    };
    let Schema { schema } = serde_json::from_slice(bytes).map_err(bad)?;
    if schema > SCHEMA {
        let path = path.to_owned();
        return Err(StoreError::NewerSchema {
            path,
            found: schema,
            supported: SCHEMA,
        });
    }
    serde_json::from_slice(bytes).map_err(bad)
}
