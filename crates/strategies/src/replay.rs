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

mod trading;

use chrono::NaiveDate;
use indexmap::IndexMap;
use polyfolio_analytics::{Curve, PortfolioStats};
use polyfolio_market_data::{Desk, History, View};
use polyfolio_ports::{Looks, Phase, Row, Strategy, Targets, VirtualAccount, Wishes};

use crate::{Evaluation, FillRule, Settings, StrategyError, Universe};
use trading::Trading;

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
    let view = seen(history, settings, as_of)?;
    let replay = Replay::run(strategy, &view, settings, as_of, Wanted::Everything)?;
    let names = view.instruments().iter().cloned();
    let account = replay.trading.account;
    let curve = Curve::new(replay.nav.iter().copied()).ok();
    Ok(Evaluation {
        stats: curve.map(|curve| PortfolioStats::new(&curve, account.traded)),
        nav: replay.nav,
        positions: IndexMap::from_iter(names.zip(account.positions)),
        why: strategy.why(),
        fills: replay.trading.fills.unwrap_or_default(),
        cash: Some(account.cash),
    })
}

/// What a plan needs of the same: no figures, no fills, and of the NAV the last row up to
/// `nav_since` and what lies behind it, or all of it.
///
/// # Errors
/// As [`evaluate`].
pub(crate) fn targets(
    strategy: &mut dyn Strategy,
    history: &History,
    settings: &Settings,
    as_of: Option<NaiveDate>,
    nav_since: Option<NaiveDate>,
) -> Result<Targets, StrategyError> {
    settings.validate()?;
    let view = seen(history, settings, as_of)?;
    let replay = Replay::run(strategy, &view, settings, as_of, Wanted::Nav(nav_since))?;
    let names = view.instruments().iter().cloned();
    Ok(Targets {
        positions: names.zip(replay.trading.account.positions).collect(),
        nav: replay.nav,
        why: strategy.why(),
    })
}

/// The universe's columns, up to the earlier of `end` and `as_of`.
fn seen<'a>(
    history: &'a History,
    settings: &Settings,
    as_of: Option<NaiveDate>,
) -> Result<View<'a>, StrategyError> {
    let view = match &settings.universe {
        Universe::All => View::whole(history),
        Universe::Only(names) => View::select(history, names)?,
    };
    Ok(match settings.end.into_iter().chain(as_of).min() {
        Some(date) => view.up_to(date),
        None => view,
    })
}

/// A name that is misspelt would otherwise be missed on the day it is needed, or never.
fn check_names(strategy: &dyn Strategy, view: &View<'_>) -> Result<(), StrategyError> {
    let mut names = strategy.names().into_iter();
    match names.find(|name| !view.instruments().contains(name)) {
        Some(name) => Err(StrategyError::NotInUniverse(name)),
        None => Ok(()),
    }
}

fn first_row(
    history: &View<'_>,
    settings: &Settings,
    as_of: Option<NaiveDate>,
) -> Result<usize, StrategyError> {
    let first = settings
        .start
        .map_or(0, |start| history.dates().partition_point(|&d| d < start));
    if first < history.dates().len() {
        return Ok(first);
    }
    let end = settings
        .end
        .into_iter()
        .chain(as_of)
        .min()
        .or(history.dates().last().copied());
    Err(StrategyError::NoRows {
        start: settings.start,
        end,
    })
}

/// What of a replay is looked at afterwards.
#[derive(Debug, Clone, Copy)]
enum Wanted {
    /// All there is.
    Everything,
    /// Positions, and NAV: the last row up to a date and what lies behind it, or all of it.
    Nav(Option<NaiveDate>),
}

struct Replay<'a> {
    view: &'a View<'a>,
    /// All but the last row's, which is none.
    month_ends: &'a [bool],
    settings: &'a Settings,
    /// The first traded row.
    first: usize,
    /// The first row whose equity is wanted.
    nav_from: usize,
    trading: Trading<'a>,
    nav: Vec<(NaiveDate, f64)>,
    wishes: Wishes,
}

