//! The wire for quotes.

use std::fmt;
use std::sync::Arc;

use polyfolio_model::InstrumentId;
use polyfolio_ports::{MarketData, QuoteUpdate, Sink};

use crate::account::Inner;
use crate::worker::Request;

/// The account's quotes as [`MarketData`]. The newest subscription counts, of whichever wire; it
/// outlives connections, and what is lost with one is told as absent.
pub struct IbMarketData {
    account: Arc<Inner>,
}

impl IbMarketData {
    pub(crate) fn new(account: Arc<Inner>) -> Self {
        Self { account }
    }
}

impl MarketData for IbMarketData {
    fn subscribe(&mut self, instruments: Vec<InstrumentId>, sink: Sink<QuoteUpdate>) {
        self.account.ask(Request::Subscribe(instruments, sink));
    }
}

impl fmt::Debug for IbMarketData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IbMarketData")
            .field("account", &self.account)
            .finish()
    }
}
