//! Prices: the closes that decide, and the quotes that execution sees.

use chrono::NaiveDate;
use polyfolio_model::InstrumentId;
use polyfolio_ports::{Closes, QuoteUpdate};
use serde_json::{Value, json};

use crate::mail::Payload;

/// Conductor → MarketData.
#[derive(Clone, Copy, Debug)]
pub struct RequestCloses {
    /// As of which date.
    pub as_of: Option<NaiveDate>,
}

impl Payload for RequestCloses {
    const NAME: &'static str = "RequestCloses";
    fn body(&self) -> Value {
        json!({ "as_of": self.as_of })
    }
}

/// MarketData → Scaler, NavTracker: the prices that decide.
#[derive(Clone, Debug)]
pub struct ClosesPublished(pub Result<Closes, String>);

impl Payload for ClosesPublished {
    const NAME: &'static str = "ClosesPublished";
    fn body(&self) -> Value {
        match &self.0 {
            Ok(closes) => json!({ "date": closes.date, "instruments": closes.prices.len() }),
            Err(error) => json!({ "error": error }),
        }
    }
}

/// OrderRouter → MarketData: quotes of these are wanted.
#[derive(Clone, Debug)]
pub struct Subscribe(pub Vec<InstrumentId>);

impl Payload for Subscribe {
    const NAME: &'static str = "Subscribe";
    fn body(&self) -> Value {
        json!({ "instruments": self.0 })
    }
}

/// MarketData → OrderRouter: everything that moved since the last word.
#[derive(Clone, Debug)]
pub struct QuotesChanged(pub Vec<QuoteUpdate>);

impl Payload for QuotesChanged {
    const NAME: &'static str = "QuotesChanged";
    fn body(&self) -> Value {
        json!({ "instruments": self.0.len() })
    }
}
