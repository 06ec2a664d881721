//! Strategy kinds by name.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::Value;

use crate::builtin::{EqualWeight, Momentum, SmaCross};
use crate::nearest::nearest;
use crate::params::{Param, ParamError, ParamType, Params};
use crate::{Host, Settings, Source, StrategyError};

type Build = Arc<dyn Fn(&Params) -> Result<Source, ParamError> + Send + Sync>;

/// A kind of strategy: what it is, what it takes, how one is made. One kind may stand behind many
/// sleeves.
#[derive(Clone, Serialize)]
pub struct Kind {
    /// The name in a config.
    pub name: &'static str,
    /// One line on what it does.
    pub summary: &'static str,
    /// The parameters it takes.
    pub params: &'static [Param],
    /// The parameters as they might stand in a config (TOML).
    pub example: &'static str,
    #[serde(skip)]
    build: Build,
}

impl Kind {
    /// A kind; `build` gets parameters that are complete and of the declared types.
    pub fn new(
        name: &'static str,
        summary: &'static str,
        params: &'static [Param],
        example: &'static str,
        build: impl Fn(&Params) -> Result<Source, ParamError> + Send + Sync + 'static,
    ) -> Self {
        Self {
            name,
            summary,
            params,
            example,
            build: Arc::new(build),
        }
    }

    /// What stands behind a sleeve with these parameters (`null` or a table).
    ///
    /// # Errors
    /// Names the parameter that is unknown, missing or wrong.
    pub fn source(&self, params: &Value) -> Result<Source, ParamError> {
        (self.build)(&Params::check(
            self.name,
            self.params,
            self.example,
            params,
        )?)
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kind")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// All kinds, in the order they were registered.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    kinds: IndexMap<&'static str, Kind>,
}

impl Registry {
    /// Nothing yet.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The kinds that come with polyfolio.
    pub fn builtin() -> Self {
        let mut registry = Self::empty();
        for kind in [equal_weight(), sma_cross(), momentum(), targets_file()] {
            registry.register(kind);
        }
        registry
    }

    /// Adds a kind; one of the same name is replaced and returned.
    pub fn register(&mut self, kind: Kind) -> Option<Kind> {
        self.kinds.insert(kind.name, kind)
    }

    /// All kinds.
    pub fn kinds(&self) -> impl Iterator<Item = &Kind> {
        self.kinds.values()
    }

    /// The kind of that name.
    ///
    /// # Errors
    /// Names the nearest kind and all there are.
    pub fn kind(&self, name: &str) -> Result<&Kind, StrategyError> {
        self.kinds
            .get(name)
            .ok_or_else(|| StrategyError::UnknownKind {
                kind: name.to_owned(),
                nearest: nearest(name, self.kinds.keys().copied()),
                known: self.kinds.keys().copied().collect::<Vec<_>>().join(", "),
            })
    }

    /// A host for one sleeve.
    ///
    /// # Errors
    /// An unknown kind, a parameter that is not accepted, or impossible settings.
    pub fn host(
        &self,
        kind: &str,
        params: &Value,
        settings: Settings,
    ) -> Result<Host, StrategyError> {
        Host::new(self.kind(kind)?.source(params)?, settings)
    }
}

fn equal_weight() -> Kind {
    Kind::new(
        "equal_weight",
        "the same weight in everything, rebalanced at month ends",
        &[],
        "{}",
        |_| Ok(Source::strategy(EqualWeight::default())),
    )
}

const fn integer(name: &'static str, min: u32, default: u32, doc: &'static str) -> Param {
    Param {
        name,
        kind: ParamType::Integer {
            min,
            default: Some(default),
        },
        doc,
    }
}

fn sma_cross() -> Kind {
    const PARAMS: &[Param] = &[
        integer("fast", 1, 50, "rows of the fast average"),
        integer("slow", 2, 200, "rows of the slow average, more than fast"),
    ];
    Kind::new(
        "sma_cross",
        "holds an instrument while its fast moving average is above the slow one",
        PARAMS,
        "{ fast = 50, slow = 200 }",
        |params| {
            let strategy = SmaCross::new(params.integer("fast"), params.integer("slow"));
            let refuse = || params.refuse("slow", "more than \"fast\"");
            strategy.map(Source::strategy).ok_or_else(refuse)
        },
    )
}

fn momentum() -> Kind {
    const PARAMS: &[Param] = &[
        integer(
            "lookback_months",
            1,
            12,
            "months back to where the return is measured from",
        ),
        integer(
            "skip_months",
            0,
            1,
            "months back to where it is measured to, below the lookback",
        ),
        integer("top", 1, 5, "how many of the best to hold, at 1/top each"),
    ];
    Kind::new(
        "momentum",
        "each month holds what rose most over the last months, the latest left out",
        PARAMS,
        "{ lookback_months = 12, skip_months = 1, top = 5 }",
        |params| {
            let months = |name| params.integer(name);
            let strategy = Momentum::new(
                months("lookback_months"),
                months("skip_months"),
                months("top"),
            );
            let refuse = || params.refuse("skip_months", "less than \"lookback_months\"");
            strategy.map(Source::strategy).ok_or_else(refuse)
        },
    )
}

fn targets_file() -> Kind {
    const PARAMS: &[Param] = &[Param {
        name: "path",
        kind: ParamType::Text { default: None },
        doc: "the JSON file: {\"nav\": [[date, value], …], \"positions\": {symbol: units, …}}",
    }];
    Kind::new(
        "targets_file",
        "positions and NAV series that another program writes",
        PARAMS,
        "{ path = \"my-targets.json\" }",
        |params| Ok(Source::File(PathBuf::from(params.text("path")))),
    )
}
