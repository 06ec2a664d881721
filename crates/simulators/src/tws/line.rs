//! The way of answers to one connected client: bounded, and never waited for.

use std::sync::Arc;

use tokio::sync::{Notify, mpsc};

use super::frame;
use super::ids::Answer;

/// How many frames may wait for a client that does not read. The gateway hangs up on one that
/// lets more come together, as the real one does.
pub(crate) const LINE_FRAMES_MAX: usize = 65_536;

/// Where a client's answers go. Dropping it hangs up, once what was said is written.
#[derive(Debug)]
pub(crate) struct Line {
    frames: Option<mpsc::Sender<Vec<u8>>>,
    lost: Arc<Notify>,
}

/// The other end of a line.
#[derive(Debug)]
pub(crate) struct LineEnd {
    /// What is said, in order.
    pub(crate) frames: mpsc::Receiver<Vec<u8>>,
    /// Told when the client cannot take any more, or is hung up on: nothing of the rest is written.
    pub(crate) lost: Arc<Notify>,
}

impl Line {
    /// A line, and the end that is written to the socket.
    pub(crate) fn new() -> (Self, LineEnd) {
        let (sender, frames) = mpsc::channel(LINE_FRAMES_MAX);
        let lost = Arc::new(Notify::new());
        let line = Self {
            frames: Some(sender),
            lost: lost.clone(),
        };
        (line, LineEnd { frames, lost })
    }

    /// Hangs up at once: what was said and is not written yet is lost.
    pub(crate) fn hang_up(self) {
        self.lost.notify_one();
    }

    /// Says something; a client that cannot take it loses the line.
    pub(crate) fn say<A: Answer>(&mut self, answer: &A) {
        let Some(frames) = &self.frames else {
            return;
        };
        let sent = frame::encode(A::ID, answer).map(|frame| frames.try_send(frame));
        if !matches!(sent, Ok(Ok(()))) {
            self.frames = None;
            self.lost.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tws::messages::PositionEnd;

    #[tokio::test]
    async fn a_client_that_does_not_read_loses_the_line() {
        let (mut line, mut end) = Line::new();
        for _ in 0..LINE_FRAMES_MAX {
            line.say(&PositionEnd {});
        }
        assert!(line.frames.is_some());
        for _ in 0..3 {
            line.say(&PositionEnd {});
        }
        end.lost.notified().await;
        let mut waiting = 0;
        while end.frames.try_recv().is_ok() {
            waiting += 1;
        }
        assert_eq!(waiting, LINE_FRAMES_MAX);
    }
}
