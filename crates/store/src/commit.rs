//! Many who append, one commit at a time.
//!
//! Whoever appends puts its batch in a bounded queue. A blocking job takes all that waits, makes
//! it durable at once and answers everyone; while batches come in, it goes on. It is a job of the
//! runtime's own (`spawn_blocking`) and not a thread of ours, because a paused clock stands still
//! while such a job runs, but would jump while a foreign thread syncs.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use polyfolio_ports::{Blob, JournalError, Seq};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::StoreError;
use crate::writer::Writer;

/// So many batches wait; the next one waits for a place, in its turn.
const QUEUE_CAPACITY: usize = 1_024;

/// The queue before the writer, and the writer.
pub(crate) struct Committer {
    room: Arc<Semaphore>,
    queue: Mutex<Queue>,
    /// Taken before the queue is emptied, so that commits keep the order of the queue.
    writer: Mutex<Writer>,
    durable: AtomicU64,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<Waiting>,
    /// Somebody has the duty to look at the queue again.
    at_work: bool,
    closed: bool,
}

type Answer = oneshot::Sender<Result<Seq, JournalError>>;

struct Waiting {
    batch: Vec<Blob>,
    answer: Answer,
    _room: OwnedSemaphorePermit,
}

impl Committer {
    /// Before a writer.
    pub(crate) fn new(writer: Writer) -> Self {
        let durable = AtomicU64::new(writer.head().seq);
        let room = Arc::new(Semaphore::new(QUEUE_CAPACITY));
        Self {
            room,
            queue: Mutex::default(),
            writer: Mutex::new(writer),
            durable,
        }
    }

    /// The last record that was acknowledged.
    pub(crate) fn durable(&self) -> Seq {
        self.durable.load(Ordering::Acquire)
    }

    /// Answers when the batch is durable. A future that is dropped before its turn in the queue
    /// has written nothing; afterwards its batch becomes durable all the same.
    pub(crate) async fn append(self: Arc<Self>, batch: Vec<Blob>) -> Result<Seq, JournalError> {
        let room = Arc::clone(&self.room).acquire_owned().await;
        let room = room.map_err(|_| JournalError::Closed)?;
        let (answer, answered) = oneshot::channel();
        if self.enqueue(Waiting {
            batch,
            answer,
            _room: room,
        })? {
            start(Turn(Some(self)));
        }
        answered.await.unwrap_or(Err(JournalError::Closed))
    }

    /// Takes nothing more, makes durable what waits, and seals the journal.
    pub(crate) fn close(&self) -> Result<(), StoreError> {
        lock(&self.queue).closed = true;
        while let Some(committed) = self.commit_waiting() {
            committed.tell();
        }
        lock(&self.writer).seal()
    }

    /// Says whether a job must be started.
    fn enqueue(&self, waiting: Waiting) -> Result<bool, JournalError> {
        let mut queue = lock(&self.queue);
        if queue.closed {
            return Err(JournalError::Closed);
        }
        queue.waiting.push(waiting);
        Ok(!std::mem::replace(&mut queue.at_work, true))
    }

    /// Makes durable all that waits, if anything does.
    fn commit_waiting(&self) -> Option<Committed> {
        let mut writer = lock(&self.writer);
        let waiting = std::mem::take(&mut lock(&self.queue).waiting);
        let (batches, answers): (Vec<_>, Vec<_>) = waiting
            .into_iter()
            .map(|waiting| (waiting.batch, waiting.answer))
            .unzip();
        let result = if batches.is_empty() {
            Ok(Vec::new())
        } else {
            writer.commit(batches)
        };
        self.durable.store(writer.head().seq, Ordering::Release);
        let mut queue = lock(&self.queue);
        queue.at_work = !queue.waiting.is_empty();
        let more = queue.at_work;
        (more || !answers.is_empty()).then_some(Committed {
            answers,
            result,
            more,
        })
    }
}

/// A commit whose result has still to be told.
struct Committed {
    answers: Vec<Answer>,
    result: Result<Vec<Seq>, JournalError>,
    /// Whether others wait already.
    more: bool,
}

impl Committed {
    /// Whoever does not listen any more has given up its answer.
    fn tell(self) {
        match self.result {
            Ok(lasts) => self
                .answers
                .into_iter()
                .zip(lasts)
                .for_each(|(answer, last)| {
                    let _ = answer.send(Ok(last));
                }),
            Err(error) => self.answers.into_iter().for_each(|answer| {
                let _ = answer.send(Err(error.clone()));
            }),
        }
    }
}

/// The duty to empty the queue, done when it is dropped: so it is done by the job it was given to,
/// and also if the runtime ends before the job begins.
struct Turn(Option<Arc<Committer>>);

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(committer) = self.0.take() else {
            return;
        };
        while let Some(committed) = committer.commit_waiting() {
            if !committed.more {
                // Before the answers: who hears that its batch is durable and drops the journal
                // must find the state directory free.
                drop(committer);
                return committed.tell();
            }
            committed.tell();
        }
    }
}

/// Outside of a runtime the caller itself does the work.
fn start(turn: Turn) {
    match Handle::try_current() {
        Ok(runtime) => drop(runtime.spawn_blocking(|| drop(turn))),
        Err(_) => drop(turn),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
