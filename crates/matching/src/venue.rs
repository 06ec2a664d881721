//! What every venue is: commands in at a time, events out at the venue's own times.
//!
//! The caller owns time. It sleeps, simulates or jumps until [`Venue::next_event`], then calls
//! [`Venue::advance`]; nothing polls and nothing here waits.

use polyfolio_model::{
    Amend, ClOrdId, ExecutionReport, InstrumentId, NewOrder, Quote, RequestId, Ts,
};

use crate::TapeEvent;

/// A market that takes orders and fills them.
pub trait Venue {
    /// Hands over a command that leaves at `now`, and appends to `out` everything that happened up
    /// to and including `now`. Times before the venue's own are taken as the venue's own.
    fn apply_into(&mut self, command: VenueCommand, now: Ts, out: &mut Vec<VenueEvent>);

    /// When something will happen next if nobody sends anything; `None` for never.
    fn next_event(&self) -> Option<Ts>;

    /// Lets time pass to `to` and appends everything that happened, in order of time.
    fn advance_into(&mut self, to: Ts, out: &mut Vec<VenueEvent>);

    /// As [`Venue::apply_into`], with a list of its own.
    fn apply(&mut self, command: VenueCommand, now: Ts) -> Vec<VenueEvent> {
        let mut out = Vec::new();
        self.apply_into(command, now, &mut out);
        out
    }

    /// As [`Venue::advance_into`], with a list of its own.
    fn advance(&mut self, to: Ts) -> Vec<VenueEvent> {
        let mut out = Vec::new();
        self.advance_into(to, &mut out);
        out
    }
}

/// What a venue is asked to do. It arrives one entry latency after it was handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VenueCommand {
    /// Work this order.
    New(NewOrder),
    /// Take this order off the book.
    Cancel(ClOrdId, RequestId),
    /// Give this order new terms.
    Replace(ClOrdId, RequestId, Amend),
    /// How does this order stand?
    Query(ClOrdId),
}

/// What a venue says. `Report` and `Quote` are heard one latency after the time they carry;
/// `Tape` is the venue's own record, made at the moment it happens and before anybody hears of it.
#[derive(Clone, Debug, PartialEq)]
pub enum VenueEvent {
    /// What the sender of an order hears.
    Report(ExecutionReport),
    /// What everybody hears.
    Quote {
        /// Of what.
        instrument: InstrumentId,
        /// The best bid and offer, with the venue's time.
        quote: Quote,
    },
    /// What the venue writes down. Whoever keeps the tape stores it before passing on anything
    /// that follows it in the list.
    Tape(TapeEvent),
}
