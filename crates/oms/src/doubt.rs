//! The reasons that an instrument stops for when a person has to look at one order: nobody can say
//! what became of it, or it works and no cancel of it has an effect. Both name the order, and both
//! are over when evidence tells of its end.

use polyfolio_model::ClOrdId;

const FATE_OF: &str = "the fate of order ";
const UNKNOWN: &str = " is unknown: ";
const ORDER: &str = "order ";
const WORKS_ON: &str = " works and cannot be canceled: ";

/// Why an instrument stops for an order that no list can prove.
pub(crate) fn in_doubt(id: ClOrdId, why: &str) -> String {
    format!("{FATE_OF}{id}{UNKNOWN}{why}")
}

/// Why an instrument stops for an order that the broker does not let go of.
pub(crate) fn works_on(id: ClOrdId, why: &str) -> String {
    format!("{ORDER}{id}{WORKS_ON}{why}")
}

/// The order that a person has to look at, when that is why an instrument stopped.
pub fn order_in_doubt(reason: &str) -> Option<ClOrdId> {
    let fate = named(reason, FATE_OF, UNKNOWN);
    fate.or_else(|| order_that_works_on(reason))
}

/// The order that a person has to cancel at the broker, when that is why an instrument stopped.
pub fn order_that_works_on(reason: &str) -> Option<ClOrdId> {
    named(reason, ORDER, WORKS_ON)
}

fn named(reason: &str, before: &str, behind: &str) -> Option<ClOrdId> {
    let (id, _) = reason.strip_prefix(before)?.split_once(behind)?;
    id.parse().ok()
}
