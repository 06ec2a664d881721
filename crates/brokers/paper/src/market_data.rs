//! The wire for quotes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use polyfolio_model::InstrumentId;
use polyfolio_ports::{Clock, MarketData, QuoteUpdate, Sink};

use crate::pump::Shared;

/// The paper market as a source of quotes. Each wire has one subscription of its own; it ends with
/// the wire.
pub struct PaperMarketData {
    shared: Arc<Shared>,
    clock: Arc<dyn Clock>,
    number: u64,
}

/// Wires are told apart by counting.
static WIRES: AtomicU64 = AtomicU64::new(0);

impl PaperMarketData {
    pub(crate) fn new(shared: Arc<Shared>, clock: Arc<dyn Clock>) -> Self {
        Self {
            shared,
            clock,
            number: WIRES.fetch_add(1, Ordering::Relaxed),
        }
    }
}

impl MarketData for PaperMarketData {
    fn subscribe(&mut self, instruments: Vec<InstrumentId>, sink: Sink<QuoteUpdate>) {
        let mut desk = self.shared.desk();
        desk.listeners.subscribe(self.number, instruments, sink);
        drop(desk);
        self.shared.run(&self.clock);
    }
}

impl Drop for PaperMarketData {
    fn drop(&mut self) {
        self.shared.desk().listeners.unsubscribe(self.number);
    }
}

impl std::fmt::Debug for PaperMarketData {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PaperMarketData")
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}
