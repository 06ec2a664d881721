//! Amounts beside others: with their sign, or without digits that nobody reads.

use polyfolio_model::{Money, Qty};
use polyfolio_portfolio::Units;
use rust_decimal::{Decimal, RoundingStrategy};

use super::number::grouped;

/// Places of a quantity that anybody reads.
const PLACES: u32 = 4;

/// Money in whole units, for a column of large amounts: `300,000`.
pub fn whole_money(amount: Money) -> String {
    let whole = amount
        .get()
        .round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
    grouped(&unsigned_zero(whole).to_string())
}

/// A quantity with its sign always, to at most four places: `+180`, `−59`, `+31.0349`, `0`.
pub fn signed_quantity(amount: Qty) -> String {
    let short = amount.get().round_dp(PLACES).normalize();
    with_sign(short, &grouped(&short.abs().to_string()))
}

/// A double with its sign always and so many decimals: `+0.3`, `−1.1`, `0.0`.
pub fn signed(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let is_zero = text.bytes().all(|digit| matches!(digit, b'0' | b'.'));
    match value {
        _ if is_zero => text,
        below if below < 0.0 => format!("−{text}"),
        _ => format!("+{text}"),
    }
}

/// A planned quantity to at most four places: `412`, `286.655`, `−40`.
pub fn units(amount: Units) -> String {
    let Some(exact) = amount.qty() else {
        return amount.to_string();
    };
    let short = unsigned_zero(exact.get().round_dp(PLACES).normalize());
    let text = grouped(&short.abs().to_string());
    if short.is_sign_negative() {
        format!("−{text}")
    } else {
        text
    }
}

fn with_sign(value: Decimal, text: &str) -> String {
    match value {
        zero if zero.is_zero() => text.to_owned(),
        below if below.is_sign_negative() => format!("−{text}"),
        _ => format!("+{text}"),
    }
}

/// A rounded-away minus is no minus.
fn unsigned_zero(value: Decimal) -> Decimal {
    if value.is_zero() {
        Decimal::ZERO
    } else {
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_show_their_sign() {
        let said = [
            ("180", "+180"),
            ("-1234.5", "−1,234.5"),
            ("0", "0"),
            ("-0.0", "0"),
            ("31.034869645074082", "+31.0349"),
            ("-0.00001", "0"),
        ];
        for (number, text) in said {
            assert_eq!(signed_quantity(number.parse().unwrap()), text);
        }
        let said = [
            (-1.06, "−1.1"),
            (0.26, "+0.3"),
            (-0.04, "0.0"),
            (1234.0, "+1234.0"),
        ];
        for (number, text) in said {
            assert_eq!(signed(number, 1), text);
        }
    }

    #[test]
    fn planned_quantities_have_four_places_at_most() {
        let said = [
            (286.655_011_545, "286.655"),
            (-40.0, "−40"),
            (1e-9, "0"),
            (-1e-9, "0"),
            (1e6, "1,000,000"),
        ];
        for (number, text) in said {
            assert_eq!(units(Units::Float(number)), text);
        }
        assert_eq!(units(Units::Exact("1200.5".parse().unwrap())), "1,200.5");
    }

    #[test]
    fn large_amounts_have_no_cents() {
        let said = [
            ("299999.50", "300,000"),
            ("-0.4", "0"),
            ("-1234.4", "−1,234"),
        ];
        for (number, text) in said {
            assert_eq!(whole_money(number.parse().unwrap()), text);
        }
    }
}
