//! What an order says of itself when somebody asks.

use polyfolio_model::{ClOrdId, ExecKind, ExecutionReport, Ts};

use super::Book;

impl Book {
    /// What an order says of itself when asked: again New or Rejected, that its trigger was reached
    /// if it was, each trade under its own id, the end if it has one, and how much has filled. Empty for an unknown order: that is not
    /// evidence, and a venue does not pretend it is.
    pub fn restate(&self, cl_ord_id: ClOrdId, now: Ts) -> Vec<ExecutionReport> {
        let Some(record) = self.orders.get(&cl_ord_id) else {
            return Vec::new();
        };
        let mut kinds = Vec::new();
        match &record.refusal {
            Some((reason, text)) => kinds.push((
                record.entered,
                ExecKind::Rejected {
                    reason: *reason,
                    text: text.clone(),
                },
            )),
            None => kinds.push((record.entered, ExecKind::New)),
        }
        kinds.extend(record.triggered.map(|at| (at, ExecKind::Triggered)));
        let fills = record.fills.iter().filter_map(|place| self.fill_at(*place));
        kinds.extend(fills.map(|booked| (booked.time, ExecKind::Trade(booked.fill.clone()))));
        let cum_qty = record.cum_qty;
        kinds.extend(record.end().map(|kind| (record.since, kind)));
        kinds.push((now, ExecKind::Status { cum_qty }));
        let report = |(time, kind)| ExecutionReport {
            cl_ord_id,
            venue_id: record.venue_id.clone(),
            time,
            kind,
        };
        kinds.into_iter().map(report).collect()
    }
}
