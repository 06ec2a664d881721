//! Somebody outside who is told when a person should look.
//!
//! Whoever tells never waits and never fails for it: a notice that cannot be taken is dropped, and
//! counted by whoever could not take it.

use polyfolio_model::{ClOrdId, InstrumentId, Ts};

/// What there is to tell of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoticeKind {
    /// The broker refused an order.
    OrderRejected,
    /// Our own risk check refused an order.
    OrderDenied,
    /// Our book is not the broker's.
    Break,
    /// An instrument stops until a person has looked.
    InstrumentStopped,
    /// Trading is halted or may only reduce.
    TradingHalted,
    /// The connection to the broker is down.
    ConnectionLost,
    /// An identity of the books does not hold.
    InvariantViolated,
    /// A run is over.
    RunEnded,
}

impl NoticeKind {
    /// All of them, with the names that configs and notices use.
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::OrderRejected, "order_rejected"),
        (Self::OrderDenied, "order_denied"),
        (Self::Break, "break"),
        (Self::InstrumentStopped, "instrument_stopped"),
        (Self::TradingHalted, "trading_halted"),
        (Self::ConnectionLost, "connection_lost"),
        (Self::InvariantViolated, "invariant_violated"),
        (Self::RunEnded, "run_ended"),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        let found = Self::ALL.iter().find(|(kind, _)| *kind == self);
        found.map_or("", |(_, name)| name)
    }

    /// The kind of this name.
    pub fn named(name: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(_, known)| *known == name);
        found.map(|(kind, _)| *kind)
    }
}

/// Something that a person should know of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What it is.
    pub kind: NoticeKind,
    /// When (Clock time).
    pub time: Ts,
    /// The name of the run that goes on.
    pub run: Option<String>,
    /// Of what.
    pub symbol: Option<InstrumentId>,
    /// Of which order.
    pub cl_ord_id: Option<ClOrdId>,
    /// One sentence, with the broker's own words where it is theirs.
    pub text: String,
}

/// A notice that was dropped: as many wait as may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("as many notices wait as may")]
pub struct NotTaken;

/// Tells somebody outside.
pub trait Notifier: Send {
    /// Takes a notice without waiting.
    ///
    /// # Errors
    /// It was dropped.
    fn tell(&mut self, notice: Notice) -> Result<(), NotTaken>;

    /// So many never came to be told, the first of them at this time (Clock time): they are counted
    /// with those that could not be taken.
    fn missed(&mut self, count: u64, since: Ts);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_name_of_its_own() {
        for (kind, name) in NoticeKind::ALL {
            assert_eq!((kind.name(), NoticeKind::named(name)), (name, Some(kind)));
        }
        assert_eq!(NoticeKind::named("anything"), None);
    }
}
