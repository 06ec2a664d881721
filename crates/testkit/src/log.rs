//! What happened, line by line, for a person and for the comparison of two runs of one seed.

use std::fmt::{self, Write};

use polyfolio_model::Ts;

/// A log that is kept, or not.
#[derive(Clone, Debug)]
pub struct Log(Option<String>);

impl Log {
    /// Keeps everything, or nothing.
    pub fn new(keep: bool) -> Self {
        Self(keep.then(String::new))
    }

    /// One line.
    pub fn line(&mut self, now: Ts, what: fmt::Arguments<'_>) {
        if let Some(text) = &mut self.0 {
            // Writing to a string does not fail.
            let _ = writeln!(text, "{now} {what}");
        }
    }

    /// What was kept.
    pub fn take(&mut self) -> String {
        self.0.take().unwrap_or_default()
    }
}
