//! What a person reads when something cannot be done: what, where, and what to do next.
//!
//! Every error that reaches the user passes through [`Failure`], so all of them look alike and
//! none of them is a backtrace. It knows no error type of its own accord: each area says how its
//! errors read.

use std::fmt;
use std::io;

use crate::exit::Exit;
use crate::face::Style;

/// An end that is not success, with the words for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The code to end with.
    pub exit: Exit,
    /// One sentence of what happened. Empty: end without a word.
    pub what: String,
    /// Where, what was expected, what to do next: one line each.
    pub lines: Vec<String>,
}

impl Failure {
    /// A failure that ends with `exit`.
    pub fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self {
            exit,
            what: what.into(),
            lines: Vec::new(),
        }
    }

    /// Usage, config or input data.
    pub fn usage(what: impl Into<String>) -> Self {
        Self::new(Exit::Usage, what)
    }

    /// The same with one more line below, or as many as `line` has.
    #[must_use]
    pub fn line(mut self, line: impl AsRef<str>) -> Self {
        self.lines.extend(line.as_ref().lines().map(str::to_owned));
        self
    }

    /// The reader of our output went away, as `head` does. Nobody is left to talk to.
    pub fn nobody_listens() -> Self {
        Self::new(Exit::Done, "")
    }

    /// The words as they go to a terminal or a pipe.
    pub fn render(&self, style: Style) -> String {
        if self.what.is_empty() {
            return String::new();
        }
        let mut text = format!("{} {}\n", style.alarm("error:"), self.what);
        for line in &self.lines {
            text.push_str(&format!("  {line}\n"));
        }
        text
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.render(Style::PLAIN).trim_end())
    }
}

impl std::error::Error for Failure {}

/// An error of writing to our own output.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::nobody_listens(),
            _ => Self::new(
                Exit::Usage,
                format!("the answer cannot be written: {error}"),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_sentence_each() {
        let failure = Failure::usage("weight is not a number")
            .line("config/my.toml, line 3, sleeve.trend.weight = \"0.3O\"")
            .line("expected a number such as 0.30");
        assert_eq!(
            failure.to_string(),
            "error: weight is not a number\n  \
             config/my.toml, line 3, sleeve.trend.weight = \"0.3O\"\n  \
             expected a number such as 0.30"
        );
    }

    #[test]
    fn a_broken_pipe_is_silent_and_no_failure() {
        let failure = Failure::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(
            (failure.exit, failure.render(Style::PLAIN)),
            (Exit::Done, String::new())
        );
    }
}
