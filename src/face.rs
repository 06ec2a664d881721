//! What a person sees: how numbers, tables and emphasis look, and the pages made of them. Pure
//! functions to text; they decide nothing and write nowhere. How wide a page is, is looked at once.

pub mod amount;
pub mod drill_text;
mod narrow;
pub mod next_step;
pub mod number;
pub mod page;
pub mod plan_text;
pub mod progress;
pub mod recovery_text;
pub mod run_table;
pub mod sheet_text;
pub mod slippage_text;
pub mod stopped_text;
pub mod story_text;
mod style;
mod table;
pub mod wrap;

pub use narrow::fit;
pub use number::{
    count, grouped, money, percent, price, quantity, sentence, signed_money, significant,
};
pub use style::Style;
pub use table::{Align, Table};
