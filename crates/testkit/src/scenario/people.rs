//! What a person does in the middle of it.

use polyfolio_model::Span;
use polyfolio_oms::router::StopPolicy;

use crate::chance::Chance;

/// What can be asked of a running process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Nothing leaves from now on.
    Halt,
    /// It may again.
    GoOn,
    /// Everything off the book.
    CancelAll,
    /// The run is given up.
    Abandon,
    /// Ask for everything and compare.
    Reconcile,
    /// Come to a stop; somebody starts it again later.
    Stop(StopPolicy),
}

/// Mostly nobody does anything.
pub(super) fn draw(chance: &mut Chance) -> Vec<(Span, Wish)> {
    let mut wishes = Vec::new();
    while chance.hits(0.3) {
        let at = chance.span(Span::ZERO, Span::from_secs(90));
        let wish = match chance.between(0, 6) {
            0 => Wish::CancelAll,
            1 => Wish::Abandon,
            2 | 3 => Wish::Reconcile,
            4 => Wish::Stop(chance.one_of(&[StopPolicy::Leave, StopPolicy::Cancel])),
            _ => Wish::Halt,
        };
        wishes.push((at, wish));
        if wish == Wish::Halt {
            let after = chance.span(Span::ZERO, Span::from_secs(30));
            wishes.push((at + after, Wish::GoOn));
        }
    }
    wishes
}
