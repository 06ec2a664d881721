//! What the account and its sleeves are worth.

use std::collections::BTreeMap;

use polyfolio_model::{InstrumentId, Qty};
use polyfolio_oms::events::AccountMark;
use polyfolio_oms::records::Nav;
use polyfolio_portfolio::risk::loss::Tracks;
use polyfolio_portfolio::{Ledger, TradingState};
use serde_json::{Value, json};

use crate::mail::Payload;

/// The book as the NAV tracker and the scaler need it.
#[derive(Clone, Debug)]
pub struct BookMark {
    /// What the broker says.
    pub account: AccountMark,
    /// What the sleeves own.
    pub ledger: Ledger,
    /// What may still fill on working orders, signed.
    pub working: BTreeMap<InstrumentId, Qty>,
    /// What may still fill on unknown orders, signed.
    pub unknown: BTreeMap<InstrumentId, Qty>,
    /// Whether trading is allowed.
    pub trading: TradingState,
    /// What the account and its sleeves have come to.
    pub tracks: Tracks,
}

/// OrderRouter → NavTracker.
#[derive(Clone, Debug)]
pub struct AccountMarked(pub Box<BookMark>);

impl Payload for AccountMarked {
    const NAME: &'static str = "AccountMarked";
    fn body(&self) -> Value {
        json!({ "nav": self.0.account.nav, "cash": self.0.account.cash,
                "positions": self.0.account.positions.len() })
    }
}

/// NavTracker → Scaler, Conductor: what the account is worth at the closes that decide.
#[derive(Clone, Debug)]
pub struct NavMarked {
    /// The value of the account, and of each sleeve; or why it cannot be said.
    pub nav: Result<Nav, String>,
    /// What it was computed from.
    pub book: Box<BookMark>,
}

impl Payload for NavMarked {
    const NAME: &'static str = "NavMarked";
    fn body(&self) -> Value {
        match &self.nav {
            Ok(nav) => json!({ "date": nav.date, "account": nav.account, "sleeves": nav.sleeves }),
            Err(error) => json!({ "error": error }),
        }
    }
}

/// NavTracker → OrderRouter: a record for the one journal.
#[derive(Clone, Debug)]
pub struct NoteNav(pub Nav);

impl Payload for NoteNav {
    const NAME: &'static str = "NoteNav";
    fn body(&self) -> Value {
        json!({ "date": self.0.date, "account": self.0.account })
    }
}
