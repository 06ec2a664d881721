//! Which order id each of our orders has at the gateway, durable before the order leaves.
//!
//! IB's `nextValidId` rolls back when a gateway restarts, and an order id is a client's own and one
//! session's. So the ids are counted here: the next one is above all that were ever given, offered
//! or seen, and an order that is sent again has the id it had, whatever died in between. Nothing
//! else is keyed by it: an order is its client order id, which IB carries as `orderRef`.

use std::collections::BTreeMap;
use std::path::Path;

use polyfolio_model::ClOrdId;

use crate::IbError;
use crate::ids_file::{IdLine, IdsFile};

/// The library takes ids from here on for its own requests.
const ORDER_ID_END: i32 = 1_500_000_000;

/// What is known of an order's names at IB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Names {
    /// Ours, within our client id.
    pub(crate) order_id: i32,
    /// IB's own, once it is known.
    pub(crate) perm_id: Option<i64>,
}

/// An order that is about to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Assigned {
    pub(crate) order_id: i32,
    /// Whether no byte of it can have left before.
    pub(crate) is_first: bool,
}

/// Why no order may leave.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoId {
    /// The file cannot be written; from now on nothing leaves.
    #[error("the order ids cannot be written: {0}")]
    NotWritten(String),
    /// This connection is there to look.
    #[error("this connection only looks")]
    OnlyLooking,
    /// There are no more ids.
    #[error(
        "there is no order id left below {ORDER_ID_END}: use another client_id and a new state directory"
    )]
    UsedUp,
}

/// The ids of one client id, in their folder.
#[derive(Debug)]
pub(crate) struct Ids {
    /// None: kept nowhere, and nothing leaves.
    file: Option<IdsFile>,
    names: BTreeMap<ClOrdId, Names>,
    by_order_id: BTreeMap<i32, ClOrdId>,
    by_perm_id: BTreeMap<i64, ClOrdId>,
    /// The highest id that was given, offered or seen.
    high: i32,
    /// The mark on disk: what of `high` does not follow from the orders.
    marked: i32,
    failed: Option<NoId>,
}

impl Ids {
    /// Ids that are kept nowhere: for who only looks.
    pub(crate) fn kept_nowhere() -> Self {
        Self::empty(None)
    }

    fn empty(file: Option<IdsFile>) -> Self {
        Self {
            file,
            names: BTreeMap::new(),
            by_order_id: BTreeMap::new(),
            by_perm_id: BTreeMap::new(),
            high: 0,
            marked: 0,
            failed: None,
        }
    }

    /// Opens the ids in `dir`. With them comes the length of an unfinished line that was cut off.
    pub(crate) fn open(dir: &Path, client_id: i32) -> Result<(Self, u64), IbError> {
        let (file, lines, torn) = IdsFile::open(dir, client_id)?;
        let mut ids = Self::empty(Some(file));
        lines.into_iter().for_each(|line| ids.fold(line));
        Ok((ids, torn))
    }

    fn fold(&mut self, line: IdLine) {
        match line {
            IdLine::Client { .. } => {}
            IdLine::Mark { high } => {
                self.marked = self.marked.max(high);
                self.high = self.high.max(high);
            }
            IdLine::Order { id, order_id } => {
                self.high = self.high.max(order_id);
                self.by_order_id.insert(order_id, id);
                let perm_id = self.names.get(&id).and_then(|names| names.perm_id);
                self.names.insert(id, Names { order_id, perm_id });
            }
            IdLine::Perm { id, perm_id } => {
                self.by_perm_id.insert(perm_id, id);
                if let Some(names) = self.names.get_mut(&id) {
                    names.perm_id = Some(perm_id);
                }
            }
        }
    }

    /// The names of an order.
    pub(crate) fn of(&self, id: ClOrdId) -> Option<Names> {
        self.names.get(&id).copied()
    }

    /// The order that an id of ours was given to.
    pub(crate) fn by_order_id(&self, order_id: i32) -> Option<ClOrdId> {
        self.by_order_id.get(&order_id).copied()
    }

    /// The order that has IB's own id.
    pub(crate) fn by_perm_id(&self, perm_id: i64) -> Option<ClOrdId> {
        self.by_perm_id.get(&perm_id).copied()
    }

    /// The ids under which orders leave, in the order of the question. They are on disk when this
    /// returns.
    pub(crate) fn assign(&mut self, orders: &[ClOrdId]) -> Result<Vec<Assigned>, NoId> {
        self.give(orders, false)
    }

