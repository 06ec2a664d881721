//! An order as it goes on the wire.
//!
//! Amounts become doubles here and nowhere else, each the one nearest to its decimal and none the
//! result of arithmetic: 0.1 + 0.2 would leave as 0.30000000000000004.

use ibapi::contracts::Contract;
use ibapi::orders::{Action, Order, TimeInForce as Tif};
use polyfolio_model::{Amend, ClOrdId, NewOrder, OrdType, Price, Qty, Side, TimeInForce, convert};

/// What an order is, as far as it can be sent again with other terms.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Terms {
    pub(crate) contract: Contract,
    pub(crate) side: Side,
    pub(crate) order_qty: Qty,
    pub(crate) ord_type: OrdType,
    pub(crate) tif: TimeInForce,
    pub(crate) outside_rth: bool,
}

impl Terms {
    pub(crate) fn of(order: &NewOrder, contract: Contract, outside_rth: bool) -> Self {
        Self {
            contract,
            side: order.side,
            order_qty: order.order_qty,
            ord_type: order.ord_type,
            tif: order.time_in_force,
            outside_rth,
        }
    }

    /// As the gateway shows an order; none for one of a kind that is not ours.
    pub(crate) fn shown(contract: &Contract, order: &Order) -> Option<Self> {
        let side = match order.action {
            Action::Buy => Side::Buy,
            Action::Sell => Side::Sell,
            _ => return None,
        };
        let limit = || order.limit_price.and_then(convert::price);
        let trigger = || order.aux_price.and_then(convert::price);
        let ord_type = match order.order_type.as_str() {
            "MKT" | "MOC" => OrdType::Market,
            "LMT" | "LOC" => OrdType::Limit(limit()?),
            "STP" => OrdType::Stop(trigger()?),
            "STP LMT" => OrdType::StopLimit {
                trigger: trigger()?,
                limit: limit()?,
            },
            _ => return None,
        };
        let tif = match (order.order_type.as_str(), &order.tif) {
            ("MOC" | "LOC", Tif::Day) => TimeInForce::AtTheClose,
            (_, Tif::Day) => TimeInForce::Day,
            (_, Tif::GoodTillCanceled) => TimeInForce::GoodTillCancel,
            (_, Tif::ImmediateOrCancel) => TimeInForce::ImmediateOrCancel,
            _ => return None,
        };
        Some(Self {
            contract: contract.clone(),
            side,
            order_qty: convert::qty(order.total_quantity)?,
            ord_type,
            tif,
            outside_rth: order.outside_rth,
        })
    }

    /// With new terms. A price that the order does not have is not changed: a market order has no
    /// limit, and no trigger.
    pub(crate) fn amended(&self, amend: Amend) -> Self {
        let amend = Amend {
            price: amend.price.filter(|_| self.limit().is_some()),
            trigger: amend.trigger.filter(|_| self.trigger().is_some()),
            ..amend
        };
        Self {
            order_qty: amend.order_qty,
            ord_type: self.ord_type.amended(&amend).unwrap_or(self.ord_type),
            ..self.clone()
        }
    }

    /// The limit, when there is one.
    pub(crate) fn limit(&self) -> Option<Price> {
        self.ord_type.limit()
    }

    /// The price that it waits for, when it waits for one.
    pub(crate) fn trigger(&self) -> Option<Price> {
        self.ord_type.trigger()
    }

