//! What the venue does though nobody asked.

use polyfolio_model::Span;

use crate::chance::Chance;

/// Something that a venue does by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doing {
    /// An order goes off the book.
    Cancel,
    /// An order's time runs out.
    Expire,
    /// An execution did not happen after all.
    Bust,
    /// An execution was at another price.
    CorrectPrice,
    /// An execution was of less.
    CorrectQuantity,
}

/// Mostly it does nothing; `amends` allows busts and corrections.
pub(super) fn draw(amends: bool, chance: &mut Chance) -> Vec<(Span, Doing)> {
    let mut doings = Vec::new();
    while chance.hits(if amends { 0.7 } else { 0.3 }) {
        let at = chance.span(Span::ZERO, Span::from_secs(80));
        let doing = match chance.between(0, 9) {
            0..2 => Doing::Expire,
            2..4 => Doing::Cancel,
            _ if !amends => Doing::Cancel,
            4..7 => Doing::Bust,
            7..9 => Doing::CorrectPrice,
            _ => Doing::CorrectQuantity,
        };
        doings.push((at, doing));
    }
    doings
}
