//! The vocabulary of polyfolio: what every other crate speaks in.
//!
//! FIX and portfolio-accounting words, nothing invented. Money, prices and quantities are exact
//! decimals; ratios and model parameters are `f64`; [`convert`] is the one place between the two.
//! This crate knows nothing of strategies, brokers, files or runtimes.

pub mod bar;
pub mod broker;
pub mod convert;
pub mod execution_report;
pub mod ids;
pub mod instrument;
pub mod money;
mod number;
pub mod order;
pub mod price;
pub mod quantity;
pub mod quote;
mod text;
pub mod time;

pub use bar::{Bar, BarSize};
pub use execution_report::{
    CancelRejectReason, ExecKind, ExecutionReport, Fill, Liquidity, OrderFacts, RejectReason,
};
pub use ids::{
    ClOrdId, Currency, ExecId, InstrumentId, ParentId, RequestId, RunId, SleeveId, SnapshotId,
    VenueOrderId,
};
pub use instrument::Instrument;
pub use money::Money;
pub use number::AmountError;
pub use order::{Amend, NewOrder, OrdStatus, OrdType, Side, StopAtTheClose, TimeInForce};
pub use price::Price;
pub use quantity::Qty;
pub use quote::Quote;
pub use time::{Span, Ts};
