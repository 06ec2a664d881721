//! Whether a book adds up.

use std::collections::BTreeMap;

use polyfolio_model::{ClOrdId, Money, Qty};

use super::Book;

/// An account that is not the sum of its fills.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BookBreak {
    /// Cash is not opening cash less what was paid.
    #[error("cash is {have}, the fills add up to {expect}")]
    Cash {
        /// The account's.
        have: Money,
        /// The sum.
        expect: Money,
    },
    /// Fees are not the sum of the fills' fees.
    #[error("fees are {have}, the fills add up to {expect}")]
    Fees {
        /// The account's.
        have: Money,
        /// The sum.
        expect: Money,
    },
    /// Positions are not the opening ones and the fills.
    #[error("the positions are not those that the fills add up to")]
    Positions,
    /// An order's filled quantity is not the sum of its fills, or beyond the order.
    #[error("order {0} has filled {1} of {2}, which its fills do not say")]
    Order(ClOrdId, Qty, Qty),
}

impl Book {
    /// Whether the account is the sum of its fills, and every order that is listed of its own.
    pub fn audit(&self) -> Result<(), BookBreak> {
        let mut sum = self.account_before.clone();
        let mut by_order: BTreeMap<ClOrdId, Qty> = BTreeMap::new();
        for booked in &self.fills {
            sum.book(&booked.instrument, booked.side, &booked.fill, booked.time);
            *by_order.entry(booked.cl_ord_id).or_default() += booked.fill.last_qty;
        }
        let (have, expect) = (self.account.cash, sum.cash);
        if have != expect {
            return Err(BookBreak::Cash { have, expect });
        }
        let (have, expect) = (self.account.fees, sum.fees);
        if have != expect {
            return Err(BookBreak::Fees { have, expect });
        }
        if self.account.positions != sum.positions {
            return Err(BookBreak::Positions);
        }
        for (id, record) in &self.orders {
            let filled = by_order.get(id).copied().unwrap_or_default();
            let total = record.order.order_qty;
            if filled != record.cum_qty || filled > total.max(Qty::ZERO) {
                return Err(BookBreak::Order(*id, record.cum_qty, total));
            }
        }
        Ok(())
    }
}
