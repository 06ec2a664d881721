//! What leaves its channel goes on.

use polyfolio_model::InstrumentId;
use polyfolio_ports::{BadState, Phase, Row, Size, Strategy, VirtualAccount};
use serde::{Deserialize, Serialize};

use super::absent::Absent;
use super::own_closes::OwnCloses;
use super::side::{Direction, Side, told, turn};
use crate::memory;
use crate::params::{Param, choice, integer};
use crate::{Kind, Source};

/// Buys an instrument that closes above every one of its last `entry` closes and sells it when it
/// closes below every one of its last `exit` closes, today's not counted among them.
///
/// With [`Direction::LongShort`] the mirrored rule sells short. As `exit` ≤ `entry`, what breaks
/// out on the other side leaves and turns on the same row. It begins with nothing on the first
/// traded row. An instrument that turns is brought to 1/n of equity or to nothing; the others are
/// left as they are. A close that equals the channel is inside it.
///
/// The channel is Richard Donchian's; entry and exit are those that Curtis M. Faith (2007), *Way of
/// the Turtle*, appendix "The Original Turtle Trading Rules", gives (55/20 and 20/10), here by
/// closes and without the rules on size, stops and adding to a position.
#[derive(Debug, Clone)]
pub struct Breakout {
    entry: usize,
    exit: usize,
    direction: Direction,
    memory: Memory,
    /// Only for [`why`](Strategy::why); known again from the next row.
    absent: Absent,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Memory {
    /// The last `entry` closes.
    window: OwnCloses,
    /// How each instrument is held.
    sides: Vec<Side>,
    /// Whether a row has been traded that had the whole channel behind it.
    is_ready: bool,
}

/// The highest and the lowest of some closes.
struct Channel {
    high: f64,
    low: f64,
}

impl Channel {
    fn of(closes: impl Iterator<Item = f64>) -> Self {
        let nothing = Self {
            high: f64::NEG_INFINITY,
            low: f64::INFINITY,
        };
        closes.fold(nothing, |channel, close| Self {
            high: channel.high.max(close),
            low: channel.low.min(close),
        })
    }
}

impl Breakout {
    /// Rows of the two channels, 1 ≤ `exit` ≤ `entry`; otherwise `None`.
    pub fn new(entry: usize, exit: usize, direction: Direction) -> Option<Self> {
        let valid = 1 <= exit && exit <= entry;
        valid.then(|| Self {
            entry,
            exit,
            direction,
            memory: Memory::default(),
            absent: Absent::default(),
        })
    }

    fn next(&self, side: Side, column: usize, close: f64) -> Side {
        let channel = |rows| Channel::of(self.memory.window.last(rows, column));
        let (outer, inner) = (channel(self.entry), channel(self.exit));
        match side {
            _ if close > outer.high => Side::Long,
            _ if close < outer.low && self.direction.is_short_allowed() => Side::Short,
            Side::Long if close < inner.low => Side::Flat,
            Side::Short if close > inner.high => Side::Flat,
            side => side,
        }
    }
}

impl Strategy for Breakout {
    fn warm_up(&self) -> usize {
        self.entry
    }

    fn on_row(&mut self, row: &Row<'_>, _: &VirtualAccount<'_>) -> Vec<(InstrumentId, Size)> {
        self.memory.sides.resize(row.instruments.len(), Side::Flat);
        let has_enough = |column| self.memory.window.len(column) == self.entry;
        self.absent = Absent::of(row, has_enough);
        let is_ready = row.phase != Phase::WarmUp && self.memory.window.longest() == self.entry;
        self.memory.is_ready = is_ready;
        let mut wishes = Vec::new();
        if self.memory.is_ready {
            let mut sides = std::mem::take(&mut self.memory.sides);
            let has_enough = |column| self.memory.window.len(column) == self.entry;
            wishes = turn(&mut sides, row, has_enough, |column, side| {
                self.next(side, column, row.closes[column])
            });
            self.memory.sides = sides;
        }
        self.memory.window.push(row, self.entry);
        wishes
    }

    fn why(&self) -> String {
        let (entry, exit) = (self.entry, self.exit);
        if !self.memory.is_ready {
            let have = self.memory.window.longest();
            return format!("waits: {have} of {} closes seen", entry + 1);
        }
        let held = told(&self.memory.sides, self.direction);
        let absent = &self.absent;
        format!("{held}: left their {entry}-day channel, inside the {exit}-day one since{absent}")
    }

    fn state(&self) -> Vec<u8> {
        memory::save(&self.memory)
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), BadState> {
        let memory: Memory = memory::load(state)?;
        memory.window.check(self.entry, memory.sides.len())?;
        self.memory = memory;
        Ok(())
    }
}

const PARAMS: &[Param] = &[
    integer(
        "entry",
        1,
        55,
        "closes of the channel that is broken out of",
    ),
    integer(
        "exit",
        1,
        20,
        "closes of the channel that ends it, at most entry",
    ),
    choice(
        "direction",
        Direction::WORDS,
        "whether what falls out of its channel is sold short",
    ),
];

pub(super) fn kind() -> Kind {
    Kind::new(
        "breakout",
        "buys what closes above its Donchian channel",
        PARAMS,
        "{ entry = 55, exit = 20, direction = \"long\" }",
        |params| {
            let strategy = Breakout::new(
                params.integer("entry"),
                params.integer("exit"),
                Direction::of(params),
            );
            let refuse = || params.refuse("exit", "at most \"entry\"");
            strategy.map(Source::strategy).ok_or_else(refuse)
        },
    )
    .about(
        "An instrument is bought when it closes above the highest of its `entry` closes before, and \
         sold when it closes below the lowest of its `exit` closes before. With direction = \
         \"long_short\" it is sold short below the lowest of `entry` closes and bought back above the \
         highest of `exit`; what breaks out on the other side turns on the same row. A close that \
         equals the channel is inside it.\n\n\
         It is looked at on every row. An instrument that turns is brought to 1/n of the equity, n \
         being the size of the universe, or to nothing; the others are left as they are. It begins \
         with nothing on the first traded row, so what it holds follows from the closes since. The \
         turtles' sizes by volatility, stops and additions are not part of it.",
    )
    .reference(
        "Richard Donchian's channel, with the entries and exits of Curtis M. Faith (2007), Way of \
         the Turtle, appendix: The Original Turtle Trading Rules (systems 20/10 and 55/20)",
    )
    .warm_up("`entry` closes before today's")
}
