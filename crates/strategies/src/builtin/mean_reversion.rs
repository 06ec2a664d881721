//! What stands far from its average comes back.

use polyfolio_analytics::{deviation, mean};
use polyfolio_model::InstrumentId;
use polyfolio_ports::{BadState, Phase, Row, Size, Strategy, VirtualAccount, Wishes};
use serde::{Deserialize, Serialize};

use super::absent::Absent;
use super::by_name;
use super::own_closes::OwnCloses;
use super::rows::Rows;
use super::side::{Direction, Side, told, turn};
use crate::memory;
use crate::params::{Bounds, Param, choice, integer, number};
use crate::{Kind, Source};

/// Buys an instrument whose close stands more than `entry` standard deviations below its moving
/// average, and sells it once it stands at most `exit` of them below.
///
/// z = (close − mean) / deviation of the last `window` closes, today's among them; the deviation is
/// that of a sample (n − 1). Closes that are all the same have z = 0. With [`Direction::LongShort`]
/// an instrument above its average is sold short by the same rule, mirrored. It begins with nothing
/// on the first traded row; what is held then follows from the closes since. An instrument that
/// turns is brought to 1/n of equity or to nothing; the others are left as they are.
///
/// The bands are Bollinger's; entry and exit by z-score are those of Ernest P. Chan (2013),
/// *Algorithmic Trading: Winning Strategies and Their Rationale*, chapter 3.
#[derive(Debug, Clone)]
pub struct MeanReversion {
    window: usize,
    entry: f64,
    exit: f64,
    direction: Direction,
    memory: Memory,
    /// The last `window` rows, as far as they have been seen: what lacks no close is measured there.
    rows: Rows,
    /// Only for [`why`](Strategy::why); known again from the next row.
    absent: Absent,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Memory {
    /// The last `window` closes.
    window: OwnCloses,
    /// How each instrument is held.
    sides: Vec<Side>,
}

impl MeanReversion {
    /// A window of at least 2 rows and z-scores 0 ≤ `exit` < `entry`; otherwise `None`.
    pub fn new(window: usize, entry: f64, exit: f64, direction: Direction) -> Option<Self> {
        let valid = window >= 2 && 0.0 <= exit && exit < entry && entry.is_finite();
        valid.then(|| Self {
            window,
            entry,
            exit,
            direction,
            memory: Memory::default(),
            rows: Rows::default(),
            absent: Absent::default(),
        })
    }

    fn z(&self, column: usize) -> f64 {
        let closes = self.memory.window.last(self.window, column);
        let last = closes[closes.len() - 1];
        if closes.iter().all(|&close| close == last) {
            return 0.0;
        }
        let (mean, deviation) = match self.rows.is_whole(column, self.window) {
            true => (self.rows.mean(column), self.rows.deviation(column)),
            false => (mean(closes), deviation(closes)),
        };
        (last - mean) / deviation
    }

    fn next(&self, side: Side, z: f64) -> Side {
        let short = self.direction.is_short_allowed();
        match side {
            _ if z < -self.entry => Side::Long,
            _ if z > self.entry && short => Side::Short,
            Side::Long if z < -self.exit => Side::Long,
            Side::Short if z > self.exit => Side::Short,
            _ => Side::Flat,
        }
    }
}

impl Strategy for MeanReversion {
    fn warm_up(&self) -> usize {
        self.window - 1
    }

    fn on_row(&mut self, row: &Row<'_>, account: &VirtualAccount<'_>) -> Vec<(InstrumentId, Size)> {
        by_name(self, row, account)
    }

    fn wish(&mut self, row: &Row<'_>, _: &VirtualAccount<'_>, wishes: &mut Wishes) {
        self.memory.window.push(row, self.window);
        let has_close = |column| row.has_close(column);
        self.rows.push(row.closes, has_close, self.window);
        self.memory.sides.resize(row.instruments.len(), Side::Flat);
        let has_enough = |column| self.memory.window.len(column) == self.window;
        self.absent.look(row, has_enough);
        if row.phase == Phase::WarmUp {
            return;
        }
        self.rows.measure();
        let mut sides = std::mem::take(&mut self.memory.sides);
        let has_enough = |column| self.memory.window.len(column) == self.window;
        let next = |column, side| self.next(side, self.z(column));
        turn(&mut sides, row, has_enough, next, wishes);
        self.memory.sides = sides;
    }

    fn why(&self) -> String {
        let (have, window) = (self.memory.window.longest(), self.window);
        if have < window {
            return format!("waits: {have} of {window} closes seen");
        }
        let held = told(&self.memory.sides, self.direction);
        format!(
            "{held}: beyond {}σ of the {window}-day average, not yet back within {}σ{}",
            self.entry, self.exit, self.absent
        )
    }

    fn state(&self) -> Vec<u8> {
        memory::save(&self.memory)
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), BadState> {
        let memory: Memory = memory::load(state)?;
        memory.window.check(self.window, memory.sides.len())?;
        self.memory = memory;
        self.rows.clear();
        Ok(())
    }
}

const PARAMS: &[Param] = &[
    integer(
        "window",
        2,
        20,
        "closes of the average and the deviation, today's among them",
    ),
    number(
        "entry",
        Bounds::POSITIVE,
        2.0,
        "z-score beyond which an instrument is bought (or sold short)",
    ),
    number(
        "exit",
        Bounds::NOT_NEGATIVE,
        0.5,
        "z-score within which it is left again, less than entry",
    ),
    choice(
        "direction",
        Direction::WORDS,
        "whether what stands above its average is sold short",
    ),
];

pub(super) fn kind() -> Kind {
    Kind::new(
        "mean_reversion",
        "buys what fell far below its average, until it is back",
        PARAMS,
        "{ window = 20, entry = 2.0, exit = 0.5, direction = \"long\" }",
        |params| {
            let strategy = MeanReversion::new(
                params.integer("window"),
                params.number("entry"),
                params.number("exit"),
                Direction::of(params),
            );
            let refuse = || params.refuse("exit", "less than \"entry\"");
            strategy.map(Source::strategy).ok_or_else(refuse)
        },
    )
    .about(
        "The z-score of an instrument is its close less the mean of the last `window` closes, \
         divided by their standard deviation (n − 1). Below −`entry` it is bought, from −`exit` on \
         it is sold again; with direction = \"long_short\" it is sold short above `entry` and bought \
         back from `exit` on. Closes that are all the same have a z-score of 0.\n\n\
         It is looked at on every row. An instrument that turns is brought to 1/n of the equity, n \
         being the size of the universe, or to nothing; the others are left as they are. It begins \
         with nothing on the first traded row, so what it holds follows from the closes since.",
    )
    .reference(
        "Ernest P. Chan (2013), Algorithmic Trading: Winning Strategies and Their Rationale, \
         chapter 3 (Bollinger bands); John Bollinger (2001), Bollinger on Bollinger Bands",
    )
    .warm_up("`window` closes, today's among them")
}
