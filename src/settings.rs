//! Settings: from files, environment and flags to values that passed every check.
//!
//! ```text
//! raw text ─ layer (parse alone, with file and line) ─ merge (last wins) ─ raw ─ resolve ─ Settings
//! ```
//!
//! Layers, the last one wins: built in < `config/default.toml` < `-c FILE`… <
//! `POLYFOLIO__SECTION__KEY` < flags. This module opens no history and no broker; secrets never
//! pass through it.

mod choices;
mod data;
mod environment;
mod fault;
mod key;
mod keys;
mod kind;
mod layer;
mod merge;
mod nearest;
mod raw;
mod resolve;
mod resolved;
mod schema;
mod show;
mod span;

use polyfolio_strategies::Registry;

pub use fault::{Fault, Origin, Written};
pub use key::Key;
pub use merge::{DEFAULT_FILE, FlagValue, Merged, SHIPPED, Sources};
pub use resolved::{
    Algorithm, AtDeadline, ExecutionSettings, HistorySettings, InstrumentRules, Instruments, Mode,
    NoRule, OnBreak, OnLateResume, OnStop, OnStrategyFailure, PaperSettings, PortfolioSettings,
    QuoteOverrides, RiskSettings, Rounding, Settings, Sizing, SleeveSettings, Unclaimed,
};
pub use schema::schema;

pub(crate) use data::history_failure;
pub(crate) use fault::plain;

/// Settings together with where each of them was written.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The settings.
    pub settings: Settings,
    /// The layers they come from.
    pub merged: Merged,
}

impl Loaded {
    /// Reads, merges and checks everything that can be checked without opening a data file.
    ///
    /// # Errors
    /// The first thing that is wrong, with its file and line, variable or flag.
    pub fn read(sources: &Sources, registry: &Registry) -> Result<Self, Fault> {
        let merged = Merged::read(sources)?;
        let settings = resolve::resolve(&merged, registry)?;
        Ok(Self { settings, merged })
    }

    /// Refuses to trade real money by accident: `mode = "live"` and `--live` go together.
    ///
    /// # Errors
    /// One without the other.
    pub fn demand_consent(&self, live_flag: bool) -> Result<(), Fault> {
        let live_mode = self.settings.mode == Mode::Live;
        if live_mode == live_flag {
            return Ok(());
        }
        let key = Key::of(["mode"]);
        let Some(written) = self.merged.written(&key).cloned() else {
            return Ok(());
        };
        let (what, next) = if live_mode {
            (
                "mode = \"live\" trades real money and needs --live too",
                "add --live if that is what you want, or set mode = \"paper\"",
            )
        } else {
            (
                "--live was given, but the mode is not live",
                "leave --live out, or set mode = \"live\"",
            )
        };
        Err(Fault::Consent {
            what: what.to_owned(),
            written,
            next: next.to_owned(),
        })
    }
}
