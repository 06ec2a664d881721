//! Colour, for those who can see it. It carries nothing that the words do not.

use std::io::IsTerminal;

/// Whether emphasis may be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    colour: bool,
}

impl Style {
    /// No emphasis: pipes, files, tests.
    pub const PLAIN: Self = Self { colour: false };

    /// For an output stream: colour on a terminal, unless `NO_COLOR` is set to anything or the
    /// terminal is dumb (<https://no-color.org>).
    pub fn of(stream: &impl IsTerminal) -> Self {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self {
            colour: stream.is_terminal() && !set("NO_COLOR") && !dumb,
        }
    }

    /// Something is wrong.
    pub fn alarm(self, text: &str) -> String {
        self.painted("1;31", text)
    }

    /// A heading.
    pub fn strong(self, text: &str) -> String {
        self.painted("1", text)
    }

    /// Of lesser weight.
    pub fn faint(self, text: &str) -> String {
        self.painted("2", text)
    }

    fn painted(self, code: &str, text: &str) -> String {
        if self.colour {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emphasis_only_where_it_is_seen() {
        let colour = Style { colour: true };
        assert_eq!(Style::PLAIN.alarm("error:"), "error:");
        assert_eq!(colour.alarm("error:"), "\u{1b}[1;31merror:\u{1b}[0m");
    }
}
