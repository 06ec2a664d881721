//! Bars of the past and bars as they come, as far as they can be decided without a connection: what
//! to ask for, how often, what an answer means, and when a bar is over.

mod collect;
mod ends;
mod pacing;
mod patience;
mod read;
mod roll;

pub(crate) use collect::{Collect, Piece, Stretch};
pub(crate) use ends::Ends;
pub(crate) use pacing::{HistoryPacing, Question};
pub(crate) use patience::{Patience, SILENCE_MAX};
pub(crate) use read::read;
pub(crate) use roll::Roll;
