//! What rose most, while it rises.

use polyfolio_model::InstrumentId;
use polyfolio_ports::{BadState, Looks, Phase, Row, Size, Strategy, VirtualAccount, Wishes};
use serde::{Deserialize, Serialize};

use super::absent::Absent;
use super::by_name;
use super::month_ends::{MonthEnds, ROWS_A_MONTH_MAX};
use crate::memory;
use crate::params::{Bounds, Param, ParamType, Params, integer, number};
use crate::{Kind, Source};

/// At every month end ranks by return over `lookback` months (relative momentum) and holds the
/// first `top` at weight 1/`top` each, but only those whose return is above the hurdle (absolute
/// momentum). The part of one that is not goes to the defensive instrument, or to cash.
///
/// The hurdle and the defensive instrument are not ranked. Ties go to the earlier column; a return
/// equal to the hurdle is not above it. With fewer than `top` candidates the rest stays in cash.
/// Until there are `lookback` + 1 month ends it holds nothing. What did not trade at the first or the
/// last of them is not ranked; a hurdle without a return is above everything, and in place of a
/// defensive instrument that does not trade there is cash.
///
/// Gary Antonacci (2012), *Risk Premia Harvesting Through Dual Momentum*: twelve months, none
/// skipped, the hurdle Treasury bills, one winner in each group.
#[derive(Debug, Clone)]
pub struct DualMomentum {
    lookback: usize,
    top: usize,
    hurdle: Hurdle,
    defensive: Option<InstrumentId>,
    memory: Memory,
    /// Which columns can be ranked, since the last month end.
    is_ranked: Vec<bool>,
    /// Only for [`why`](Strategy::why); known again from the next row.
    absent: Absent,
}

/// What a return must be above.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Hurdle {
    /// This return over the lookback: 0.02 is 2 %.
    pub threshold: f64,
    /// And the return of this instrument over the same months.
    pub instrument: Option<InstrumentId>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Memory {
    month_ends: MonthEnds,
    /// The ranked first `top`, best first, and whether each is held.
    leaders: Vec<(InstrumentId, bool)>,
    /// Whether the defensive instrument traded then.
    is_refuge_there: bool,
}

impl DualMomentum {
    /// Months and how many to hold, both at least 1; otherwise `None`. Without a defensive
    /// instrument there is cash in its place.
    pub fn new(
        lookback: usize,
        top: usize,
        hurdle: Hurdle,
        defensive: Option<InstrumentId>,
    ) -> Option<Self> {
        let valid = lookback >= 1 && top >= 1 && hurdle.threshold.is_finite();
        valid.then(|| Self {
            lookback,
            top,
            hurdle,
            defensive,
            memory: Memory::default(),
            is_ranked: Vec::new(),
            absent: Absent::default(),
        })
    }

    /// The return over the lookback; `None` for what did not trade at either end.
    fn score(&self, column: usize) -> Option<f64> {
        let close = |at| self.memory.month_ends.close(at, column);
        Some(close(self.lookback)? / close(0)? - 1.0)
    }

    fn is_apart(&self, name: &InstrumentId) -> bool {
        self.hurdle.instrument.as_ref() == Some(name) || self.defensive.as_ref() == Some(name)
    }

    /// The columns of the first `top`, best first, and whether each is above the hurdle.
    fn leaders(&self, instruments: &[InstrumentId]) -> Vec<(usize, bool)> {
        let score = |column: usize| Some((column, self.score(column)?));
        let mut scored: Vec<(usize, f64)> = (0..instruments.len())
            .filter(|&column| !self.is_apart(&instruments[column]))
            .filter_map(score)
            .collect();
        scored.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let of_hurdle = self.hurdle.instrument.as_ref();
        let of_hurdle = of_hurdle
            .and_then(|hurdle| instruments.iter().position(|name| name == hurdle))
            .map_or(f64::NEG_INFINITY, |column| {
                self.score(column).unwrap_or(f64::INFINITY)
            });
        let hurdle = self.hurdle.threshold.max(of_hurdle);
        let leaders = scored.into_iter().take(self.top);
        leaders
            .map(|(column, score)| (column, score > hurdle))
            .collect()
    }
}

impl Strategy for DualMomentum {
    fn warm_up(&self) -> usize {
        (self.lookback + 2) * ROWS_A_MONTH_MAX
    }

