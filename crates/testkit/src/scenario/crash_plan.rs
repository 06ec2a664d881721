//! When the process dies.

use polyfolio_model::Span;

use crate::chance::Chance;

/// A place in the life of a process at which it can die.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CrashPoint {
    /// Decided, and nothing of it written.
    BeforeAppend,
    /// Written, and not flushed.
    BeforeFlush,
    /// Durable, and nothing of it done.
    AfterFlush,
    /// Facts that may wait are decided, and not written.
    BeforeLazyAppend,
    /// Facts that may wait are written.
    AfterLazyAppend,
    /// The intent is durable, the order has not left.
    BeforeSubmit,
    /// The order has left, and what stood after it has not.
    AfterSubmit,
    /// A cancel has left, and what stood after it has not.
    AfterCancel,
    /// A report has come, and was not taken in.
    BeforeReport,
    /// A report was taken in, and all that followed from it done.
    AfterReport,
    /// The journal has been folded, nothing else.
    AfterFold,
    /// The connection stands, nothing is known yet.
    AfterConnect,
    /// The answer to the question for everything has come, and was not taken in.
    BeforeSnapshot,
    /// The answer to the question for everything was taken in.
    AfterSnapshot,
}

impl CrashPoint {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::BeforeAppend,
        Self::BeforeFlush,
        Self::AfterFlush,
        Self::BeforeLazyAppend,
        Self::AfterLazyAppend,
        Self::BeforeSubmit,
        Self::AfterSubmit,
        Self::AfterCancel,
        Self::BeforeReport,
        Self::AfterReport,
        Self::AfterFold,
        Self::AfterConnect,
        Self::BeforeSnapshot,
        Self::AfterSnapshot,
    ];

    /// How often a process comes by here, about.
    fn often(self) -> i64 {
        match self {
            Self::AfterFold | Self::AfterConnect => 1,
            Self::BeforeSnapshot | Self::AfterSnapshot => 4,
            Self::BeforeReport | Self::AfterReport => 40,
            Self::BeforeAppend | Self::BeforeFlush | Self::AfterFlush => 20,
            Self::BeforeLazyAppend | Self::AfterLazyAppend => 20,
            Self::BeforeSubmit | Self::AfterSubmit | Self::AfterCancel => 8,
        }
    }
}

/// What had reached the medium of the batches that were written and not flushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tail {
    /// The first so many, each whole.
    Kept(usize),
    /// The first so many, and a part of the next.
    Torn(usize),
}

/// One death.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crash {
    /// Where.
    pub point: CrashPoint,
    /// The how-manieth time after the last start; from 1.
    pub nth: u32,
    /// What becomes of what was not flushed.
    pub tail: Tail,
    /// For how long nobody is there.
    pub downtime: Span,
}

/// Up to six deaths in a row; now and then a machine that hardly comes up.
pub(super) fn draw(chance: &mut Chance) -> Vec<Crash> {
    let most = if chance.hits(0.05) { 12 } else { 6 };
    (0..chance.between(0, most))
        .map(|_| crash(chance))
        .collect()
}

fn crash(chance: &mut Chance) -> Crash {
    let point = chance.one_of(&CrashPoint::ALL);
    let long = if chance.hits(0.2) { 90 } else { 5 };
    let tails = [
        Tail::Kept(0),
        Tail::Kept(1),
        Tail::Kept(usize::MAX),
        Tail::Torn(0),
        Tail::Torn(1),
    ];
    Crash {
        point,
        nth: chance.between(1, point.often()) as u32,
        tail: chance.one_of(&tails),
        downtime: chance.span(Span::ZERO, Span::from_secs(long)),
    }
}
