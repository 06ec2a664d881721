//! The same weight in everything.

use polyfolio_model::InstrumentId;
use polyfolio_ports::{Phase, Row, Size, Strategy, VirtualAccount};

use crate::{Kind, Source};

/// Holds every instrument of its universe at weight 1/n; rebalances on the first row and at every
/// month end.
#[derive(Debug, Clone, Default)]
pub struct EqualWeight {
    /// Only for [`why`](Strategy::why); known again from the next row.
    held: usize,
}

impl Strategy for EqualWeight {
    fn on_row(&mut self, row: &Row<'_>, _: &VirtualAccount<'_>) -> Vec<(InstrumentId, Size)> {
        self.held = row.instruments.len();
        if row.phase != Phase::First && !row.is_month_end {
            return Vec::new();
        }
        let weight = Size::Weight(1.0 / row.instruments.len() as f64);
        row.instruments
            .iter()
            .map(|name| (name.clone(), weight))
            .collect()
    }

    fn why(&self) -> String {
        match self.held {
            1 => "1 name, all of it, since the last month end".to_owned(),
            held => format!("{held} names, 1/{held} each, since the last month end"),
        }
    }
}

pub(super) fn kind() -> Kind {
    Kind::new(
        "equal_weight",
        "the same weight in everything, rebalanced at month ends",
        &[],
        "{}",
        |_| Ok(Source::strategy(EqualWeight::default())),
    )
    .about(
        "Every instrument of the universe is brought to 1/n of the equity on the first traded row \
         and at every month end, and left alone in between. Long only.",
    )
    .reference(
        "Victor DeMiguel, Lorenzo Garlappi and Raman Uppal (2009), Optimal Versus Naive \
         Diversification: How Inefficient is the 1/N Portfolio Strategy?, The Review of Financial \
         Studies 22(5)",
    )
    .warm_up("no history before its first row")
}
