//! Orders that ended long ago are forgotten, as a broker's lists do not reach back for ever. The
//! tape has them all.

use polyfolio_model::ClOrdId;

use super::Book;

/// How many orders that have ended are listed.
pub const DONE_MAX: usize = 10_000;

impl Book {
    /// Whether an execution of this place in the tape is still listed.
    pub(super) fn fill_at(&self, place: usize) -> Option<&super::BookedFill> {
        self.fills.get(place.checked_sub(self.fills_before)?)
    }

    /// An order has ended; the one that ended first is forgotten when there are too many.
    pub(super) fn end(&mut self, id: ClOrdId) {
        if let Some(record) = self.orders.get(&id) {
            self.open.remove(&record.number);
        }
        self.done.push_back(id);
        if self.done.len() <= DONE_MAX {
            return;
        }
        let Some(first) = self.done.pop_front() else {
            return;
        };
        if let Some(record) = self.orders.remove(&first) {
            self.forgotten.insert(first);
            self.lists_from = self.lists_from.max(Some(record.since));
        }
        self.forget_fills();
    }

    fn forget_fills(&mut self) {
        let is_over = |id: &ClOrdId| !self.orders.contains_key(id);
        while self
            .fills
            .front()
            .is_some_and(|fill| is_over(&fill.cl_ord_id))
        {
            let Some(fill) = self.fills.pop_front() else {
                return;
            };
            self.fills_before += 1;
            let before = &mut self.account_before;
            before.book(&fill.instrument, fill.side, &fill.fill, fill.time);
        }
    }
}
