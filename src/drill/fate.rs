//! When a start of the program is to be killed.
//!
//! Kills in time alone would land in start-up, which takes longest. So most fates wait for a sign
//! on disk first: so many more records of ours, or so many more events of the venue's.

use std::fmt;
use std::time::Duration;

use super::chance::Chance;
use super::life::Ending;

/// What is waited for before the kill, and how long afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// Nothing: so long after the start.
    Start,
    /// So many records more than at the start.
    Records(u64),
    /// So many events of the venue more than at the start.
    Events(u64),
    /// It is not killed.
    Never,
}

/// How one start of the program goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fate {
    pub(super) sign: Sign,
    pub(super) wait: Duration,
    /// As `--speed` takes it.
    pub(super) pace: &'static str,
}

impl Fate {
    pub(super) fn whole() -> Self {
        Self {
            sign: Sign::Never,
            wait: Duration::ZERO,
            pace: "max",
        }
    }
}

/// What was seen of one start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tempo {
    /// From the start to the first thing it wrote.
    pub(super) first_sign: Option<Duration>,
    pub(super) records: u64,
    pub(super) events: u64,
}

/// Draws fates, from what earlier starts took.
#[derive(Clone, Debug)]
pub(super) struct Fates {
    /// How long a start usually takes.
    start_up: Duration,
    /// How many records, and events, an unbroken rebalance usually writes.
    run_length: u64,
    /// What this rebalance has written so far.
    so_far: u64,
    kills_left: u64,
    is_again: bool,
}

impl Default for Fates {
    fn default() -> Self {
        Self {
            start_up: Duration::from_millis(100),
            run_length: 800,
            so_far: 0,
            kills_left: 0,
            is_again: false,
        }
    }
}

impl Fates {
    /// A rebalance begins; it ends by itself after so many kills at the latest.
    pub(super) fn begin(&mut self, chance: &mut Chance) {
        self.kills_left = chance.within(4..=20);
        self.so_far = 0;
    }

    pub(super) fn next(&mut self, chance: &mut Chance) -> Fate {
        if self.kills_left == 0 {
            return Fate::whole();
        }
        let pace = chance.one_of("max", &["max", "max", "max", "1000", "300"]);
        let (sign, wait) = match chance.within(0..=99) {
            // Killed while it recovers from a kill: twice in a row, or more.
            dice if dice < 20 || (self.is_again && dice < 35) => {
                (Sign::Start, self.part_of_start_up(chance))
            }
            dice if dice < 55 => (Sign::Records(self.part_of_run(chance)), moment(chance)),
            _ => (Sign::Events(self.part_of_run(chance)), moment(chance)),
        };
        Fate { sign, wait, pace }
    }

    fn part_of_start_up(&self, chance: &mut Chance) -> Duration {
        // A little longer than a start usually takes.
        let longest = u64::try_from(self.start_up.as_micros()).unwrap_or(u64::MAX) / 4 * 5;
        Duration::from_micros(chance.within(0..=longest))
    }

    /// Often just after the first sign, where what was in the air is settled and sent again.
    fn part_of_run(&self, chance: &mut Chance) -> u64 {
        let most = if chance.percent(30) {
            6
        } else {
            self.run_length / 5
        };
        chance.within(1..=most.max(2))
    }

    /// Learns from how a start went.
    pub(super) fn learn(&mut self, ending: &Ending, tempo: &Tempo) {
        self.so_far += tempo.records.max(tempo.events);
        self.is_again = matches!(ending, Ending::Killed(_));
        match ending {
            Ending::Killed(_) => self.kills_left = self.kills_left.saturating_sub(1),
            Ending::Done => self.run_length = (self.run_length * 3 + self.so_far.max(20)) / 4,
            Ending::Stopped(_) | Ending::Failed(_) => {}
        }
        if let Some(took) = tempo.first_sign {
            self.start_up = (self.start_up * 3 + took) / 4;
        }
    }
}

/// A moment after a sign: nothing, or the length of a write or two.
fn moment(chance: &mut Chance) -> Duration {
    if chance.percent(50) {
        Duration::ZERO
    } else {
        Duration::from_micros(chance.within(1..=3_000))
    }
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let after = self.wait;
        match self.sign {
            Sign::Start => write!(f, "kill {after:?} after the start"),
            Sign::Records(count) => write!(f, "kill {after:?} after {count} records"),
            Sign::Events(count) => write!(f, "kill {after:?} after {count} events"),
            Sign::Never => write!(f, "to its end"),
        }?;
        write!(f, " at speed {}", self.pace)
    }
}

impl fmt::Display for Tempo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} records, {} events", self.records, self.events)?;
        match self.first_sign {
            Some(after) => write!(f, ", the first after {} ms", after.as_millis()),
            None => Ok(()),
        }
    }
}
