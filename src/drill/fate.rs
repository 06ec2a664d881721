//! When a start of the program is to be killed.
//!
//! Kills in time alone would land in start-up, which takes longest. So most fates wait for a sign
//! on disk first: so many more records of ours, or so many more events of the venue's.

use std::fmt;
use std::time::Duration;

use super::chance::Chance;
use super::life::Ending;
use super::trouble::{self, Trouble};

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

/// Who is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Victim {
    /// The program.
    Program,
    /// The gateway, while the program goes on.
    Gateway,
    /// One and then, at once, the other.
    Both,
}

impl Victim {
    /// As the drill's answer names it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Program => "program",
            Self::Gateway => "gateway",
            Self::Both => "both",
        }
    }
}

/// How one start of the program goes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fate {
    pub(super) sign: Sign,
    pub(super) wait: Duration,
    /// As `--speed` takes it.
    pub(super) pace: &'static str,
    pub(super) victim: Victim,
    /// Which of both dies first.
    pub(super) is_program_first: bool,
    /// How long a gateway that was killed stays away.
    pub(super) away: Duration,
    /// What goes wrong on the wire meanwhile, in the order of their moments.
    pub(super) troubles: Vec<Trouble>,
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
    /// Whether there is a gateway to kill, and a wire to it.
    has_wire: bool,
}

/// How many kills there are at most once the time of a run is over, where time goes by the clock.
const LATE_KILLS_MAX: u64 = 2;

/// The longest that a gateway that was killed stays away.
const AWAY_MILLIS_MAX: u64 = 600;

impl Fates {
    /// The fates of a program that trades at a venue of its own process, or over a wire.
    pub(super) fn of(has_wire: bool) -> Self {
        Self {
            start_up: Duration::from_millis(100),
            run_length: 800,
            so_far: 0,
            kills_left: 0,
            is_again: false,
            has_wire,
        }
    }

    /// To its end, and nothing goes wrong.
    pub(super) fn whole(&self) -> Fate {
        Fate {
            sign: Sign::Never,
            wait: Duration::ZERO,
            // Over a wire time goes as it goes.
            pace: if self.has_wire { "1" } else { "max" },
            victim: Victim::Program,
            is_program_first: false,
            away: Duration::ZERO,
            troubles: Vec::new(),
        }
    }

    /// A rebalance begins; it ends by itself after so many kills at the latest.
    pub(super) fn begin(&mut self, chance: &mut Chance) {
        // By the clock on the wall there are fewer runs to kill.
        let fewest = if self.has_wire { 10 } else { 4 };
        self.kills_left = chance.within(fewest..=20);
        self.so_far = 0;
    }

    /// What comes next; `is_late` when the time of the run is over, or is about to be.
    pub(super) fn next(&mut self, chance: &mut Chance, is_late: bool) -> Fate {
        if is_late && self.has_wire {
            self.kills_left = self.kills_left.min(LATE_KILLS_MAX);
        }
        if self.kills_left == 0 {
            return self.whole();
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
        let fate = Fate {
            sign,
            wait,
            pace,
            ..self.whole()
        };
        if self.has_wire {
            over_a_wire(fate, chance, is_late)
        } else {
            fate
        }
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
        } else if self.has_wire {
            self.run_length / 12
        } else {
            self.run_length / 5
        };
        chance.within(1..=most.max(2))
    }

    /// A kill landed.
    pub(super) fn landed(&mut self) {
        self.kills_left = self.kills_left.saturating_sub(1);
    }

    /// Learns from how a start went.
    pub(super) fn learn(&mut self, ending: &Ending, tempo: &Tempo) {
        self.so_far += tempo.records.max(tempo.events);
        self.is_again = matches!(ending, Ending::Killed(_));
        match ending {
            Ending::Killed(_) => self.landed(),
            Ending::Done => self.run_length = (self.run_length * 3 + self.so_far.max(20)) / 4,
            Ending::Unreachable | Ending::Stopped(_) | Ending::Failed(_) => {}
        }
        if let Some(took) = tempo.first_sign {
            self.start_up = (self.start_up * 3 + took) / 4;
        }
    }
}

/// The same, with a gateway that may be killed and a wire that may fail. Time goes as it goes there.
///
/// An order that is lost while its run or its sweep has time is sent again under its id, once it is
/// proved absent. One that is lost so late that the proof takes longer is left to a person's word. So
/// what loses orders is drawn less often then.
fn over_a_wire(fate: Fate, chance: &mut Chance, is_late: bool) -> Fate {
    use Victim::{Both, Gateway, Program};
    let often = [Program, Program, Program, Program, Gateway, Gateway, Both];
    let spares = is_late && !chance.percent(15);
    let victim = match spares {
        true => Program,
        false => chance.one_of(Program, &often),
    };
    let away = if chance.percent(30) {
        0
    } else {
        chance.within(1..=AWAY_MILLIS_MAX)
    };
    let records = match fate.sign {
        Sign::Records(count) | Sign::Events(count) => count,
        Sign::Start | Sign::Never => 0,
    };
    Fate {
        pace: "1",
        victim,
        is_program_first: chance.percent(50),
        away: Duration::from_millis(away),
        troubles: trouble::draw(chance, records, spares),
        ..fate
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
        let (after, victim) = (self.wait, self.victim.name());
        match self.sign {
            Sign::Start => write!(f, "kill {victim} {after:?} after the start"),
            Sign::Records(count) => write!(f, "kill {victim} {after:?} after {count} records"),
            Sign::Events(count) => write!(f, "kill {victim} {after:?} after {count} events"),
            Sign::Never => write!(f, "to its end"),
        }?;
        write!(f, " at speed {}", self.pace)?;
        for trouble in &self.troubles {
            write!(f, ", {trouble}")?;
        }
        Ok(())
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
