//! The durable journal: what must survive a crash, on sled.
//!
//! A [`StateDir`] is one directory that one process holds. In it lie
//!
//! ```text
//! lock            held while a process uses the directory; the holder's process id
//! manifest.json   deployment, where the journal begins, and the last sealed record
//! head            the last acknowledged record, rewritten in place after every commit
//! db/             the database: trees `meta`, `journal` and `snapshots`
//! ```
//!
//! and whatever else the runtime puts beside them. The journal is a chain of [`Envelope`]s, one
//! JSON line each. *Durable* means: one sled batch, `flush`, then `sync_data` on sled's data file,
//! opened a second time. `flush` alone does not sync, and an acknowledged order would be forgotten
//! by a power cut. sled notices neither a truncated nor a deleted data file; the manifest and the
//! head mark, which lie outside of it, do.
//!
//! Nor does sled leave alone what it opens: it recovers, and cuts off what it cannot read. So
//! whoever looks ([`SledJournal::read_only`], [`verify`]) opens a copy, and a writer does so first.
//! While a process writes, only that process can look, behind its own writer ([`Follower`]).
//!
//! The database is sled; [`Engine`] says what is asked of one, and every engine is held to the same
//! suite of tests. Records that a snapshot of the state stands for can be dropped; what is damaged
//! can be [salvaged](salvage).
//!
//! This crate knows nothing of orders: a record is bytes with a kind and a version.

mod chain;
mod commit;
mod disk_journal;
mod engine;
mod envelope;
mod error;
mod files;
mod follow;
mod hash;
mod head;
mod inspect;
mod look;
mod manifest;
mod memory;
mod opening;
mod pages;
mod probe;
mod salvage;
mod snapshots;
mod state_dir;
mod system;
mod writer;

pub use disk_journal::{DiskJournal, Options, SledJournal};
pub use engine::Engine;
pub use envelope::{Envelope, Mark, SCHEMA};
pub use error::StoreError;
pub use files::replace_atomically;
pub use follow::Follower;
pub use hash::Hash;
pub use head::acknowledged;
pub use inspect::{Fault, Verification, verify};
pub use memory::{MemoryJournal, Mishap};
pub use probe::{Step, SyncProbe};
pub use salvage::{Conclude, Salvage, salvage, salvage_observed};
pub use state_dir::{Look, StateDir};
