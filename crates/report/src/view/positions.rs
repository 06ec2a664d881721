//! Who holds what.

use std::collections::BTreeMap;

use polyfolio_model::{InstrumentId, Qty, SleeveId};
use polyfolio_oms::Book;
use serde::{Deserialize, Serialize};

/// Every position of the account or of a sleeve.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Positions {
    /// By symbol. Sleeves may hold against each other what the account does not hold at all.
    pub positions: BTreeMap<InstrumentId, PositionLine>,
}

/// One instrument.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PositionLine {
    /// What the account holds, signed: the sleeves and what is unclaimed together.
    pub quantity: Qty,
    /// What each sleeve holds of it; those that hold none are not listed.
    pub sleeves: BTreeMap<SleeveId, Qty>,
    /// What no sleeve owns.
    pub unclaimed: Qty,
}

impl Positions {
    /// The positions of a book.
    pub fn of(book: &Book) -> Self {
        let mut positions: BTreeMap<InstrumentId, PositionLine> = BTreeMap::new();
        for (sleeve, account) in book.ledger().accounts() {
            for (symbol, held) in &account.positions {
                let line = positions.entry(symbol.clone()).or_default();
                line.quantity += *held;
                if sleeve.as_str() == SleeveId::UNASSIGNED {
                    line.unclaimed += *held;
                } else {
                    line.sleeves.insert(sleeve.clone(), *held);
                }
            }
        }
        Self { positions }
    }
}
