//! Everything a broker said in one session, and the questions that cases have about it.

use std::collections::BTreeMap;

use polyfolio_model::{ClOrdId, ExecId, ExecKind, ExecutionReport, Fill, Money, Qty, RequestId};
use polyfolio_ports::{Link, Report, Snapshot, SnapshotFailed};

/// Reports in the order in which they came.
#[derive(Clone, Debug, Default)]
pub struct Log {
    reports: Vec<Report>,
}

impl Log {
    pub(super) fn push(&mut self, report: Report) {
        self.reports.push(report);
    }

    /// All of it.
    pub fn reports(&self) -> &[Report] {
        &self.reports
    }

    /// What came after the first `place` reports.
    pub fn after(&self, place: usize) -> Log {
        let reports = self.reports.iter().skip(place).cloned().collect();
        Log { reports }
    }

    /// What was said of orders.
    pub fn executions(&self) -> impl Iterator<Item = &ExecutionReport> {
        self.reports.iter().filter_map(|report| match report {
            Report::Execution(report) => Some(report),
            _ => None,
        })
    }

    /// What was said of one order.
    pub fn of(&self, id: ClOrdId) -> Vec<&ExecKind> {
        let said = self.executions().filter(|said| said.cl_ord_id == id);
        said.map(|said| &said.kind).collect()
    }

    /// Whether this was said of an order.
    pub fn says(&self, id: ClOrdId, what: impl Fn(&ExecKind) -> bool) -> bool {
        self.of(id).into_iter().any(what)
    }

    /// How often it was said.
    pub fn times(&self, id: ClOrdId, what: impl Fn(&ExecKind) -> bool) -> usize {
        self.of(id).into_iter().filter(|kind| what(kind)).count()
    }

    /// An order's trades, as often as they were told.
    pub fn told_trades(&self, id: ClOrdId) -> Vec<&Fill> {
        let kinds = self.of(id).into_iter();
        let trades = kinds.filter_map(|kind| match kind {
            ExecKind::Trade(fill) => Some(fill),
            _ => None,
        });
        trades.collect()
    }

    /// An order's trades, each once.
    pub fn trades(&self, id: ClOrdId) -> BTreeMap<ExecId, Fill> {
        let trades = self.told_trades(id).into_iter();
        trades
            .map(|fill| (fill.exec_id.clone(), fill.clone()))
            .collect()
    }

    /// How much of an order has traded.
    pub fn traded(&self, id: ClOrdId) -> Qty {
        self.trades(id).values().map(|fill| fill.last_qty).sum()
    }

    /// What every trade of an order has cost, when that has been said of each.
    pub fn fees(&self, id: ClOrdId) -> Option<Money> {
        let later: BTreeMap<&ExecId, Money> = self
            .of(id)
            .into_iter()
            .filter_map(|kind| match kind {
                ExecKind::Fee { exec_id, fee } => Some((exec_id, *fee)),
                _ => None,
            })
            .collect();
        let trades = self.trades(id);
        let fee = |fill: &Fill| fill.fee.or_else(|| later.get(&fill.exec_id).copied());
        trades.values().map(fee).sum()
    }

    /// The answers that end a request to cancel or replace.
    pub fn answers(&self, to: RequestId) -> Vec<&ExecKind> {
        let kinds = self.executions().map(|report| &report.kind);
        kinds
            .filter(|kind| match kind {
                ExecKind::Canceled { request, .. } | ExecKind::Replaced { request, .. } => {
                    *request == Some(to)
                }
                ExecKind::CancelRejected { request, .. } => *request == to,
                _ => false,
            })
            .collect()
    }

    /// The words about the connection.
    pub fn links(&self) -> Vec<&Link> {
        let links = self.reports.iter().filter_map(|report| match report {
            Report::Link(link) => Some(link),
            _ => None,
        });
        links.collect()
    }

    /// The answers to requests for everything.
    pub fn snapshots(&self) -> Vec<(u64, &Result<Snapshot, SnapshotFailed>)> {
        let answers = self.reports.iter().filter_map(|report| match report {
            Report::Snapshot(id, answer) => Some((id.0, answer)),
            _ => None,
        });
        answers.collect()
    }
}

/// Whether an order that this was said of is over, its fills apart.
pub(super) fn ends(kind: &ExecKind) -> bool {
    matches!(
        kind,
        ExecKind::Canceled { .. } | ExecKind::Expired { .. } | ExecKind::Rejected { .. }
    )
}
