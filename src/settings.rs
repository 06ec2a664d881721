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
mod origin;
mod raw;
mod resolve;
mod resolved;
mod schema;
mod show;
mod span;

use polyfolio_strategies::Registry;

pub use fault::Fault;
pub use key::Key;
pub use kind::Kind as KeyKind;
pub use merge::{Bring, DEFAULT_FILE, FlagValue, Merged, SHIPPED, Sources};
pub use origin::{Origin, Written};
pub use resolved::{
    Algorithm, BrokerChoice, ExecutionSettings, HistorySettings, IbMarketData, IbSecType,
    InstrumentRules, Instruments, Mode, NoRule, OnStop, OnStrategyFailure, OwnBroker,
    PortfolioSettings, QuoteOverrides, Settings, SleeveSettings,
};
pub use schema::schema;

pub(crate) use data::history_failure;
pub(crate) use fault::plain;
pub(crate) use keys::{BROKERS as BROKERS_BUILT_IN, KeyTable};
pub(crate) use kind::Reading;
pub(crate) use span::parse as parse_span;

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
        Self::read_with(sources, registry, &|path| std::fs::read(path))
    }

    /// The same with somebody else who brings the bytes of a file.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_with(
        sources: &Sources,
        registry: &Registry,
        bring: Bring<'_>,
    ) -> Result<Self, Fault> {
        let merged = Merged::read_with(sources, bring)?;
        let settings = resolve::resolve(&merged, registry, &sources.brokers)?;
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
            written: Box::new(written),
            next: next.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Failure;

    fn loaded(mode_name: &str) -> Loaded {
        let mode = FlagValue {
            name: "--mode",
            key: Key::of(["mode"]),
            text: mode_name.to_owned(),
        };
        let broker = FlagValue {
            name: "--test",
            key: Key::of(["broker", "use"]),
            text: if mode_name == "live" { "ib" } else { "paper" }.to_owned(),
        };
        let sources = Sources {
            flags: vec![mode, broker],
            ..Sources::default()
        };
        Loaded::read(&sources, &Registry::builtin()).unwrap()
    }

    #[test]
    fn live_trading_takes_the_config_and_the_command_line() {
        assert!(loaded("paper").demand_consent(false).is_ok());
        assert!(loaded("live").demand_consent(true).is_ok());
        let told =
            |mode, flag| Failure::from(loaded(mode).demand_consent(flag).unwrap_err()).to_string();
        assert_eq!(
            told("live", false),
            "error: mode = \"live\" trades real money and needs --live too\n  flag --mode, mode = live\n  \
             add --live if that is what you want, or set mode = \"paper\""
        );
        assert!(
            told("paper", true).starts_with("error: --live was given, but the mode is not live\n")
        );
    }

    #[test]
    fn every_mode_has_its_own_state_directory() {
        let directory = |mode| loaded(mode).settings.state_dir;
        assert_eq!(directory("paper"), std::path::Path::new("state/paper"));
        assert_eq!(directory("live"), std::path::Path::new("state/live-ib"));
    }

    #[test]
    fn written_quote_parameters_come_before_history_and_history_before_what_is_assumed() {
        let mut settings = loaded("paper").settings;
        let id = polyfolio_model::InstrumentId::from("AAPL");
        let (params, assumed) = settings.quote_params(&id, None);
        assert_eq!(
            (params, assumed),
            (
                settings.execution.quote,
                vec!["sigma", "arrival_rate", "decay"]
            )
        );
        let (params, assumed) = settings.quote_params(&id, Some(2.5));
        assert_eq!(
            (params.sigma, assumed),
            (2.5, vec!["arrival_rate", "decay"])
        );
        let rules = settings.instruments.named.entry(id.clone()).or_default();
        rules.quote.sigma = Some(0.1);
        assert_eq!(settings.quote_params(&id, Some(2.5)).0.sigma, 0.1);
    }
}
