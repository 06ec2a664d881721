//! Numbers as people read them: `1,000,000.00`, `30%`, `+41.22`, `−59.00`.

use polyfolio_model::{Money, Price, Qty};
use rust_decimal::Decimal;
use rust_decimal::RoundingStrategy;

/// An amount with separators and two decimals: `1,000,000.00`.
pub fn money(amount: Money) -> String {
    grouped(&rounded(amount.get(), 2))
}

/// A price with separators, two decimals at least; a small one has as many as tell it.
pub fn price(of: Price) -> String {
    let decimals = if of.get() < Decimal::ONE { 8 } else { 4 };
    let short = of.get().round_dp(decimals).normalize();
    match short.scale() {
        0..=2 => money(Money::new(short)),
        _ => grouped(&short.to_string()),
    }
}

/// An amount with its sign always: `+41.22`, `−59.00`.
pub fn signed_money(amount: Money) -> String {
    let text = money(amount.abs());
    match rounded(amount.get(), 2) {
        cents if cents.starts_with('-') => format!("−{text}"),
        cents if cents.trim_matches(['0', '.']).is_empty() => text,
        _ => format!("+{text}"),
    }
}

/// A quantity with separators and exactly the decimals it has: `1,200`, `0.62`.
pub fn quantity(amount: Qty) -> String {
    grouped(&amount.to_string())
}

/// A share of one as percent, `decimals` of them: `30%`, `58.1%`. What is not finite is `–`.
pub fn percent(share: f64, decimals: usize) -> String {
    if share.is_finite() {
        typeset(&format!("{:.decimals$}%", share * 100.0))
    } else {
        "–".to_owned()
    }
}

/// A count with its noun, which takes an `s` unless there is one of it: `1 order`, `4,112 records`.
pub fn count(number: impl TryInto<u64>, noun: &str) -> String {
    let number = number.try_into().unwrap_or(u64::MAX);
    let s = if number == 1 { "" } else { "s" };
    format!("{} {noun}{s}", grouped(&number.to_string()))
}

/// A sentence in which every number has the minus sign of print. Only a hyphen that begins a
/// number is one: `-1.5` and `(-3)`, and not `2022-12-28`, `PAPER-1` or `--as-of`.
pub fn sentence(text: &str) -> String {
    let mut typeset = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(letter) = rest.next() {
        let begins = before.is_whitespace() || matches!(before, '(' | '[' | '=' | ':' | '@' | '/');
        let is_number = rest
            .peek()
            .is_some_and(|next| next.is_ascii_digit() || *next == '.');
        let is_minus = letter == '-' && begins && is_number;
        typeset.push(if is_minus { '−' } else { letter });
        before = letter;
    }
    typeset
}

/// A number with the minus sign of print, `−`, instead of the hyphen that programs write.
fn typeset(number: &str) -> String {
    number.replacen('-', "−", 1)
}

/// The digits of a plain decimal number with a comma between thousands; a minus is `−`, and what
/// follows the point stays.
pub fn grouped(number: &str) -> String {
    let (sign, digits) = match number.strip_prefix('-') {
        Some(rest) => ("−", rest),
        None => ("", number),
    };
    let (whole, fraction) = match digits.find('.') {
        Some(point) => digits.split_at(point),
        None => (digits, ""),
    };
    let mut text = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text + fraction
}

/// A finite double with 17 significant digits, enough to read back the same bits, as a JSON
/// number.
pub fn significant(value: f64) -> String {
    let scientific = format!("{value:.16e}");
    let exponent = scientific
        .rsplit_once('e')
        .and_then(|(_, e)| e.parse::<i32>().ok());
    match exponent {
        Some(exponent @ -5..=16) => {
            let decimals = usize::try_from(16 - exponent).unwrap_or_default();
            format!("{value:.decimals$}")
        }
        _ => scientific,
    }
}

fn rounded(amount: Decimal, decimals: u32) -> String {
    let amount = amount.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero);
    let places = usize::try_from(decimals).unwrap_or_default();
    let text = format!("{amount:.places$}");
    // A rounded-away minus is no minus.
    match text.strip_prefix('-') {
        Some(rest) if rest.trim_matches(['0', '.']).is_empty() => rest.to_owned(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(text: &str) -> Money {
        text.parse().unwrap()
    }

    #[test]
    fn money_has_separators_and_cents() {
        let said = [
            ("1000000", "1,000,000.00"),
            ("-7853.495", "−7,853.50"),
            ("999.999", "1,000.00"),
            ("-0.001", "0.00"),
            ("12", "12.00"),
        ];
        for (number, text) in said {
            assert_eq!(money(amount(number)), text);
        }
    }

    #[test]
    fn a_difference_shows_its_sign() {
        let said = [("41.22", "+41.22"), ("-59", "−59.00"), ("0.004", "0.00")];
        for (number, text) in said {
            assert_eq!(signed_money(amount(number)), text);
        }
    }

    #[test]
    fn quantities_keep_their_decimals() {
        let quantity_of = |text: &str| quantity(text.parse().unwrap());
        assert_eq!(quantity_of("1200"), "1,200");
        assert_eq!(quantity_of("-1234.5670"), "−1,234.567");
    }

    #[test]
    fn shares_are_percent() {
        assert_eq!(percent(0.3, 0), "30%");
        assert_eq!(percent(0.5812, 1), "58.1%");
        assert_eq!(percent(-0.05, 0), "−5%");
        assert_eq!(percent(f64::NAN, 1), "–");
    }

    #[test]
    fn one_is_singular() {
        assert_eq!(count(1_usize, "order"), "1 order");
        assert_eq!(count(0_u32, "order"), "0 orders");
        assert_eq!(count(4_112_u64, "record"), "4,112 records");
    }

    #[test]
    fn only_a_hyphen_that_begins_a_number_is_a_minus() {
        let said = [
            (
                "net -1.6000 of the plan above 1.5",
                "net −1.6000 of the plan above 1.5",
            ),
            ("-3 (-.5) =-1", "−3 (−.5) =−1"),
            (
                "no close of BRK-1 up to 2022-12-28: --as-of 20221228-001 - 5",
                "no close of BRK-1 up to 2022-12-28: --as-of 20221228-001 - 5",
            ),
        ];
        for (text, typeset) in said {
            assert_eq!(sentence(text), typeset);
        }
    }

    #[test]
    fn seventeen_digits_read_back_as_the_same_double() {
        for value in [
            10.609_472_783_779,
            -0.1,
            0.0,
            1.0 / 3.0,
            1e-9,
            -4.2e-300,
            6.02e23,
            12_345_678.9,
        ] {
            let text = significant(value);
            assert_eq!(
                text.parse::<f64>().unwrap().to_bits(),
                value.to_bits(),
                "{text}"
            );
            let digits: String = text
                .split('e')
                .next()
                .unwrap()
                .chars()
                .filter(char::is_ascii_digit)
                .collect();
            if value != 0.0 {
                assert_eq!(digits.trim_start_matches('0').len(), 17, "{text}");
            }
            assert!(serde_json::from_str::<f64>(&text).is_ok(), "{text}");
        }
    }
}
