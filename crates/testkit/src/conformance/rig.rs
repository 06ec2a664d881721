//! What a broker's tests bring: the broker, and a hand on the venue behind it.

use std::future::Future;

use polyfolio_model::{
    ClOrdId, InstrumentId, OrdType, Price, Qty, RejectReason, Span, TimeInForce,
};
use polyfolio_ports::Broker;

/// A broker and its venue, fresh for every case: no order of ours, some cash.
pub trait Rig {
    /// Ends the process that runs, if one does, and begins another one on the same state: nothing
    /// of the former is left but what it had written. The wire is not started.
    fn start(&mut self) -> Box<dyn Broker>;

    /// One more wire of the process that runs.
    fn wire(&mut self) -> Box<dyn Broker>;

    /// Ends the process; the venue lives on.
    fn stop(&mut self);

    /// What is traded.
    fn market(&self) -> Market;

    /// Makes something happen at the venue, now or at the message that it names.
    fn act(&mut self, act: Act) -> impl Future<Output = Verdict>;

    /// How many orders the venue ever took under this id, whatever became of them.
    fn taken(&mut self, id: ClOrdId) -> usize;

    /// Why the venue takes no order of this type for this long, where it takes none. It refuses one
    /// in words then, and has no such order.
    fn takes_none(&self, ord_type: OrdType, time_in_force: TimeInForce) -> Option<Cannot> {
        let _ = (ord_type, time_in_force);
        None
    }

    /// Lets so much of the venue's time pass.
    fn wait(&mut self, span: Span) -> impl Future<Output = ()>;
}

/// An instrument whose quote stands still, and in which nothing that rests trades by itself.
#[derive(Clone, Debug)]
pub struct Market {
    /// What.
    pub instrument: InstrumentId,
    /// One that the broker does not know.
    pub unknown: InstrumentId,
    /// The grid.
    pub tick: Price,
    /// What is bid.
    pub bid: Price,
    /// What is asked.
    pub ask: Price,
}

/// Something that happens at the venue or on the way to it. What waits for a message happens once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// So much of an order that works trades now, at its limit.
    Fill(ClOrdId, Qty),
    /// So much of this order trades while its cancel, the next one, is on its way.
    FillDuringCancel(ClOrdId, Qty),
    /// The next cancel is confirmed, and so much of the order trades after all.
    FillAfterCancel(Qty),
    /// The venue refuses the next order for this reason.
    RejectNextOrder(RejectReason),
    /// The venue refuses the next cancel; the order works on.
    RejectNextCancel,
    /// The next order is lost before the venue has it.
    LoseNextOrder,
    /// The venue takes the next order, and what it says of it is lost.
    LoseNextAnswer,
    /// Nothing is heard of the venue any more, and nothing that is said reaches it.
    Mute,
    /// The connection drops, and nobody gets another one.
    Disconnect,
    /// All of this is over.
    Restore,
    /// The next execution is told twice.
    DuplicateExecution,
    /// The next two executions are told the later one first.
    ReorderExecutions,
    /// The answer to the next snapshot is an error.
    FailNextSnapshot,
    /// The answer to the next snapshot stops before its end.
    CutNextSnapshot,
    /// The venue forgets the last ids that it has seen, and may give them out again.
    RollBackIds,
    /// The clock that the venue tells is ahead by so much.
    ClockAhead(Span),
    /// The venue takes so many messages a second.
    LimitRate(u32),
    /// Somebody else places an order in the account that rests.
    PlaceForeignOrder,
    /// The trading day ends, and another one begins at the same prices.
    EndDay,
}

/// Why a venue cannot do something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not applicable: {0}")]
pub struct Cannot(pub String);

/// It is so, or it does not apply. What should be and is not panics.
pub type Verdict = Result<(), Cannot>;
