//! A journal of bytes in memory, with a tail that a crash loses.

use polyfolio_oms::Record;
use polyfolio_oms::records::VERSION;

use crate::fault::Fault;

/// One record as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    kind: &'static str,
    bytes: Vec<u8>,
}

/// What is durable, and what is not yet.
#[derive(Clone, Debug, Default)]
pub struct ByteJournal {
    durable: Vec<Entry>,
    tail: Vec<Vec<Entry>>,
}

impl ByteJournal {
    /// Takes a batch that will be durable with the next [`ByteJournal::flush`]. Every record is
    /// read back at once: what cannot be read is no record.
    pub fn write(&mut self, batch: &[Record]) -> Result<(), Fault> {
        let entries = batch.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
        if !entries.is_empty() {
            self.tail.push(entries);
        }
        Ok(())
    }

    /// Makes everything written durable.
    pub fn flush(&mut self) {
        self.durable.extend(self.tail.drain(..).flatten());
    }

    /// The process dies: of the batches that were not flushed the first `kept` had reached the
    /// medium all the same, each whole. Says how many are lost.
    pub fn crash(&mut self, kept: usize) -> usize {
        let kept = kept.min(self.tail.len());
        let lost = self.tail.len() - kept;
        self.durable.extend(self.tail.drain(..kept).flatten());
        self.tail.clear();
        lost
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

    /// What a start finds.
    pub fn records(&self) -> Result<Vec<Record>, Fault> {
        self.records_from(0)
    }

    /// What a start finds, without the first `from` records.
    pub fn records_from(&self, from: usize) -> Result<Vec<Record>, Fault> {
        self.durable.iter().skip(from).map(read).collect()
    }

    /// The kinds of the records from `from` on, for a person.
    pub fn kinds_from(&self, from: usize) -> Vec<&'static str> {
        self.durable
            .iter()
            .skip(from)
            .map(|entry| entry.kind)
            .collect()
    }
}

fn entry(record: &Record) -> Result<Entry, Fault> {
    let bytes = record
        .encode()
        .map_err(|error| Fault::new("a record cannot be encoded", error))?;
    let entry = Entry {
        kind: record.kind(),
        bytes,
    };
    let back = read(&entry)?;
    if back == *record {
        Ok(entry)
    } else {
        let what = format!("{record:?} reads back as {back:?}");
        Err(Fault::new("a record does not read back as itself", what))
    }
}

fn read(entry: &Entry) -> Result<Record, Fault> {
    Record::decode(entry.kind, VERSION, &entry.bytes)
        .map_err(|error| Fault::new("a record cannot be decoded", error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use polyfolio_model::{RunId, Ts};
    use polyfolio_oms::records::RunEnded;

    fn batch(run: u32) -> Vec<Record> {
        let (run, time) = (RunId(run), Ts::from_nanos(1));
        vec![Record::RunEnded(RunEnded { run, time })]
    }

    #[test]
    fn a_crash_loses_what_was_not_flushed_batch_by_batch() {
        let mut journal = ByteJournal::default();
        journal.write(&batch(1)).unwrap();
        journal.flush();
        for run in 2..=4 {
            journal.write(&batch(run)).unwrap();
        }
        assert_eq!((journal.len(), journal.unflushed()), (1, 3));
        assert_eq!(journal.crash(1), 2);
        assert_eq!(journal.records().unwrap(), [batch(1), batch(2)].concat());
        assert_eq!(journal.unflushed(), 0);
    }
}
