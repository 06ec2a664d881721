//! The same weight in everything.

use polyfolio_model::InstrumentId;
use polyfolio_ports::{Looks, Phase, Row, Size, Strategy, VirtualAccount, Wishes};

use super::absent::Absent;
use super::by_name;
use crate::{Kind, Source};

/// Holds every instrument of its universe at weight 1/n; rebalances on the first row and at every
/// month end. Those that have not closed yet, or no more, are not counted among the n.
#[derive(Debug, Clone, Default)]
pub struct EqualWeight {
    /// Only for [`why`](Strategy::why); known again from the next row.
    held: usize,
    absent: Absent,
}

impl Strategy for EqualWeight {
    fn on_row(&mut self, row: &Row<'_>, account: &VirtualAccount<'_>) -> Vec<(InstrumentId, Size)> {
        by_name(self, row, account)
    }

    fn wish(&mut self, row: &Row<'_>, own: &VirtualAccount<'_>, wishes: &mut Wishes) {
        let columns = 0..row.instruments.len();
        let there = columns.filter(|&column| row.is_current(column)).count();
        self.absent.look(row, |_| true);
        if row.phase != Phase::First && !row.is_month_end {
            // One that began since the last month end is there and not held.
            let held = own.positions.iter().filter(|&&units| units != 0.0);
            self.held = held.count();
            return;
        }
        self.held = there;
        let part = 1.0 / there as f64;
        for column in 0..row.instruments.len() {
            let weight = if row.is_current(column) { part } else { 0.0 };
            wishes.column(column, Size::Weight(weight));
        }
    }

    fn looks(&self) -> Looks {
        Looks::MonthEnds
    }

    fn why(&self) -> String {
        match self.held {
            0 => format!("nothing is there to hold{}", self.absent),
            1 => format!("1 name, all of it, since the last month end{}", self.absent),
            held => format!(
                "{held} names, 1/{held} each, since the last month end{}",
                self.absent
            ),
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
         and at every month end, and left alone in between. What has not closed yet is \
         not counted, and joins at the next month end; what is gone is sold there. Long only.",
    )
    .reference(
        "Victor DeMiguel, Lorenzo Garlappi and Raman Uppal (2009), Optimal Versus Naive \
         Diversification: How Inefficient is the 1/N Portfolio Strategy?, The Review of Financial \
         Studies 22(5)",
    )
    .warm_up("no history before its first row")
}
