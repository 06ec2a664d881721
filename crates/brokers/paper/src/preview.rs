//! A look at a paper account: it answers what it is asked and takes no order.
//!
//! For a plan, which sends nothing and changes nothing: no lock is taken and no file is written.

use polyfolio_model::Span;
use polyfolio_ports::{
    Broker, Capabilities, Command, DuplicateScope, Link, NotSent, Report, Sink, Snapshot,
};

/// A paper account as it stood when it was looked at.
pub struct PaperPreview {
    account: String,
    snapshot: Snapshot,
    reports: Option<Sink<Report>>,
}

impl PaperPreview {
    /// The account of that name, with what it holds.
    pub fn new(account: String, snapshot: Snapshot) -> Self {
        Self {
            account,
            snapshot,
            reports: None,
        }
    }
}

impl std::fmt::Debug for PaperPreview {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PaperPreview")
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

impl Broker for PaperPreview {
    fn account(&self) -> String {
        self.account.clone()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            ack_timeout: Span::from_secs(5),
            absence_horizon: Span::from_secs(1),
            propagation_lag: Span::ZERO,
            settle: Span::ZERO,
            duplicates: DuplicateScope::Forever,
            late_acceptance_bounded: true,
            replaces: false,
            prepares: false,
        }
    }

    fn start(&mut self, reports: Sink<Report>) {
        reports(Report::Link(Link::Ready));
        self.reports = Some(reports);
    }

    fn send(&mut self, command: Command) -> Result<(), NotSent> {
        match (command, &self.reports) {
            (Command::Snapshot(id), Some(reports)) => {
                reports(Report::Snapshot(id, Ok(self.snapshot.clone())));
                Ok(())
            }
            _ => Err(NotSent("this is only a look at the account")),
        }
    }
}
