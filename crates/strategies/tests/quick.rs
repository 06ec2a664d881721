//! The replay as it is, against one as it would be written down: every row shown, every wish by name,
//! every table copied. Over late starters, early ends, gaps and closes that do not move, the answers are
//! the same to the last bit. The strategies are the same on both sides: what they make of a row is held
//! to plain counts beside them (averages, channels, rows), and to independent figures in `styles.rs`.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::fmt::Write as _;

use chrono::{Datelike, Days, NaiveDate};
use polyfolio_market_data::History;
use polyfolio_model::InstrumentId;
use polyfolio_ports::{Phase, Row, Size, Strategy, VirtualAccount};
use polyfolio_strategies::{Evaluation, FillRule, Host, Registry, Settings, Source, Universe};
use proptest::prelude::*;
use serde_json::{Value, json};

/// A row of numbers that look like chance.
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    fn is_one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }
}

/// A wide file: of its columns some begin late, some end early, some lack days, some do not move.
fn history(draw: &mut Draw) -> History {
    let (columns, rows) = (1 + draw.below(12), 40 + draw.below(300));
    let mut lives = Vec::new();
    for column in 0..columns {
        let is_special = column > 0 && draw.is_one_in(2);
        let begins = if is_special { draw.below(rows - 1) } else { 0 };
        let rest = rows - begins;
        let length = if is_special {
            1 + draw.below(rest)
        } else {
            rest
        };
        lives.push((
            begins..begins + length,
            is_special && draw.is_one_in(2),
            draw.below(9),
        ));
    }
    let mut date: NaiveDate = "2001-01-15".parse().unwrap();
    let mut cents = vec![2_000_usize; columns];
    let mut text = String::from("date");
    (0..columns).for_each(|column| write!(text, ",I{column}").unwrap());
    for row in 0..rows {
        let days_max = if draw.is_one_in(25) { 40 } else { 5 };
        date = date + Days::new(1 + draw.below(days_max) as u64);
        write!(text, "\n{date}").unwrap();
        for (column, (life, has_gaps, calm)) in lives.iter().enumerate() {
            if draw.below(9) >= *calm {
                cents[column] = (cents[column] * (960 + draw.below(82)) / 1_000).max(50);
            }
            let is_gap = *has_gaps && row != life.start && draw.is_one_in(4);
            match life.contains(&row) && !is_gap {
                true => {
                    write!(text, ",{}.{:02}", cents[column] / 100, cents[column] % 100).unwrap()
                }
                false => text.push(','),
            }
        }
    }
    History::parse("t.csv", text.as_bytes()).unwrap()
}

fn kind(draw: &mut Draw, is_inside: bool) -> (&'static str, Value) {
    let direction = ["long", "long_short"][draw.below(2)];
    let months = 1 + draw.below(4);
    match draw.below(if is_inside { 7 } else { 8 }) {
        0 => ("equal_weight", json!({})),
        1 => {
            let fast = 1 + draw.below(9);
            (
                "sma_cross",
                json!({ "fast": fast, "slow": fast + 1 + draw.below(20) }),
            )
        }
        2 => {
            let (skip, top) = (draw.below(months), 1 + draw.below(4));
            (
                "momentum",
                json!({ "lookback_months": months, "skip_months": skip, "top": top }),
            )
        }
        3 => {
            let defensive = ["cash", "I0"][draw.below(2)];
            let top = 1 + draw.below(3);
            let params = json!({ "lookback_months": months, "top": top, "defensive": defensive });
            ("dual_momentum", params)
        }
        4 => {
            let (window, exit) = (2 + draw.below(25), [0.0, 0.3][draw.below(2)]);
            let params =
                json!({ "window": window, "entry": 0.9, "exit": exit, "direction": direction });
            ("mean_reversion", params)
        }
        5 => {
            let entry = 1 + draw.below(30);
            let exit = 1 + draw.below(entry);
            (
                "breakout",
                json!({ "entry": entry, "exit": exit, "direction": direction }),
            )
        }
        6 => (
            "inverse_volatility",
            json!({ "window": 2 + draw.below(25) }),
        ),
        _ => {
            let (of, params) = kind(draw, true);
            let rescale = ["daily", "monthly"][draw.below(2)];
            let of = json!({ "strategy": of, "params": params });
            let window = 2 + draw.below(25);
            (
                "volatility_target",
                json!({ "window": window, "rescale": rescale, "of": of }),
            )
        }
    }
}

