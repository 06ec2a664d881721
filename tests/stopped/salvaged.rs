//! Killed, and then its journal loses records as well: salvaged, it knows that it knows too little,
//! asks the venue, and trades on without sending anything twice.

use crate::house::{House, drawn};
use crate::mismatched::said;

/// Makes record `seq` unreadable wherever it lies in the bytes of the database.
fn destroy(house: &House, seq: u64) {
    let path = house.path("state/paper/db/db");
    let mut bytes = std::fs::read(&path).unwrap();
    let sign = format!("\"seq\":{seq},").into_bytes();
    let places: Vec<usize> = bytes
        .windows(sign.len())
        .enumerate()
        .filter_map(|(at, found)| (found == sign).then_some(at))
        .collect();
    assert!(!places.is_empty(), "record {seq} is nowhere");
    for at in places {
        bytes[at + 6] = b'x';
    }
    std::fs::write(path, bytes).unwrap();
}

fn code(house: &House, arguments: &[&str]) -> Option<i32> {
    house.command(arguments).status().unwrap().code()
}

#[test]
fn a_journal_that_lost_records_is_salvaged_and_nothing_is_sent_twice() {
    let whole = House::new("leave");
    assert_eq!(whole.run(), Some(0), "an unbroken run leaves nothing");
    let length = whole.records();
    let mut recovered = 0;
    for seed in 0..4 {
        let house = House::new("leave");
        let told = format!("seed {seed}, about {length} records");
        if let Some(mut child) = house.run_until(length / 4 + drawn(seed, length / 2)) {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        destroy(&house, 2 + drawn(seed ^ 0xff, house.records() - 2));
        assert_eq!(code(&house, &["run"]), Some(5), "{told}: damage is refused");
        assert_eq!(code(&house, &["journal", "salvage"]), Some(1), "{told}");
        assert_eq!(code(&house, &["journal", "verify"]), Some(0), "{told}");
        assert!(house.path("state/paper/quarantine-1/db/db").exists());

        assert_eq!(code(&house, &["run"]), Some(4), "{told}: settled, halted");
        assert_eq!(house.working(), 0, "{told}: what nobody wants is canceled");
        let kinds = house.kinds();
        recovered += kinds.iter().filter(|kind| *kind == "recovered").count();
        assert!(!kinds.contains(&"break".to_owned()), "{told}: {kinds:?}");

        // Nothing may be left of who owns what: then that is to be said as well.
        if code(&house, &["resume-trading"]) != Some(0) {
            let resume = ["resume-trading", "--after-salvage"];
            assert_eq!(code(&house, &resume), Some(0), "{told}");
        }
        assert_eq!(house.run(), Some(0), "{told}: nothing is left");
        let accepted = house.accepted();
        assert!(accepted.values().all(|times| *times <= 1), "{told}");
        assert!(house.standing().is_empty(), "{told}");
        assert_eq!(code(&house, &["journal", "verify"]), Some(0), "{told}");
    }
    assert!(recovered > 0, "no order was ever lost with its record");
}

#[test]
fn after_a_total_loss_trading_is_resumed_only_by_who_knows_what_that_means() {
    let house = House::new("leave");
    assert_eq!(house.run(), Some(0));
    destroy(&house, 1);
    assert_eq!(code(&house, &["journal", "salvage"]), Some(1));
    // Before the account was seen again, and after.
    for _ in 0..2 {
        let (ended, text) = said(&house, &["resume-trading"]);
        assert_eq!(ended, Some(4));
        assert!(text.contains("all that is held is unassigned"), "{text}");
        assert!(text.contains("resume-trading --after-salvage"), "{text}");
        assert_eq!(house.json("status")["trading_state"], "halted");
        assert_eq!(house.run(), Some(4));
    }
    let (ended, _) = said(&house, &["resume-trading", "--after-salvage"]);
    assert_eq!(ended, Some(0));
    assert_eq!(house.run(), Some(0));
    // The sleeves own something again: from here on it is trading as any other.
    assert_eq!(code(&house, &["halt"]), Some(0));
    assert_eq!(code(&house, &["resume-trading"]), Some(0));
}
