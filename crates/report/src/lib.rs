//! What a run leaves behind, and pictures.

pub mod quote_plot;
