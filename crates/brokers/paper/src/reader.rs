//! Reading an account that may be in use: no lock, nothing written.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::NaiveDate;
use polyfolio_matching::SyntheticVenue;
use polyfolio_model::{InstrumentId, Money, OrderFacts, Price, Qty, Ts};
use polyfolio_ports::Snapshot;

use crate::snapshot::snapshot;
use crate::{PaperConfig, PaperError, TapeLine, clock_file, tape_file};

/// An account and its market at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountView {
    /// The venue's time.
    pub time: Ts,
    /// The market date.
    pub market_date: NaiveDate,
    /// Cash, in the base currency.
    pub cash: Money,
    /// Positions, signed.
    pub positions: BTreeMap<InstrumentId, Qty>,
    /// All fees ever paid.
    pub fees: Money,
    /// The mids of all that has a market.
    pub mids: BTreeMap<InstrumentId, Price>,
    /// Cash and positions at their mids; absent when a position has no mid.
    pub nav: Option<Money>,
    /// The orders that work.
    pub open_orders: Vec<OrderFacts>,
}

impl AccountView {
    pub(crate) fn of(venue: &SyntheticVenue) -> Option<Self> {
        let book = venue.book();
        let listed = venue.config().listings.iter().map(|l| &l.instrument.id);
        let mids = listed.filter_map(|id| Some((id.clone(), venue.mid(id)?)));
        let open = book.open_orders();
        book.is_opened().then_some(())?;
        Some(Self {
            time: venue.now(),
            market_date: book.market_date()?,
            cash: book.account.cash,
            positions: book.account.positions.clone(),
            fees: book.account.fees,
            mids: mids.collect(),
            nav: venue.equity().ok(),
            open_orders: open.map(|record| record.facts()).collect(),
        })
    }
}

/// Every whole line of the tape in `dir`; none when there is no tape.
pub fn read_tape(dir: &Path) -> Result<Vec<TapeLine>, PaperError> {
    Ok(tape_file::read(dir)?.lines)
}

/// The account in `dir` as its tape and clock tell it; none when it was never opened.
pub fn read_account(dir: &Path, config: &PaperConfig) -> Result<Option<AccountView>, PaperError> {
    Ok(AccountView::of(&read_venue(dir, config)?))
}

/// Everything the account in `dir` knows, as its broker would answer; none when it was never
/// opened: then it holds what the configuration opens it with.
pub fn read_snapshot(dir: &Path, config: &PaperConfig) -> Result<Option<Snapshot>, PaperError> {
    Ok(snapshot(&read_venue(dir, config)?).ok())
}

fn read_venue(dir: &Path, config: &PaperConfig) -> Result<SyntheticVenue, PaperError> {
    let events = tape_file::events(dir, read_tape(dir)?)?;
    let clock = clock_file::read(dir);
    Ok(SyntheticVenue::restore(config.venue(), events, clock)?)
}
