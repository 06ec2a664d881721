//! What goes wrong on the wire to a gateway, drawn: messages and answers that are lost, told twice
//! or late, lists without an end, silence, ids that are given out again, cancels that lose a race.
//!
//! Not drawn is the end of the gateway's day. Its lists reach back to midnight only, so an order
//! that is on its way then can be proved neither there nor absent: its instrument stops, as it
//! should, and waits for a person. A drill in which that happens at every turn shows nothing else.

use std::fmt;

use polyfolio_model::Qty;
use polyfolio_simulators::tws::faults::{Fault, List, Meanwhile};

use super::chance::Chance;
use super::gateway::name;

/// One thing that goes wrong, and when.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Trouble {
    /// Once so many records more have been written than when the fate was drawn; 0 at once.
    pub(super) after: u64,
    pub(super) fault: Fault,
}

/// The most that go wrong between two kills.
const AT_ONCE_MAX: u64 = 3;

/// What goes wrong until the next kill; nothing half of the time. `spares` what would lose an order
/// on its way.
pub(super) fn draw(chance: &mut Chance, records: u64, spares: bool) -> Vec<Trouble> {
    if chance.percent(50) {
        return Vec::new();
    }
    let count = chance.within(1..=AT_ONCE_MAX);
    let mut troubles: Vec<Trouble> = (0..count)
        .map(|_| Trouble {
            after: if chance.percent(40) {
                0
            } else {
                chance.within(1..=records.max(1))
            },
            fault: fault(chance),
        })
        .filter(|trouble| !spares || !loses_orders(&trouble.fault))
        .collect();
    troubles.sort_by_key(|trouble| trouble.after);
    troubles
}

/// What goes wrong between two rebalances, while no order works: ids are given out again.
pub(super) fn between_runs(chance: &mut Chance) -> Option<Fault> {
    chance.percent(40).then(|| rolled_back(chance))
}

/// Ids are given out again. While orders work the gateway knows some of them under their id no
/// longer, and refuses their cancels: they end by a fill, or by a person at the gateway.
fn rolled_back(chance: &mut Chance) -> Fault {
    let by = i32::try_from(chance.within(1..=5)).unwrap_or(1);
    Fault::RollBackIds {
        by,
        client_id: None,
    }
}

/// Whether an order that is on its way may not arrive.
fn loses_orders(fault: &Fault) -> bool {
    let is_lost = matches!(
        fault,
        Fault::Mute {
            messages: Meanwhile::Lost,
            ..
        }
    );
    is_lost || matches!(fault, Fault::DropBeforeNextOrder {} | Fault::Kill { .. })
}

fn fault(chance: &mut Chance) -> Fault {
    match chance.within(0..=99) {
        0..=9 => Fault::DropBeforeNextOrder {},
        10..=31 => Fault::DropAfterNextOrder {},
        32..=36 => Fault::DropBeforeNextCancel {},
        37..=41 => Fault::DropAfterNextCancel {},
        42..=53 => Fault::Mute {
            for_ms: Some(chance.within(100..=2_000)),
            messages: chance.one_of(Meanwhile::Lost, &[Meanwhile::Worked, Meanwhile::Held]),
        },
        54..=60 => Fault::Kill {
            refuse_ms: chance.within(0..=800),
        },
        68..=73 => Fault::DuplicateExecutions {
            count: u32::try_from(chance.within(1..=5)).unwrap_or(1),
        },
        74..=79 => Fault::ReorderExecutions {
            count: u32::try_from(chance.within(2..=4)).unwrap_or(2),
        },
        80..=86 => cut(chance),
        87..=89 => Fault::FillDuringNextCancel {
            quantity: part(chance),
        },
        90..=92 => Fault::FillAfterNextCancel {
            quantity: part(chance),
            after_ms: chance.within(0..=100),
        },
        93..=94 => Fault::RejectNextOrder {
            code: 201,
            text: None,
        },
        61..=67 | 95 => Fault::LoseConnectivity {
            for_ms: Some(chance.within(100..=1_500)),
            data_lost: chance.percent(50),
        },
        96 => Fault::HoldClientIds {
            for_ms: chance.within(100..=1_000),
        },
        _ => rolled_back(chance),
    }
}

fn cut(chance: &mut Chance) -> Fault {
    let others = [
        List::CompletedOrders,
        List::Executions,
        List::Positions,
        List::AccountSummary,
    ];
    Fault::CutNextList {
        list: chance.one_of(List::OpenOrders, &others),
        after: chance.within(0..=5) as usize,
        code: None,
        hang_up: chance.percent(50),
    }
}

/// Some of an order, or all of it.
fn part(chance: &mut Chance) -> Option<Qty> {
    let some = chance.within(1..=20);
    chance
        .percent(50)
        .then(|| Qty::from(i64::try_from(some).unwrap_or(1)))
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} after {} records", name(&self.fault), self.after)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn everything_that_may_go_wrong_does_in_the_order_of_its_moment() {
        let mut chance = Chance::new(9);
        let drawn: Vec<Vec<Trouble>> = (0..2_000).map(|_| draw(&mut chance, 40, false)).collect();
        let moments = |troubles: &Vec<Trouble>| troubles.is_sorted_by_key(|trouble| trouble.after);
        assert!(drawn.iter().all(moments));
        let all = drawn.iter().flatten();
        let names: BTreeSet<String> = all.map(|trouble| name(&trouble.fault)).collect();
        assert_eq!(names.len(), 15, "{names:?}");
        assert!(!names.contains("midnight"));
        assert!(drawn.iter().any(Vec::is_empty));
        let spared = (0..2_000).flat_map(|_| draw(&mut chance, 40, true));
        let mut spared = spared.map(|trouble| trouble.fault);
        assert!(spared.all(|fault| !loses_orders(&fault)));
    }
}
