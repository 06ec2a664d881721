//! How numbers, tables and emphasis look. Knows nothing of what they mean.

pub mod number;
mod style;
mod table;

pub use number::{grouped, money, percent, quantity, signed_money, significant};
pub use style::Style;
pub use table::{Align, Table};
