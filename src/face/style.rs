//! Colour, for those who can see it. It carries nothing that the words do not.

use std::ffi::OsString;
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
        let variable = |name: &str| std::env::var_os(name);
        Self::seen_on(stream.is_terminal(), variable)
    }

    fn seen_on(is_terminal: bool, variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let is_refused = variable("NO_COLOR").is_some_and(|value| !value.is_empty());
        let is_dumb = variable("TERM").is_some_and(|term| term == "dumb");
        Self {
            colour: is_terminal && !is_refused && !is_dumb,
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

    #[test]
    fn a_terminal_has_colour_unless_somebody_says_no() {
        let said = [
            (true, None, true),
            (true, Some(("TERM", "xterm")), true),
            (true, Some(("NO_COLOR", "")), true),
            (true, Some(("NO_COLOR", "1")), false),
            (true, Some(("TERM", "dumb")), false),
            (false, None, false),
            (false, Some(("TERM", "xterm")), false),
        ];
        for (is_terminal, variable, colour) in said {
            let value = |name: &str| variable.filter(|(own, _)| *own == name);
            let style = Style::seen_on(is_terminal, |name| value(name).map(|(_, v)| v.into()));
            assert_eq!(style, Style { colour }, "{is_terminal} {variable:?}");
        }
    }
}
