//! Which way an instrument is held, where a strategy holds each for itself.

use polyfolio_ports::{Row, Size, Wishes};
use serde::{Deserialize, Serialize};

use crate::params::Params;

/// Which sides a strategy takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Long or nothing.
    Long,
    /// Long, short or nothing.
    LongShort,
}

impl Direction {
    /// The words of a config, the default first.
    pub(super) const WORDS: &[&str] = &["long", "long_short"];

    /// What the parameter `direction` says.
    pub(super) fn of(params: &Params) -> Self {
        match params.text("direction") {
            "long_short" => Self::LongShort,
            _ => Self::Long,
        }
    }

    /// Whether it sells what it does not have.
    pub(super) fn is_short_allowed(self) -> bool {
        self == Self::LongShort
    }
}

/// How an instrument is held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Side {
    #[default]
    Flat,
    Long,
    Short,
}

impl Side {
    fn sign(self) -> f64 {
        match self {
            Self::Flat => 0.0,
            Self::Long => 1.0,
            Self::Short => -1.0,
        }
    }
}

/// Takes over new sides. What changes is wanted at 1/n of equity, long, short or not at all; the
/// others are left as they are. `next` is asked of what closed on the row and has enough closes;
/// what is gone is left, and of anything else nothing new is known.
pub(super) fn turn(
    sides: &mut [Side],
    row: &Row<'_>,
    has_enough: impl Fn(usize) -> bool,
    next: impl Fn(usize, Side) -> Side,
    wishes: &mut Wishes,
) {
    let part = 1.0 / row.instruments.len() as f64;
    for (column, side) in sides.iter_mut().enumerate() {
        let turned = match row.has_close(column) && has_enough(column) {
            true => next(column, *side),
            false if row.is_gone(column) => Side::Flat,
            false => *side,
        };
        if std::mem::replace(side, turned) != turned {
            wishes.column(column, Size::Weight(turned.sign() * part));
        }
    }
}

/// "3 long of 20", "3 long, 1 short of 20".
pub(super) fn told(sides: &[Side], direction: Direction) -> String {
    let count = |wanted: Side| sides.iter().filter(|&&side| side == wanted).count();
    let (long, short, all) = (count(Side::Long), count(Side::Short), sides.len());
    match direction {
        Direction::Long => format!("{long} of {all}"),
        Direction::LongShort => format!("{long} long, {short} short of {all}"),
    }
}
