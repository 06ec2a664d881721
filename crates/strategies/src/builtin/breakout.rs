//! What leaves its channel goes on.

use polyfolio_model::InstrumentId;
use polyfolio_ports::{BadState, Phase, Row, Size, Strategy, VirtualAccount, Wishes};
use serde::{Deserialize, Serialize};

use super::absent::Absent;
use super::by_name;
use super::channel::{High, Low};
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
    /// By column; they follow from the window.
    channels: Vec<Channels>,
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

/// The two channels of an instrument, as far as its direction asks for them.
#[derive(Debug, Clone, Default)]
struct Channels {
    high: High,
    low: Low,
    inner_high: High,
    inner_low: Low,
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
            channels: Vec::new(),
            absent: Absent::default(),
        })
    }

    fn next(&self, side: Side, column: usize, close: f64) -> Side {
        let channels = &self.channels[column];
        match side {
            _ if close > channels.high.value() => Side::Long,
            _ if self.direction.is_short_allowed() && close < channels.low.value() => Side::Short,
            Side::Long if close < channels.inner_low.value() => Side::Flat,
            Side::Short if close > channels.inner_high.value() => Side::Flat,
            side => side,
        }
    }

    fn push(&mut self, row: &Row<'_>) {
        self.memory.window.push(row, self.entry);
        let columns = row.instruments.len();
        self.channels.resize_with(columns, Channels::default);
        for column in (0..columns).filter(|&column| row.has_close(column)) {
            self.widen(column, self.memory.window.len(column));
        }
    }

    /// Takes the last of so many closes of an instrument into its channels.
    fn widen(&mut self, column: usize, count: usize) {
        let closes = &self.memory.window.last(self.entry, column)[..count];
        let inner = &closes[count.saturating_sub(self.exit)..];
        let channels = &mut self.channels[column];
        channels.high.push(closes, self.entry);
        channels.inner_low.push(inner, self.exit);
        if self.direction.is_short_allowed() {
            channels.low.push(closes, self.entry);
            channels.inner_high.push(inner, self.exit);
        }
    }
}

impl Strategy for Breakout {
    fn warm_up(&self) -> usize {
        self.entry
    }

    fn on_row(&mut self, row: &Row<'_>, account: &VirtualAccount<'_>) -> Vec<(InstrumentId, Size)> {
        by_name(self, row, account)
    }

    fn wish(&mut self, row: &Row<'_>, _: &VirtualAccount<'_>, wishes: &mut Wishes) {
        self.memory.sides.resize(row.instruments.len(), Side::Flat);
        let has_enough = |column| self.memory.window.len(column) == self.entry;
        self.absent.look(row, has_enough);
        let is_ready = row.phase != Phase::WarmUp && self.memory.window.longest() == self.entry;
        self.memory.is_ready = is_ready;
        if is_ready {
            let mut sides = std::mem::take(&mut self.memory.sides);
            let next = |column, side| self.next(side, column, row.closes[column]);
            turn(&mut sides, row, has_enough, next, wishes);
            self.memory.sides = sides;
        }
        self.push(row);
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
        let columns = self.memory.window.columns();
        self.channels = vec![Channels::default(); columns];
        for column in 0..columns {
            for count in 1..=self.memory.window.len(column) {
                self.widen(column, count);
            }
        }
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
