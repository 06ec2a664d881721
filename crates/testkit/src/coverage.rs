//! In what states orders were seen: the distinct combinations of what the router's next decision
//! about an order depends on.
//!
//! A combination is: the stage of its parent; the order's FIX status; whether it is unknown, open,
//! closed or gone; whether a cancel is in flight; whether it was repeated; whether the link is up,
//! the session reconciled, a snapshot asked for; whether trading goes on, is halted, or the
//! instrument is stopped; and whether a process has died before. Not every combination can be
//! reached, so the number says how a campaign grows and not how much is left.

use polyfolio_model::OrdStatus;
use polyfolio_oms::records::ParentStage;
use polyfolio_oms::{Book, Child};
use polyfolio_portfolio::TradingState;

/// How many combinations there could be.
const BITS: usize = 1 << 17;

/// The combinations that were seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage(Vec<u64>);

/// What of a combination is not the book's.
#[derive(Clone, Copy, Debug)]
pub struct Around {
    /// The link is up.
    pub linked: bool,
    /// The session is reconciled.
    pub synchronised: bool,
    /// A snapshot was asked for and has not come.
    pub asked: bool,
    /// A process has died before.
    pub died: bool,
}

impl Coverage {
    /// An order was seen.
    pub fn see(&mut self, book: &Book, child: &Child, around: Around) {
        let code = code(book, child, around);
        if self.0.is_empty() {
            self.0 = vec![0; BITS / 64];
        }
        self.0[code / 64] |= 1 << (code % 64);
    }

    /// Adds what another saw.
    pub fn add(&mut self, other: &Self) {
        if self.0.is_empty() {
            self.0.clone_from(&other.0);
        } else {
            for (into, from) in self.0.iter_mut().zip(&other.0) {
                *into |= from;
            }
        }
    }

    /// How many combinations.
    pub fn count(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }
}

fn code(book: &Book, child: &Child, around: Around) -> usize {
    let parent = book.parent(child.id().parent_id());
    let stage = match parent.map(|parent| &parent.stage) {
        None => 0,
        Some(ParentStage::Working) => 1,
        Some(ParentStage::Winding) => 2,
        Some(ParentStage::Sweeping) => 3,
        Some(ParentStage::Done { .. }) => 4,
    };
    let standing = match child {
        _ if child.gone.is_some() => 0,
        _ if child.is_unknown() => 1,
        _ if child.is_closed() => 2,
        _ => 3,
    };
    let trading = match book.trading().0 {
        _ if book.stopped().contains_key(&child.order.instrument) => 2,
        TradingState::Active => 0,
        TradingState::ReduceOnly | TradingState::Halted => 1,
    };
    let parts = [
        (3, stage),
        (4, status(child.status())),
        (2, standing),
        (1, usize::from(child.state.cancel_in_flight())),
        (1, usize::from(child.attempts > 1)),
        (1, usize::from(around.linked)),
        (1, usize::from(around.synchronised)),
        (1, usize::from(around.asked)),
        (2, trading),
        (1, usize::from(around.died)),
    ];
    parts
        .into_iter()
        .fold(0, |code, (bits, part)| (code << bits) | part)
}

fn status(status: OrdStatus) -> usize {
    use OrdStatus as S;
    match status {
        S::PendingNew => 0,
        S::New => 1,
        S::PartiallyFilled => 2,
        S::Filled => 3,
        S::Canceled => 4,
        S::Expired => 5,
        S::Rejected => 6,
        S::PendingCancel => 7,
        S::PendingReplace => 8,
        S::DoneForDay => 9,
        S::Suspended => 10,
        _ => 11,
    }
}
