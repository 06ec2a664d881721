//! What a run leaves behind, and pictures.
//!
//! Everything but the pictures is a function of the [`Book`](polyfolio_oms::Book), the fold of the
//! journal: [`run_report`](run_report()) says what a run did and cost, [`slippage`] what every order of
//! it cost, [`state_file`] writes it down as pwb-toolbox's monitoring reads it, and [`view`] answers
//! `status`, `positions`, `orders`, `nav` and `slippage`. [`story`] and [`audit`] read the records
//! themselves. Values come back; files, clocks and terminals are the application's.

pub mod audit;
mod cost;
mod cost_basis;
pub mod quote_plot;
pub mod run_report;
pub mod sheet;
mod shortfall;
pub mod slippage;
pub mod state_file;
pub mod story;
pub mod view;

pub use cost::{Performance, Slippage};
pub use run_report::{ParentReport, RunReport, SleeveReport, Trade, run_report};
pub use shortfall::{Cost, Shortfall};
pub use view::View;
