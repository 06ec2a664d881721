//! Executions: what was traded, taken back, corrected, and what it cost.

use polyfolio_model::{ExecId, Fill, Money};

use super::{OrderNote, OrderState};

impl OrderState {
    pub(super) fn trade(&mut self, fill: &Fill) -> Vec<OrderNote> {
        let id = &fill.exec_id;
        if let Some(known) = self.execs.get(id) {
            let same = known.last_qty == fill.last_qty && known.last_px == fill.last_px;
            let odd = OrderNote::Anomaly("an execution was repeated with other terms");
            return [OrderNote::Duplicate]
                .into_iter()
                .chain((!same).then_some(odd))
                .collect();
        }
        self.acked = true;
        if !fill.last_qty.is_positive() {
            return vec![OrderNote::Anomaly("an execution of no quantity")];
        }
        self.execs.insert(id.clone(), fill.clone());
        if self.dead.contains(id) {
            return vec![OrderNote::Void];
        }
        let mut notes: Vec<_> = self.exec(id).map(OrderNote::Booked).into_iter().collect();
        if self.canceled || self.expired {
            notes.push(OrderNote::LateFill);
        }
        if self.rejected {
            notes.push(OrderNote::Anomaly("a fill of a rejected order"));
        }
        if self.overfill().is_positive() {
            notes.push(OrderNote::Overfill(self.overfill()));
        }
        notes
    }

    /// The trade `reference` does not count, whether it has been reported or not.
    pub(super) fn kill(&mut self, reference: &ExecId) -> Vec<OrderNote> {
        self.acked = true;
        let booked = self
            .is_live(reference)
            .then(|| self.exec(reference))
            .flatten();
        let first = self.dead.insert(reference.clone());
        match booked {
            Some(fill) => vec![OrderNote::Reversed(fill)],
            None if first => vec![OrderNote::EarlyBust],
            None => vec![OrderNote::Duplicate],
        }
    }

    pub(super) fn correct(&mut self, fill: &Fill, reference: &ExecId) -> Vec<OrderNote> {
        if fill.exec_id == *reference {
            let mut notes = vec![OrderNote::Anomaly("a correction that refers to itself")];
            notes.extend(self.trade(fill));
            return notes;
        }
        // The correcting execution may be known already, as a plain trade from a broker's list: the
        // one it replaces dies all the same.
        let mut notes = self.kill(reference);
        let killed = notes != [OrderNote::Duplicate];
        notes.extend(self.trade(fill));
        let first = notes
            .iter()
            .any(|n| matches!(n, OrderNote::Booked(_) | OrderNote::Void));
        if killed || first {
            notes.retain(|note| *note != OrderNote::Duplicate);
        }
        notes.dedup();
        notes
    }

    pub(super) fn fee(&mut self, id: &ExecId, fee: Money) -> Vec<OrderNote> {
        let before = self
            .exec(id)
            .and_then(|fill| fill.fee)
            .unwrap_or(Money::ZERO);
        if self.fees.insert(id.clone(), fee) == Some(fee) {
            return vec![OrderNote::Duplicate];
        }
        let difference = fee - before;
        if !self.is_live(id) || difference.is_zero() {
            return vec![];
        }
        vec![OrderNote::FeeBooked {
            exec_id: id.clone(),
            fee: difference,
        }]
    }
}
