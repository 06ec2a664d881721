//! Notices that did not fit into the notifier's mailbox: how many of each kind, and since when. Whoever
//! stands there takes the count with the next one that does.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use polyfolio_model::Ts;
use polyfolio_ports::NoticeKind;

/// So many, the first of them at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missed {
    /// How many.
    pub count: u64,
    /// When the first one was to be told (Clock time).
    pub since: Ts,
}

/// The count of them. It outlives whoever adds to it, and whoever takes from it.
#[derive(Debug, Default)]
pub struct MissedNotices(Mutex<BTreeMap<NoticeKind, Missed>>);

impl MissedNotices {
    /// One more.
    pub fn add(&self, kind: NoticeKind, time: Ts) {
        let mut kinds = self.lock();
        let missed = kinds.entry(kind).or_insert(Missed {
            count: 0,
            since: time,
        });
        missed.count += 1;
    }

    /// All of these kinds, if there are any, and none of them any more.
    pub fn take(&self, is_told: impl Fn(NoticeKind) -> bool) -> Option<Missed> {
        let taken = std::mem::take(&mut *self.lock());
        let told = taken.into_iter().filter(|(kind, _)| is_told(*kind));
        told.map(|(_, missed)| missed).reduce(|a, b| Missed {
            count: a.count + b.count,
            since: a.since.min(b.since),
        })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<NoticeKind, Missed>> {
        // Nothing in it is left half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_missed_is_counted_from_the_first_and_taken_once() {
        let at = Ts::from_nanos;
        let missed = MissedNotices::default();
        assert_eq!(missed.take(|_| true), None);
        missed.add(NoticeKind::Break, at(5));
        missed.add(NoticeKind::OrderRejected, at(3));
        missed.add(NoticeKind::OrderRejected, at(9));
        missed.add(NoticeKind::RunEnded, at(1));
        let taken = missed.take(|kind| kind != NoticeKind::RunEnded);
        let (count, since) = (3, at(3));
        assert_eq!(taken, Some(Missed { count, since }));
        assert_eq!(missed.take(|_| true), None);
    }
}