    fn names(&self) -> Vec<InstrumentId> {
        let named = self.hurdle.instrument.iter().chain(&self.defensive);
        named.cloned().collect()
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
            self.is_ranked = columns.map(|at| self.score(at).is_some()).collect();
        }
        self.absent.look(row, |column| self.is_ranked[column]);
        if !row.is_month_end || row.phase == Phase::WarmUp {
            return;
        }
        if !self.memory.month_ends.is_full(self.lookback) {
            return;
        }
        let leaders = self.leaders(row.instruments);
        let part = 1.0 / self.top as f64;
        let refused = leaders.iter().filter(|(_, is_held)| !is_held).count();
        let refuge = self.defensive.as_ref();
        let refuge = refuge.and_then(|refuge| row.instruments.iter().position(|n| n == refuge));
        let is_refuge_there = refuge.is_some_and(|column| row.is_current(column));
        for column in 0..row.instruments.len() {
            let weight = if refuge == Some(column) {
                let parts = if is_refuge_there { refused } else { 0 };
                part * parts as f64
            } else if leaders.contains(&(column, true)) {
                part
            } else {
                0.0
            };
            wishes.column(column, Size::Weight(weight));
        }
        self.memory.is_refuge_there = is_refuge_there;
        self.memory.leaders = leaders
            .iter()
            .map(|&(column, is_held)| (row.instruments[column].clone(), is_held))
            .collect();
    }

    fn looks(&self) -> Looks {
        Looks::MonthEnds
    }

    fn why(&self) -> String {
        if self.memory.leaders.is_empty() {
            let have = self.memory.month_ends.len();
            return format!("waits: {have} of {} month ends seen", self.lookback + 1);
        }
        let held = self.memory.leaders.iter().filter(|(_, is_held)| *is_held);
        let mut names: Vec<String> = held.map(|(name, _)| name.to_string()).collect();
        let refused = self.memory.leaders.len() - names.len();
        if refused > 0 {
            let refuge = self.defensive.as_ref();
            let refuge = refuge.filter(|_| self.memory.is_refuge_there);
            let refuge = refuge.map_or(CASH, InstrumentId::as_str);
            names.push(format!("{refused}/{} in {refuge}", self.top));
        }
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

/// What stands for no instrument.
const NONE: &str = "none";
const CASH: &str = "cash";

const PARAMS: &[Param] = &[
    integer(
        "lookback_months",
        1,
        12,
        "months that returns are measured over",
    ),
    integer(
        "top",
        1,
        1,
        "how many of the best are looked at, for 1/top each",
    ),
    number(
        "threshold",
        Bounds::ANY,
        0.0,
        "the return that one of them must be above; 0.02 is 2%",
    ),
    Param {
        name: "hurdle",
        kind: ParamType::Text {
            default: Some(NONE),
        },
        doc: "an instrument of the universe whose return it must be above, too, or \"none\"",
    },
    Param {
        name: "defensive",
        kind: ParamType::Text {
            default: Some(CASH),
        },
        doc: "an instrument of the universe that takes the part of one that is not, or \"cash\"",
    },
];

fn instrument(params: &Params, name: &str, nothing: &str) -> Option<InstrumentId> {
    let text = params.text(name);
    (text != nothing).then(|| InstrumentId::from(text))
}

pub(super) fn kind() -> Kind {
    Kind::new(
        "dual_momentum",
        "holds what rose most if it rose enough, otherwise a refuge",
        PARAMS,
        "{ lookback_months = 12, top = 3, threshold = 0.0, hurdle = \"none\", defensive = \"KO\" }",
        |params| {
            let hurdle = Hurdle {
                threshold: params.number("threshold"),
                instrument: instrument(params, "hurdle", NONE),
            };
            let strategy = DualMomentum::new(
                params.integer("lookback_months"),
                params.integer("top"),
                hurdle,
                instrument(params, "defensive", CASH),
            );
            let refuse = || params.refuse("top", "at least 1");
            strategy.map(Source::strategy).ok_or_else(refuse)
        },
    )
    .about(
        "Relative momentum: at every month end instruments are ranked by their return over the last \
         `lookback_months`, and the first `top` are looked at; ties go to the earlier column. \
         Absolute momentum: one of them is held, at 1/`top`, if its return is above `threshold` and \
         above that of the instrument named by `hurdle`. The part of one that is not goes to the \
         instrument named by `defensive`, or stays in cash.\n\n\
         The instruments named by `hurdle` and `defensive` must be of the universe and are not \
         ranked. With fewer candidates than `top` the rest stays in cash. Long only.",
    )
    .reference(
        "Gary Antonacci (2012), Risk Premia Harvesting Through Dual Momentum (12 months, Treasury \
         bills as the hurdle and the refuge)",
    )
    .warm_up("`lookback_months` + 1 month ends")
}
