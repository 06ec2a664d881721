//! Everything at once, at one price.
//!
//! Without a price of its own it takes the mid at the parent's arrival, rounded to the passive
//! side: that price is part of the parent, so a restart quotes it again.

use polyfolio_model::{OrdType, Price, Quote, Ts};

use crate::algo::{Decision, ExecutionAlgo, ExecutionError, ParentView, Reason};

#[derive(Debug)]
pub(crate) struct Limit {
    price: Option<Price>,
}

impl Limit {
    pub(crate) fn new(price: Option<Price>) -> Result<Self, ExecutionError> {
        match price {
            Some(price) if !price.is_positive() => Err(ExecutionError::Price(price)),
            price => Ok(Self { price }),
        }
    }
}

impl ExecutionAlgo for Limit {
    fn decide(&mut self, parent: &ParentView<'_>, quote: Option<&Quote>, now: Ts) -> Decision {
        if let Some(idle) = parent.outside(now) {
            return idle;
        }
        let wake_at = Some(parent.deadline);
        let priced = parent.fresh(quote, now).and_then(|_| {
            let price = self.price.or(parent.arrival_mid);
            let price = price.ok_or(Reason::NoArrivalPrice)?;
            parent.bounded(price).ok_or(Reason::NoAnswer)
        });
        match priced {
            Err(reason) => Decision::Wait { wake_at, reason },
            Ok((price, at_limit)) => Decision::Work {
                open_qty: parent.remaining(),
                ord_type: OrdType::Limit(price),
                wake_at,
                reason: if at_limit {
                    Reason::AtLimit
                } else {
                    Reason::FixedPrice
                },
            },
        }
    }
}
