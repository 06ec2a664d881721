//! The reason that an instrument stops for when nobody can say what became of an order, and the
//! order that a reason names.

use polyfolio_model::ClOrdId;

const FATE_OF: &str = "the fate of order ";

/// Why an instrument stops for an order that no list can prove.
pub(crate) fn in_doubt(id: ClOrdId, why: &str) -> String {
    format!("{FATE_OF}{id} is unknown: {why}")
}

/// The order of which a person has to say what became, when that is why an instrument stopped.
pub fn order_in_doubt(reason: &str) -> Option<ClOrdId> {
    let (id, _) = reason.strip_prefix(FATE_OF)?.split_once(" is unknown: ")?;
    id.parse().ok()
}