    /// A new id for an order whose old one the gateway will never take any more.
    pub(crate) fn assign_anew(&mut self, order: ClOrdId) -> Result<Assigned, NoId> {
        let given = self.give(&[order], true)?;
        given.first().copied().ok_or(NoId::UsedUp)
    }

    fn give(&mut self, orders: &[ClOrdId], anew: bool) -> Result<Vec<Assigned>, NoId> {
        if let Some(failed) = &self.failed {
            return Err(failed.clone());
        }
        if self.file.is_none() {
            // Kept nowhere, an order would leave under another id after a crash.
            return Err(NoId::OnlyLooking);
        }
        let (mut given, mut lines) = (Vec::new(), Vec::new());
        // An order that comes twice in one batch is one order.
        let mut fresh: BTreeMap<ClOrdId, i32> = BTreeMap::new();
        let mut high = self.high;
        if self.marked < high && !self.by_order_id.contains_key(&high) {
            lines.push(IdLine::Mark { high });
        }
        for id in orders {
            let known = self.names.get(id).filter(|_| !anew);
            let known = known.map(|names| names.order_id);
            let known = known.or_else(|| fresh.get(id).copied());
            let order_id = known.unwrap_or(high.saturating_add(1));
            if order_id >= ORDER_ID_END {
                return Err(NoId::UsedUp);
            }
            if known.is_none() {
                high = high.max(order_id);
                lines.push(IdLine::Order { id: *id, order_id });
                fresh.insert(*id, order_id);
            }
            let is_first = known.is_none() && !anew;
            given.push(Assigned { order_id, is_first });
        }
        self.write(lines, true)?;
        Ok(given)
    }

    /// The gateway offers an id, or shows one: ours are above it from now on.
    pub(crate) fn raise(&mut self, seen: i32) {
        if seen < ORDER_ID_END {
            self.high = self.high.max(seen);
        }
    }

    /// Makes the mark durable: the gateway may never show it again.
    pub(crate) fn keep_mark(&mut self) -> Result<(), NoId> {
        let high = self.high;
        if self.marked >= high || self.by_order_id.contains_key(&high) {
            return Ok(());
        }
        self.write(vec![IdLine::Mark { high }], true)
    }

    /// IB's own id of an order. It can be learned again, so nothing waits for the disk.
    pub(crate) fn learn(&mut self, id: ClOrdId, perm_id: i64) -> Result<(), NoId> {
        if self.by_perm_id.get(&perm_id) == Some(&id) {
            return Ok(());
        }
        self.write(vec![IdLine::Perm { id, perm_id }], false)
    }

    /// The gateway shows an order of ours under an id that this file does not know: it counts,
    /// unless the id is another order's.
    pub(crate) fn adopt(&mut self, id: ClOrdId, order_id: i32) -> Result<(), NoId> {
        let is_taken = self.by_order_id.contains_key(&order_id);
        if is_taken || !(1..ORDER_ID_END).contains(&order_id) {
            return Ok(());
        }
        self.write(vec![IdLine::Order { id, order_id }], false)
    }

    fn write(&mut self, lines: Vec<IdLine>, durably: bool) -> Result<(), NoId> {
        if lines.is_empty() {
            return Ok(());
        }
        if let Some(failed) = &self.failed {
            if durably {
                return Err(failed.clone());
            }
            // What can be learned again is known as long as this process lives.
            lines.into_iter().for_each(|line| self.fold(line));
            return Ok(());
        }
        if let Some(file) = &mut self.file
            && let Err(fault) = file.append(&lines, durably)
        {
            let failed = NoId::NotWritten(fault.to_string());
            self.failed = Some(failed.clone());
            return Err(failed);
        }
        lines.into_iter().for_each(|line| self.fold(line));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids_file::FILE;
    use proptest::prelude::*;

    fn id(child: u32) -> ClOrdId {
        ClOrdId {
            deployment: 1,
            run: 1,
            parent: 1,
            child,
        }
    }

    fn open(dir: &Path) -> Ids {
        Ids::open(dir, 7).unwrap().0
    }

    fn order_ids(given: Vec<Assigned>) -> Vec<(i32, bool)> {
        given.iter().map(|a| (a.order_id, a.is_first)).collect()
    }

    #[test]
    fn an_order_has_the_same_id_again_after_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let mut ids = open(dir.path());
        let given = ids.assign(&[id(1), id(2)]).unwrap();
        assert_eq!(order_ids(given), [(1, true), (2, true)]);
        ids.learn(id(1), 900).unwrap();
        drop(ids);
        let mut ids = open(dir.path());
        let given = ids.assign(&[id(2), id(3)]).unwrap();
        assert_eq!(order_ids(given), [(2, false), (3, true)]);
        assert_eq!(ids.by_perm_id(900), Some(id(1)));
        let names = Names {
            order_id: 1,
            perm_id: Some(900),
        };
        assert_eq!(ids.of(id(1)), Some(names));
    }

