//! A broker of one's own: what a program says of it, and what it gets to work with.
//!
//! See `examples/own_broker.rs` and `docs/own_broker.md`: a type that implements [`BrokerKind`], the
//! list [`Brokers`] that it stands in, and [`cli::main_with_brokers`](crate::cli::main_with_brokers).
//! Here is what is chosen between; who chooses is `src/runtime/account.rs`.
//!
//! It knows no config file, no journal and no actor.

mod key;
mod kind;
mod list;
mod opening;
mod settings;
#[cfg(test)]
mod tests;

pub use key::{BrokerKey, Need};
pub use kind::{BrokerKind, CannotOpen, OpenAccount};
pub use list::Brokers;
pub use opening::Opening;
pub use settings::{BadSetting, BrokerSettings};

pub use crate::settings::{KeyKind, Mode};

/// What a broker is made of besides: the wires, and the words that pass over them.
pub mod prelude {
    pub use std::sync::Arc;

    pub use polyfolio_model::{
        CancelRejectReason, ClOrdId, Currency, ExecId, ExecKind, ExecutionReport, Fill, Instrument,
        InstrumentId, Liquidity, Money, NewOrder, OrdStatus, OrdType, OrderFacts, Price, Qty,
        Quote, RejectReason, RequestId, Side, SnapshotId, Span, TimeInForce, Ts, VenueOrderId,
    };
    pub use polyfolio_ports::{
        AccountFill, BoxFuture, Broker, Capabilities, Clock, Command, DuplicateScope, Link,
        MarketData, NotSent, QuoteUpdate, Report, Sink, Snapshot, SnapshotFailed,
    };

    pub use super::{
        BadSetting, BrokerKey, BrokerKind, BrokerSettings, Brokers, CannotOpen, KeyKind, Mode,
        OpenAccount, Opening,
    };
}
