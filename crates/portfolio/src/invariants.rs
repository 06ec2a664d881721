//! One book, many sleeves: what must hold between the sleeves and the account, always.
//!
//! Written once. Positions are checked by the property tests, the simulation and every round of
//! production, against a count of the account's own. Cash is checked by the tests and the
//! simulation alone: in production the account's cash is the broker's word, and each snapshot of it
//! is held against the ledger (a difference becomes a break of code `cash`); a second count of our
//! own would be the same sum of the same fills.

use std::collections::BTreeMap;
use std::fmt;

use polyfolio_model::{InstrumentId, Money, Qty};

use crate::ledger::Ledger;

/// An identity that does not hold, with both numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Violation {
    /// Σ sleeve positions + unassigned = account position.
    Position {
        /// Of what.
        instrument: InstrumentId,
        /// What the sleeves and `unassigned` hold together.
        ledger: Qty,
        /// What the account holds.
        account: Qty,
    },
    /// Σ sleeve cash + unassigned = account cash.
    Cash {
        /// What the sleeves and `unassigned` have together.
        ledger: Money,
        /// What the account has.
        account: Money,
    },
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Position {
                instrument,
                ledger,
                account,
            } => {
                write!(
                    f,
                    "sleeves hold {ledger} {instrument}, the account {account}"
                )
            }
            Self::Cash { ledger, account } => {
                write!(f, "sleeves have {ledger} in cash, the account {account}")
            }
        }
    }
}

/// Whether the sleeves hold what the account holds, instrument by instrument.
pub fn check_positions(ledger: &Ledger, account: &BTreeMap<InstrumentId, Qty>) -> Vec<Violation> {
    let ours = ledger.positions();
    let extra = account.keys().filter(|id| !ours.contains_key(*id));
    let compare = |instrument: &InstrumentId| {
        let (ledger, account) = (held(&ours, instrument), held(account, instrument));
        let instrument = instrument.clone();
        (ledger != account).then_some(Violation::Position {
            instrument,
            ledger,
            account,
        })
    };
    ours.keys().chain(extra).filter_map(compare).collect()
}

fn held(book: &BTreeMap<InstrumentId, Qty>, instrument: &InstrumentId) -> Qty {
    book.get(instrument).copied().unwrap_or_default()
}

/// Whether the sleeves have the cash that the account has.
pub fn check_cash(ledger: &Ledger, account: Money) -> Vec<Violation> {
    let ledger = ledger.cash();
    if ledger == account {
        Vec::new()
    } else {
        vec![Violation::Cash { ledger, account }]
    }
}