    /// Two copies that wait for the same flush would be two orders under two ids.
    #[test]
    fn an_order_that_comes_twice_in_a_batch_has_one_id() {
        let dir = tempfile::tempdir().unwrap();
        let mut ids = open(dir.path());
        let given = ids.assign(&[id(1), id(2), id(1)]).unwrap();
        assert_eq!(order_ids(given), [(1, true), (2, true), (1, false)]);
        drop(ids);
        let given = open(dir.path()).assign(&[id(1), id(3)]).unwrap();
        assert_eq!(order_ids(given), [(1, false), (3, true)]);
    }

    /// F16: after its restart the gateway offers ids that were used.
    #[test]
    fn an_offer_that_rolls_back_lowers_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let mut ids = open(dir.path());
        ids.raise(38_102);
        ids.keep_mark().unwrap();
        drop(ids);
        let mut ids = open(dir.path());
        ids.raise(38_098);
        let given = ids.assign(&[id(1)]).unwrap();
        assert_eq!(order_ids(given), [(38_103, true)]);
    }

    #[test]
    fn an_id_that_is_never_taken_any_more_is_replaced_and_remembered() {
        let dir = tempfile::tempdir().unwrap();
        let mut ids = open(dir.path());
        ids.assign(&[id(1), id(2)]).unwrap();
        let anew = ids.assign_anew(id(1)).unwrap();
        assert_eq!((anew.order_id, anew.is_first), (3, false));
        drop(ids);
        let ids = open(dir.path());
        assert_eq!(ids.of(id(1)).unwrap().order_id, 3);
        // What is still said of the old id is about the same order.
        assert_eq!(ids.by_order_id(1), Some(id(1)));
    }

    #[test]
    fn an_id_that_the_gateway_shows_counts_unless_it_is_another_orders() {
        let dir = tempfile::tempdir().unwrap();
        let mut ids = open(dir.path());
        ids.assign(&[id(1), id(2)]).unwrap();
        ids.adopt(id(1), 2).unwrap();
        ids.adopt(id(1), 0).unwrap();
        assert_eq!(ids.of(id(1)).unwrap().order_id, 1);
        assert_eq!(ids.by_order_id(2), Some(id(2)));
        ids.adopt(id(3), 40).unwrap();
        drop(ids);
        let mut ids = open(dir.path());
        assert_eq!(ids.of(id(3)).unwrap().order_id, 40);
        assert_eq!(order_ids(ids.assign(&[id(4)]).unwrap()), [(41, true)]);
    }

    #[test]
    fn a_torn_line_is_cut_off_and_a_damaged_one_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        open(dir.path()).assign(&[id(1)]).unwrap();
        let path = dir.path().join(FILE);
        let whole = std::fs::read(&path).unwrap();
        let mut torn = whole.clone();
        torn.extend(b"{\"order\":{\"id\":\"0000");
        std::fs::write(&path, &torn).unwrap();
        let (mut ids, cut) = Ids::open(dir.path(), 7).unwrap();
        assert_eq!(cut, 20);
        assert_eq!(order_ids(ids.assign(&[id(2)]).unwrap()), [(2, true)]);
        drop(ids);
        let mut damaged = whole;
        damaged[3] = b'#';
        std::fs::write(&path, &damaged).unwrap();
        let error = Ids::open(dir.path(), 7).unwrap_err();
        assert!(matches!(error, IbError::Damaged { line: 1, .. }), "{error}");
    }

    #[test]
    fn one_process_and_one_client_id_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let ids = open(dir.path());
        assert!(matches!(Ids::open(dir.path(), 7), Err(IbError::Locked(_))));
        drop(ids);
        let error = Ids::open(dir.path(), 8).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("Set client_id = 7"), "{text}");
    }

    #[test]
    fn what_cannot_be_written_is_given_to_nobody() {
        let dir = tempfile::tempdir().unwrap();
        let mut ids = open(dir.path());
        ids.file.as_mut().unwrap().break_it(dir.path());
        let error = ids.assign(&[id(1)]).unwrap_err();
        assert!(matches!(error, NoId::NotWritten(_)));
        assert_eq!(ids.assign(&[id(1)]).unwrap_err(), error);
        assert_eq!(ids.of(id(1)), None);
    }

    #[test]
    fn behind_a_failed_write_nothing_is_written_and_what_is_learned_counts_in_this_process() {
        let dir = tempfile::tempdir().unwrap();
        let mut ids = open(dir.path());
        ids.assign(&[id(1)]).unwrap();
        let before = std::fs::read(dir.path().join(FILE)).unwrap();
        ids.file.as_mut().unwrap().break_it(dir.path());
        ids.assign(&[id(2)]).unwrap_err();
        // The disk has room again: the half of a line that may stand there must stay the last.
        ids.file.as_mut().unwrap().mend_it(dir.path());
        ids.learn(id(1), 900).unwrap();
        ids.adopt(id(3), 40).unwrap();
        assert_eq!(ids.of(id(3)).map(|names| names.order_id), Some(40));
        ids.raise(90);
        ids.keep_mark().unwrap_err();
        ids.assign(&[id(4)]).unwrap_err();
        assert_eq!(std::fs::read(dir.path().join(FILE)).unwrap(), before);
    }

    #[test]
    fn the_ids_end_before_the_librarys_own_begin() {
        let dir = tempfile::tempdir().unwrap();
        let mut ids = open(dir.path());
        ids.raise(ORDER_ID_END - 2);
        assert_eq!(
            order_ids(ids.assign(&[id(1)]).unwrap()),
            [(ORDER_ID_END - 1, true)]
        );
        assert_eq!(ids.assign(&[id(2)]), Err(NoId::UsedUp));
    }

    #[derive(Clone, Debug)]
    enum Act {
        Assign(Vec<u32>),
        Raise(i32),
        Restart,
        Tear(usize),
    }

    fn act() -> impl Strategy<Value = Act> {
        prop_oneof![
            4 => prop::collection::vec(1..30_u32, 1..4).prop_map(Act::Assign),
            1 => (1..200_i32).prop_map(Act::Raise),
            1 => Just(Act::Restart),
            1 => (0..40_usize).prop_map(Act::Tear),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        /// However it dies: no two orders share an id, no order has two, and ids only grow.
        #[test]
        fn an_id_is_one_orders_for_ever(acts in prop::collection::vec(act(), 1..25)) {
            let dir = tempfile::tempdir().unwrap();
            let mut ids = open(dir.path());
            let mut given: BTreeMap<ClOrdId, i32> = BTreeMap::new();
            for act in acts {
                match act {
                    Act::Assign(mut children) => {
                        children.sort_unstable();
                        children.dedup();
                        let orders: Vec<ClOrdId> = children.into_iter().map(id).collect();
                        let highest = given.values().copied().max().unwrap_or(0);
                        let assigned = ids.assign(&orders).unwrap();
                        for (order, assigned) in orders.into_iter().zip(assigned) {
                            prop_assert_eq!(assigned.is_first, !given.contains_key(&order));
                            let had = given.insert(order, assigned.order_id);
                            prop_assert!(had.is_none_or(|had| had == assigned.order_id));
                            prop_assert!(had.is_some() || assigned.order_id > highest);
                        }
                    }
                    Act::Raise(seen) => ids.raise(seen),
                    Act::Restart => {
                        drop(ids);
                        ids = open(dir.path());
                    }
                    Act::Tear(bytes) => {
                        drop(ids);
                        let path = dir.path().join(FILE);
                        let mut text = std::fs::read(&path).unwrap();
                        text.extend(b"{\"order\":{\"id\":\"00000001000000010000000".iter().take(bytes));
                        std::fs::write(&path, &text).unwrap();
                        ids = open(dir.path());
                    }
                }
            }
        }
    }

    #[test]
    fn who_only_looks_gives_no_id() {
        let mut ids = Ids::kept_nowhere();
        ids.raise(40);
        assert_eq!(ids.assign(&[id(1)]), Err(NoId::OnlyLooking));
        // What the gateway shows is known all the same.
        ids.adopt(id(1), 7).unwrap();
        assert_eq!(ids.by_order_id(7), Some(id(1)));
    }
}
