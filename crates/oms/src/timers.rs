//! When to look at what again: one deadline per key, the earliest first.

use std::collections::{BTreeMap, BTreeSet};

use polyfolio_model::Ts;

/// Deadlines by key.
#[derive(Clone, Debug)]
pub(crate) struct Timers<K> {
    at: BTreeMap<K, Ts>,
    queue: BTreeSet<(Ts, K)>,
}

impl<K> Default for Timers<K> {
    fn default() -> Self {
        Self {
            at: BTreeMap::new(),
            queue: BTreeSet::new(),
        }
    }
}

impl<K: Ord + Clone> Timers<K> {
    /// Looks at `key` again at `at`, and not at any time asked for before.
    pub(crate) fn set(&mut self, key: K, at: Ts) {
        self.clear(&key);
        self.at.insert(key.clone(), at);
        self.queue.insert((at, key));
    }

    /// Does not look at `key` again.
    pub(crate) fn clear(&mut self, key: &K) {
        if let Some(at) = self.at.remove(key) {
            self.queue.remove(&(at, key.clone()));
        }
    }

    /// The keys whose time has come; they are forgotten here.
    pub(crate) fn due(&mut self, now: Ts) -> Vec<K> {
        let mut keys = Vec::new();
        while let Some((at, key)) = self.queue.first().cloned() {
            if at > now {
                break;
            }
            self.clear(&key);
            keys.push(key);
        }
        keys
    }

    /// The earliest time anybody asked for.
    pub(crate) fn next(&self) -> Option<Ts> {
        self.queue.first().map(|(at, _)| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_counts_and_the_earliest_comes_first() {
        let at = Ts::from_nanos;
        let mut timers = Timers::default();
        timers.set("a", at(5));
        timers.set("b", at(3));
        timers.set("a", at(4));
        assert_eq!(timers.next(), Some(at(3)));
        assert_eq!(timers.due(at(4)), ["b", "a"]);
        assert_eq!(timers.next(), None);
    }
}
