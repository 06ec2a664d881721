//! The paper account and its market, opened from their folder.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use chrono::NaiveDate;
use polyfolio_matching::SyntheticVenue;
use polyfolio_model::{ClOrdId, InstrumentId, Price, Qty, Quote, Ts};
use polyfolio_ports::Clock;

use crate::clock_file::ClockFile;
use crate::desk::{Desk, Files};
use crate::lock::Lock;
use crate::pump::Shared;
use crate::snapshot::in_use;
use crate::tape_file::{self, TapeFile};
use crate::{Notice, PaperBroker, PaperConfig, PaperError, PaperMarketData};

/// The hour (UTC) at which a date's market stands at its closes.
pub const CLOSE_HOUR: u32 = 21;

/// A paper account with its market. Clones are handles to the same one; the folder is released
/// when the last handle, broker and market-data wire is gone.
#[derive(Clone, Debug)]
pub struct PaperVenue {
    shared: Arc<Shared>,
    config: Arc<PaperConfig>,
}

impl PaperVenue {
    /// Opens the account in `dir`, creating the folder if there is none, and says what a person
    /// should know. The account itself is created by the first [`PaperVenue::set_market`].
    pub fn open(dir: &Path, config: PaperConfig) -> Result<(Self, Vec<Notice>), PaperError> {
        std::fs::create_dir_all(dir).map_err(|source| PaperError::Io {
            doing: "create",
            path: dir.to_owned(),
            source,
        })?;
        let _lock = Lock::take(dir)?;
        let (tape, content) = TapeFile::open(dir)?;
        let (clock, noted) = ClockFile::open(dir)?;
        let events = tape_file::events(dir, content.lines)?;
        let venue = SyntheticVenue::restore(config.venue(), events, noted)?;
        venue.book().audit().map_err(|source| PaperError::Break {
            dir: dir.to_owned(),
            source,
        })?;
        all_listed(&venue, &config)?;
        let mut notices = Vec::new();
        if content.torn > 0 {
            let bytes = content.torn;
            notices.push(Notice::TornLine { bytes });
        }
        notices.extend(opening_kept(&venue, &config));
        let desk = Desk::new(venue, &config, Files { tape, clock, _lock });
        let shared = Arc::new(Shared::new(desk));
        let config = Arc::new(config);
        Ok((Self { shared, config }, notices))
    }

    /// Sets the market to the closes of a date.
    ///
    /// A later date moves the venue's clock to 21:00 UTC of it (never back), ends the day orders of
    /// the former one and begins every mid at its close. On the same date prices go on as they
    /// are, under the parameters now configured. An earlier date is refused
    /// ([`PaperError::GoesBack`]), and so is one that lacks a close of what is held or worked.
    pub fn set_market(
        &self,
        date: NaiveDate,
        closes: &[(InstrumentId, Price)],
    ) -> Result<(), PaperError> {
        let at = Ts::on(date, CLOSE_HOUR);
        let set = self.shared.desk().set_market(date, at, closes);
        self.shared.wake();
        set
    }

    /// The market date; none before the first one is set.
    pub fn market_date(&self) -> Option<NaiveDate> {
        self.shared.desk().venue.book().market_date()
    }

    /// Where the venue's clock stands: start the runtime's clock there. None before the first
    /// market date.
    pub fn venue_time(&self) -> Option<Ts> {
        let desk = self.shared.desk();
        Some(desk.venue.now()).filter(|now| *now > Ts::MIN)
    }

    /// Lets the market live to `to`, as the runtime's clock would: before a stop, so that the time
    /// since its last event is not given back, or when the runtime remembers a later time.
    pub fn advance_to(&self, to: Ts) {
        self.shared.desk().advance(to);
        self.shared.wake();
    }

    /// The quote of an instrument now.
    pub fn quote(&self, instrument: &InstrumentId) -> Option<Quote> {
        self.shared.desk().venue.quote(instrument)
    }

    /// Lets an order that works trade at the venue's time, whatever the quote: so much of it at
    /// most, all of it otherwise. For whoever wants to see what follows from a fill.
    pub fn trade_now(&self, id: ClOrdId, quantity: Option<Qty>) {
        let mut desk = self.shared.desk();
        let now = desk.venue.now();
        desk.trade_now(id, quantity, now);
        drop(desk);
        self.shared.wake();
    }

    /// The account as it stands now.
    pub fn account(&self) -> Option<crate::AccountView> {
        crate::AccountView::of(&self.shared.desk().venue)
    }

    /// A wire for orders. `clock` is the venue's and the runtime's.
    pub fn broker(&self, clock: Arc<dyn Clock>) -> PaperBroker {
        PaperBroker::new(self.shared.clone(), self.config.clone(), clock)
    }

    /// A wire for quotes.
    pub fn market_data(&self, clock: Arc<dyn Clock>) -> PaperMarketData {
        PaperMarketData::new(self.shared.clone(), clock)
    }
}

fn all_listed(venue: &SyntheticVenue, config: &PaperConfig) -> Result<(), PaperError> {
    let listed: BTreeSet<_> = config.listings.iter().map(|l| &l.instrument.id).collect();
    let mut uses = in_use(venue.book()).into_iter();
    match uses.find(|(id, _)| !listed.contains(id)) {
        Some((instrument, (position, open_orders))) => Err(PaperError::NotListed {
            instrument,
            position,
            open_orders,
        }),
        None => Ok(()),
    }
}

fn opening_kept(venue: &SyntheticVenue, config: &PaperConfig) -> Option<Notice> {
    let book = venue.book();
    if !book.is_opened() {
        return None;
    }
    let configured = config.opening().into_iter().collect();
    let positions_differ = book.opening().positions != configured;
    let differs = positions_differ || book.opening().cash != config.cash;
    differs.then_some(Notice::OpeningKept {
        opened_with: book.opening().cash,
        configured: config.cash,
        positions_differ,
    })
}
