//! What snapshots have shown to differ, and when a difference is one for certain.
//!
//! What differs may be on its way: a list that lags behind what we heard, or a fill that a list of
//! positions shows before the list of executions does. The first is over a while after nothing more
//! was heard. The second is news of an order of ours that nobody has said yet, and looks just like
//! the first, when it comes in its place; so where an order of ours is not over, a difference has to
//! outlast the silence twice. It knows no orders and no book, only what was seen and when.

use std::collections::BTreeMap;

use polyfolio_model::{InstrumentId, Money, Qty, Span, Ts};

/// After so many times its patience a difference is one however much is heard meanwhile.
const PATIENCE_MAX: i64 = 12;

/// What snapshots have shown to differ, and since when without a change. Each instrument counts for
/// itself, and so does cash: a figure that goes on moving keeps none of the others in doubt.
#[derive(Clone, Debug, Default)]
pub(super) struct Suspects {
    positions: BTreeMap<InstrumentId, Suspect>,
    cash: Option<(Ts, Money)>,
}

#[derive(Clone, Copy, Debug)]
struct Suspect {
    differs: Qty,
    /// Since when by so much, with nothing heard meanwhile.
    since: Ts,
    /// When it had outlasted the silence for the first time.
    outlasted: Option<Ts>,
    /// Since when at all.
    first: Ts,
}

/// One comparison.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    /// When its snapshot was asked for.
    pub(super) begun: Ts,
    pub(super) now: Ts,
    /// How long what is on its way may take.
    pub(super) patience: Span,
}

impl Look {
    fn is_behind(&self, since: Ts, patience: Span) -> bool {
        since < self.now && self.begun >= since + patience
    }
}

impl Suspects {
    /// What differs now: what differed as much before has done so since then, unless something was
    /// heard of it meanwhile. Then what is missing now is not what was missing before, however
    /// alike they look.
    pub(super) fn see(
        &mut self,
        positions: &BTreeMap<InstrumentId, Qty>,
        cash: Money,
        moved: &BTreeMap<InstrumentId, Ts>,
        look: &Look,
    ) {
        let suspect = |(instrument, differs): (&InstrumentId, &Qty)| {
            let known = self.positions.get(instrument);
            let has_moved = |since: Ts| moved.get(instrument).is_some_and(|at| *at >= since);
            let same = known.filter(|k| k.differs == *differs && !has_moved(k.since));
            let suspect = Suspect {
                differs: *differs,
                since: same.map_or(look.now, |known| known.since),
                outlasted: same.and_then(|known| known.outlasted),
                first: known.map_or(look.now, |known| known.first),
            };
            (instrument.clone(), suspect)
        };
        self.positions = positions.iter().map(suspect).collect();
        let cash = (!cash.is_zero()).then_some(cash);
        self.cash = cash.map(|differs| match self.cash {
            Some((since, known)) if known == differs => (since, differs),
            _ => (look.now, differs),
        });
    }

    /// What differs for certain. Of an instrument that `is_traded` an order of ours is not over.
    pub(super) fn sure_positions(
        &mut self,
        look: &Look,
        is_traded: impl Fn(&InstrumentId) -> bool,
    ) -> BTreeMap<InstrumentId, Qty> {
        let long = Span::from_nanos(look.patience.nanos().saturating_mul(PATIENCE_MAX));
        let mut sure = BTreeMap::new();
        for (instrument, suspect) in &mut self.positions {
            if suspect.is_sure(look, || is_traded(instrument))
                || look.is_behind(suspect.first, long)
            {
                sure.insert(instrument.clone(), suspect.differs);
            }
        }
        sure
    }

    /// Whether cash differs for certain.
    pub(super) fn sure_cash(&self, look: &Look) -> bool {
        self.cash
            .is_some_and(|(since, _)| look.is_behind(since, look.patience))
    }
}

impl Suspect {
    fn is_sure(&mut self, look: &Look, is_traded: impl Fn() -> bool) -> bool {
        if !look.is_behind(self.since, look.patience) {
            return false;
        }
        let outlasted = *self.outlasted.get_or_insert(look.now);
        !is_traded() || look.is_behind(outlasted, look.patience)
    }
}
