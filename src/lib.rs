//! polyfolio runs many weighted trading strategies as one book, in one process.
//!
//! This crate is the application: the command line, the settings, the wiring. It composes and never
//! computes; what it composes is re-exported by the crates it names.

pub mod brokers;
pub mod cli;
pub mod drill;
pub mod exit;
pub mod face;
pub mod failure;
pub mod runtime;
pub mod settings;
pub mod support;

/// What a strategy of one's own needs, and the way to run it.
///
/// See `examples/own_strategy.rs`: a type that implements [`Strategy`](prelude::Strategy), a
/// [`Kind`](prelude::Kind) that gives it a name in the config, and [`cli::main_with`]. What a broker
/// of one's own needs is in [`brokers::prelude`].
pub mod prelude {
    pub use polyfolio_market_data::History;
    pub use polyfolio_model::InstrumentId;
    pub use polyfolio_ports::{Looks, Phase, Row, Size, Strategy, VirtualAccount, Wishes};
    pub use polyfolio_strategies::{
        Bounds, Kind, Param, ParamType, Params, Registry, Settings, Source, evaluate,
    };
}
