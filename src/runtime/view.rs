//! What others may see while this process holds the store: `view.json` and `journal.json`,
//! replaced atomically twice a second of the host's time.
//!
//! A thread of its own, because the run's clock may stand still or jump: it sleeps on a channel,
//! asks the router for the book, reads the journal behind its writer, and writes. It lives as
//! long as the process holds the store, through all its sessions, and never writes to the store.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use actix::Addr;
use polyfolio_actors::order_router::{Decide, ObserveBook, OrderRouter};
use polyfolio_clock::HostClock;
use polyfolio_model::{Span, Ts};
use polyfolio_oms::Book;
use polyfolio_ports::Clock;
use polyfolio_report::View;
use polyfolio_store::{SledJournal, replace_atomically};

use super::journal_view::JournalKeeper;
use super::requests;
use crate::failure::Failure;

/// How often the views are renewed and a request is looked for (host time).
const PERIOD: Duration = Duration::from_millis(500);

/// A large book is written down more seldom: it rests so many times longer than that takes.
const REST_FACTOR: f64 = 9.0;

/// How often the first answer of a router is looked for (host time).
const IMPATIENCE: Duration = Duration::from_millis(20);

/// How long whoever asks waits for the first view of a process that has just begun (host time).
const PATIENCE: Span = Span::from_secs(2);

/// The file's name within the state directory.
pub(crate) const FILE: &str = "view.json";

/// Finds the router, whichever life it is in.
type Finder = Box<dyn Fn() -> Option<Addr<OrderRouter>> + Send>;

/// Keeps the views while it lives.
#[derive(Debug)]
pub(super) struct Keeper {
    session: Session,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// The session that goes on, if one does.
#[derive(Clone, Default)]
struct Session(Arc<Mutex<Option<Finder>>>);

impl Keeper {
    /// Begins, over a journal that this process holds. When no thread can be had the views are
    /// absent, and the verbs that would read them say so.
    pub(super) fn start(journal: &SledJournal) -> Self {
        let (stop, stopped) = channel::<()>();
        let session = Session::default();
        let desk = Desk {
            directory: journal.dir().to_owned(),
            journal: JournalKeeper::of(journal),
            session: session.clone(),
            answer: None,
            is_written: false,
            rest: 0,
        };
        let thread = std::thread::Builder::new()
            .name("view".to_owned())
            .spawn(move || desk.keep(&stopped));
        Self {
            session,
            stop: Some(stop),
            thread: thread.ok(),
        }
    }

    /// A session begins: its router is asked from here on.
    pub(super) fn show(&self, router: impl Fn() -> Option<Addr<OrderRouter>> + Send + 'static) {
        self.session.set(Some(Box::new(router)));
    }

    /// The session is over. What it last showed stays until the next one shows more, or the store
    /// is free.
    pub(super) fn hide(&self) {
        self.session.set(None);
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A view that could not be written harms nobody.
            let _ = thread.join();
        }
    }
}

impl Session {
    fn set(&self, finder: Option<Finder>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = finder;
    }

    fn router(&self) -> Option<Addr<OrderRouter>> {
        let finder = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        finder.as_ref().and_then(|find| find())
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}

/// What the thread has before it.
struct Desk {
    directory: PathBuf,
    journal: Option<JournalKeeper>,
    session: Session,
    answer: Option<Receiver<(Box<Book>, Ts)>>,
    is_written: bool,
    /// How many looks pass before the book is asked for again.
    rest: u32,
}

impl Desk {
    fn keep(mut self, stopped: &Receiver<()>) {
        // What a process left that died is no answer.
        self.forget();
        loop {
            self.ask();
            if let Some(journal) = &mut self.journal {
                journal.renew();
            }
            let is_awaited = self.answer.is_some() && !self.is_written;
            let wait = if is_awaited { IMPATIENCE } else { PERIOD };
            if stopped.recv_timeout(wait) != Err(RecvTimeoutError::Timeout) {
                // The store is free again from here on, and says more.
                return self.forget();
            }
            self.take_answer();
        }
    }

    /// Asks the router for the book. A router that fell is asked in its next life.
    fn ask(&mut self) {
        let Some(router) = self.session.router() else {
            return;
        };
        for asked in requests::take_all(&self.directory) {
            router.do_send(Decide(asked.command()));
            // Whoever asked waits to read of it.
            self.rest = 0;
        }
        self.rest = self.rest.saturating_sub(1);
        if self.answer.is_none() && self.rest == 0 {
            let (answer, receiver) = channel();
            // A view is what is durable: whoever waits for a halt reads it there.
            router.do_send(ObserveBook {
                answer,
                durable: true,
            });
            self.answer = Some(receiver);
        }
    }

    /// A router that is busy answers later; nobody waits for it here.
    fn take_answer(&mut self) {
        match self.answer.as_ref().map(Receiver::try_recv) {
            Some(Ok((book, _))) => {
                self.write(&book);
                self.answer = None;
            }
            Some(Err(TryRecvError::Disconnected)) => self.answer = None,
            Some(Err(TryRecvError::Empty)) | None => {}
        }
    }

    fn write(&mut self, book: &Book) {
        let host = HostClock::start();
        let begun = host.now();
        if let Ok(bytes) = serde_json::to_vec_pretty(&View::of(book)) {
            // A view that cannot be written is an old view; the run goes on.
            self.is_written |= replace_atomically(&self.directory.join(FILE), &bytes).is_ok();
        }
        let took = host.now().since(begun).secs_f64();
        self.rest = (took * REST_FACTOR / PERIOD.as_secs_f64()) as u32;
    }

    fn forget(&self) {
        let _ = std::fs::remove_file(self.directory.join(FILE));
    }
}

/// What the process that holds the store last wrote down; it does so twice a second.
pub fn last_written(directory: &Path) -> Option<View> {
    let bytes = std::fs::read(directory.join(FILE)).ok()?;
    View::read(&bytes).ok()
}

/// What the store says, or what the process that holds it wrote down; it is given the time to
/// write for the first time.
///
/// # Errors
/// What the store says, when nobody answers for it.
pub fn store_or_view<T>(
    directory: &Path,
    store: impl Fn() -> Result<T, Failure>,
    view: impl Fn() -> Option<T>,
) -> Result<T, Failure> {
    let host = HostClock::start();
    let until = host.now() + PATIENCE;
    // Nobody ever speaks on this channel: it is a pause that needs no clock of its own.
    let (_silent, pause) = channel::<()>();
    let mut was_free = false;
    loop {
        let failure = match store() {
            Ok(said) => return Ok(said),
            Err(failure) => failure,
        };
        // Only a run that is going on may answer for the store; what a dead one left is no answer.
        let is_held = super::is_held(directory);
        if is_held && let Some(said) = view() {
            return Ok(said);
        }
        // Once it may have been let go between the two looks.
        let is_refused = !is_held && was_free;
        if is_refused || host.now() > until {
            return Err(failure);
        }
        was_free = !is_held;
        let _ = pause.recv_timeout(IMPATIENCE);
    }
}
