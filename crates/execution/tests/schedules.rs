//! Schedules against check values, and what holds for every one of them.

#![allow(clippy::unwrap_used)] // The helpers of a test may fail it.

use polyfolio_execution::schedule::{
    Jitter, Ratio, ScheduleError, SplitMix64, TwapSchedule, pov_child, pov_cumulative,
    still_to_trade,
};
use polyfolio_model::{Qty, Span, Ts};
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::Value;

fn check_values() -> Value {
    serde_json::from_str(include_str!("data/execution-schedules.json")).unwrap()
}

fn qty(json: &Value) -> Qty {
    Qty::from(json.as_i64().unwrap())
}

fn qtys(json: &Value) -> Vec<Qty> {
    json.as_array().unwrap().iter().map(qty).collect()
}

/// `"3/10"`, or 0 where it is missing.
fn ratio(json: &Value) -> (u64, u64) {
    let Some((numerator, denominator)) = json.as_str().and_then(|text| text.split_once('/')) else {
        return (0, 1);
    };
    (numerator.parse().unwrap(), denominator.parse().unwrap())
}

#[test]
fn the_generator_gives_its_published_numbers() {
    let check = &check_values()["splitmix64"];
    let mut chance = SplitMix64::new(check["seed"].as_u64().unwrap());
    for expect in check["first"].as_array().unwrap() {
        assert_eq!(chance.next_u64().to_string(), expect.as_str().unwrap());
    }
}

#[test]
fn twap_slices_and_times() {
    for case in check_values()["twap"].as_array().unwrap() {
        let args = &case["args"];
        let nanos = |name: &str| args[name].as_i64().unwrap_or(0);
        let (a, b) = ratio(&args["jitter_size"]);
        let jitter = Jitter {
            size: Decimal::from(a) / Decimal::from(b),
            time: Span::from_nanos(nanos("jitter_time_ns")),
            seed: args["seed"].as_u64().unwrap_or(0),
        };
        let start = Ts::from_nanos(nanos("start_ns"));
        let end = start + Span::from_nanos(nanos("dur_ns"));
        let slices = u32::try_from(args["n"].as_u64().unwrap()).unwrap();
        let (total, lot) = (qty(&args["Q"]), qty(&args["lot"]));
        let schedule = TwapSchedule::new(total, lot, slices, start, end, &jitter).unwrap();
        let (times, children): (Vec<_>, Vec<_>) = schedule.slices().unzip();
        assert_eq!(children, qtys(&case["children"]), "{}", case["name"]);
        let times: Vec<_> = times.iter().map(|time| Value::from(time.nanos())).collect();
        assert_eq!(Value::from(times), case["times_ns"], "{}", case["name"]);
    }
}

#[test]
fn what_did_not_fill_is_caught_up() {
    for case in check_values()["catchup"].as_array().unwrap() {
        let slices = u32::try_from(case["n"].as_u64().unwrap()).unwrap();
        let (total, lot) = (qty(&case["Q"]), qty(&case["lot"]));
        let end = Ts::from_nanos(i64::from(slices));
        let start = Ts::from_nanos(0);
        let schedule =
            TwapSchedule::new(total, lot, slices, start, end, &Jitter::default()).unwrap();
        let mut filled = Qty::ZERO;
        let mut children = vec![];
        for (fill, (time, _)) in qtys(&case["filled"]).into_iter().zip(schedule.slices()) {
            children.push(still_to_trade(schedule.cumulative(time), filled));
            filled += fill;
        }
        assert_eq!(children, qtys(&case["children"]), "{}", case["name"]);
        assert_eq!(filled, qty(&case["done"]), "{}", case["name"]);
    }
}

