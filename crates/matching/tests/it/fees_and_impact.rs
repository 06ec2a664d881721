//! Fees and impact against the values of the brokers' pages and the papers' formulas.

use polyfolio_matching::fees::{self, Charge, Traded};
use polyfolio_matching::{FeeModel, impact};
use polyfolio_model::{Money, Price, Qty, Side};
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::Value;

fn cases(table: &str) -> Vec<Value> {
    let data: Value = serde_json::from_str(include_str!("../data/fees-and-impact.json")).unwrap();
    let cases = data[table].as_array().unwrap().clone();
    assert!(!cases.is_empty(), "{table}");
    cases
}

fn decimal(value: &Value) -> Decimal {
    match value {
        Value::String(text) => text.parse().unwrap(),
        number => number.to_string().parse().unwrap(),
    }
}

fn float(value: &Value) -> f64 {
    match value {
        Value::String(text) => text.parse().unwrap(),
        number => number.as_f64().unwrap(),
    }
}

fn fee_table(table: &str, model: FeeModel, side: Side) {
    for case in cases(table) {
        let quantity = Qty::new(decimal(&case["q"]));
        let traded = Traded {
            side,
            quantity,
            value: Price::new(decimal(&case["p"])) * quantity,
            month: case
                .get("month")
                .map_or(Qty::ZERO, |m| Qty::new(decimal(m))),
        };
        let expect = Money::new(decimal(&case["fee"]));
        assert_eq!(model.order_fee(traded), expect, "{table}: {case}");
    }
}

#[test]
fn stock_commissions() {
    fee_table("ibkr_fixed", FeeModel::IbkrFixed, Side::Buy);
    fee_table("ibkr_tiered", FeeModel::IbkrTiered, Side::Buy);
    fee_table("us_sell_fees", FeeModel::UsSellFees, Side::Sell);
}

#[test]
fn spot_fees_come_in_what_is_received() {
    for case in cases("binance_spot") {
        let (quantity, price) = (decimal(&case["qty"]), decimal(&case["px"]));
        let side = if case["side"] == "buy" {
            Side::Buy
        } else {
            Side::Sell
        };
        let charge = fees::spot(
            side,
            Qty::new(quantity),
            Price::new(price),
            decimal(&case["rate"]),
        );
        let expect = match case["fee_asset"].as_str() {
            Some("base") => Charge::Base(Qty::new(decimal(&case["fee"]))),
            _ => Charge::Quote(Money::new(decimal(&case["fee"]))),
        };
        assert_eq!(charge, expect, "{case}");
    }
}

#[test]
fn borrowing_by_the_day() {
    for case in cases("ibkr_borrow_daily") {
        let quantity = Qty::new(decimal(&case["q"]));
        let settle = Price::new(decimal(&case["settle"]));
        let fee = fees::borrow_per_day(quantity, settle, decimal(&case["rate"]));
        let apart = (fee.get() - decimal(&case["fee"])).abs();
        assert!(apart < Decimal::new(1, 20), "{case}: {fee}");
    }
}

fn close(value: f64, expect: f64, what: &Value) {
    let apart = (value - expect).abs() / expect.abs();
    assert!(
        apart < 1e-10,
        "{what}: {value} and {expect} are {apart:e} apart"
    );
}

#[test]
fn impact_laws() {
    for case in cases("sqrt_impact") {
        let get = |key: &str| float(&case[key]);
        let value = impact::square_root(get("Y"), get("sigma_daily"), get("Q"), get("V"));
        close(value, get("impact"), &case);
    }
    for case in cases("almgren_2005") {
        let get = |key: &str| float(&case[key]);
        let law = impact::Almgren2005 {
            shares: get("X"),
            volume: get("V"),
            outstanding: get("Theta"),
            sigma: get("sigma"),
            days: get("T"),
        };
        close(law.permanent() * 1e4, get("permanent_bp"), &case);
        close(law.temporary() * 1e4, get("temporary_bp"), &case);
        close(law.realised() * 1e4, get("realised_bp"), &case);
    }
}

proptest! {
    /// However an order is cut into fills, it costs the same in all, and no fill costs less than
    /// nothing.
    #[test]
    fn an_order_costs_the_same_however_it_fills(
        cuts in prop::collection::vec(1_i64..200_000, 1..8),
        cents in 1_i64..50_000,
        month in 0_i64..4_000_000,
        side in prop_oneof![Just(Side::Buy), Just(Side::Sell)],
    ) {
        let price = Price::new(Decimal::new(cents, 2));
        for model in [FeeModel::IbkrFixed, FeeModel::IbkrTiered, FeeModel::UsSellFees] {
            let upto = |quantity: i64| model.order_fee(Traded {
                side,
                quantity: Qty::from(quantity),
                value: price * Qty::from(quantity),
                month: Qty::from(month),
            });
            let (mut filled, mut paid) = (0, Money::ZERO);
            for cut in &cuts {
                filled += cut;
                let fee = upto(filled) - paid;
                prop_assert!(!fee.is_negative(), "{model:?}: {fee}");
                paid += fee;
            }
            prop_assert_eq!(paid, upto(cuts.iter().sum()));
        }
    }
}
