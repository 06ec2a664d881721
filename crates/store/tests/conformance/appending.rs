//! Appending and reading back.

use std::sync::Arc;

use polyfolio_ports::{Blob, Seq};

use crate::common::{append, blob, contents, run};
use crate::places::{counted, everywhere};

#[test]
fn a_new_journal_is_empty_and_has_its_deployment() {
    everywhere(|place| {
        let journal = place.open();
        assert_eq!(journal.deployment(), 7);
        assert_eq!(contents(&*journal, 1), (vec![], 0));
    });
}

#[test]
fn records_are_numbered_from_one_without_gaps() {
    everywhere(|place| {
        let journal = place.open();
        for (from, count) in [(1, 1), (2, 3), (5, 50)] {
            assert_eq!(
                append(&*journal, counted(from, count)),
                Ok(from + count - 1)
            );
        }
        let (records, last) = contents(&*journal, 1);
        assert_eq!(last, 54);
        assert!(records.iter().map(|(seq, _)| *seq).eq(1..=54));
        assert!(records.iter().map(|(_, blob)| blob).eq(&counted(1, 54)));
    });
}

#[test]
fn an_empty_batch_is_durable_at_once_and_takes_no_number() {
    everywhere(|place| {
        let journal = place.open();
        assert_eq!(append(&*journal, vec![]), Ok(0));
        append(&*journal, counted(1, 2)).unwrap();
        assert_eq!(append(&*journal, vec![]), Ok(2));
        assert_eq!(append(&*journal, counted(3, 1)), Ok(3));
    });
}

#[test]
fn a_reopened_journal_holds_the_same_and_goes_on() {
    everywhere(|place| {
        for round in 0..4 {
            let journal = place.open();
            assert_eq!(contents(&*journal, 1).1, round * 3);
            assert_eq!(journal.deployment(), 7);
            append(&*journal, counted(round * 3 + 1, 3)).unwrap();
            drop(journal);
            place.close();
        }
        let records = contents(&*place.open(), 1).0;
        assert!(records.into_iter().map(|(_, blob)| blob).eq(counted(1, 12)));
    });
}

#[test]
fn replay_begins_where_it_is_told_to() {
    everywhere(|place| {
        let journal = place.open();
        for from in [1, 11, 21] {
            append(&*journal, counted(from, 10)).unwrap();
        }
        for (from, count) in [
            (0, 30),
            (1, 30),
            (2, 29),
            (11, 20),
            (15, 16),
            (30, 1),
            (31, 0),
        ] {
            let (records, last) = contents(&*journal, from);
            assert_eq!((records.len(), last), (count, 30), "from {from}");
            assert!(records.iter().all(|(seq, _)| *seq >= from));
        }
        assert_eq!(contents(&*journal, Seq::MAX), (vec![], 30));
    });
}

#[test]
fn the_order_is_that_of_the_numbers_past_every_power_of_two() {
    everywhere(|place| {
        let journal = place.open();
        for n in 1..=300 {
            append(&*journal, counted(n, 1)).unwrap();
        }
        let records = contents(&*journal, 250).0;
        assert!(records.iter().map(|(seq, _)| *seq).eq(250..=300));
    });
}

#[test]
fn a_record_of_any_size_and_any_bytes_comes_back() {
    let sizes = [
        0, 1, 4_000, 26_000, 26_050, 26_100, 26_214, 70_000, 1_500_000,
    ];
    let text = |len: usize| blob(&format!("\"{}\"", "x".repeat(len)));
    let bytes = |len: usize| {
        let bytes = (0..len).map(|n| (n * 31 % 251) as u8).collect();
        Blob {
            kind: "bytes \"\\\n\u{1f4b0}".to_owned(),
            version: u16::MAX,
            bytes,
        }
    };
    everywhere(|place| {
        let journal = place.open();
        let alone: Vec<Blob> = sizes.into_iter().map(text).collect();
        for record in &alone {
            append(&*journal, vec![record.clone()]).unwrap();
        }
        let together: Vec<Blob> = sizes.into_iter().map(bytes).collect();
        append(&*journal, together.clone()).unwrap();
        drop(journal);
        place.close();
        let records = contents(&*place.open(), 1).0;
        assert!(
            records
                .iter()
                .map(|(_, blob)| blob)
                .eq(alone.iter().chain(&together))
        );
    });
}

#[test]
fn many_who_append_at_once_each_get_their_own_numbers() {
    everywhere(|place| {
        let journal = place.open();
        let tasks: u64 = 100;
        let each: u64 = 20;
        run(async {
            let spawn = |task: u64| {
                let journal = Arc::clone(&journal);
                tokio::spawn(async move {
                    for turn in 0..each {
                        let two = [0, 1].map(|n| blob(&format!("[{task},{turn},{n}]")));
                        journal.append(two.to_vec()).await.unwrap();
                    }
                })
            };
            for task in (0..tasks).map(spawn).collect::<Vec<_>>() {
                task.await.unwrap();
            }
        });
        let (records, last) = contents(&*journal, 1);
        assert_eq!(
            (records.len() as u64, last),
            (tasks * each * 2, tasks * each * 2)
        );
        let mut turns = vec![0; tasks as usize];
        for pair in records.chunks(2) {
            let [[task, turn, 0], [same, again, 1]] = [&pair[0], &pair[1]]
                .map(|(_, blob)| serde_json::from_slice::<[u64; 3]>(&blob.bytes).unwrap())
            else {
                panic!("a batch was torn: {pair:?}");
            };
            let expected = &mut turns[task as usize];
            assert_eq!((same, turn, again), (task, *expected, *expected));
            *expected += 1;
        }
    });
}

#[test]
fn one_who_appends_without_waiting_keeps_its_order() {
    everywhere(|place| {
        let journal = place.open();
        let [one, two, three] = [1, 2, 3].map(|n| journal.append(counted(n, 1)));
        let answers = run(async { tokio::join!(one, two, three) });
        assert_eq!(answers, (Ok(1), Ok(2), Ok(3)));
        assert!(
            contents(&*journal, 1)
                .0
                .into_iter()
                .map(|(_, blob)| blob)
                .eq(counted(1, 3))
        );
    });
}
