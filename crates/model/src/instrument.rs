//! What a venue says of an instrument, as far as orders must obey it.

use serde::{Deserialize, Serialize};

use crate::{Currency, InstrumentId, Money, Price, Qty};

/// The trading rules of one instrument. A zero disables a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instrument {
    /// Its symbol.
    pub id: InstrumentId,
    /// The price grid.
    pub tick: Price,
    /// The quantity grid.
    pub lot: Qty,
    /// The smallest value of an order, in `currency`.
    pub min_notional: Money,
    /// What it is quoted and settled in.
    pub currency: Currency,
}