fn settings(draw: &mut Draw, history: &History) -> Settings {
    let columns = history.instruments();
    let start = history.dates()[draw.below(history.len())];
    let end = start + Days::new(draw.below(200) as u64);
    Settings {
        universe: match draw.below(2) {
            0 => Universe::All,
            _ => {
                let names = columns.iter().enumerate();
                let picked = names.filter(|(column, _)| *column == 0 || draw.is_one_in(2));
                Universe::Only(picked.map(|(_, name)| name.clone()).rev().collect())
            }
        },
        start: draw.is_one_in(2).then_some(start),
        end: draw.is_one_in(4).then_some(end),
        fee_rate: [0.0, 0.001][draw.below(2)],
        fill: [FillRule::Same, FillRule::Next][draw.below(2)],
        lots: draw.is_one_in(2),
        capital: 100_000.0,
    }
}

/// An account as it would be written down. What goes wrong here ends the test.
#[derive(Default)]
struct Plain {
    cash: f64,
    positions: Vec<f64>,
    pending: Vec<(usize, f64)>,
    nav: Vec<(NaiveDate, f64)>,
    fills: Vec<(NaiveDate, InstrumentId, f64, f64)>,
}

impl Plain {
    fn equity(&self, row: &Row<'_>) -> f64 {
        let mut equity = self.cash;
        for (column, position) in self.positions.iter().enumerate() {
            if *position != 0.0 {
                equity += position * row.closes[column];
            }
        }
        equity
    }

    fn fill_pending(&mut self, row: &Row<'_>, settings: &Settings) {
        for (column, quantity) in std::mem::take(&mut self.pending) {
            let held = self.positions[column];
            let lessens = held * quantity < 0.0 && quantity.abs() <= held.abs();
            if row.has_close(column) || (row.is_gone(column) && lessens) {
                let price = row.closes[column];
                self.cash -= quantity * price;
                self.cash -= quantity.abs() * price * settings.fee_rate;
                self.positions[column] += quantity;
                let name = row.instruments[column].clone();
                self.fills.push((row.date, name, quantity, price));
            } else if !row.is_gone(column) {
                self.pending.push((column, quantity));
            }
        }
    }

    fn order(&mut self, row: &Row<'_>, equity: f64, wishes: &[(InstrumentId, Size)], lots: bool) {
        for (name, size) in wishes {
            let column = row
                .instruments
                .iter()
                .position(|have| have == name)
                .unwrap();
            let close = row.closes[column];
            let wanted = match *size {
                Size::Weight(0.0) | Size::Quantity(0.0) => 0.0,
                Size::Weight(weight) => weight * equity / close,
                Size::Quantity(quantity) => quantity,
            };
            let wanted = if lots { wanted.trunc() } else { wanted };
            self.pending.retain(|(waits, _)| *waits != column);
            if wanted != self.positions[column] {
                self.pending.push((column, wanted - self.positions[column]));
            }
        }
        self.pending
            .sort_by_key(|&(column, quantity)| (quantity > 0.0, column));
    }

    fn replay(
        strategy: &mut dyn Strategy,
        history: &History,
        settings: &Settings,
        as_of: Option<NaiveDate>,
    ) -> Option<Self> {
        let history = match &settings.universe {
            Universe::All => history.clone(),
            Universe::Only(names) => history.select(names).unwrap(),
        };
        let until = as_of.into_iter().chain(settings.end).min();
        let history = until.map_or(history.clone(), |date| history.up_to(date));
        let start = settings.start.unwrap_or(NaiveDate::MIN);
        let first = history.dates().iter().position(|&date| date >= start)?;
        let warm_up = if history.is_whole() {
            first.saturating_sub(strategy.warm_up())
        } else {
            0
        };
        let mut plain = Self {
            cash: settings.capital,
            positions: vec![0.0; history.instruments().len()],
            ..Self::default()
        };
        for at in warm_up..history.len() {
            let dates = history.dates();
            let row = Row {
                date: dates[at],
                phase: match at {
                    at if at < first => Phase::WarmUp,
                    at if at == first => Phase::First,
                    _ => Phase::Trading,
                },
                is_month_end: dates
                    .get(at + 1)
                    .is_some_and(|next| next.month() != dates[at].month()),
                instruments: history.instruments(),
                closes: history.closes(at),
                prices: history.prices(at),
                ages: history.ages(at),
            };
            plain.fill_pending(&row, settings);
            let (equity, cash) = (plain.equity(&row), plain.cash);
            let account = VirtualAccount {
                instruments: row.instruments,
                positions: &plain.positions,
                cash,
                equity,
            };
            let wishes = strategy.on_row(&row, &account);
            if at < first {
                continue;
            }
            plain.order(&row, equity, &wishes, settings.lots);
            if settings.fill == FillRule::Same {
                plain.fill_pending(&row, settings);
            }
            plain.nav.push((row.date, plain.equity(&row)));
        }
        Some(plain)
    }
}

