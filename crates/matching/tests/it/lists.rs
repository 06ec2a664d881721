//! What a book lists, and what it has forgotten.

use crate::common::*;
use polyfolio_matching::{Book, DONE_MAX, Happening, OrderRef, TapeEvent, Venue};
use polyfolio_model::{ExecKind, Fill, Money, RejectReason, Side, Span, Ts};

fn second(n: u32) -> Ts {
    Ts::default() + Span::from_secs(i64::from(n))
}

fn tell(book: &mut Book, at: u32, what: Happening) {
    let time = second(at);
    book.apply(&TapeEvent { time, what });
}

fn named(child: u32) -> OrderRef {
    let order = order(child, Side::Buy, 2, "100");
    OrderRef {
        cl_ord_id: order.cl_ord_id,
        venue_id: polyfolio_model::VenueOrderId::new(format!("O-{child}")),
        instrument: order.instrument,
        side: order.side,
    }
}

fn accept(book: &mut Book, at: u32) {
    let order = order(at, Side::Buy, 2, "100");
    let venue_id = named(at).venue_id;
    tell(book, at, Happening::Accepted { order, venue_id });
}

fn fill(book: &mut Book, child: u32, at: u32, quantity: i64) {
    let fill = Fill {
        exec_id: polyfolio_model::ExecId::new(format!("E-{}", book.executions() + 1)),
        last_qty: quantity.into(),
        last_px: 100.into(),
        fee: Some(Money::from(1)),
        liquidity: None,
    };
    let order = named(child);
    tell(book, at, Happening::Traded { order, fill });
}

/// One order that rests half filled, and many that fill behind it.
fn long_lived(orders: usize) -> Book {
    let mut book = Book::default();
    let (cash, positions) = (Money::from(100_000_000), Vec::new());
    tell(&mut book, 0, Happening::Opened { cash, positions });
    accept(&mut book, 1);
    fill(&mut book, 1, 1, 1);
    for child in (2..).take(orders) {
        accept(&mut book, child);
        fill(&mut book, child, child, 2);
    }
    book
}

#[test]
fn the_last_orders_that_ended_are_listed_and_the_account_is_that_of_all() {
    let book = long_lived(DONE_MAX);
    assert_eq!(book.lists_from(), None, "none is forgotten");
    assert_eq!(book.orders().count(), DONE_MAX + 1);

    let more = 500;
    let book = long_lived(DONE_MAX + more);
    assert_eq!(book.orders().count(), DONE_MAX + 1);
    assert_eq!(book.lists_from(), Some(second(1 + more as u32)));
    let open: Vec<_> = book.open_orders().map(|o| o.order.cl_ord_id).collect();
    assert_eq!(open, [id(1)], "what rests is never forgotten");
    assert_eq!(book.executions(), 1 + DONE_MAX + more);
    book.audit().unwrap();
    let held: i64 = 1 + 2 * (DONE_MAX + more) as i64;
    assert_eq!(
        book.account.positions[&order(1, Side::Buy, 1, "1").instrument],
        held.into()
    );
    let forgotten = id(2);
    assert!(book.knows(forgotten) && book.order(forgotten).is_none());
    assert!(book.restate(forgotten, second(0)).is_empty());
    assert!(!book.restate(id(3 + more as u32), second(0)).is_empty());
}

/// The resting order's fill holds back those behind it; when it ends they go.
#[test]
fn fills_go_with_their_orders() {
    let more = 500;
    let mut book = long_lived(DONE_MAX + more);
    assert_eq!(
        book.fills().len(),
        book.executions(),
        "behind the resting order's"
    );
    fill(&mut book, 1, 1, 1);
    for child in (20_000..).take(DONE_MAX) {
        accept(&mut book, child);
        fill(&mut book, child, child, 2);
    }
    assert_eq!(book.fills().len(), DONE_MAX);
    assert_eq!(book.orders().count(), DONE_MAX);
    book.audit().unwrap();
}

#[test]
fn an_id_is_taken_once_for_ever() {
    let (mut venue, _) = venue(config(1));
    let mut duplicates = |children: &[u32], from: i64| {
        let mut heard = Vec::new();
        for child in children {
            // None of them is an order: a quantity of nothing is refused.
            heard.extend(venue.apply(new(*child, Side::Buy, 0, "100"), secs(from)));
        }
        heard.extend(
            live(&mut venue, secs(from + 1))
                .into_iter()
                .map(|(_, event)| event),
        );
        let answers = kinds(&heard).into_iter();
        let reasons: Vec<_> = answers
            .filter_map(|kind| match kind {
                ExecKind::Rejected { reason, .. } => Some(reason),
                _ => None,
            })
            .collect();
        assert_eq!(reasons.len(), children.len());
        let duplicates = reasons
            .iter()
            .filter(|r| **r == RejectReason::DuplicateClOrdId);
        (duplicates.count(), venue.book().order(id(1)).is_some())
    };
    let many: Vec<u32> = (1..=DONE_MAX as u32 + 10).collect();
    assert_eq!(duplicates(&many, 1), (0, false), "the first is forgotten");
    assert_eq!(duplicates(&[1, 500, DONE_MAX as u32], 3), (3, false));
}
