//! What a venue refuses, and under which reason. A zero disables a rule.

use polyfolio_model::{Instrument, Money, OrdType, Price, Qty, RejectReason};
use rust_decimal::Decimal;

/// Why an order or its new terms are refused, for the machine and for a person.
pub(crate) type Refusal = (RejectReason, String);

/// Whether quantity and prices obey the instrument's rules. `mid` values a market order, its
/// trigger a stop.
pub(crate) fn check(
    instrument: &Instrument,
    quantity: Qty,
    ord_type: OrdType,
    mid: Price,
) -> Result<(), Refusal> {
    let (price, trigger) = (ord_type.limit(), ord_type.trigger());
    above_zero(quantity, price)?;
    check_trigger(instrument, trigger)?;
    if !quantity.is_in_lots(instrument.lot) {
        let text = format!("quantity {quantity} is not in lots of {}", instrument.lot);
        return Err((RejectReason::Lot, text));
    }
    if let Some(price) = price.filter(|p| !p.is_on_grid(instrument.tick)) {
        let text = format!("price {price} is not on the grid of {}", instrument.tick);
        return Err((RejectReason::Tick, text));
    }
    let least = instrument.min_notional;
    match notional(quantity, price.or(trigger).unwrap_or(mid)) {
        None => Err((
            RejectReason::Other,
            format!("quantity {quantity} is beyond what can be valued"),
        )),
        Some(value) if value < least => {
            let text = format!("value {value} is below the least of {least}");
            Err((RejectReason::MinNotional, text))
        }
        Some(_) => Ok(()),
    }
}

fn above_zero(quantity: Qty, price: Option<Price>) -> Result<(), Refusal> {
    if !quantity.is_positive() {
        let text = format!("quantity {quantity} is not above zero");
        return Err((RejectReason::Other, text));
    }
    match price.filter(|p| !p.is_positive()) {
        Some(price) => Err((
            RejectReason::Other,
            format!("price {price} is not above zero"),
        )),
        None => Ok(()),
    }
}

fn check_trigger(instrument: &Instrument, trigger: Option<Price>) -> Result<(), Refusal> {
    let Some(trigger) = trigger else {
        return Ok(());
    };
    if !trigger.is_positive() || !trigger.is_in_bounds() {
        let text = format!(
            "trigger {trigger} is not above zero and at most {}",
            Price::MAX
        );
        return Err((RejectReason::Other, text));
    }
    if !trigger.is_on_grid(instrument.tick) {
        let text = format!(
            "trigger {trigger} is not on the grid of {}",
            instrument.tick
        );
        return Err((RejectReason::Tick, text));
    }
    Ok(())
}

/// The most that an order may be worth, and its quantity and price may be, so that no sum of the
/// account leaves the decimals' range.
const MOST: i64 = 1_000_000_000_000_000;

fn notional(quantity: Qty, price: Price) -> Option<Money> {
    let value = quantity.get().checked_mul(price.get())?;
    let most = Decimal::from(MOST);
    let fits = [value, quantity.get(), price.get()]
        .iter()
        .all(|v| *v <= most);
    fits.then(|| Money::new(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_rule(lot: &str, quantity: &str, price: &str, expect: Option<RejectReason>) {
        let instrument = Instrument {
            id: "X".into(),
            tick: "0.01".parse().unwrap(),
            lot: lot.parse().unwrap(),
            min_notional: Money::from(10),
            currency: "USD".into(),
        };
        let ord_type = match price {
            "market" => OrdType::Market,
            // Also what no reader lets in.
            price => OrdType::Limit(Price::new(price.parse().unwrap())),
        };
        let said = check(
            &instrument,
            Qty::new(quantity.parse().unwrap()),
            ord_type,
            Price::from(5),
        );
        assert_eq!(said.err().map(|r| r.0), expect, "{quantity} at {price}");
    }

    #[test]
    fn each_rule_has_its_reason() {
        check_rule("1", "2", "5", None);
        check_rule("1", "2", "market", None);
        check_rule("1", "1", "market", Some(RejectReason::MinNotional));
        check_rule("1", "1", "9.99", Some(RejectReason::MinNotional));
        check_rule("1", "2.5", "5", Some(RejectReason::Lot));
        check_rule("0", "2.5", "5", None);
        check_rule("1", "2", "5.001", Some(RejectReason::Tick));
        check_rule("1", "0", "5", Some(RejectReason::Other));
        check_rule("1", "-2", "5", Some(RejectReason::Other));
        check_rule("1", "2", "0", Some(RejectReason::Other));
        check_rule("1", "2", "-1.04", Some(RejectReason::Other));
        let huge = "79228162514264337593543950335";
        check_rule("1", huge, huge, Some(RejectReason::Other));
        check_rule(
            "0",
            "0.0000000000000000001",
            huge,
            Some(RejectReason::Other),
        );
        check_rule("1", huge, "5", Some(RejectReason::Other));
    }
}
