//! What the account has been worth.

use polyfolio_model::{Money, Ts};
use polyfolio_oms::Book;
use serde::{Deserialize, Serialize};

/// The history of marks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NavHistory {
    /// When it was marked, and the value in the base currency; oldest first.
    pub nav: Vec<(Ts, Money)>,
}

impl NavHistory {
    /// The history of a book.
    pub fn of(book: &Book) -> Self {
        let nav = book
            .navs()
            .iter()
            .map(|nav| (nav.time, nav.account))
            .collect();
        Self { nav }
    }
}
