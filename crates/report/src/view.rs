//! What anybody may ask of the book while a run goes on: `status`, `positions`, `orders`, `nav`,
//! `slippage`, `sleeve`.
//!
//! Each answer is `{"schema": "polyfolio.<verb>/1", "as_of": …, "source": …, …}`; quantities and
//! money are decimal strings, symbols and sleeves are keys. The process that holds the lock writes
//! all of them as one [`View`] for those who do not; they read it with [`View::read`], and it says
//! that it is a view.

mod nav;
mod orders;
mod positions;
mod status;

use polyfolio_model::Ts;
use polyfolio_oms::Book;
use serde::{Deserialize, Serialize};

pub use nav::NavHistory;
pub use orders::{OrderLine, Orders};
pub use positions::{PositionLine, Positions};
pub use status::{Stage, Status};

use crate::sheet::Sheets;
use crate::slippage::SlippageReport;

/// An answer in its published form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer<T> {
    /// What it is an answer to, and in which version.
    pub schema: String,
    /// The time of the last record it was made from; none where nothing has happened.
    pub as_of: Option<Ts>,
    /// Where it comes from.
    pub source: Source,
    /// The answer itself.
    #[serde(flatten)]
    pub body: T,
}

/// Where an answer comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The journal itself.
    Store,
    /// What the process that holds the journal last wrote down.
    View,
}

impl<T> Answer<T> {
    /// An answer to `verb` from the store.
    pub fn new(verb: &str, as_of: Option<Ts>, body: T) -> Self {
        let schema = format!("polyfolio.{verb}/1");
        Self {
            schema,
            as_of,
            source: Source::Store,
            body,
        }
    }
}

/// Everything that may be asked, at one moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct View {
    /// How the run stands.
    pub status: Answer<Status>,
    /// Who holds what.
    pub positions: Answer<Positions>,
    /// Orders of the last run, and any that are open.
    pub orders: Answer<Orders>,
    /// What the account has been worth.
    pub nav: Answer<NavHistory>,
    /// What the orders of the last run cost.
    pub slippage: Answer<SlippageReport>,
    /// Each sleeve as an account of its own; an older program does not say.
    #[serde(default)]
    pub sleeves: Option<Answer<Sheets>>,
}

impl View {
    /// The book as it stands.
    pub fn of(book: &Book) -> Self {
        let as_of = book.as_of();
        Self {
            status: Answer::new("status", as_of, Status::of(book)),
            positions: Answer::new("positions", as_of, Positions::of(book)),
            orders: Answer::new("orders", as_of, Orders::of(book)),
            nav: Answer::new("nav", as_of, NavHistory::of(book)),
            slippage: Answer::new("slippage", as_of, SlippageReport::of(book)),
            sleeves: Some(Answer::new("sleeve", as_of, Sheets::of(book))),
        }
    }

    /// The file that others read, as one JSON object.
    ///
    /// # Errors
    /// None that a book can cause: every key is text and every number finite.
    pub fn write(&self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(self)
    }

    /// What another process wrote; every answer says so.
    ///
    /// # Errors
    /// The bytes are no view: cut off, or of another version.
    pub fn read(bytes: &[u8]) -> serde_json::Result<Self> {
        let mut view: Self = serde_json::from_slice(bytes)?;
        view.status.source = Source::View;
        view.positions.source = Source::View;
        view.orders.source = Source::View;
        view.nav.source = Source::View;
        view.slippage.source = Source::View;
        if let Some(sleeves) = &mut view.sleeves {
            sleeves.source = Source::View;
        }
        Ok(view)
    }
}
