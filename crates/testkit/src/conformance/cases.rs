//! The cases themselves, one file for each thing that they are about.

pub(super) mod cancels;
pub(super) mod doubts;
pub(super) mod fills;
pub(super) mod identity;
pub(super) mod limits;
pub(super) mod links;
pub(super) mod lives;
pub(super) mod refusals;
pub(super) mod replaces;
pub(super) mod reports;
pub(super) mod snapshots;
pub(super) mod types;
