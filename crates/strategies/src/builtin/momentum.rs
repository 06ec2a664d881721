//! What rose most goes on.

use polyfolio_model::InstrumentId;
use polyfolio_ports::{BadState, Looks, Phase, Row, Size, Strategy, VirtualAccount, Wishes};
use serde::{Deserialize, Serialize};

use super::absent::Absent;
use super::by_name;
use super::month_ends::{MonthEnds, ROWS_A_MONTH_MAX};
use crate::params::{Param, integer};
use crate::{Kind, Source, memory};

/// At every month end ranks by return from `lookback` months ago to `skip` months ago and holds
/// the first `top` at weight 1/`top`, nothing else. Ties go to the earlier column.
///
/// The latest month is skipped as it tends to reverse (Jegadeesh and Titman 1993). With fewer than
/// `top` instruments the rest stays in cash. Until there are `lookback` + 1 month ends it holds
/// nothing; what did not trade at one of the month ends that count is not ranked.
#[derive(Debug, Clone)]
pub struct Momentum {
    lookback: usize,
    skip: usize,
    top: usize,
    memory: Memory,
    /// Which columns can be ranked, since the last month end.
    is_ranked: Vec<bool>,
    /// Only for [`why`](Strategy::why); known again from the next row.
    absent: Absent,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Memory {
    month_ends: MonthEnds,
    /// What is held, best first.
    leaders: Vec<InstrumentId>,
}

impl Momentum {
    /// Months, `skip` < `lookback`, and how many to hold, at least 1; otherwise `None`.
    pub fn new(lookback: usize, skip: usize, top: usize) -> Option<Self> {
        let valid = skip < lookback && top >= 1;
        valid.then(|| Self {
            lookback,
            skip,
            top,
            memory: Memory::default(),
            is_ranked: Vec::new(),
            absent: Absent::default(),
        })
    }

    /// The closes that the return is measured from and to; `None` for what did not trade then, or
    /// does not now.
    fn ends(&self, column: usize) -> Option<(f64, f64)> {
        let close = |at| self.memory.month_ends.close(at, column);
        close(self.lookback)?;
        Some((close(0)?, close(self.lookback - self.skip)?))
    }

    /// Columns, best first.
    fn ranking(&self, columns: usize) -> Vec<usize> {
        let score = |column: usize| {
            let (then, late) = self.ends(column)?;
            Some((column, late / then - 1.0))
        };
        let mut scored: Vec<(usize, f64)> = (0..columns).filter_map(score).collect();
        scored.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        scored.into_iter().map(|(column, _)| column).collect()
    }
}

impl Strategy for Momentum {
    fn warm_up(&self) -> usize {
        (self.lookback + 2) * ROWS_A_MONTH_MAX
    }

    fn on_row(&mut self, row: &Row<'_>, account: &VirtualAccount<'_>) -> Vec<(InstrumentId, Size)> {
        by_name(self, row, account)
    }

    fn wish(&mut self, row: &Row<'_>, _: &VirtualAccount<'_>, wishes: &mut Wishes) {
        if row.is_month_end {
            self.memory.month_ends.push(row, self.lookback);
        }
        if row.is_month_end || self.is_ranked.len() != row.instruments.len() {
            let columns = 0..row.instruments.len();
            self.is_ranked = columns.map(|at| self.ends(at).is_some()).collect();
        }
        self.absent.look(row, |column| self.is_ranked[column]);
        if !row.is_month_end || row.phase == Phase::WarmUp {
            return;
        }
        if !self.memory.month_ends.is_full(self.lookback) {
            return;
        }
        let columns = row.instruments.len();
        let mut leaders = self.ranking(columns);
        leaders.truncate(self.top);
        let part = Size::Weight(1.0 / self.top as f64);
        for column in 0..columns {
            let is_leader = leaders.contains(&column);
            wishes.column(column, if is_leader { part } else { Size::Weight(0.0) });
        }
        let names = leaders
            .into_iter()
            .map(|column| row.instruments[column].clone());
        self.memory.leaders = names.collect();
    }

    fn looks(&self) -> Looks {
        Looks::MonthEnds
    }

    fn why(&self) -> String {
        if self.memory.leaders.is_empty() {
            let have = self.memory.month_ends.len();
            return format!("waits: {have} of {} month ends seen", self.lookback + 1);
        }
        let names: Vec<&str> = self
            .memory
            .leaders
            .iter()
            .map(|name| name.as_str())
            .collect();
        format!("{}{}", names.join(" "), self.absent)
    }

    fn state(&self) -> Vec<u8> {
        memory::save(&self.memory)
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), BadState> {
        let memory: Memory = memory::load(state)?;
        memory.month_ends.check(self.lookback)?;
        self.memory = memory;
        self.is_ranked.clear();
        Ok(())
    }
}

const PARAMS: &[Param] = &[
    integer(
        "lookback_months",
        1,
        12,
        "months back to where the return is measured from",
    ),
    integer(
        "skip_months",
        0,
        1,
        "months back to where it is measured to, below the lookback",
    ),
    integer("top", 1, 5, "how many of the best to hold, at 1/top each"),
];

pub(super) fn kind() -> Kind {
    Kind::new(
        "momentum",
        "holds what rose most in a year, the latest month left out",
        PARAMS,
        "{ lookback_months = 12, skip_months = 1, top = 5 }",
        |params| {
            let months = |name| params.integer(name);
            let strategy = Momentum::new(
                months("lookback_months"),
                months("skip_months"),
                months("top"),
            );
            let refuse = || params.refuse("skip_months", "less than \"lookback_months\"");
            strategy.map(Source::strategy).ok_or_else(refuse)
        },
    )
    .about(
        "At every month end instruments are ranked by their return from `lookback_months` ago to \
         `skip_months` ago; the first `top` are brought to 1/`top` each, everything else to nothing. \
         Ties go to the earlier column. The latest month is skipped because it tends to reverse. With \
         fewer than `top` instruments the rest stays in cash. Long only.",
    )
    .reference(
        "Narasimhan Jegadeesh and Sheridan Titman (1993), Returns to Buying Winners and Selling \
         Losers: Implications for Stock Market Efficiency, The Journal of Finance 48(1)",
    )
    .warm_up("`lookback_months` + 1 month ends")
}
