//! Looks at an account: they answer what they are asked, and nothing leaves through them.

use std::sync::Arc;

use polyfolio_broker_paper::PaperPreview;
use polyfolio_model::InstrumentId;
use polyfolio_ports::{
    Broker, Capabilities, Clock, Command, MarketData, NotSent, QuoteUpdate, Report, Sink, Snapshot,
};

use crate::brokers::OpenAccount;

/// The embedded account as it stood when it was looked at.
#[derive(Debug)]
pub(super) struct PaperLook {
    account: String,
    snapshot: Snapshot,
}

impl PaperLook {
    pub(super) fn new(account: String, snapshot: Snapshot) -> Self {
        Self { account, snapshot }
    }
}

impl OpenAccount for PaperLook {
    fn broker(&self, _: Arc<dyn Clock>) -> Box<dyn Broker> {
        let snapshot = self.snapshot.clone();
        Box::new(PaperPreview::new(self.account.clone(), snapshot))
    }

    fn market_data(&self, _: Arc<dyn Clock>) -> Box<dyn MarketData> {
        Box::new(NoQuotes)
    }
}

/// An account of which nobody but a look knows: whatever its broker would do, no order, no cancel
/// and no new terms reach it.
pub(super) struct LookOnly {
    account: Box<dyn OpenAccount>,
}

impl LookOnly {
    pub(super) fn new(account: Box<dyn OpenAccount>) -> Self {
        Self { account }
    }
}

impl OpenAccount for LookOnly {
    fn broker(&self, clock: Arc<dyn Clock>) -> Box<dyn Broker> {
        Box::new(AsksOnly(self.account.broker(clock)))
    }

    fn market_data(&self, _: Arc<dyn Clock>) -> Box<dyn MarketData> {
        Box::new(NoQuotes)
    }
}

struct AsksOnly(Box<dyn Broker>);

impl Broker for AsksOnly {
    fn account(&self) -> String {
        self.0.account()
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    fn start(&mut self, reports: Sink<Report>) {
        self.0.start(reports);
    }

    fn send(&mut self, command: Command) -> Result<(), NotSent> {
        match command {
            Command::Snapshot(_) | Command::Query(_) => self.0.send(command),
            Command::Prepare(_) | Command::New(_) | Command::Cancel(..) | Command::Replace(..) => {
                Err(NotSent("this is only a look at the account"))
            }
        }
    }
}

/// No market: a plan looks at closes only.
#[derive(Debug)]
pub(super) struct NoQuotes;

impl MarketData for NoQuotes {
    fn subscribe(&mut self, _: Vec<InstrumentId>, _: Sink<QuoteUpdate>) {}
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use polyfolio_clock::HostClock;
    use polyfolio_model::{Amend, ClOrdId, NewOrder, OrdType, Qty, Side, TimeInForce};
    use polyfolio_model::{RequestId, SnapshotId};

    use super::*;

    /// A broker that sends whatever it is given.
    #[derive(Clone, Default)]
    struct Eager(Arc<Mutex<Vec<Command>>>);

    impl OpenAccount for Eager {
        fn broker(&self, _: Arc<dyn Clock>) -> Box<dyn Broker> {
            Box::new(self.clone())
        }

        fn market_data(&self, _: Arc<dyn Clock>) -> Box<dyn MarketData> {
            Box::new(NoQuotes)
        }
    }

    impl Broker for Eager {
        fn account(&self) -> String {
            String::new()
        }

        fn capabilities(&self) -> Capabilities {
            PaperPreview::new(String::new(), Snapshot::default()).capabilities()
        }

        fn start(&mut self, _: Sink<Report>) {}

        fn send(&mut self, command: Command) -> Result<(), NotSent> {
            self.0.lock().unwrap().push(command);
            Ok(())
        }
    }

    #[test]
    fn nothing_but_a_question_passes_through_a_look() {
        let eager = Eager::default();
        let look = LookOnly::new(Box::new(eager.clone()));
        let mut wire = look.broker(Arc::new(HostClock::start()));
        let id = ClOrdId {
            deployment: 1,
            run: 1,
            parent: 1,
            child: 1,
        };
        let amend = Amend {
            order_qty: Qty::from(1),
            price: None,
            trigger: None,
        };
        let order = NewOrder {
            cl_ord_id: id,
            instrument: "AAA".into(),
            side: Side::Buy,
            order_qty: Qty::from(1),
            ord_type: OrdType::Market,
            time_in_force: TimeInForce::Day,
        };
        for command in [
            Command::Prepare(vec![id]),
            Command::New(order),
            Command::Cancel(id, RequestId(1)),
            Command::Replace(id, RequestId(2), amend),
        ] {
            assert!(wire.send(command.clone()).is_err(), "{command:?}");
        }
        let questions = [Command::Snapshot(SnapshotId(1)), Command::Query(id)];
        for command in questions.clone() {
            assert_eq!(wire.send(command), Ok(()));
        }
        assert_eq!(*eager.0.lock().unwrap(), questions);
    }
}
