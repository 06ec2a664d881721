//! Where a sleeve's wishes come from: a strategy replayed over its history, a file, another
//! program.

use chrono::NaiveDate;
use polyfolio_model::InstrumentId;

/// What a strategy holds in its own account, and what that account has been worth.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Targets {
    /// Units in the strategy's own account, signed, zeros included. May hold what is no number:
    /// whoever sizes with it refuses it by name.
    pub positions: Vec<(InstrumentId, f64)>,
    /// The value of that account, one row a date.
    pub nav: Vec<(NaiveDate, f64)>,
    /// One line for a person who reads the plan.
    pub why: String,
}

/// A source of targets. It may take its time and may panic: its host sees to both.
pub trait TargetSource: Send {
    /// What is wanted as of the close of a date; of the latest date there is, when none is given.
    ///
    /// # Errors
    /// A sentence for a person.
    fn targets(&mut self, as_of: Option<NaiveDate>) -> Result<Targets, String>;
}
