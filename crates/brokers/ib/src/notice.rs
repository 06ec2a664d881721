//! What a person should know: words about the connection, the quotes and single orders that are no
//! report.

use std::fmt;

use polyfolio_model::{ClOrdId, InstrumentId};

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Worth a line in the log.
    Info,
    /// Something is not as it should be; the connector copes.
    Warning,
    /// What the broker says and what we know do not fit together.
    Break,
    /// A person has to do something.
    Alarm,
}

/// Something a person should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IbNotice {
    /// How much it matters.
    pub level: Level,
    /// IB's number, when it comes from IB.
    pub code: Option<i32>,
    /// The order it is about.
    pub order: Option<ClOrdId>,
    /// The instrument it is about.
    pub instrument: Option<InstrumentId>,
    /// A sentence.
    pub text: String,
}

impl IbNotice {
    pub(crate) fn new(level: Level, text: impl Into<String>) -> Self {
        Self {
            level,
            code: None,
            order: None,
            instrument: None,
            text: text.into(),
        }
    }

    pub(crate) fn coded(mut self, code: i32) -> Self {
        self.code = Some(code);
        self
    }

    pub(crate) fn of_order(mut self, order: ClOrdId) -> Self {
        self.order = Some(order);
        self
    }

    pub(crate) fn of_instrument(mut self, instrument: &InstrumentId) -> Self {
        self.instrument = Some(instrument.clone());
        self
    }
}

impl fmt::Display for IbNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(instrument) = &self.instrument {
            write!(f, "{instrument}: ")?;
        }
        if let Some(order) = self.order {
            write!(f, "order {order}: ")?;
        }
        f.write_str(&self.text)?;
        match self.code {
            Some(code) => write!(f, " (IB {code})"),
            None => Ok(()),
        }
    }
}