/// Two that take turns: each goes on from what the other one remembers, over what it saw itself.
struct Relay {
    turn: usize,
    both: [Box<dyn Strategy>; 2],
}

impl Strategy for Relay {
    fn warm_up(&self) -> usize {
        self.both[0].warm_up()
    }

    fn on_row(&mut self, row: &Row<'_>, own: &VirtualAccount<'_>) -> Vec<(InstrumentId, Size)> {
        let state = self.both[self.turn].state();
        self.turn = 1 - self.turn;
        let next = &mut self.both[self.turn];
        if !state.is_empty() {
            next.restore(&state).unwrap();
        }
        next.on_row(row, own)
    }

    fn why(&self) -> String {
        self.both[self.turn].why()
    }
}

fn bits(nav: &[(NaiveDate, f64)]) -> Vec<(NaiveDate, u64)> {
    nav.iter()
        .map(|&(date, value)| (date, value.to_bits()))
        .collect()
}

fn check_same(quick: &Evaluation, plain: &Plain) -> Result<(), TestCaseError> {
    prop_assert_eq!(bits(&quick.nav), bits(&plain.nav));
    let fills = quick.fills.iter();
    let fills = fills.map(|f| (f.date, f.instrument.clone(), f.quantity, f.price));
    prop_assert!(fills.eq(plain.fills.iter().cloned()));
    let held = quick.positions.values().map(|units| units.to_bits());
    prop_assert!(held.eq(plain.positions.iter().map(|units| units.to_bits())));
    prop_assert_eq!(quick.cash.map(f64::to_bits), Some(plain.cash.to_bits()));
    Ok(())
}

/// What a plan asks for is the end of what is there.
fn check_targets(
    host: &Host,
    history: &History,
    as_of: Option<NaiveDate>,
    since: Option<NaiveDate>,
    all: &Evaluation,
) -> Result<(), TestCaseError> {
    let targets = host.targets(history, as_of, since).unwrap();
    let up_to = |since| all.nav.iter().filter(|(date, _)| *date <= since).count();
    let from = since.map_or(0, |since| up_to(since).saturating_sub(1));
    prop_assert_eq!(bits(&targets.nav), bits(&all.nav[from..]));
    prop_assert!(
        targets
            .positions
            .iter()
            .map(|(name, units)| (name, units))
            .eq(&all.positions)
    );
    prop_assert_eq!(&targets.why, &all.why);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_quick_way_gives_what_the_long_way_gives(seed in any::<u64>()) {
        let draw = &mut Draw(seed);
        let history = history(draw);
        for _ in 0..6 {
            let ((kind, params), settings) = (kind(draw, false), settings(draw, &history));
            let host = Registry::builtin().host(kind, &params, settings.clone()).unwrap();
            let Source::Replayed(make) = host.source() else { unreachable!() };
            let date = |draw: &mut Draw| history.dates()[draw.below(history.len())];
            let as_of = draw.is_one_in(3).then(|| date(draw));
            let quick = host.evaluate(&history, as_of);
            let relay = Relay {
                turn: 0,
                both: [make(), make()],
            };
            for mut strategy in [make(), Box::new(relay)] {
                let plain = Plain::replay(strategy.as_mut(), &history, &settings, as_of);
                prop_assert_eq!(plain.is_some(), quick.is_ok());
                if let (Some(plain), Ok(quick)) = (plain, &quick) {
                    check_same(quick, &plain)?;
                    prop_assert_eq!(&quick.why, &strategy.why(), "{} {}", kind, params);
                }
            }
            let Ok(quick) = quick else { continue };
            let since = (!draw.is_one_in(3)).then(|| date(draw));
            check_targets(&host, &history, as_of, since, &quick)?;
        }
    }
}
