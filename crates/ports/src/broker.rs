//! A broker: commands go in, reports come out, and silence is an honest answer.

pub use polyfolio_model::broker::{
    AccountFill, Capabilities, Command, DuplicateScope, Link, NotSent, Report, Snapshot,
    SnapshotFailed,
};

use crate::Sink;

/// One account at one broker. Object safe; an adapter spawns its own tasks.
pub trait Broker: Send {
    /// The account, for people.
    fn account(&self) -> String;

    /// What the venue promises.
    fn capabilities(&self) -> Capabilities;

    /// Connects, and from now on says everything through `reports`. `Link::Ready` comes first.
    fn start(&mut self, reports: Sink<Report>);

    /// Hands over a command without waiting. `Ok` means nothing about its fate.
    fn send(&mut self, command: Command) -> Result<(), NotSent>;
}
