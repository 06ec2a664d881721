//! One order as the gateway knows it, and as it tells of it.

use chrono::NaiveDate;
use polyfolio_model::convert::{money_f64, price_f64};
use polyfolio_model::{ClOrdId, Money, OrdType, Price, Qty, Side, TimeInForce, Ts};

use super::holdings;
use crate::tws::messages as wire;

/// Permanent ids are this and the count of the order.
const PERM_BASE: i64 = 1_900_000_000;

/// How an order stands, in IB's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    PendingSubmit,
    /// Held until its trigger is reached.
    PreSubmitted,
    Submitted,
    PendingCancel,
    Cancelled,
    Filled,
    Inactive,
}

impl Status {
    pub(super) fn text(self) -> &'static str {
        match self {
            Status::PendingSubmit => "PendingSubmit",
            Status::PreSubmitted => "PreSubmitted",
            Status::Submitted => "Submitted",
            Status::PendingCancel => "PendingCancel",
            Status::Cancelled => "Cancelled",
            Status::Filled => "Filled",
            Status::Inactive => "Inactive",
        }
    }
}

/// What was asked for: an order apart from its fate.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Terms {
    /// The place of its stock in the configuration.
    pub(super) stock: usize,
    pub(super) side: Side,
    pub(super) quantity: Qty,
    pub(super) ord_type: OrdType,
    pub(super) tif: TimeInForce,
    pub(super) order_ref: Option<String>,
    pub(super) outside_rth: Option<bool>,
}

/// An order's end.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ended {
    pub(super) time: Ts,
    /// The trading day.
    pub(super) day: NaiveDate,
    /// What a person reads of it.
    pub(super) text: String,
}

/// An order and its fate. It is the client's by `client_id` and `order_id`, and itself by its
/// number.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    /// Counted from 1 over all clients.
    pub(super) number: u32,
    pub(super) client_id: i32,
    pub(super) order_id: i32,
    pub(super) terms: Terms,
    pub(super) status: Status,
    pub(super) filled: Qty,
    pub(super) value: Money,
    pub(super) last_px: Option<Price>,
    pub(super) fees: Money,
    /// How it ended, if it has.
    pub(super) ended: Option<Ended>,
}

impl Entry {
    pub(super) fn perm_id(&self) -> i64 {
        PERM_BASE + i64::from(self.number)
    }

    /// The market's name for it: the gateway's own count, whatever the client calls it.
    pub(super) fn cl_ord_id(&self) -> ClOrdId {
        name_of(self.number)
    }

    pub(super) fn is_open(&self) -> bool {
        use Status as S;
        matches!(
            self.status,
            S::PendingSubmit | S::PreSubmitted | S::Submitted | S::PendingCancel
        )
    }

    pub(super) fn remaining(&self) -> Qty {
        self.terms.quantity - self.filled
    }

    /// Ends it.
    pub(super) fn end(&mut self, status: Status, ended: Ended) {
        self.status = status;
        self.ended = Some(ended);
    }

    pub(super) fn average(&self) -> f64 {
        price_f64(Price::new(holdings::average(self.value, self.filled)))
    }

    /// The order as it is told again.
    pub(super) fn order(&self, account: &str) -> wire::Order {
        let terms = &self.terms;
        wire::Order {
            client_id: Some(self.client_id),
            order_id: Some(self.order_id),
            perm_id: Some(self.perm_id()),
            action: Some(terms.side.to_string()),
            total_quantity: Some(terms.quantity.to_string()),
            order_type: Some(type_text(terms.ord_type, terms.tif).into()),
            lmt_price: terms.ord_type.limit().map(price_f64),
            aux_price: terms.ord_type.trigger().map(price_f64),
            tif: Some(tif_text(terms.tif).into()),
            account: Some(account.to_owned()),
            outside_rth: terms.outside_rth,
            order_ref: terms.order_ref.clone(),
            transmit: Some(true),
            filled_quantity: Some(self.filled.to_string()),
            ..wire::Order::default()
        }
    }

    /// As an ended order is told: without its order id, and with the part that did not fill as its
    /// quantity.
    pub(super) fn completed(&self, account: &str) -> wire::Order {
        wire::Order {
            order_id: None,
            total_quantity: Some(self.remaining().to_string()),
            ..self.order(account)
        }
    }

    pub(super) fn state(&self, currency: &str) -> wire::OrderState {
        let is_charged = !self.filled.is_zero();
        let ended = self.ended.as_ref();
        wire::OrderState {
            status: Some(self.status.text().into()),
            commission_and_fees: is_charged.then(|| money_f64(self.fees)),
            commission_and_fees_currency: is_charged.then(|| currency.to_owned()),
            completed_time: ended.map(|end| time_text(end.time)),
            completed_status: ended.map(|end| end.text.clone()),
            ..wire::OrderState::default()
        }
    }

    pub(super) fn status(&self) -> wire::OrderStatus {
        wire::OrderStatus {
            order_id: Some(self.order_id),
            status: Some(self.status.text().into()),
            filled: Some(self.filled.to_string()),
            remaining: Some(self.remaining().to_string()),
            avg_fill_price: Some(self.average()),
            perm_id: Some(self.perm_id()),
            parent_id: Some(0),
            last_fill_price: Some(self.last_px.map_or(0.0, price_f64)),
            client_id: Some(self.client_id),
            why_held: (self.status == Status::PreSubmitted).then(|| "trigger".into()),
            mkt_cap_price: Some(0.0),
        }
    }
}

/// The market's name for the order of a number.
pub(super) fn name_of(number: u32) -> ClOrdId {
    ClOrdId {
        deployment: 0,
        run: 0,
        parent: 0,
        child: number,
    }
}

/// A time as executions and completed orders tell it.
pub(super) fn time_text(time: Ts) -> String {
    time.datetime().format("%Y%m%d %H:%M:%S UTC").to_string()
}

/// What is at the close by its time in force is a type of its own here.
fn type_text(ord_type: OrdType, tif: TimeInForce) -> &'static str {
    let at_the_close = tif == TimeInForce::AtTheClose;
    match ord_type {
        OrdType::Market if at_the_close => "MOC",
        OrdType::Market => "MKT",
        OrdType::Limit(_) if at_the_close => "LOC",
        OrdType::Limit(_) => "LMT",
        OrdType::Stop(_) => "STP",
        OrdType::StopLimit { .. } => "STP LMT",
    }
}

fn tif_text(tif: TimeInForce) -> &'static str {
    match tif {
        TimeInForce::Day | TimeInForce::AtTheClose => "DAY",
        TimeInForce::GoodTillCancel => "GTC",
        TimeInForce::ImmediateOrCancel => "IOC",
    }
}
