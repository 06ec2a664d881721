//! Whose turn it is: a thread of the house runs one task at a time, and each marks its turns, so
//! that one that does not end has a name.
//!
//! A mark is one store into an atomic: nothing is counted and no clock is read on the way of a
//! message. Whatever an actor does is within its turns: handlers, timers, and what it awaits.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use crate::mail::Station;

/// It is nobody's turn: the thread is idle, or busy with what is no station's.
const NOBODY: usize = usize::MAX;

/// The turns of one thread.
#[derive(Debug)]
pub(super) struct Turns {
    now: AtomicUsize,
    stations: Mutex<Stations>,
}

/// The stations and their numbers: a house has as many as sleeves, and nobody looks through all.
#[derive(Debug, Default)]
struct Stations {
    by_number: Vec<Station>,
    numbers: BTreeMap<Station, usize>,
}

impl Stations {
    fn number_of(&mut self, station: &Station) -> usize {
        if let Some(&number) = self.numbers.get(station) {
            return number;
        }
        let number = self.by_number.len();
        self.by_number.push(station.clone());
        self.numbers.insert(station.clone(), number);
        number
    }
}

impl Default for Turns {
    fn default() -> Self {
        Self {
            now: AtomicUsize::new(NOBODY),
            stations: Mutex::default(),
        }
    }
}

impl Turns {
    /// A task whose turns are this station's.
    pub(super) fn of<F: Future>(self: &Arc<Self>, station: &Station, task: F) -> Marked<F> {
        Marked {
            task: Box::pin(task),
            station: self.lock().number_of(station),
            turns: Arc::clone(self),
        }
    }

    /// Whose turn it is now, seen from any thread.
    pub(super) fn now(&self) -> Option<Station> {
        let now = self.now.load(Ordering::Relaxed);
        self.lock().by_number.get(now).cloned()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Stations> {
        self.stations.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A task that marks its turns.
pub(super) struct Marked<F> {
    task: Pin<Box<F>>,
    station: usize,
    turns: Arc<Turns>,
}

impl<F: Future> Future for Marked<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = &mut *self;
        let now = &this.turns.now;
        let _turn = Turn {
            before: now.swap(this.station, Ordering::Relaxed),
            now,
        };
        this.task.as_mut().poll(cx)
    }
}

/// A turn that goes on; it is over when this is dropped, in a panic too.
struct Turn<'a> {
    now: &'a AtomicUsize,
    before: usize,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.now.store(self.before, Ordering::Relaxed);
    }
}
