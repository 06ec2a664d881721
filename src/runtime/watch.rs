//! What is done about a house that stands still: it is said, and in the end the process is ended.
//!
//! An actor that does not come back hangs the whole house, and nothing inside can end it. What was
//! decided is in the journal and what was sent is the broker's, so that the next start goes on
//! from there: a process that is gone is better than one that holds its orders and does nothing.

use std::io::{self, Write};
use std::sync::mpsc::channel;
use std::time::Duration;

use polyfolio_actors::office::Stall;

use crate::exit::Exit;
use crate::face::Style;
use crate::failure::Failure;

/// How long the last words may take. What hangs may be a terminal or a pipe that nobody reads.
const WORDS_MAX: Duration = Duration::from_secs(1);

/// Says what stands still on stderr, and ends the process when that is final: fail-stop.
pub(super) fn on_stall(stall: &Stall) {
    if !stall.is_final {
        say(format!("{stall}; nothing else moves meanwhile\n"));
        return;
    }
    say(ended(stall).render(Style::of(&io::stderr())));
    std::process::exit(i32::from(Exit::Halted.code()))
}

fn ended(stall: &Stall) -> Failure {
    Failure::new(Exit::Halted, format!("{stall}: the process ends itself"))
        .line("no order leaves any more; what was decided is in the journal")
        .line("the next start compares with the broker and goes on with the run:  polyfolio run")
}

/// On a thread of its own: whoever hangs may hold stderr, and must not keep the process alive by it.
fn say(text: String) {
    let (done, is_done) = channel();
    let speaker = std::thread::Builder::new().name("last-words".to_owned());
    let begun = speaker.spawn(move || {
        // Nobody may be left to read it.
        let _ = io::stderr().write_all(text.as_bytes());
        let _ = done.send(());
    });
    if begun.is_ok() {
        let _ = is_done.recv_timeout(WORDS_MAX);
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Output};

    use polyfolio_actors::mail::Station;
    use polyfolio_model::Span;

    use super::*;

    const CHILD: &str = "POLYFOLIO_TEST_STALL";

    fn stall(is_final: bool) -> Stall {
        Stall {
            station: Some(Station::Scaler),
            lasted: Span::from_secs(60),
            is_final,
        }
    }

    /// Runs the test of this name again, in a process that may end itself.
    fn in_a_child(test: &str, scene: &str) -> Output {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", &format!("runtime::watch::tests::{test}")])
            .args(["--nocapture", "--test-threads=1"])
            .env(CHILD, scene)
            .output()
            .unwrap()
    }

    #[test]
    fn a_stall_that_is_final_ends_the_process_and_names_the_station() {
        match std::env::var(CHILD).as_deref() {
            Ok("said") => return on_stall(&stall(false)),
            Ok("final") => return on_stall(&stall(true)),
            Ok("stderr is held") => {
                // By this thread, and it does not come back.
                let _held = io::stderr().lock();
                let ends = std::thread::spawn(|| on_stall(&stall(true)));
                return drop(ends.join());
            }
            _ => {}
        }
        let me = "a_stall_that_is_final_ends_the_process_and_names_the_station";
        let said = in_a_child(me, "said");
        let text = String::from_utf8_lossy(&said.stderr).into_owned();
        assert!(said.status.success(), "{text}");
        assert!(
            text.contains("scaler has been at one message for 60 s"),
            "{text}"
        );

        let ended = in_a_child(me, "final");
        let text = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(4), "{text}");
        assert!(
            text.contains("error: scaler has been at one message for 60 s"),
            "{text}"
        );
        assert!(text.contains("polyfolio run"), "{text}");

        let mute = in_a_child(me, "stderr is held");
        assert_eq!(mute.status.code(), Some(4));
    }
}
