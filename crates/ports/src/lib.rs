//! What polyfolio needs of the world: traits, and the few types they speak in.
//!
//! Names only the vocabulary. A port may return a boxed standard future; it knows no runtime, and
//! nothing here does I/O.

pub mod bars;
pub mod broker;
pub mod clock;
pub mod closes;
pub mod journal;
pub mod market_data;
#[cfg(feature = "mock")]
pub mod mock;
pub mod notifier;
pub mod strategy;
pub mod targets;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

pub use bars::{BarEvent, BarUpdate, Bars, BarsFailed, BarsRequest, BarsWanted, Reach};
pub use broker::{
    AccountFill, Broker, Capabilities, Command, DuplicateScope, Link, NotSent, Report, Snapshot,
    SnapshotFailed,
};
pub use clock::Clock;
pub use closes::{Closes, PriceHistory};
pub use journal::{Blob, Journal, JournalError, Seq};
pub use market_data::{MarketData, QuoteUpdate};
pub use notifier::{NotTaken, Notice, NoticeKind, Notifier};
pub use strategy::{BadState, Looks, Phase, Row, Size, Strategy, VirtualAccount, Which, Wishes};
pub use targets::{TargetSource, Targets};

/// A future that names no runtime.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Where an adapter puts what it has to say: a mailbox, a vector in a simulation, a probe in a
/// test. Never blocks and never fails; what stands behind it has a capacity and a stated policy.
pub type Sink<T> = Arc<dyn Fn(T) + Send + Sync>;
