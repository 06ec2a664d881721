//! What others may see while this process holds the store: `view.json`, replaced atomically every
//! second of the host's time.
//!
//! A thread of its own, because the run's clock may stand still or jump: it sleeps on a channel,
//! asks the router for the book, and writes.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use actix::Addr;
use polyfolio_actors::order_router::{Decide, ObserveBook, OrderRouter};
use polyfolio_oms::Book;
use polyfolio_report::View;
use polyfolio_store::replace_atomically;

use super::requests;

/// How often the view is renewed and a request is looked for (host time).
const PERIOD: Duration = Duration::from_millis(500);

/// The file's name within the state directory.
pub const FILE: &str = "view.json";

/// Keeps the view while it lives.
#[derive(Debug)]
pub(super) struct Keeper {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    /// Begins; `None` when no thread can be had: the view is then absent, and said so by the
    /// verbs that would read it.
    pub(super) fn start(
        directory: PathBuf,
        router: impl Fn() -> Option<Addr<OrderRouter>> + Send + 'static,
    ) -> Option<Self> {
        let (stop, stopped) = channel::<()>();
        let keep = move || {
            let path = directory.join(FILE);
            let mut answered = None;
            loop {
                // A router that fell is asked in its next life.
                if let Some(router) = router() {
                    if let Some(asked) = requests::take(&directory) {
                        router.do_send(Decide(asked.command()));
                    }
                    let (answer, receiver) = channel();
                    router.do_send(ObserveBook { answer });
                    answered = Some(receiver);
                }
                if stopped.recv_timeout(PERIOD) != Err(RecvTimeoutError::Timeout) {
                    // The store is free again from here on, and says more.
                    let _ = std::fs::remove_file(&path);
                    requests::forget(&directory);
                    return;
                }
                // A router that is busy answers later; nobody waits for it here.
                if let Some(book) = answered
                    .as_ref()
                    .and_then(|answered| answered.try_recv().ok())
                {
                    write(&path, &book.0);
                }
            }
        };
        let thread = std::thread::Builder::new()
            .name("view".to_owned())
            .spawn(keep)
            .ok()?;
        Some(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
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

fn write(path: &Path, book: &Book) {
    if let Ok(bytes) = serde_json::to_vec_pretty(&View::of(book)) {
        // A view that cannot be written is an old view; the run goes on.
        let _ = replace_atomically(path, &bytes);
    }
}
