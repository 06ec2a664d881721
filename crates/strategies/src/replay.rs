//! A strategy over a history: row by row, wish by wish, into a virtual account.
//!
//! The arithmetic is plain `f64` in the order written here, so that another engine that does the
//! same sums comes to the same digits. What is decided on a row uses that row and earlier ones;
//! whether a row ends its month is the one thing taken from the calendar of the next.
//!
//! Where an instrument has no close on a row:
//! - what is held of it is valued at its last close, however old;
//! - it is not traded on that row. A wish for it becomes an order of the units it comes to at the
//!   last close, and waits for the next one; a later wish takes its place;
//! - once its last close is older than [`Row::CURRENT_AGE_MAX`] days it is taken as gone: what
//!   lessens its position is filled at the last close, anything else is dropped;
//! - before its first close it cannot be wanted.

use chrono::{Datelike, NaiveDate};
use indexmap::IndexMap;
use polyfolio_analytics::{Curve, PortfolioStats};
use polyfolio_market_data::History;
use polyfolio_model::InstrumentId;
use polyfolio_ports::{Phase, Row, Size, Strategy, VirtualAccount};

use crate::account::{Account, VirtualFill, units};
use crate::{Evaluation, FillRule, Settings, StrategyError, Universe};

/// Replays a strategy from its start up to and including `as_of` (or the end of the history,
/// whichever comes first) and says what it has come to.
///
/// # Errors
/// Settings that no account can be kept with, a universe that the history does not have, no row
/// to trade on, or a wish that cannot be sized.
pub fn evaluate(
    strategy: &mut dyn Strategy,
    history: &History,
    settings: &Settings,
    as_of: Option<NaiveDate>,
) -> Result<Evaluation, StrategyError> {
    settings.validate()?;
    let history = seen(history, settings, as_of)?;
    let first = first_row(&history, settings, as_of)?;
    check_names(strategy, &history)?;
    // Warm-up is counted in closes, and of some instrument there may be fewer than rows.
    let warm_up = match history.is_whole() {
        true => first.saturating_sub(strategy.warm_up()),
        false => 0,
    };
    let mut replay = Replay::new(&history, settings, first);
    for row in warm_up..history.len() {
        replay.step(strategy, row)?;
    }
    Ok(replay.finish(strategy.why()))
}

/// The universe's columns, up to the earlier of `end` and `as_of`.
fn seen(
    history: &History,
    settings: &Settings,
    as_of: Option<NaiveDate>,
) -> Result<History, StrategyError> {
    let history = match &settings.universe {
        Universe::All => history.clone(),
        Universe::Only(names) => history.select(names)?,
    };
    let last = settings.end.into_iter().chain(as_of).min();
    Ok(last.map_or_else(|| history.clone(), |date| history.up_to(date)))
}

/// A name that is misspelt would otherwise be missed on the day it is needed, or never.
fn check_names(strategy: &dyn Strategy, history: &History) -> Result<(), StrategyError> {
    let mut names = strategy.names().into_iter();
    match names.find(|name| history.column(name).is_none()) {
        Some(name) => Err(StrategyError::NotInUniverse(name)),
        None => Ok(()),
    }
}

fn first_row(
    history: &History,
    settings: &Settings,
    as_of: Option<NaiveDate>,
) -> Result<usize, StrategyError> {
    let first = settings
        .start
        .map_or(0, |start| history.dates().partition_point(|&d| d < start));
    if first < history.len() {
        return Ok(first);
    }
    let end = settings
        .end
        .into_iter()
        .chain(as_of)
        .min()
        .or(history.last_date());
    Err(StrategyError::NoRows {
        start: settings.start,
        end,
    })
}

/// Units to trade in one column, bought positive.
#[derive(Debug, Clone, Copy)]
struct Order {
    column: usize,
    quantity: f64,
}

struct Replay<'a> {
    history: &'a History,
    settings: &'a Settings,
    /// The first traded row.
    first: usize,
    account: Account,
    /// Orders that wait for the next close of their instrument, in the order they are filled in.
    pending: Vec<Order>,
    nav: Vec<(NaiveDate, f64)>,
    fills: Vec<VirtualFill>,
}

impl<'a> Replay<'a> {
    fn new(history: &'a History, settings: &'a Settings, first: usize) -> Self {
        Self {
            history,
            settings,
            first,
            account: Account::new(settings.capital, history.instruments().len()),
            pending: Vec::new(),
            nav: Vec::with_capacity(history.len() - first),
            fills: Vec::new(),
        }
    }

    /// One row: what waited is filled, the strategy is asked, what it wants is filled or waits,
    /// and equity is noted.
    fn step(&mut self, strategy: &mut dyn Strategy, index: usize) -> Result<(), StrategyError> {
        let row = self.row(index);
        self.fill_pending(&row);
        let equity = self.account.equity(row.closes);
        let wishes = strategy.on_row(
            &row,
            &VirtualAccount {
                instruments: row.instruments,
                positions: &self.account.positions,
                cash: self.account.cash,
                equity,
            },
        );
        if row.phase == Phase::WarmUp {
            return Ok(());
        }
        self.order(&row, equity, wishes)?;
        if self.settings.fill == FillRule::Same {
            self.fill_pending(&row);
        }
        self.nav.push((row.date, self.account.equity(row.closes)));
        Ok(())
    }

