//! Many who append, one commit at a time.
//!
//! Whoever appends puts its batch in a bounded queue. A blocking job takes all that waits, makes
//! it durable at once and answers everyone; while batches come in, it goes on. It is a job of the
//! runtime's own (`spawn_blocking`) and not a thread of ours, because a paused clock stands still
//! while such a job runs, but would jump while a foreign thread syncs.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use polyfolio_ports::{Blob, JournalError, Seq};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::StoreError;
use crate::envelope::Mark;
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
    /// Where the first record stands behind. Whoever reads holds it, so that no record is dropped
    /// before its eyes.
    start: RwLock<Mark>,
}

/// What is to be done.
pub(crate) enum Work {
    Append(Vec<Blob>),
    Snapshot(Seq, Blob),
    Compact(Seq),
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    /// Somebody has the duty to look at the queue again.
    at_work: bool,
    closed: bool,
}

type Answer = oneshot::Sender<Result<Seq, JournalError>>;

struct Waiting {
    work: Work,
    answer: Answer,
    _room: OwnedSemaphorePermit,
}

impl Committer {
    /// Before a writer.
    pub(crate) fn new(writer: Writer) -> Self {
        let durable = AtomicU64::new(writer.head().seq);
        let room = Arc::new(Semaphore::new(QUEUE_CAPACITY));
        let start = RwLock::new(writer.start());
        Self {
            start,
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

    /// Where the first record stands behind. Nothing is dropped while this is held.
    pub(crate) fn start(&self) -> RwLockReadGuard<'_, Mark> {
        self.start.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers when it is done, and everything that was asked for before it. A future that is
    /// dropped before its turn in the queue has done nothing; afterwards it is done all the same.
    pub(crate) async fn perform(self: Arc<Self>, work: Work) -> Result<Seq, JournalError> {
        let room = Arc::clone(&self.room).acquire_owned().await;
        let room = room.map_err(|_| JournalError::Closed)?;
        let (answer, answered) = oneshot::channel();
        if self.enqueue(Waiting {
            work,
            answer,
            _room: room,
        })? {
            start(Turn(Some(self)));
        }
        answered.await.unwrap_or(Err(JournalError::Closed))
    }

    /// Appends before all that waits, on the caller's own thread.
    pub(crate) fn append_now(&self, batch: Vec<Blob>) -> Result<Seq, JournalError> {
        let mut writer = lock(&self.writer);
        let appended = writer.commit(vec![batch]);
        self.durable.store(writer.head().seq, Ordering::Release);
        appended.map(|_| writer.head().seq)
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
        queue.waiting.push_back(waiting);
        Ok(!std::mem::replace(&mut queue.at_work, true))
    }

    /// Does what waits, if anything does: appends that stand together as one commit, anything else
    /// by itself.
    fn commit_waiting(&self) -> Option<Committed> {
        let mut writer = lock(&self.writer);
        let waiting = lock(&self.queue).take();
        let (works, answers): (Vec<_>, Vec<_>) = waiting
            .into_iter()
            .map(|waiting| (waiting.work, waiting.answer))
            .unzip();
        let result = self.do_all(&mut writer, works);
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

    /// Appends, or one thing else.
    fn do_all(&self, writer: &mut Writer, works: Vec<Work>) -> Result<Vec<Seq>, JournalError> {
        let mut batches = Vec::new();
        for work in works {
            match work {
                Work::Append(batch) => batches.push(batch),
                Work::Snapshot(at, state) => return Ok(vec![writer.snapshot(at, &state)?]),
                Work::Compact(upto) => {
                    let mut start = self.start.write().unwrap_or_else(PoisonError::into_inner);
                    let compacted = writer.compact(upto);
                    *start = writer.start();
                    return Ok(vec![compacted?]);
                }
            }
        }
        if batches.is_empty() {
            return Ok(Vec::new());
        }
        writer.commit(batches)
    }
}

impl Queue {
    /// The appends at its front, or the one thing there that is none.
    fn take(&mut self) -> Vec<Waiting> {
        let is_append = |waiting: &&Waiting| matches!(waiting.work, Work::Append(_));
        let appends = self.waiting.iter().take_while(is_append).count();
        let taken = appends.max(1).min(self.waiting.len());
        self.waiting.drain(..taken).collect()
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
