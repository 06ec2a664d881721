//! From what was written to what it means: every rule about values, each with its own words.
//!
//! The kinds of values were checked before; here are their ranges and what must go together. A rule
//! knows its key, and through the merged layers the file and line that broke it.

mod book;
mod broker;
mod ib;
mod instruments;
mod notify;
mod sleeves;
mod trading;

use polyfolio_market_data::{BarTime, ReadOptions, UnknownZone, Zone};
use polyfolio_portfolio::plan;
use polyfolio_strategies::Registry;

pub(super) use instruments::{fits_max_child, tradable};

use super::choices::Mode;
use super::fault::Fault;
use super::key::Key;
use super::merge::Merged;
use super::raw::{self, Raw, Rounding, Sizing};
use super::resolved::{BrokerChoice, HistorySettings, Instruments, Settings};
use crate::brokers::Brokers;

/// Where the prices are, and how they are read.
fn history(check: &Check<'_>, raw: raw::History) -> Result<HistorySettings, Fault> {
    let zone = raw.time_zone.map(|name| name.parse::<Zone>()).transpose();
    let zone = zone.map_err(|UnknownZone(name)| {
        let key = Key::of(["history", "time_zone"]);
        let what = format!("{name:?} is no time zone");
        check.refuse(&key, what, "a name such as \"America/New_York\" or \"UTC\"")
    })?;
    Ok(HistorySettings {
        daily: raw.daily,
        read: ReadOptions {
            time_zone: zone,
            bar: match raw.bar {
                raw::Bar::Start => BarTime::Start,
                raw::Bar::End => BarTime::End,
            },
            lines: false,
        },
        as_of: raw.as_of,
    })
}

/// Checks everything that can be checked without opening a data file.
pub(crate) fn resolve(
    merged: &Merged,
    registry: &Registry,
    brokers: &Brokers,
) -> Result<Settings, Fault> {
    let raw: Raw = merged.config.clone().try_deserialize()?;
    let check = Check { merged };
    let sizing = raw.portfolio.sizing;
    let optional = sizing == Sizing::Reference && raw.portfolio.rounding == Rounding::None;
    let portfolio = book::portfolio(&check, raw.portfolio)?;
    let sleeves = sleeves::sleeves(&check, registry, raw.sleeve, sizing)?;
    let execution = trading::execution(&check, raw.execution)?;
    let base = portfolio.base_currency.clone();
    let broker = broker::choose(&check, brokers, &raw.broker.name, raw.mode)?;
    let ib = ib::account(&check, raw.broker.ib, raw.mode, &base)?;
    if raw.state.snapshot_every == 0 {
        let key = Key::of(["state", "snapshot_every"]);
        let expected = "a number of records, such as 10_000";
        return Err(check.refuse(&key, "snapshot_every is zero", expected));
    }
    let instruments = Instruments {
        base_currency: Some(base),
        optional,
        unrounded: portfolio.plan.rounding == plan::Rounding::None,
        ..Instruments::default()
    };
    let instruments = instruments::instruments(&check, raw.instrument, instruments)?;
    instruments::check_max_child(&check, &instruments, execution.max_child)?;
    instruments::check_quotes(&check, &instruments, execution.quote)?;
    let risk = trading::risk(&check, raw.risk, portfolio.plan.scale.sizing)?;
    Ok(Settings {
        mode: raw.mode,
        state_dir: raw.state.dir.join(directory(raw.mode, &broker)),
        broker,
        snapshot_every: raw.state.snapshot_every,
        keep_all: raw.state.keep_all,
        logs_dir: raw.logs.dir,
        history: history(&check, raw.history)?,
        portfolio,
        sleeves,
        instruments,
        execution,
        risk,
        paper: trading::paper(&check, raw.broker.paper)?,
        ib,
        notify: notify::notify(&check, raw.notify)?,
    })
}

/// Whose truth a state directory holds: one account's, and no other's.
fn directory(mode: Mode, broker: &BrokerChoice) -> String {
    match broker {
        BrokerChoice::Paper => mode.to_string(),
        other => format!("{mode}-{other}"),
    }
}

/// Faults with their place.
pub(crate) struct Check<'a> {
    pub(crate) merged: &'a Merged,
}

impl Check<'_> {
    /// A value that cannot be used.
    pub(crate) fn refuse(
        &self,
        key: &Key,
        what: impl Into<String>,
        expected: impl Into<String>,
    ) -> Fault {
        let (what, expected) = (what.into(), expected.into());
        match self.merged.written(key) {
            Some(written) => Fault::Refused {
                what,
                written: Box::new(written.clone()),
                expected,
            },
            None => Fault::Missing {
                what,
                origin: None,
                expected: format!("{key}: expected {expected}"),
            },
        }
    }

    /// A value that must be there.
    pub(crate) fn missing(
        &self,
        key: &Key,
        what: impl Into<String>,
        expected: impl Into<String>,
    ) -> Fault {
        let above = key.above();
        let table = self.merged.tables.get(&above);
        let value = || self.merged.written(&above).map(|written| &written.origin);
        Fault::Missing {
            what: what.into(),
            origin: table.or_else(value).cloned(),
            expected: expected.into(),
        }
    }

    /// A double that passes.
    pub(crate) fn number(&self, key: &Key, value: f64, domain: Domain) -> Result<f64, Fault> {
        if domain.holds(value) {
            return Ok(value);
        }
        let what = match value {
            value if !value.is_finite() => format!("{} is not finite", key.name()),
            value if value < 0.0 => format!("{} is negative", key.name()),
            _ => format!("{} is zero", key.name()),
        };
        Err(self.refuse(key, what, domain.words()))
    }
}

/// What a double may be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Domain {
    Finite,
    NotNegative,
}

impl Domain {
    fn holds(self, value: f64) -> bool {
        match self {
            Self::Finite => value.is_finite(),
            Self::NotNegative => value.is_finite() && value >= 0.0,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Finite => "a finite number such as 1.0",
            Self::NotNegative => "a finite number, 0 or above",
        }
    }
}
