//! Quotes.

use polyfolio_model::{InstrumentId, Quote};

use crate::Sink;

/// A new best bid and offer of an instrument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuoteUpdate {
    /// Of what.
    pub instrument: InstrumentId,
    /// The quote; a side that is not quoted is absent.
    pub quote: Quote,
}

/// A source of quotes.
pub trait MarketData: Send {
    /// From now on every change of these instruments' quotes goes to `sink`, the current one
    /// first. Subscribing again replaces the list.
    fn subscribe(&mut self, instruments: Vec<InstrumentId>, sink: Sink<QuoteUpdate>);
}
