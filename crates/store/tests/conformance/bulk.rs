//! Many records, and a disk that they do not fill.

use std::path::Path;

use crate::common::{append, blob, run};
use crate::places::{counted, everywhere, number};

/// A tenth of a million in every test run: each place opens all of them twice, and the three
/// together should take seconds. `POLYFOLIO_RECORDS=1000000` takes the whole million.
#[test]
fn very_many_records_are_there_in_order() {
    let count = number("POLYFOLIO_RECORDS", 100_000);
    everywhere(|place| {
        let journal = place.open();
        for first in (1..=count).step_by(1_000) {
            let batch = counted(first, 1_000.min(count + 1 - first));
            append(&*journal, batch).unwrap();
        }
        drop(journal);
        place.close();
        let journal = place.open();
        let mut next = 1;
        let last = journal.replay(1, &mut |seq, blob| {
            assert_eq!(seq, next);
            let n = blob.bytes.strip_prefix(br#"{"n":"#).unwrap();
            let n = std::str::from_utf8(&n[..n.len() - 1]).unwrap();
            assert_eq!(n.parse(), Ok(seq));
            next += 1;
        });
        assert_eq!((last, next), (Ok(count), count + 1));
    });
}

/// Records that are dropped behind snapshots leave their room to others.
#[test]
fn the_disk_stays_bounded() {
    let count = number("POLYFOLIO_ROLLING", 30_000);
    everywhere(|place| {
        let journal = place.open();
        let filling = "x".repeat(200);
        let mut most = 0;
        let mut previous = 0;
        for first in (1..=count).step_by(50) {
            let records = first..first + 50;
            let batch = records.map(|n| blob(&format!(r#"{{"n":{n},"f":"{filling}"}}"#)));
            let last = append(&*journal, batch.collect()).unwrap();
            if last.is_multiple_of(2_500) {
                let state = blob(&format!("\"{}\"", "s".repeat(100_000)));
                run(journal.snapshot(last, state)).unwrap();
                run(journal.compact(previous)).unwrap();
                previous = last;
                most = most.max(place.files().map_or(0, size));
            }
        }
        assert_eq!(journal.first_seq(), previous - 2_500 + 1);
        println!("{count} records, {most} bytes at most on disk");
        assert!(most < 40 << 20, "{most} bytes");
    });
}

fn size(dir: &Path) -> u64 {
    let entries = std::fs::read_dir(dir).unwrap().map(Result::unwrap);
    let sizes = entries.map(|entry| match entry.path() {
        path if path.is_dir() => size(&path),
        path => std::fs::metadata(path).map_or(0, |file| file.len()),
    });
    sizes.sum()
}
