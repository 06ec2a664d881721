//! The watchdog: whether the house moves, seen from a thread of its own.
//!
//! All actors share a thread, so that one of them that does not come back from a message hangs
//! everybody, the supervisor too. The watchdog asks the house for a sign of life at intervals; a
//! task at home gives it between the others' turns. A house that is idle answers, and so does one
//! whose journal is at the disk. Its time is the machine's: a clock that jumps hastens nothing.
//!
//! What is counted is questions without an answer, not time: a process that was suspended has
//! missed one question when it goes on, however long it slept.
//!
//! It decides nothing: who opened the house says what is done about a stall. It cannot tell a
//! station that computes for long from one that is stuck for ever.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use polyfolio_model::Span;
use polyfolio_ports::Sink;
use serde_json::json;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::turns::Turns;
use crate::mail::Station;
use crate::switchboard::Switchboard;

/// How long the house may stand still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Between two questions (host time).
    pub every: Span,
    /// After so many questions without an answer it is said.
    pub said_after: u32,
    /// After so many it is final.
    pub final_after: u32,
}

impl Default for Patience {
    /// Asked every second; said after 10 s, final after 60 s.
    fn default() -> Self {
        Self {
            every: Span::from_secs(1),
            said_after: 10,
            final_after: 60,
        }
    }
}

/// How the house is watched.
#[derive(Clone)]
pub struct Watch {
    /// How long it may stand still.
    pub patience: Patience,
    /// Hears of a stall, on the watchdog's thread: once when it is said, once when it is final.
    pub stalled: Sink<Stall>,
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch")
            .field("patience", &self.patience)
            .finish_non_exhaustive()
    }
}

/// Nothing moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stall {
    /// Whose turn does not end; none when it is no station's.
    pub station: Option<Station>,
    /// For how long at least (host time).
    pub lasted: Span,
    /// Whether this is more than the house's patience.
    pub is_final: bool,
}

impl fmt::Display for Stall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secs = self.lasted.secs_f64();
        match &self.station {
            Some(station) => write!(f, "{station} has been at one message for {secs} s"),
            None => write!(f, "no station had a turn for {secs} s"),
        }
    }
}

/// Questions and answers.
#[derive(Debug, Default)]
struct Pulse {
    asked: AtomicU64,
    answered: AtomicU64,
    bell: Notify,
    /// A stall that was said, for the log: the house cannot write while it stands still.
    said: Mutex<Option<Stall>>,
}

/// A house that is watched, until this is dropped.
#[derive(Debug)]
pub(super) struct Watched {
    pulse: Arc<Pulse>,
    answers: JoinHandle<()>,
    /// The thread ends when this is gone.
    _over: Sender<()>,
}

impl Watched {
    /// Watches the house whose turns these are; must be called on its thread. A machine that has
    /// no thread to give leaves it unwatched, and the log says so.
    pub(super) fn start(watch: Watch, turns: Arc<Turns>, board: Arc<Switchboard>) -> Self {
        let pulse = Arc::new(Pulse::default());
        let (over, is_over) = channel();
        let asks = Arc::clone(&pulse);
        let thread = std::thread::Builder::new().name("watchdog".to_owned());
        let begun = thread.spawn(move || keep_asking(&watch, &asks, &turns, &is_over));
        if let Err(error) = begun {
            let body = json!({ "error": error.to_string() });
            board
                .post
                .note(&Station::Supervisor, "Unwatched", body, None);
        }
        let answers = actix::spawn(keep_answering(Arc::clone(&pulse), board));
        Self {
            pulse,
            answers,
            _over: over,
        }
    }

    /// How many questions the house has answered.
    pub(super) fn signs_of_life(&self) -> impl Fn() -> u64 + Send + use<> {
        let pulse = Arc::clone(&self.pulse);
        move || pulse.answered.load(Ordering::SeqCst)
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.answers.abort();
    }
}

/// At home, between the others' turns.
async fn keep_answering(pulse: Arc<Pulse>, board: Arc<Switchboard>) {
    loop {
        pulse.bell.notified().await;
        let asked = pulse.asked.load(Ordering::SeqCst);
        pulse.answered.store(asked, Ordering::SeqCst);
        if let Some(stall) = lock(&pulse.said).take() {
            let station = stall.station.map(|station| station.to_string());
            let body = json!({ "station": station, "seconds": stall.lasted.secs_f64() });
            board.post.note(&Station::Supervisor, "Stalled", body, None);
        }
    }
}

/// On a thread of its own.
fn keep_asking(watch: &Watch, pulse: &Pulse, turns: &Turns, is_over: &Receiver<()>) {
    let patience = watch.patience;
    let mut missed = 0_u32;
    loop {
        let asked = pulse.asked.fetch_add(1, Ordering::SeqCst) + 1;
        pulse.bell.notify_one();
        if is_over.recv_timeout(patience.every.to_std()) != Err(RecvTimeoutError::Timeout) {
            return;
        }
        if pulse.answered.load(Ordering::SeqCst) >= asked {
            missed = 0;
            continue;
        }
        missed = missed.saturating_add(1);
        if missed == patience.said_after || missed == patience.final_after {
            let stall = Stall {
                station: turns.now(),
                lasted: Span::from_nanos(patience.every.nanos() * i64::from(missed)),
                is_final: missed == patience.final_after,
            };
            *lock(&pulse.said) = Some(stall.clone());
            (watch.stalled)(stall);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
