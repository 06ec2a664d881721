//! What a book says of itself to somebody who asks for everything.

use std::collections::BTreeMap;

use polyfolio_matching::{Book, SyntheticVenue};
use polyfolio_model::{InstrumentId, Qty};
use polyfolio_ports::{AccountFill, Snapshot, SnapshotFailed};

/// Every order that is open, the last that ended, their fills, positions, cash and value.
pub(crate) fn snapshot(venue: &SyntheticVenue) -> Result<Snapshot, SnapshotFailed> {
    let book = venue.book();
    if !book.is_opened() {
        return Err(SnapshotFailed(
            "the paper market has no date yet".to_owned(),
        ));
    }
    let fills = book.fills().iter().map(|booked| AccountFill {
        cl_ord_id: Some(booked.cl_ord_id),
        instrument: booked.instrument.clone(),
        side: booked.side,
        time: booked.time,
        fill: booked.fill.clone(),
        replaces: None,
    });
    let positions = book.account.positions.iter();
    Ok(Snapshot {
        orders: book.orders().map(|record| record.facts()).collect(),
        fills: fills.collect(),
        positions: positions.map(|(id, q)| (id.clone(), *q)).collect(),
        cash: Some(book.account.cash),
        nav: venue.equity().ok(),
        reaches_back_to: book.lists_from(),
    })
}

/// What is held or worked: the position and the number of open orders.
pub(crate) fn in_use(book: &Book) -> BTreeMap<InstrumentId, (Qty, usize)> {
    let held = book.account.positions.iter();
    let mut uses: BTreeMap<_, _> = held.map(|(id, q)| (id.clone(), (*q, 0))).collect();
    for record in book.open_orders() {
        let instrument = record.order.instrument.clone();
        uses.entry(instrument).or_insert((Qty::ZERO, 0)).1 += 1;
    }
    uses
}
