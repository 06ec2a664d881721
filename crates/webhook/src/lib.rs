//! Notices to a webhook: one HTTP POST each, from a thread of its own.
//!
//! What waits is bounded, every attempt has a time limit, and there are few: whoever tells is never
//! delayed, and what could not be told is counted. The address is a secret: it is in no error, no
//! count and no `Debug`. It knows no actor, no config and no clock; waits are the host's.

mod body;
mod post;
mod queue;
mod target;

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use polyfolio_model::Ts;
use polyfolio_ports::{NotTaken, Notice, Notifier};

pub use body::Sender;
pub use queue::Count;
pub use target::{BadTarget, Target};

use post::Post;
use queue::Queue;

/// How much of everything there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Notices that wait.
    pub waiting_max: usize,
    /// How often one is tried.
    pub attempts_max: u32,
    /// How long an attempt may take, connection and answer.
    pub attempt: Duration,
    /// How long to wait before the second attempt; twice as long before each further one.
    pub backoff: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            waiting_max: 256,
            attempts_max: 3,
            attempt: Duration::from_secs(5),
            backoff: Duration::from_secs(1),
        }
    }
}

/// The webhook at work, until it is closed.
#[derive(Debug)]
pub struct Webhook {
    queue: Arc<Queue>,
    thread: Option<JoinHandle<()>>,
}

/// One who tells it.
#[derive(Clone, Debug)]
pub struct Mouth(Arc<Queue>);

impl Webhook {
    /// Begins to post what it is told.
    ///
    /// # Errors
    /// No thread can be had.
    pub fn start(target: Target, sender: Sender, limits: Limits) -> std::io::Result<Self> {
        let queue = Arc::new(Queue::new(limits.waiting_max));
        let post = Post::new(target, sender, limits, Arc::clone(&queue));
        let thread = std::thread::Builder::new().name("webhook".to_owned());
        let thread = thread.spawn(move || post.work())?;
        Ok(Self {
            queue,
            thread: Some(thread),
        })
    }

    /// Whoever tells; any number of them.
    pub fn mouth(&self) -> Mouth {
        Mouth(Arc::clone(&self.queue))
    }

    /// What waits is tried once more each, no longer than `patience` in all. What came of it all.
    pub fn close(mut self, patience: Duration) -> Count {
        let is_done = self.queue.close(patience);
        if let Some(thread) = self.thread.take().filter(|_| is_done) {
            // It has nothing left to do.
            let _ = thread.join();
        }
        self.queue.count()
    }
}

impl Drop for Webhook {
    fn drop(&mut self) {
        self.queue.close(Duration::ZERO);
    }
}

impl Notifier for Mouth {
    fn tell(&mut self, notice: Notice) -> Result<(), NotTaken> {
        self.0.put(notice)
    }

    fn missed(&mut self, count: u64, since: Ts) {
        self.0.missed(count, since);
    }
}
