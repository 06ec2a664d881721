//! Ways to break the protocol: within the core, one rule at a time, and outside of it, in the
//! driver that performs effects, in what the router is told of the venue, in what a start finds.
//! A simulation that does not notice them proves nothing.

use std::fmt;
use std::str::FromStr;

use polyfolio_oms::Rule;

/// Something that is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mutation {
    /// The core does not keep this rule.
    Without(Rule),
    /// Orders leave before the append that stands before them.
    SubmitBeforeAppend,
    /// An append is taken for durable when it has only been written.
    AppendWithoutFlush,
    /// A start does not find the last intent.
    LoseLastIntent,
    /// A repeated execution comes under an id of its own.
    RepeatsAsNew,
    /// "Could not ask" is passed on as "asked, and nothing is there".
    FailedMeansEmpty,
    /// The router does not know that a submit may still be on its way.
    ForgetHorizon,
    /// The router does not know that a last fill may come after the close.
    ForgetSettle,
    /// A start does not wait for what the broker knows: the executions in a snapshot are dropped.
    SkipFillsOfSnapshots,
    /// A cancel is taken for done when it is asked for.
    AskedMeansCanceled,
    /// A submit that vanished is taken for one of which no byte left.
    SilenceMeansNotSent,
}

impl Mutation {
    /// All that are outside the core.
    const DRIVERS: [Self; 10] = [
        Self::SubmitBeforeAppend,
        Self::AppendWithoutFlush,
        Self::LoseLastIntent,
        Self::RepeatsAsNew,
        Self::FailedMeansEmpty,
        Self::ForgetHorizon,
        Self::ForgetSettle,
        Self::SkipFillsOfSnapshots,
        Self::AskedMeansCanceled,
        Self::SilenceMeansNotSent,
    ];

    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        let core = Rule::ALL.into_iter().map(Self::Without);
        Self::DRIVERS.into_iter().chain(core)
    }
}

impl fmt::Display for Mutation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Without(rule) => write!(f, "without-{rule:?}"),
            driver => write!(f, "{driver:?}"),
        }
    }
}

/// A name that no mutation has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no mutation is called {0:?}; there are: {1}")]
pub struct NoSuchMutation(String, String);

impl FromStr for Mutation {
    type Err = NoSuchMutation;

    fn from_str(text: &str) -> Result<Self, NoSuchMutation> {
        let found = Self::all().find(|mutation| mutation.to_string() == text);
        found.ok_or_else(|| {
            let names: Vec<String> = Self::all().map(|mutation| mutation.to_string()).collect();
            NoSuchMutation(text.to_owned(), names.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mutation_is_found_by_its_name() {
        for mutation in Mutation::all() {
            assert_eq!(mutation.to_string().parse(), Ok(mutation));
        }
        let error = "nothing".parse::<Mutation>().unwrap_err();
        assert!(error.to_string().contains("without-FillsCountOnce"));
    }
}
