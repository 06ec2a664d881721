//! Bars: those that were, and those that come.
//!
//! A strategy warms up on [`Bars::history`] and goes on with [`Bars::subscribe`], naming the last
//! bar it has: whatever was over in between comes first, so that no bar is missed and none comes
//! twice.

use polyfolio_model::{Bar, BarSize, InstrumentId, Ts};

use crate::{BoxFuture, Sink};

/// How far back bars go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// So many of the newest ones.
    Count(u32),
    /// All that begin at this time or later, as far back as there are any.
    Since(Ts),
}

/// Bars that are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BarsRequest {
    /// Of what.
    pub instrument: InstrumentId,
    /// How long each is.
    pub size: BarSize,
    /// How far back.
    pub reach: Reach,
}

/// Why there are no bars.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BarsFailed {
    /// History does not go back as far as was asked.
    #[error("{instrument}: history has {have} bars of {size}, and {asked} were asked for")]
    TooFew {
        /// Of what.
        instrument: InstrumentId,
        /// How long each is.
        size: BarSize,
        /// How many there are.
        have: u32,
        /// How many were wanted.
        asked: u32,
    },
    /// The source refuses, or says what makes no sense: why, and what to do.
    #[error("{instrument}: no bars: {what}")]
    Refused {
        /// Of what.
        instrument: InstrumentId,
        /// A sentence for a person.
        what: String,
    },
    /// There was no answer in time. Asking again may help.
    #[error("{instrument}: no bars in time: {what}")]
    NoAnswer {
        /// Of what.
        instrument: InstrumentId,
        /// What stood in the way.
        what: String,
    },
}

/// Bars that are to come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BarsWanted {
    /// Of what.
    pub instrument: InstrumentId,
    /// How long each is.
    pub size: BarSize,
    /// The beginning of the newest bar that is known already: those behind it come first. Without
    /// one, what is over is left alone.
    pub after: Option<Ts>,
}

/// Something about bars that were subscribed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BarUpdate {
    /// Of what.
    pub instrument: InstrumentId,
    /// How long each is.
    pub size: BarSize,
    /// What.
    pub event: BarEvent,
}

/// What there is to say of bars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BarEvent {
    /// A bar is over. Bars come in order, each once.
    Closed(Bar),
    /// Bars within this stretch are missing and do not come any more.
    Gap {
        /// From where on, inclusive.
        from: Ts,
        /// Up to where, exclusive.
        to: Ts,
    },
    /// No bars come for now, and why. They go on by themselves when they can, and fill the hole.
    Stopped(String),
}

/// A source of bars.
pub trait Bars: Send {
    /// The bars that are asked for, oldest first and each of them over: all of them, or a reason.
    /// An answer is never cut short in silence.
    fn history(&mut self, request: BarsRequest) -> BoxFuture<Result<Vec<Bar>, BarsFailed>>;

    /// From now on these bars go to `sink`, each when it is over. Subscribing again replaces the
    /// list.
    fn subscribe(&mut self, wanted: Vec<BarsWanted>, sink: Sink<BarUpdate>);
}
