//! The wire for orders.

use std::fmt;
use std::sync::Arc;

use polyfolio_ports::{Broker, Capabilities, Command, DuplicateScope, NotSent, Report, Sink};

use crate::account::Inner;
use crate::config::millis;
use crate::worker::Request;

/// The account as a [`Broker`]. Dropped and made again, it is a new session of the same
/// connection.
pub struct IbBroker {
    account: Arc<Inner>,
    life: Option<u64>,
}

impl IbBroker {
    pub(crate) fn new(account: Arc<Inner>) -> Self {
        let life = None;
        Self { account, life }
    }
}

impl Broker for IbBroker {
    fn account(&self) -> String {
        let account = self.account.shared.view().account.clone();
        account.unwrap_or_else(|| "IB".to_owned())
    }

    fn capabilities(&self) -> Capabilities {
        let config = &self.account.shared.config;
        Capabilities {
            ack_timeout: millis(config.ack_timeout_ms),
            absence_horizon: millis(config.absence_horizon_ms),
            propagation_lag: millis(config.propagation_lag_ms),
            settle: millis(config.settle_ms),
            // A repeat has the order id of the first: IB takes it for new terms while that one
            // works, and refuses it afterwards.
            duplicates: DuplicateScope::Forever,
            late_acceptance_bounded: config.late_acceptance_bounded,
            replaces: true,
            // Every order has an id of ours, which is on disk before it leaves.
            prepares: true,
        }
    }

    fn start(&mut self, reports: Sink<Report>) {
        let life = self.account.new_life();
        self.life = Some(life);
        self.account.ask(Request::Listen(life, reports));
    }

    fn send(&mut self, command: Command) -> Result<(), NotSent> {
        let Some(life) = self.life else {
            return Err(NotSent("the IB broker is not started"));
        };
        if !self.account.is_newest(life) {
            return Err(NotSent("a newer wire has taken this one's place"));
        }
        self.account.send(Request::Command(life, command))
    }
}

impl Drop for IbBroker {
    fn drop(&mut self) {
        if let Some(life) = self.life {
            self.account.ask(Request::Leave(life));
        }
    }
}

impl fmt::Debug for IbBroker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IbBroker")
            .field("account", &self.account)
            .field("life", &self.life)
            .finish()
    }
}