#[test]
fn participation_follows_the_volume_of_others() {
    for case in check_values()["pov"].as_array().unwrap() {
        let (a, b) = ratio(&case["rho"]);
        let rho = Ratio::new(a, b).unwrap();
        let cap = case["cap"].as_i64().map(Qty::from);
        let (mut others, mut traded) = (Qty::ZERO, Qty::ZERO);
        let mut children = vec![];
        for volume in qtys(&case["others"]) {
            others += volume;
            let due = pov_cumulative(qty(&case["Q"]), qty(&case["lot"]), rho, others).unwrap();
            children.push(pov_child(due, traded, cap));
            traded += pov_child(due, traded, cap);
        }
        assert_eq!(children, qtys(&case["children"]), "{}", case["name"]);
    }
}

#[test]
fn a_schedule_refuses_what_it_cannot_keep() {
    let new = |slices, size: &str, time, end| {
        let jitter = Jitter {
            size: size.parse().unwrap(),
            time: Span::from_nanos(time),
            seed: 1,
        };
        let (start, end) = (Ts::from_nanos(0), Ts::from_nanos(end));
        TwapSchedule::new(Qty::from(10), Qty::from(1), slices, start, end, &jitter)
    };
    assert_eq!(new(0, "0", 0, 10), Err(ScheduleError::Slices(0)));
    assert_eq!(
        new(5, "1", 0, 10),
        Err(ScheduleError::SizeJitter(Decimal::ONE))
    );
    assert!(matches!(
        new(5, "0.5", 3, 10),
        Err(ScheduleError::TimeJitter { .. })
    ));
    assert!(matches!(
        new(5, "0", 0, -1),
        Err(ScheduleError::Times { .. })
    ));
    assert!(new(5, "0.5", 2, 10).is_ok());
    let all = Ratio::new(1, 1).unwrap();
    let refused = pov_cumulative(Qty::from(10), Qty::from(1), all, Qty::from(5));
    assert_eq!(refused, Err(ScheduleError::Participation(all)));
}

proptest! {
    #[test]
    fn slices_add_up_in_order_and_in_lots(
        total in 0..1_000_000i64, places in 0..4u32, lot in 0..2_000i64, slices in 1..60u32,
        size in 0..1_000i64, time in 0..=1_000_000i64, seed: u64,
    ) {
        let scaled = |value: i64, places| Qty::new(Decimal::new(value, places));
        let (total, lot) = (scaled(total, places), scaled(lot, 2));
        let (start, end) = (Ts::from_nanos(5), Ts::from_nanos(5 + 1_000_000 * i64::from(slices)));
        let jitter = Jitter { size: Decimal::new(size, 3), time: Span::from_nanos(time), seed };
        let schedule = TwapSchedule::new(total, lot, slices, start, end, &jitter).unwrap();
        let (times, children): (Vec<_>, Vec<_>) = schedule.slices().unzip();
        prop_assert_eq!(children.iter().copied().sum::<Qty>(), total);
        prop_assert!(times.is_sorted());
        prop_assert!(times.iter().all(|time| (start..=end).contains(time)));
        prop_assert!(children.iter().all(|child| !child.is_negative()));
        // The child that completes the order, and none other, may be a part of a lot.
        let mut done = Qty::ZERO;
        for child in children {
            done += child;
            prop_assert!(child.is_in_lots(lot) || done == total);
        }
    }

    /// Half a lot at every node, however many there are.
    #[test]
    fn rounding_never_adds_up(total in 1..1_000_000i64, lot in 1..500i64, slices in 1..60u32) {
        let (start, end) = (Ts::from_nanos(0), Ts::from_nanos(i64::from(slices)));
        let plain = Jitter::default();
        let (q, l) = (Qty::from(total), Qty::from(lot));
        let schedule = TwapSchedule::new(q, l, slices, start, end, &plain).unwrap();
        for j in 1..=i64::from(slices) {
            let ideal = Decimal::from(total * j) / Decimal::from(slices);
            let have = schedule.cumulative(Ts::from_nanos(j - 1)).get();
            let error = (have - ideal).abs() * Decimal::TWO;
            prop_assert!(error <= Decimal::from(lot) + Decimal::new(1, 15), "{} {}", have, ideal);
        }
    }
}
