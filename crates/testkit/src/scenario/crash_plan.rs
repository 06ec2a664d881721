//! When the process dies.

use polyfolio_model::Span;

use crate::chance::Chance;

/// A place in the life of a process at which it can die.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CrashPoint {
    /// Decided, and nothing of it durable.
    BeforeAppend,
    /// Durable, and nothing of it done.
    AfterAppend,
    /// The intent is durable, the order has not left.
    BeforeSubmit,
    /// The order has left, and what stood after it has not.
    AfterSubmit,
    /// A report has come, and was not taken in.
    BeforeReport,
    /// A report was taken in, and all that followed from it done.
    AfterReport,
    /// The journal has been folded, nothing else.
    AfterFold,
    /// The connection stands, nothing is known yet.
    AfterConnect,
}

/// One death.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crash {
    /// Where.
    pub point: CrashPoint,
    /// The how-manieth time after the last start; from 1.
    pub nth: u32,
    /// How many unflushed batches had reached the medium all the same.
    pub kept: usize,
    /// For how long nobody is there.
    pub downtime: Span,
}

/// Up to five deaths in a row.
pub(super) fn draw(chance: &mut Chance) -> Vec<Crash> {
    (0..chance.between(0, 5)).map(|_| crash(chance)).collect()
}

fn crash(chance: &mut Chance) -> Crash {
    use CrashPoint as P;
    let points = [
        P::BeforeAppend,
        P::AfterAppend,
        P::BeforeSubmit,
        P::AfterSubmit,
        P::BeforeReport,
        P::AfterReport,
        P::AfterFold,
        P::AfterConnect,
    ];
    let point = chance.one_of(&points);
    let often = match point {
        P::AfterFold | P::AfterConnect => 1,
        P::BeforeReport | P::AfterReport => 40,
        P::BeforeAppend | P::AfterAppend => 20,
        P::BeforeSubmit | P::AfterSubmit => 8,
    };
    let long = if chance.hits(0.2) { 90 } else { 5 };
    Crash {
        point,
        nth: chance.between(1, often) as u32,
        kept: chance.one_of(&[0, 0, 1, 100]),
        downtime: chance.span(Span::ZERO, Span::from_secs(long)),
    }
}