impl<'a> Replay<'a> {
    fn run(
        strategy: &mut dyn Strategy,
        view: &'a View<'a>,
        settings: &'a Settings,
        as_of: Option<NaiveDate>,
        wanted: Wanted,
    ) -> Result<Self, StrategyError> {
        let (first, rows) = (first_row(view, settings, as_of)?, view.dates().len());
        check_names(strategy, view)?;
        // Warm-up is counted in closes, and of some instrument there may be fewer than rows.
        let warm_up = match view.is_whole() {
            true => first.saturating_sub(strategy.warm_up()),
            false => 0,
        };
        let nav_from = match wanted {
            Wanted::Nav(Some(date)) => view.dates().partition_point(|&have| have <= date),
            _ => 0,
        };
        let nav_from = nav_from.saturating_sub(1).max(first);
        let is_everything = matches!(wanted, Wanted::Everything);
        let mut replay = Self {
            view,
            month_ends: view.month_ends(),
            settings,
            first,
            nav_from,
            trading: Trading::new(settings, view.instruments().len(), is_everything),
            nav: Vec::with_capacity(rows - nav_from.min(rows)),
            wishes: Wishes::default(),
        };
        let sees_all = strategy.looks() == Looks::EveryRow;
        let mut desk = Desk::default();
        for index in warm_up..rows {
            if sees_all || index == first || index + 1 == rows || replay.is_month_end(index) {
                replay.step(strategy, index, &mut desk)?;
            } else if index >= first {
                replay.pass(index, &mut desk);
            }
        }
        Ok(replay)
    }

    /// One row: what waited is filled, the strategy is asked, what it wants is filled or waits,
    /// and equity is noted.
    fn step(
        &mut self,
        strategy: &mut dyn Strategy,
        index: usize,
        desk: &mut Desk,
    ) -> Result<(), StrategyError> {
        let row = self.row(index, desk);
        self.trading.fill_pending(&row);
        let account = &self.trading.account;
        let equity = account.equity(row.closes);
        let own = VirtualAccount {
            instruments: row.instruments,
            positions: &account.positions,
            cash: account.cash,
            equity,
        };
        self.wishes.clear();
        strategy.wish(&row, &own, &mut self.wishes);
        if row.phase == Phase::WarmUp {
            return Ok(());
        }
        self.trading.order(&row, equity, &self.wishes)?;
        if self.settings.fill == FillRule::Same {
            self.trading.fill_pending(&row);
        }
        self.note(index, &row);
        Ok(())
    }

    /// A row that the strategy need not be shown: what waited is filled, and equity is noted.
    fn pass(&mut self, index: usize, desk: &mut Desk) {
        if self.trading.is_quiet() && index < self.nav_from {
            return;
        }
        let row = self.row(index, desk);
        self.trading.fill_pending(&row);
        self.note(index, &row);
    }

    fn note(&mut self, index: usize, row: &Row<'_>) {
        if index >= self.nav_from {
            let equity = self.trading.account.equity(row.closes);
            self.nav.push((row.date, equity));
        }
    }

    fn is_month_end(&self, index: usize) -> bool {
        self.month_ends.get(index).copied().unwrap_or_default()
    }

    fn row<'d>(&self, index: usize, desk: &'d mut Desk) -> Row<'d>
    where
        'a: 'd,
    {
        let cells = self.view.cells(index, desk);
        Row {
            date: self.view.dates()[index],
            phase: match index.cmp(&self.first) {
                std::cmp::Ordering::Less => Phase::WarmUp,
                std::cmp::Ordering::Equal => Phase::First,
                std::cmp::Ordering::Greater => Phase::Trading,
            },
            is_month_end: self.is_month_end(index),
            instruments: self.view.instruments(),
            closes: cells.closes,
            prices: cells.prices,
            ages: cells.ages,
        }
    }
}
