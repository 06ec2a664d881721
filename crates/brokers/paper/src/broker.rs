//! The wire for orders.

use std::sync::Arc;

use polyfolio_matching::VenueCommand;
use polyfolio_model::Span;
use polyfolio_ports::{
    Broker, Capabilities, Clock, Command, DuplicateScope, NotSent, Report, Sink,
};

use crate::PaperConfig;
use crate::pump::Shared;

/// The paper account as a [`Broker`]. Dropped and made again, it is a new session of the same
/// account. `start` needs a tokio runtime to be running, for the venue's task.
pub struct PaperBroker {
    shared: Arc<Shared>,
    config: Arc<PaperConfig>,
    clock: Arc<dyn Clock>,
    /// Its number, once it is started.
    wire: Option<u64>,
}

impl PaperBroker {
    pub(crate) fn new(
        shared: Arc<Shared>,
        config: Arc<PaperConfig>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            shared,
            config,
            clock,
            wire: None,
        }
    }
}

impl Broker for PaperBroker {
    fn account(&self) -> String {
        self.config.account.clone()
    }

    fn capabilities(&self) -> Capabilities {
        let round_trip = self.config.latency() + self.config.latency();
        let patience = Span::from_secs(5);
        Capabilities {
            ack_timeout: patience.max(round_trip + round_trip),
            absence_horizon: round_trip + Span::from_millis(10),
            propagation_lag: Span::ZERO,
            settle: Span::ZERO,
            duplicates: DuplicateScope::Forever,
            late_acceptance_bounded: true,
            replaces: true,
            prepares: false,
        }
    }

    fn start(&mut self, reports: Sink<Report>) {
        let wire = self.shared.desk().connect(reports);
        self.wire = Some(wire);
        self.shared.run(&self.clock);
    }

    fn send(&mut self, command: Command) -> Result<(), NotSent> {
        let Some(wire) = self.wire else {
            return Err(NotSent("the paper broker is not started"));
        };
        let mut desk = self.shared.desk();
        if !desk.listeners.is_connected(wire) {
            return Err(NotSent("a newer wire has taken this one's place"));
        }
        if desk.has_failed() {
            return Err(NotSent("the paper account cannot be written"));
        }
        let now = self.clock.now();
        match command {
            // The paper account has no ids of its own.
            Command::Prepare(_) => {}
            Command::New(order) => desk.apply(VenueCommand::New(order), now),
            Command::Cancel(id, request) => desk.apply(VenueCommand::Cancel(id, request), now),
            Command::Replace(id, request, amend) => {
                desk.apply(VenueCommand::Replace(id, request, amend), now);
            }
            Command::Query(id) => desk.apply(VenueCommand::Query(id), now),
            Command::Snapshot(id) => desk.ask(id, now),
        }
        drop(desk);
        self.shared.wake();
        Ok(())
    }
}

impl Drop for PaperBroker {
    fn drop(&mut self) {
        if let Some(wire) = self.wire {
            self.shared.desk().listeners.disconnect(wire);
        }
    }
}

impl std::fmt::Debug for PaperBroker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let account = &self.config.account;
        f.debug_struct("PaperBroker")
            .field("account", account)
            .finish_non_exhaustive()
    }
}
