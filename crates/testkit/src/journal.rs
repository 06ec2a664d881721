//! A journal of bytes in memory, with a tail that a crash loses, keeps or tears.
//!
//! It keeps what the store promises: a batch is whole or gone. Every record is read back from its
//! bytes when it is written, so what a start finds is what those bytes say.

use polyfolio_oms::Record;
use polyfolio_oms::records::VERSION;

use crate::fault::Fault;
use crate::scenario::Tail;

/// One record, as its bytes read.
#[derive(Clone, Debug, PartialEq)]
struct Entry(Record);

/// What was written at once, and how much of it there should be.
#[derive(Clone, Debug, Default)]
struct Batch {
    entries: Vec<Entry>,
    size: usize,
}

/// What is durable, and what is not yet.
#[derive(Clone, Debug, Default)]
pub struct ByteJournal {
    durable: Vec<Entry>,
    tail: Vec<Batch>,
    /// What a crash has left of a batch on the medium.
    torn: Option<Batch>,
}

impl ByteJournal {
    /// Takes a batch that will be durable with the next [`ByteJournal::flush`]. What cannot be
    /// read back as itself is no record.
    pub fn write(&mut self, batch: Vec<Record>) -> Result<(), Fault> {
        let entries = batch
            .into_iter()
            .map(entry)
            .collect::<Result<Vec<_>, _>>()?;
        let size = entries.len();
        if size > 0 {
            self.tail.push(Batch { entries, size });
        }
        Ok(())
    }

    /// Makes everything written durable.
    pub fn flush(&mut self) {
        for batch in self.tail.drain(..) {
            self.durable.extend(batch.entries);
        }
    }

    /// The process dies. Says how many batches are lost.
    pub fn crash(&mut self, tail: Tail) -> usize {
        let (kept, is_torn) = match tail {
            Tail::Kept(kept) => (kept, false),
            Tail::Torn(kept) => (kept, true),
        };
        let kept = kept.min(self.tail.len());
        let mut lost = self.tail.split_off(kept);
        self.flush();
        self.torn = lost.first_mut().filter(|_| is_torn).map(|batch| {
            batch.entries.truncate(batch.size / 2);
            std::mem::take(batch)
        });
        lost.len()
    }

    /// Opens it again: a batch that is not whole is gone. Says whether there was one.
    pub fn open(&mut self) -> bool {
        let torn = self.torn.take();
        torn.is_some_and(|batch| batch.entries.len() < batch.size)
    }

    /// How many batches are not flushed.
    pub fn unflushed(&self) -> usize {
        self.tail.len()
    }

    /// How many records are durable.
    pub fn len(&self) -> usize {
        self.durable.len()
    }

    /// Whether nothing is durable.
    pub fn is_empty(&self) -> bool {
        self.durable.is_empty()
    }

    /// The durable records.
    pub fn records(&self) -> impl DoubleEndedIterator<Item = &Record> {
        self.records_from(0)
    }

    /// The durable records without the first `from`.
    pub fn records_from(&self, from: usize) -> impl DoubleEndedIterator<Item = &Record> {
        self.durable.iter().skip(from).map(|entry| &entry.0)
    }
}

fn entry(record: Record) -> Result<Entry, Fault> {
    let bytes = record
        .encode()
        .map_err(|error| Fault::new("every record can be encoded", error))?;
    let back = read(record.kind(), &bytes)?;
    if back == record {
        Ok(Entry(back))
    } else {
        let what = format!("{record:?} reads back as {back:?}");
        Err(Fault::new("every record reads back as itself", what))
    }
}

fn read(kind: &str, bytes: &[u8]) -> Result<Record, Fault> {
    Record::decode(kind, VERSION, bytes)
        .map_err(|error| Fault::new("every record can be decoded", error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use polyfolio_model::{RunId, Ts};
    use polyfolio_oms::records::RunEnded;

    fn batch(runs: std::ops::RangeInclusive<u32>) -> Vec<Record> {
        let time = Ts::from_nanos(1);
        runs.map(RunId)
            .map(|run| Record::RunEnded(RunEnded { run, time }))
            .collect()
    }

    /// What is found after a crash behind one durable batch and three that are not.
    fn check(tail: Tail, lost: usize, torn: bool, expect: Vec<Record>) {
        let mut journal = ByteJournal::default();
        journal.write(batch(1..=1)).unwrap();
        journal.flush();
        for run in [2, 4, 6] {
            journal.write(batch(run..=run + 1)).unwrap();
        }
        assert_eq!((journal.len(), journal.unflushed()), (1, 3));
        assert_eq!(journal.crash(tail), lost, "{tail:?}");
        assert_eq!(journal.open(), torn, "{tail:?}");
        let found: Vec<Record> = journal.records().cloned().collect();
        assert_eq!(found, expect, "{tail:?}");
        assert_eq!(journal.unflushed(), 0);
    }

    #[test]
    fn a_crash_loses_what_was_not_flushed_and_a_batch_is_whole_or_gone() {
        check(Tail::Kept(0), 3, false, batch(1..=1));
        check(Tail::Kept(1), 2, false, batch(1..=3));
        check(Tail::Kept(usize::MAX), 0, false, batch(1..=7));
        check(Tail::Torn(0), 3, true, batch(1..=1));
        check(Tail::Torn(2), 1, true, batch(1..=5));
        check(Tail::Torn(3), 0, false, batch(1..=7));
    }
}
