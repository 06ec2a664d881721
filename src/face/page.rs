//! How wide a page is: as `COLUMNS` says, or as the terminal has room for.
//!
//! It is looked at once, by the command line, before anything is said. Where nobody looked, as in
//! tests and wherever these pages are made for a program, they are as wide as they are made for.

use std::io::{stderr, stdout};
use std::sync::OnceLock;

use terminal_size::{Height, Width, terminal_size_of};

use super::wrap::PAGE;

/// A page of fewer columns would be read by nobody: it is written as if it had so many.
const NARROWEST: usize = 40;

static ROOM: OnceLock<Room> = OnceLock::new();

/// Columns of the two streams; one may be a terminal and the other not.
#[derive(Clone, Copy, Debug)]
struct Room {
    page: usize,
    talk: usize,
}

/// Looks at where the words go. Whoever looked first has looked.
pub fn look() {
    let asked = std::env::var("COLUMNS").ok();
    let _ = ROOM.set(Room {
        page: columns(asked.as_deref(), terminal_size_of(stdout())),
        talk: columns(asked.as_deref(), terminal_size_of(stderr())),
    });
}

/// The columns of a page, which goes to stdout.
pub fn width() -> usize {
    ROOM.get().map_or(PAGE, |room| room.page)
}

/// The columns of talk, which goes to stderr.
pub fn talk_width() -> usize {
    ROOM.get().map_or(PAGE, |room| room.talk)
}

/// What was asked for, if it is a number, goes before what there is.
fn columns(asked: Option<&str>, terminal: Option<(Width, Height)>) -> usize {
    let asked = asked.and_then(|asked| asked.trim().parse().ok());
    let there = terminal.map(|(Width(columns), _)| usize::from(columns));
    let columns = asked.filter(|columns| *columns > 0).or(there);
    columns.map_or(PAGE, |columns| columns.clamp(NARROWEST, PAGE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_goes_before_what_there_is() {
        let cases = [
            (None, None, 80),
            (None, Some(60), 60),
            (None, Some(200), 80),
            (None, Some(12), 40),
            (Some("48"), None, 48),
            (Some("48"), Some(60), 48),
            (Some("132"), Some(60), 80),
            (Some("1"), None, 40),
            (Some("0"), Some(60), 60),
            (Some("wide"), Some(60), 60),
            (Some(""), None, 80),
            (Some("-48"), None, 80),
        ];
        for (asked, terminal, expected) in cases {
            let terminal = terminal.map(|columns| (Width(columns), Height(24)));
            assert_eq!(columns(asked, terminal), expected, "{asked:?} {terminal:?}");
        }
    }

    #[test]
    fn where_nobody_looked_there_is_room() {
        assert_eq!((width(), talk_width()), (PAGE, PAGE));
    }
}
