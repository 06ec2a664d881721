//! What a market was like: bars of the past that was made up, and of the market as it moved.
//!
//! A minute is the grain of everything longer, so that bars of all sizes agree with each other.
//! Pure: what happened is a function of the closes, the seed and the market's own path, and the
//! time is an argument. Who asks, and how often that is too often, is not known here.

mod candle;
mod past;
mod query;
mod recorder;

pub(crate) use candle::{Candle, Show, clean};
pub(crate) use past::{Beginning, Past};
pub(crate) use query::{BarLength, HowFar, Query};
pub(crate) use recorder::Recorder;

use polyfolio_model::{Span, Ts};

/// The grain.
pub(crate) const MINUTE: Span = Span::from_secs(60);

/// The beginning of the stretch of a length that holds a time; stretches are counted from UTC
/// midnight.
pub(crate) fn floor(time: Ts, length: Span) -> Ts {
    Ts::from_nanos(time.nanos() - time.nanos().rem_euclid(length.nanos().max(1)))
}
