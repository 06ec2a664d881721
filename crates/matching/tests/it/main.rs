//! The venue's promises, one module each.

mod common;
mod fees_and_impact;
mod poisson;
mod replay;
mod venue;
