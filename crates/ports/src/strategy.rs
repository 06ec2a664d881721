//! What proposes: a strategy sees one row of closes after the other and says what it wants to hold.
//!
//! A strategy lives in a virtual account of its own, which its host keeps over the history: wishes
//! are filled there, so every strategy has a NAV series and positions before any of them is traded.
//! It knows nothing of weights, of other strategies, of brokers or of the time of day.

use chrono::NaiveDate;
use polyfolio_model::{InstrumentId, Price};

/// How much of an instrument a strategy wants to hold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Size {
    /// A share of the strategy's own equity at this row: 0.05 is 5 %, negative is short.
    Weight(f64),
    /// So many units, negative is short.
    Quantity(f64),
}

/// Where a row stands in a strategy's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Before the start: to be looked at; wishes are not heard.
    WarmUp,
    /// The first row that is traded.
    First,
    /// Any later row.
    Trading,
}

/// One date and the closes known on it. The slices have one entry per instrument of the universe,
/// all in the same order, which never changes.
///
/// Rows are the dates on which any instrument of the history closed; one that begins later, ends
/// earlier or lacks a day has no close on some of them. Its last close stands there then, so that
/// what is held has a value, and `ages` tells how old it is. A signal is computed of an
/// instrument's own closes: those with an age of 0.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// The trading day.
    pub date: NaiveDate,
    /// Whether the strategy trades yet.
    pub phase: Phase,
    /// Whether the next row lies in another month. Never true for the last row there is: that a
    /// month has ended is known when the next one begins.
    pub is_month_end: bool,
    /// The universe.
    pub instruments: &'a [InstrumentId],
    /// The last closes; NaN where there was none yet.
    pub closes: &'a [f64],
    /// The same closes, exact, for decisions that must not hang on rounding; zero where there was
    /// none yet.
    pub prices: &'a [Price],
    /// How many days old each close is: 0 for one of this row, [`NEVER`](Row::NEVER) where there
    /// was none yet.
    pub ages: &'a [u16],
}

impl Row<'_> {
    /// The age of a close that has not been yet.
    pub const NEVER: u16 = u16::MAX;
    /// The greatest age, in days, at which an instrument still counts as one that trades: longer
    /// than any holiday, and shorter than a month.
    pub const CURRENT_AGE_MAX: u16 = 14;

    /// Whether an instrument closed on this row.
    pub fn has_close(&self, column: usize) -> bool {
        self.ages[column] == 0
    }

    /// Whether an instrument closed on this row or not long before it. One that has not is not
    /// there yet, or is gone as far as can be known.
    pub fn is_current(&self, column: usize) -> bool {
        self.ages[column] <= Self::CURRENT_AGE_MAX
    }

    /// Whether an instrument has closed before, and not for so long that it is taken as gone.
    pub fn is_gone(&self, column: usize) -> bool {
        let age = self.ages[column];
        age > Self::CURRENT_AGE_MAX && age != Self::NEVER
    }
}

/// A strategy's own account at the close of a row, after what was filled there before.
#[derive(Clone, Copy, Debug)]
pub struct VirtualAccount<'a> {
    /// The universe.
    pub instruments: &'a [InstrumentId],
    /// Units held, one entry per instrument, in the order of the universe.
    pub positions: &'a [f64],
    /// Cash; a little below zero is possible, as fees are not set aside.
    pub cash: f64,
    /// Cash and positions at the closes of the row.
    pub equity: f64,
}

impl VirtualAccount<'_> {
    /// Units held of an instrument; 0 for one outside the universe.
    pub fn position(&self, instrument: &InstrumentId) -> f64 {
        let column = self.instruments.iter().position(|have| have == instrument);
        column.map_or(0.0, |column| self.positions[column])
    }
}

/// Which rows a strategy has to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looks {
    /// Every one.
    EveryRow,
    /// The first traded row, every month end and the last row there is. On any other it would wish
    /// for nothing, and what it wishes for and says later would be the same had it not seen it. It
    /// may be shown others all the same.
    MonthEnds,
}

/// What a strategy wishes for on a row: a list of its host's, which is used again for the next row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wishes(Vec<(Which, Size)>);

/// The instrument that a wish is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// The one in this column of the universe.
    Column(usize),
    /// The one of this name.
    Name(InstrumentId),
}

impl Wishes {
    /// Wishes for the instrument in a column of the universe.
    pub fn column(&mut self, column: usize, size: Size) {
        self.0.push((Which::Column(column), size));
    }

    /// Wishes for an instrument by its name.
    pub fn name(&mut self, name: InstrumentId, size: Size) {
        self.0.push((Which::Name(name), size));
    }

    /// Takes over all of another list.
    pub fn append(&mut self, other: &mut Self) {
        self.0.append(&mut other.0);
    }

    /// Whether nothing is wished for.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Forgets them.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// In the order in which they were wished for.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Which, Size)> {
        self.0.iter().map(|(which, size)| (which, *size))
    }

    /// All of them by name, as [`Strategy::on_row`] gives them.
    ///
    /// # Panics
    /// If one is for a column that the row does not have.
    pub fn by_name(self, row: &Row<'_>) -> Vec<(InstrumentId, Size)> {
        let named = |(which, size)| match which {
            Which::Column(column) => (row.instruments[column].clone(), size),
            Which::Name(name) => (name, size),
        };
        self.0.into_iter().map(named).collect()
    }
}

/// State that a strategy cannot take up again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the strategy's state cannot be restored: {0}")]
pub struct BadState(pub String);

/// A strategy.
///
/// The same rows give the same wishes: no clock, no file, no chance that is not seeded by a
/// parameter. A panic costs this strategy its run and no other.
pub trait Strategy: Send {
    /// How many rows before the first traded one it must have seen. It is shown fewer if the
    /// history has fewer, and then has to wait for itself.
    fn warm_up(&self) -> usize {
        0
    }

    /// Instruments that it names by its parameters and that its universe must have: without one of
    /// them it is not replayed at all.
    fn names(&self) -> Vec<InstrumentId> {
        Vec::new()
    }

    /// Looks at a row and says what to hold from now on. Instruments that are not named stay as
    /// they are; no wish at all is an empty answer. Each instrument is named at most once.
    fn on_row(&mut self, row: &Row<'_>, account: &VirtualAccount<'_>) -> Vec<(InstrumentId, Size)>;

    /// Looks at a row as [`on_row`](Self::on_row) does, and puts what it wishes for into a list. A
    /// host asks this way: a strategy that says its wishes by column saves it a name, and the search
    /// for it, a wish.
    fn wish(&mut self, row: &Row<'_>, account: &VirtualAccount<'_>, wishes: &mut Wishes) {
        let named = self.on_row(row, account).into_iter();
        named.for_each(|(name, size)| wishes.name(name, size));
    }

    /// Which rows it has to be shown.
    fn looks(&self) -> Looks {
        Looks::EveryRow
    }

    /// One line on what it holds now and why, for a person who reads the plan.
    fn why(&self) -> String {
        String::new()
    }

    /// All that it remembers from row to row, in a form of its own.
    fn state(&self) -> Vec<u8> {
        Vec::new()
    }

    /// Goes on from what [`state`](Self::state) gave, as if it had seen the rows itself.
    fn restore(&mut self, state: &[u8]) -> Result<(), BadState> {
        if state.is_empty() {
            return Ok(());
        }
        Err(BadState("this strategy remembers nothing".to_owned()))
    }
}
