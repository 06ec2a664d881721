//! The last of many values, beside each other.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// So many that have left are kept at least, before the others move to the front.
const SLACK: usize = 64;

/// Values in the order in which they came, the latest at the back. How many it keeps is its owner's to
/// say, at every push. Stored as the list of them.
#[derive(Debug, Clone, Default)]
pub(super) struct Sliding<T> {
    values: Vec<T>,
    /// How many at the front have left.
    left: usize,
}

impl<T: Copy> Sliding<T> {
    /// Adds a value, and drops the oldest while there are more than `most`.
    pub(super) fn push(&mut self, value: T, most: usize) {
        let most = most.max(1);
        if self.len() >= most {
            self.left = self.values.len() + 1 - most;
        }
        if self.left >= most.max(SLACK) {
            self.values.drain(..self.left);
            self.left = 0;
        }
        self.values.push(value);
    }

    pub(super) fn len(&self) -> usize {
        self.values.len() - self.left
    }

    /// Oldest first.
    pub(super) fn all(&self) -> &[T] {
        &self.values[self.left..]
    }

    /// The last so many, oldest first; fewer if there are fewer.
    pub(super) fn last(&self, most: usize) -> &[T] {
        let all = self.all();
        &all[all.len().saturating_sub(most)..]
    }
}

impl<T: Serialize> Serialize for Sliding<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.values[self.left..].serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Sliding<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let values = Vec::deserialize(deserializer)?;
        Ok(Self { values, left: 0 })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn is_the_end_of_all_that_came(most in 0_usize..200, count in 0_usize..600) {
            let (mut sliding, mut queue) = (Sliding::default(), VecDeque::new());
            for value in 0..count {
                sliding.push(value, most);
                queue.push_back(value);
                if queue.len() > most.max(1) {
                    queue.pop_front();
                }
                prop_assert_eq!(sliding.all(), queue.make_contiguous());
                prop_assert_eq!(sliding.len(), queue.len());
                prop_assert!(sliding.values.len() <= 2 * most.max(SLACK));
            }
            let ten = queue.len().saturating_sub(10);
            prop_assert_eq!(sliding.last(10), &queue.make_contiguous()[ten..]);
            let stored = serde_json::to_string(&sliding).unwrap();
            prop_assert_eq!(&stored, &serde_json::to_string(&queue).unwrap());
            let read: Sliding<usize> = serde_json::from_str(&stored).unwrap();
            prop_assert_eq!(read.all(), sliding.all());
        }
    }
}
