//! One seed to be tried: as it is drawn, or with parts of it left out; under the protocol, or
//! without one of its rules.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::mutation::Mutation;
use crate::scenario::Scenario;

/// What is to be simulated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trial {
    /// Everything follows from it.
    pub seed: u64,
    /// What is broken.
    pub mutation: Option<Mutation>,
    /// What is left out.
    pub without: Without,
}

impl Trial {
    /// A seed as it is drawn.
    pub fn of(seed: u64, mutation: Option<Mutation>) -> Self {
        Self {
            seed,
            mutation,
            without: Without::default(),
        }
    }

    /// What it means.
    pub fn scenario(&self) -> Scenario {
        let mut scenario = Scenario::draw(self.seed);
        let left_out = |part: Part, place: usize| self.without.0.contains(&(part, place));
        drop_places(&mut scenario.crashes, |place| left_out(Part::Crash, place));
        drop_places(&mut scenario.doings, |place| left_out(Part::Doing, place));
        drop_places(&mut scenario.wishes, |place| left_out(Part::Wish, place));
        let mut before = 0;
        for run in &mut scenario.runs {
            let parents = run.parents.len();
            drop_places(&mut run.parents, |place| {
                left_out(Part::Order, before + place)
            });
            before += parents;
        }
        drop_places(&mut scenario.runs, |place| left_out(Part::Run, place));
        scenario
    }
}

/// A part of a scenario that can be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A death.
    Crash,
    /// A run.
    Run,
    /// A parent order, counted through all runs.
    Order,
    /// What the venue does by itself.
    Doing,
    /// What a person wants.
    Wish,
}

impl Part {
    /// All of them, in the order in which a failing seed is made smaller.
    pub const ALL: [Self; 5] = [Self::Crash, Self::Run, Self::Wish, Self::Doing, Self::Order];

    fn letter(self) -> char {
        match self {
            Self::Crash => 'c',
            Self::Run => 'r',
            Self::Order => 'o',
            Self::Doing => 'd',
            Self::Wish => 'w',
        }
    }

    /// How many there are.
    pub fn count(self, scenario: &Scenario) -> usize {
        match self {
            Self::Crash => scenario.crashes.len(),
            Self::Run => scenario.runs.len(),
            Self::Order => scenario.runs.iter().map(|run| run.parents.len()).sum(),
            Self::Doing => scenario.doings.len(),
            Self::Wish => scenario.wishes.len(),
        }
    }
}

/// What is left out, written `c0.c3.w1`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Without(pub BTreeSet<(Part, usize)>);

impl fmt::Display for Without {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (count, (part, place)) in self.0.iter().enumerate() {
            let dot = if count > 0 { "." } else { "" };
            write!(f, "{dot}{}{place}", part.letter())?;
        }
        Ok(())
    }
}

/// Text that does not say what is left out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} does not name a part of a scenario; they are written like c0.c3.w1")]
pub struct NotAPart(String);

impl FromStr for Without {
    type Err = NotAPart;

    fn from_str(text: &str) -> Result<Self, NotAPart> {
        let words = text.split('.').filter(|word| !word.is_empty());
        words.map(part).collect::<Result<_, _>>().map(Self)
    }
}

fn part(word: &str) -> Result<(Part, usize), NotAPart> {
    let wrong = || NotAPart(word.to_owned());
    let mut letters = word.chars();
    let letter = letters.next().ok_or_else(wrong)?;
    let part = Part::ALL.into_iter().find(|part| part.letter() == letter);
    let place = letters.as_str().parse().map_err(|_| wrong())?;
    Ok((part.ok_or_else(wrong)?, place))
}

fn drop_places<T>(list: &mut Vec<T>, is_dropped: impl Fn(usize) -> bool) {
    let mut place = 0..;
    list.retain(|_| !place.next().is_some_and(&is_dropped));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_reads_as_it_is_written() {
        let without = Without([(Part::Wish, 1), (Part::Crash, 0), (Part::Crash, 13)].into());
        assert_eq!(without.to_string(), "c0.c13.w1");
        assert_eq!("c0.c13.w1".parse(), Ok(without));
        assert_eq!("".parse(), Ok(Without::default()));
        assert!("c".parse::<Without>().is_err() && "x1".parse::<Without>().is_err());
    }

    #[test]
    fn what_is_left_out_is_not_in_the_scenario() {
        let whole = Trial::of(3, None);
        for part in Part::ALL {
            let count = part.count(&whole.scenario());
            let mut trial = whole.clone();
            trial.without.0.insert((part, 0));
            let left = part.count(&trial.scenario());
            assert!(left < count || count == 0, "{part:?}: {left} of {count}");
        }
    }
}
