//! Amounts of money.

use crate::number::decimal_newtype;

decimal_newtype! {
    /// An amount in one currency; which one is said beside it (the book has one base currency).
    Money, "amount of money", 28
}
