//! Which order a message speaks of.

use polyfolio_model::ClOrdId;

use super::Heard;
use crate::ids::Ids;
use crate::notice::{IbNotice, Level};

/// What a message calls an order.
pub(super) struct Who<'a> {
    pub(super) order_ref: &'a str,
    /// Zero for none.
    pub(super) perm_id: i64,
    /// Of our client.
    pub(super) order_id: Option<i32>,
}

pub(super) enum Found {
    Order(ClOrdId),
    /// Not one of ours.
    Foreign,
    /// The names are those of different orders of ours.
    Torn(String),
}

impl Found {
    pub(super) fn told(self) -> Vec<Heard> {
        match self {
            Found::Torn(text) => vec![Heard::Tell(IbNotice::new(Level::Break, text))],
            _ => vec![],
        }
    }
}

impl Who<'_> {
    /// F16, F17: order ids are used again by other sessions, so they are believed last, and never
    /// against IB's own id.
    pub(super) fn find(&self, ids: &Ids) -> Found {
        if let Ok(id) = self.order_ref.parse() {
            return Found::Order(id);
        }
        if !self.order_ref.is_empty() {
            return Found::Foreign;
        }
        let perm_id = Some(self.perm_id).filter(|id| *id > 0);
        if let Some(id) = perm_id.and_then(|id| ids.by_perm_id(id)) {
            return Found::Order(id);
        }
        let by_order_id = self.order_id.and_then(|id| ids.by_order_id(id));
        let Some(id) = by_order_id else {
            return Found::Foreign;
        };
        let known = ids.of(id).and_then(|names| names.perm_id);
        match (known, perm_id) {
            (Some(known), Some(perm_id)) if known != perm_id => Found::Torn(format!(
                "IB speaks of order id {} as its order {perm_id}, which is not order {id} (IB's {known}): ignored",
                self.order_id.unwrap_or_default()
            )),
            _ => Found::Order(id),
        }
    }

    pub(super) fn names(&self, id: ClOrdId, ids: &Ids) -> Vec<Heard> {
        let mut heard = Vec::new();
        if self.perm_id > 0 && ids.by_perm_id(self.perm_id) != Some(id) {
            heard.push(Heard::Perm(id, self.perm_id));
        }
        let shown = self.order_id.filter(|order_id| *order_id > 0);
        match shown.map(|order_id| (order_id, ids.by_order_id(order_id))) {
            Some((order_id, None)) => heard.push(Heard::OrderId(id, order_id)),
            Some((order_id, Some(other))) if other != id => {
                let text = format!("IB shows it as order id {order_id}, which is order {other}'s");
                let notice = IbNotice::new(Level::Break, text).of_order(id);
                heard.push(Heard::Tell(notice));
            }
            _ => {}
        }
        heard
    }
}
