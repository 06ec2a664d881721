//! The fold of a journal: any records that can be decoded, in any order.

use polyfolio_model::{InstrumentId, Qty, Side};
use polyfolio_oms::{Book, Record, invariants};

/// The bytes are lines; those that are records are folded, and the others passed over.
pub fn run(data: &[u8]) {
    let lines = data.split(|byte| *byte == b'\n');
    let records: Vec<Record> = lines
        .filter_map(|line| Record::decode("fuzzed", 1, line).ok())
        .collect();
    let deployment = records.iter().find_map(deployment_of).unwrap_or(1);
    let book = fold(deployment, &records);
    asked(&book);
    let state = bytes_of(&book);
    let again: Vec<Record> = records.iter().map(rewritten).collect();
    assert!(
        state == bytes_of(&fold(deployment, &again)),
        "a replay of what was written gives another state"
    );
}

fn deployment_of(record: &Record) -> Option<u32> {
    match record {
        Record::Intent(intent) => Some(intent.order.cl_ord_id.deployment),
        _ => None,
    }
}

fn fold(deployment: u32, records: &[Record]) -> Book {
    let mut book = Book::new(deployment);
    for record in records {
        book.apply(record);
    }
    book
}

fn rewritten(record: &Record) -> Record {
    super::record::comes_back(record);
    record.clone()
}

fn bytes_of(book: &Book) -> Vec<u8> {
    match serde_json::to_vec(book) {
        Ok(bytes) => bytes,
        Err(error) => panic!("the book cannot be written: {error}"),
    }
}

/// Every question that is asked of a book has an answer, and the answers agree.
fn asked(book: &Book) {
    let _ = (book.next_run(), book.next_request(), book.trading());
    let _ = (book.run_start(), book.active_instruments());
    invariants::check(book, book.parents().keys().copied());
    let open = book.children().filter(|child| child.is_open()).count();
    assert_eq!(
        open,
        book.open_children().count(),
        "the index of open orders"
    );
    let flight = book.in_flight();
    let instruments: Vec<&InstrumentId> =
        flight.working.keys().chain(flight.unknown.keys()).collect();
    for child in book.children() {
        let others = book.in_flight_of(&child.order.instrument, child.id());
        let all: Qty = Side::Buy.signed(others.buy) + Side::Sell.signed(others.sell);
        assert!(all.is_zero() || instruments.contains(&&child.order.instrument));
    }
    for (id, parent) in book.parents() {
        let _ = (parent.remaining(), book.is_from_before_a_loss(*id));
        let open = book.open_children_of(*id).count();
        assert!(open <= book.children_of(*id).count());
    }
    let held = book.ledger().positions();
    assert!(held.values().all(|quantity| !quantity.is_zero()));
    let _ = book.ledger().cash();
}
