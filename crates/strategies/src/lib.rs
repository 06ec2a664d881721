//! What can stand behind a sleeve: built-in strategies, strategies of one's own, files that other
//! programs write.
//!
//! A [`Registry`] knows kinds by name and makes [`Host`]s; a host gives an [`Evaluation`] at a
//! date: the NAV series of the strategy's virtual account, its raw positions and one line why.
//! This crate knows nothing of weights, of the account that is really traded, or of orders.
//!
//! # A strategy of one's own
//!
//! ```
//! use polyfolio_market_data::History;
//! use polyfolio_model::InstrumentId;
//! use polyfolio_ports::{Row, Size, Strategy, VirtualAccount};
//! use polyfolio_strategies::{Settings, evaluate};
//!
//! /// Holds what rose since the row before, in equal parts.
//! #[derive(Default)]
//! struct Risers {
//!     before: Vec<f64>,
//! }
//!
//! impl Strategy for Risers {
//!     fn warm_up(&self) -> usize {
//!         1
//!     }
//!
//!     fn on_row(&mut self, row: &Row<'_>, _: &VirtualAccount<'_>) -> Vec<(InstrumentId, Size)> {
//!         let before = std::mem::replace(&mut self.before, row.closes.to_vec());
//!         let rose = |column: usize| before.get(column).is_some_and(|&b| row.closes[column] > b);
//!         let risers = (0..row.closes.len()).filter(|&c| rose(c)).count().max(1);
//!         let weight = |c| if rose(c) { 1.0 / risers as f64 } else { 0.0 };
//!         row.instruments.iter().cloned().enumerate()
//!             .map(|(column, name)| (name, Size::Weight(weight(column))))
//!             .collect()
//!     }
//! }
//!
//! let csv = "date,A,B\n2023-01-02,10,10\n2023-01-03,11,10\n2023-01-04,22,9\n";
//! let history = History::parse("my.csv", csv.as_bytes())?;
//! let settings = Settings { capital: 1000.0, ..Settings::default() };
//! let evaluation = evaluate(&mut Risers::default(), &history, &settings, None)?;
//! assert_eq!(evaluation.nav.last().map(|&(_, value)| value), Some(2000.0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod account;
mod builtin;
mod error;
mod evaluation;
mod host;
mod kind;
mod memory;
mod nearest;
mod params;
mod registry;
mod replay;
mod settings;
mod targets_file;

pub use account::VirtualFill;
pub use builtin::{
    Breakout, Direction, DualMomentum, EqualWeight, Hurdle, InverseVolatility, MeanReversion,
    Momentum, Rescale, Scaling, SmaCross, VolatilityTarget,
};
pub use error::StrategyError;
pub use evaluation::Evaluation;
pub use host::{Host, Source, StrategyFactory};
pub use kind::Kind;
pub use params::{Bounds, Param, ParamError, ParamType, Params, Wrapped};
pub use registry::Registry;
pub use replay::evaluate;
pub use settings::{FillRule, Settings, Universe};
pub use targets_file::TargetsFile;
