//! All chance of a simulation: one stream of numbers from one seed.

use polyfolio_model::{Qty, Span};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A stream of draws. The same seed gives the same draws on every machine.
#[derive(Clone, Debug)]
pub struct Chance(ChaCha8Rng);

impl Chance {
    /// The stream of a seed. Different `use_for` of one seed are independent, so that drawing more
    /// of one thing does not change another.
    pub fn new(seed: u64, use_for: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(use_for);
        Self(rng)
    }

    /// A whole number from `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = high.abs_diff(low).saturating_add(1);
        low.saturating_add_unsigned(self.0.next_u64() % width)
    }

    /// A place in a list of `length`, which is not empty.
    pub fn place(&mut self, length: usize) -> usize {
        (self.0.next_u64() % length.max(1) as u64) as usize
    }

    /// One of these.
    pub fn one_of<T: Clone>(&mut self, these: &[T]) -> T {
        these[self.place(these.len())].clone()
    }

    /// A number from 0 to 1, 1 excluded.
    pub fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number between two.
    pub fn real(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// True with this probability.
    pub fn hits(&mut self, probability: f64) -> bool {
        probability > 0.0 && self.unit() < probability
    }

    /// A length of time between two, to the microsecond.
    pub fn span(&mut self, low: Span, high: Span) -> Span {
        let micros = |span: Span| span.nanos() / 1_000;
        Span::from_nanos(self.between(micros(low), micros(high)) * 1_000)
    }

    /// A length of time up to `most`, and often just nothing or all of it: races are at the edges.
    pub fn up_to(&mut self, most: Span) -> Span {
        match self.between(0, 3) {
            0 => Span::ZERO,
            1 | 2 => most,
            _ => self.span(Span::ZERO, most),
        }
    }

    /// So many units.
    pub fn qty(&mut self, low: i64, high: i64) -> Qty {
        Qty::from(self.between(low, high))
    }
}
