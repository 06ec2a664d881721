//! Orders as tests of a venue write them: in one line.

use polyfolio_model::{ClOrdId, NewOrder, OrdType, Side, TimeInForce};

/// The id of a child of the first parent of the first run.
pub fn cl_ord_id(deployment: u32, child: u32) -> ClOrdId {
    ClOrdId {
        deployment,
        run: 1,
        parent: 1,
        child,
    }
}

/// An order for the day; its price is a limit, or `market`.
///
/// # Panics
/// The price is neither.
pub fn order(id: ClOrdId, symbol: &str, side: Side, quantity: i64, price: &str) -> NewOrder {
    #[expect(clippy::expect_used, reason = "a test that cannot go on should stop")]
    let ord_type = match price {
        "market" => OrdType::Market,
        price => OrdType::Limit(price.parse().expect("a price")),
    };
    NewOrder {
        cl_ord_id: id,
        instrument: symbol.into(),
        side,
        order_qty: quantity.into(),
        ord_type,
        time_in_force: TimeInForce::Day,
    }
}