    /// IB's word for what it is. An order for the close is a kind of its own there.
    fn order_type(&self) -> &'static str {
        let is_for_close = self.tif == TimeInForce::AtTheClose;
        match self.ord_type {
            OrdType::Market if is_for_close => "MOC",
            OrdType::Limit(_) if is_for_close => "LOC",
            OrdType::Market => "MKT",
            OrdType::Limit(_) => "LMT",
            OrdType::Stop(_) => "STP",
            OrdType::StopLimit { .. } => "STP LMT",
        }
    }

    /// The order for the wire.
    pub(crate) fn order(&self, id: ClOrdId, account: &str) -> Order {
        Order {
            action: match self.side {
                Side::Buy => Action::Buy,
                Side::Sell => Action::Sell,
            },
            total_quantity: convert::qty_f64(self.order_qty),
            order_type: self.order_type().to_owned(),
            limit_price: self.limit().map(convert::price_f64),
            aux_price: self.trigger().map(convert::price_f64),
            tif: match self.tif {
                TimeInForce::Day | TimeInForce::AtTheClose => Tif::Day,
                TimeInForce::GoodTillCancel => Tif::GoodTillCanceled,
                TimeInForce::ImmediateOrCancel => Tif::ImmediateOrCancel,
            },
            outside_rth: self.outside_rth,
            account: account.to_owned(),
            order_ref: id.to_string(),
            // Left out, an order is held back.
            transmit: true,
            ..Order::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn id() -> ClOrdId {
        "deadbeef000000010000000200000003".parse().unwrap()
    }

    fn terms(qty: &str, ord_type: OrdType, tif: TimeInForce) -> Terms {
        Terms {
            contract: Contract::stock("AAA").build(),
            side: Side::Sell,
            order_qty: qty.parse().unwrap(),
            ord_type,
            tif,
            outside_rth: true,
        }
    }

    #[test]
    fn an_order_carries_our_id_its_account_and_its_transmission() {
        let price = "99.95".parse().unwrap();
        let terms = terms("0.3", OrdType::Limit(price), TimeInForce::GoodTillCancel);
        let order = terms.order(id(), "DU1");
        assert_eq!(order.order_ref, id().to_string());
        assert_eq!(order.account, "DU1");
        assert!(order.transmit && order.outside_rth);
        assert_eq!(order.total_quantity, 0.3);
        assert_eq!(order.limit_price, Some(99.95));
        assert_eq!(order.order_type, "LMT");
        assert_eq!(order.tif, Tif::GoodTillCanceled);
        assert_eq!(order.action, Action::Sell);
    }

    #[test]
    fn what_the_gateway_shows_reads_back() {
        for tif in [
            TimeInForce::Day,
            TimeInForce::GoodTillCancel,
            TimeInForce::ImmediateOrCancel,
        ] {
            for ord_type in [
                OrdType::Market,
                OrdType::Limit(Price::from(7)),
                OrdType::Stop(Price::from(6)),
                stop_limit(),
            ] {
                let terms = terms("12", ord_type, tif);
                let order = terms.order(id(), "DU1");
                assert_eq!(Terms::shown(&terms.contract, &order), Some(terms.clone()));
            }
        }
        for (ord_type, name) in [
            (OrdType::Market, "MOC"),
            (OrdType::Limit(Price::from(7)), "LOC"),
        ] {
            let terms = terms("12", ord_type, TimeInForce::AtTheClose);
            let order = terms.order(id(), "DU1");
            assert_eq!((order.order_type.as_str(), &order.tif), (name, &Tif::Day));
            assert_eq!(Terms::shown(&terms.contract, &order), Some(terms.clone()));
        }
        for odd in ["STP", "TRAIL"] {
            let without_price = Order {
                order_type: odd.into(),
                ..Order::default()
            };
            assert_eq!(Terms::shown(&Contract::default(), &without_price), None);
        }
    }

    fn stop_limit() -> OrdType {
        OrdType::StopLimit {
            trigger: Price::from(6),
            limit: Price::from(7),
        }
    }

    #[test]
    fn a_stop_leaves_with_its_trigger_and_may_get_another() {
        let order = terms("12", stop_limit(), TimeInForce::Day).order(id(), "DU1");
        assert_eq!(order.order_type, "STP LMT");
        assert_eq!((order.limit_price, order.aux_price), (Some(7.0), Some(6.0)));
        let amend = Amend {
            order_qty: Qty::from(9),
            price: Some(Price::from(8)),
            trigger: Some(Price::from(5)),
        };
        let amended = terms("12", stop_limit(), TimeInForce::Day).amended(amend);
        assert_eq!(amended.limit(), Some(Price::from(8)));
        assert_eq!(amended.trigger(), Some(Price::from(5)));
        let stop = terms("12", OrdType::Stop(Price::from(6)), TimeInForce::Day).amended(amend);
        assert_eq!(stop.ord_type, OrdType::Stop(Price::from(5)));
    }

    #[test]
    fn new_terms_are_totals_and_a_market_order_stays_one() {
        let price = Price::from(5);
        let amend = Amend {
            order_qty: Qty::from(9),
            price: Some(price),
            trigger: None,
        };
        let market = terms("12", OrdType::Market, TimeInForce::Day).amended(amend);
        assert_eq!((market.order_qty, market.limit()), (Qty::from(9), None));
        let limit = terms("12", OrdType::Limit(Price::from(4)), TimeInForce::Day);
        assert_eq!(limit.amended(amend).limit(), Some(price));
    }

    proptest! {
        /// Any amount of up to 15 digits reaches the gateway as it was decided.
        #[test]
        fn amounts_leave_as_the_nearest_double(mantissa in 1..999_999_999_999_999_i64, scale in 5..9_u32) {
            let amount = rust_decimal::Decimal::new(mantissa, scale);
            let terms = Terms { order_qty: Qty::new(amount), ..terms("1", OrdType::Limit(Price::new(amount)), TimeInForce::Day) };
            let order = terms.order(id(), "");
            let nearest: f64 = amount.to_string().parse().unwrap();
            prop_assert_eq!(order.total_quantity.to_bits(), nearest.to_bits());
            prop_assert_eq!(convert::qty(order.total_quantity), Some(Qty::new(amount)));
            prop_assert_eq!(order.limit_price.and_then(convert::price), terms.limit());
        }
    }
}