    /// Fills what waits and can be filled on this row; the rest goes on waiting.
    fn fill_pending(&mut self, row: &Row<'_>) {
        for order in std::mem::take(&mut self.pending) {
            if row.has_close(order.column) || self.is_way_out(row, order) {
                self.fill(row, order);
            } else if !row.is_gone(order.column) {
                self.pending.push(order);
            }
        }
    }

    /// Whether an order lessens the position of an instrument that is gone.
    fn is_way_out(&self, row: &Row<'_>, order: Order) -> bool {
        let held = self.account.positions[order.column];
        row.is_gone(order.column)
            && held * order.quantity < 0.0
            && order.quantity.abs() <= held.abs()
    }

    fn row(&self, index: usize) -> Row<'a> {
        let dates = self.history.dates();
        let month = |date: &NaiveDate| (date.year(), date.month());
        Row {
            date: dates[index],
            phase: match index.cmp(&self.first) {
                std::cmp::Ordering::Less => Phase::WarmUp,
                std::cmp::Ordering::Equal => Phase::First,
                std::cmp::Ordering::Greater => Phase::Trading,
            },
            is_month_end: dates
                .get(index + 1)
                .is_some_and(|d| month(d) != month(&dates[index])),
            instruments: self.history.instruments(),
            closes: self.history.closes(index),
            prices: self.history.prices(index),
            ages: self.history.ages(index),
        }
    }

    /// Makes orders of the wishes of one row: sells before buys, each in the order of the columns.
    /// What waited for an instrument that is named again is forgotten.
    fn order(
        &mut self,
        row: &Row<'_>,
        equity: f64,
        wishes: Vec<(InstrumentId, Size)>,
    ) -> Result<(), StrategyError> {
        let mut named = vec![false; row.instruments.len()];
        let mut orders = Vec::with_capacity(wishes.len());
        for (at, (instrument, size)) in wishes.into_iter().enumerate() {
            let column = self.column(row, at, &instrument)?;
            if std::mem::replace(&mut named[column], true) {
                return Err(StrategyError::NamedTwice {
                    date: row.date,
                    instrument,
                });
            }
            let quantity = self.target(row, column, equity, size)? - self.account.positions[column];
            if quantity != 0.0 {
                orders.push(Order { column, quantity });
            }
        }
        self.pending.retain(|waits| !named[waits.column]);
        self.pending.append(&mut orders);
        self.pending
            .sort_by_key(|order| (order.quantity > 0.0, order.column));
        Ok(())
    }

    /// A strategy that names all it holds does so in order; `at` saves the search.
    fn column(
        &self,
        row: &Row<'_>,
        at: usize,
        instrument: &InstrumentId,
    ) -> Result<usize, StrategyError> {
        if row.instruments.get(at) == Some(instrument) {
            return Ok(at);
        }
        self.history
            .column(instrument)
            .ok_or_else(|| StrategyError::OutsideUniverse {
                date: row.date,
                instrument: instrument.clone(),
            })
    }

    fn target(
        &self,
        row: &Row<'_>,
        column: usize,
        equity: f64,
        size: Size,
    ) -> Result<f64, StrategyError> {
        let units = units(size, equity, row.closes[column]);
        if !units.is_finite() {
            let (date, instrument) = (row.date, row.instruments[column].clone());
            let (Size::Weight(wanted) | Size::Quantity(wanted)) = size;
            return Err(match row.closes[column].is_nan() && wanted.is_finite() {
                true => StrategyError::NoCloseYet { date, instrument },
                false => StrategyError::NotFinite {
                    date,
                    instrument,
                    size: wanted,
                },
            });
        }
        Ok(if self.settings.lots {
            units.trunc()
        } else {
            units
        })
    }

    fn fill(&mut self, row: &Row<'_>, order: Order) {
        let Order { column, quantity } = order;
        let price = row.closes[column];
        let fee = self
            .account
            .fill(column, quantity, price, self.settings.fee_rate);
        let instrument = row.instruments[column].clone();
        self.fills.push(VirtualFill {
            date: row.date,
            instrument,
            quantity,
            price,
            fee,
        });
    }

    fn finish(self, why: String) -> Evaluation {
        let names = self.history.instruments().iter().cloned();
        let positions: IndexMap<_, _> = names.zip(self.account.positions).collect();
        let curve = Curve::new(self.nav.iter().copied()).ok();
        Evaluation {
            stats: curve.map(|curve| PortfolioStats::new(&curve, self.account.traded)),
            nav: self.nav,
            positions,
            why,
            fills: self.fills,
            cash: Some(self.account.cash),
        }
    }
}
