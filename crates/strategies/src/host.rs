//! What stands behind one sleeve, whatever its kind.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::NaiveDate;
use polyfolio_market_data::History;
use polyfolio_model::InstrumentId;
use polyfolio_ports::{Strategy, Targets};

use crate::{Evaluation, Settings, StrategyError, TargetsFile, evaluate, replay};

/// Makes a strategy that has seen nothing.
pub type StrategyFactory = Arc<dyn Fn() -> Box<dyn Strategy> + Send + Sync>;

/// Where an evaluation comes from.
#[derive(Clone)]
pub enum Source {
    /// A strategy, replayed.
    Replayed(StrategyFactory),
    /// A file that another program writes; it is read at every evaluation.
    File(PathBuf),
}

impl Source {
    /// Copies of one strategy that has seen nothing.
    pub fn strategy(fresh: impl Strategy + Clone + Sync + 'static) -> Self {
        Self::Replayed(Arc::new(move || Box::new(fresh.clone())))
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Replayed(_) => f.write_str("Replayed(..)"),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
        }
    }
}

/// One sleeve's strategy with its settings. Cheap to clone; two clones share nothing that changes.
#[derive(Debug, Clone)]
pub struct Host {
    source: Source,
    settings: Settings,
}

impl Host {
    /// A source under settings; a file takes no notice of them.
    ///
    /// # Errors
    /// Settings that no account can be kept with.
    pub fn new(source: Source, settings: Settings) -> Result<Self, StrategyError> {
        settings.validate()?;
        Ok(Self { source, settings })
    }

    /// Where evaluations come from.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Instruments that its parameters name, which its universe must have.
    pub fn names(&self) -> Vec<InstrumentId> {
        match &self.source {
            Source::Replayed(make) => make().names(),
            Source::File(_) => Vec::new(),
        }
    }

    /// What the strategy has come to at `as_of`, from scratch: the same history gives the same
    /// answer. A panic of the strategy is not caught here.
    ///
    /// A targets file answers with what it holds, whatever `as_of` is; compare
    /// [`Evaluation::as_of`].
    ///
    /// # Errors
    /// As [`evaluate`] and [`TargetsFile::read`].
    pub fn evaluate(
        &self,
        history: &History,
        as_of: Option<NaiveDate>,
    ) -> Result<Evaluation, StrategyError> {
        match &self.source {
            Source::Replayed(make) => evaluate(make().as_mut(), history, &self.settings, as_of),
            Source::File(path) => TargetsFile::read(path).map(Evaluation::from),
        }
    }

    /// What a plan needs of [`evaluate`](Self::evaluate), bit for bit, and no more: positions, the
    /// line that says why, and the NAV, either all of it or the last row up to `nav_since` and what
    /// lies behind it. A targets file gives all it has.
    ///
    /// # Errors
    /// As [`evaluate`](Self::evaluate).
    pub fn targets(
        &self,
        history: &History,
        as_of: Option<NaiveDate>,
        nav_since: Option<NaiveDate>,
    ) -> Result<Targets, StrategyError> {
        match &self.source {
            Source::Replayed(make) => {
                let mut strategy = make();
                replay::targets(strategy.as_mut(), history, &self.settings, as_of, nav_since)
            }
            Source::File(path) => {
                let read = Evaluation::from(TargetsFile::read(path)?);
                Ok(Targets {
                    positions: read.positions.into_iter().collect(),
                    nav: read.nav,
                    why: read.why,
                })
            }
        }
    }
}
