//! Orders at the venue, as far as we know.

use std::collections::BTreeMap;

use polyfolio_model::{
    ClOrdId, InstrumentId, OrdStatus, ParentId, Price, Qty, Side, SleeveId, Ts, VenueOrderId,
};
use polyfolio_oms::child::Gone;
use polyfolio_oms::{Book, Child};
use serde::{Deserialize, Serialize};

use crate::cost::rounded;

/// The orders of the last run, those of any run that may still trade, those of which a person has
/// to say what became, and those that are on record as never having been.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Orders {
    /// In the order they were made.
    pub orders: Vec<OrderLine>,
}

/// One order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    /// Our id.
    pub cl_ord_id: ClOrdId,
    /// For which parent.
    pub parent: ParentId,
    /// What.
    pub symbol: InstrumentId,
    /// Which way.
    pub side: Side,
    /// How much.
    pub order_qty: Qty,
    /// How much has filled.
    pub cum_qty: Qty,
    /// How much still works; all of it while its fate is not known.
    pub leaves_qty: Qty,
    /// The limit; none for a market order.
    pub price: Option<Price>,
    /// The price that a stop waits for, or waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<Price>,
    /// The mean price of what has filled.
    pub avg_px: Option<Price>,
    /// As the venue's facts add up.
    pub status: OrdStatus,
    /// Sent, and no evidence of it yet.
    pub unknown: bool,
    /// How it is certain not to exist, when it is.
    pub gone: Option<String>,
    /// The venue's id, once learned.
    pub venue_id: Option<VenueOrderId>,
    /// When it was last decided to send it.
    pub decided: Ts,
    /// What each sleeve got of what has filled; together `cum_qty`.
    pub sleeves: BTreeMap<SleeveId, Qty>,
}

impl Orders {
    /// The orders of a book.
    pub fn of(book: &Book) -> Self {
        let last = book.run().map(|run| run.planned.run.0);
        let is_shown = |child: &&Child| {
            let may_trade = child.is_unknown() || child.is_working();
            let is_absent = child.gone == Some(Gone::Absent);
            Some(child.id().run) == last || may_trade || is_absent || book.is_in_doubt(child.id())
        };
        let orders = book.children().filter(is_shown).map(line).collect();
        Self { orders }
    }
}

fn line(child: &Child) -> OrderLine {
    let gone = child.gone.map(|gone| match gone {
        Gone::NotSent => "not_sent".to_owned(),
        Gone::Absent => "absent".to_owned(),
    });
    OrderLine {
        cl_ord_id: child.id(),
        parent: child.id().parent_id(),
        symbol: child.order.instrument.clone(),
        side: child.order.side,
        order_qty: child.state.order_qty(),
        cum_qty: child.cum_qty(),
        leaves_qty: if gone.is_some() {
            Qty::ZERO
        } else {
            child.state.leaves_qty()
        },
        price: child.order.ord_type.limit(),
        trigger: child.order.ord_type.trigger(),
        avg_px: child.state.avg_px().map(|mean| rounded(mean.get())),
        status: child.status(),
        unknown: child.is_unknown(),
        gone,
        venue_id: child.venue_id.clone(),
        decided: child.decided,
        sleeves: sleeves(child),
    }
}

fn sleeves(child: &Child) -> BTreeMap<SleeveId, Qty> {
    let mut got: BTreeMap<SleeveId, Qty> = BTreeMap::new();
    for share in child.shares.values().flatten() {
        *got.entry(share.sleeve.clone()).or_default() += child.order.side.signed(share.quantity);
    }
    got.retain(|_, quantity| !quantity.is_zero());
    got
}
