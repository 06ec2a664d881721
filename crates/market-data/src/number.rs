//! One price from its text, twice: as the exact decimal and as the nearest double.
//!
//! The double is what `str::parse::<f64>` gives, by a shorter way for the
//! numbers that price files hold. The decimal is exact, or the text is refused.

use rust_decimal::Decimal;

/// A price as written, exact and rounded to nearest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Number {
    /// Exactly the digits of the text.
    pub(crate) exact: Decimal,
    /// The double nearest to them.
    pub(crate) nearest: f64,
}

/// Why a text is not a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotANumber {
    Empty,
    Unreadable,
    NotFinite,
    NonPositive,
    TooPrecise,
}

/// Most decimals a `Decimal` holds.
const SCALE_MAX: i64 = 28;

/// Powers of ten that a double holds exactly.
pub(crate) const EXACT_TENS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// Reads a positive finite price such as `125.674`, `7` or `1.5e-05`.
pub(crate) fn price(text: &str) -> Result<Number, NotANumber> {
    if text.is_empty() {
        return Err(NotANumber::Empty);
    }
    let Some(digits) = Digits::read(text) else {
        return Err(match text.parse::<f64>() {
            Ok(_) => NotANumber::NotFinite,
            Err(_) => NotANumber::Unreadable,
        });
    };
    if digits.negative || digits.all_zero {
        return Err(NotANumber::NonPositive);
    }
    let exact = digits.exact().ok_or(NotANumber::TooPrecise)?;
    if exact.is_zero() {
        return Err(NotANumber::TooPrecise);
    }
    Ok(Number {
        exact,
        nearest: nearest(exact, text),
    })
}

/// The double nearest to an exact price.
#[inline]
pub(crate) fn nearest_of(exact: Decimal) -> f64 {
    let mantissa = exact.mantissa();
    match EXACT_TENS.get(exact.scale() as usize) {
        // Signed and short: the conversion is one instruction.
        Some(tens) if (0..1 << 53).contains(&mantissa) => mantissa as i64 as f64 / tens,
        _ => exact.to_string().parse().unwrap_or(f64::NAN),
    }
}

/// Reads a volume: a finite number from 0 on.
pub(crate) fn volume(text: &str) -> Option<f64> {
    Digits::read(text)?;
    let volume: f64 = text.parse().ok()?;
    (volume >= 0.0 && volume.is_finite()).then_some(volume.abs())
}

/// A mantissa below 2^53 over a power of ten up to 10^22 takes one correctly
/// rounded division; anything else takes the general way.
fn nearest(exact: Decimal, text: &str) -> f64 {
    let mantissa = exact.mantissa();
    match EXACT_TENS.get(exact.scale() as usize) {
        Some(tens) if mantissa < (1 << 53) => mantissa as f64 / tens,
        _ => text.parse().unwrap_or(f64::NAN),
    }
}

/// The digits of `[+-]digits[.digits][e[+-]digits]`.
#[derive(Debug, Default)]
struct Digits {
    negative: bool,
    all_zero: bool,
    /// `None` once the mantissa is beyond 128 bits.
    mantissa: Option<i128>,
    /// Decimals: the value is `mantissa * 10^-scale`.
    scale: i64,
}

impl Digits {
    fn read(text: &str) -> Option<Self> {
        let (negative, rest) = match text.as_bytes() {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            rest => (false, rest),
        };
        let mut digits = Self {
            negative,
            all_zero: true,
            mantissa: Some(0),
            scale: 0,
        };
        let (whole, rest) = digits.take(rest);
        let (fraction, rest) = match rest {
            [b'.', rest @ ..] => digits.take(rest),
            _ => (0, rest),
        };
        digits.scale = fraction as i64;
        if whole + fraction == 0 {
            return None;
        }
        match rest {
            [] => {}
            [b'e' | b'E', power @ ..] => {
                let power: i32 = std::str::from_utf8(power).ok()?.parse().ok()?;
                digits.scale -= i64::from(power);
            }
            _ => return None,
        }
        Some(digits)
    }

    /// Takes leading digits into the mantissa; returns how many, and the rest.
    fn take<'a>(&mut self, text: &'a [u8]) -> (usize, &'a [u8]) {
        let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        for byte in &text[..count] {
            let digit = i128::from(byte - b'0');
            self.all_zero &= digit == 0;
            self.mantissa = self
                .mantissa
                .and_then(|m| m.checked_mul(10))
                .and_then(|m| m.checked_add(digit));
        }
        (count, &text[count..])
    }

    fn exact(&self) -> Option<Decimal> {
        let mut mantissa = self.mantissa?;
        let mut scale = self.scale;
        while scale > SCALE_MAX && mantissa % 10 == 0 {
            mantissa /= 10;
            scale -= 1;
        }
        if scale < 0 {
            let tens = 10_i128.checked_pow(u32::try_from(-scale).ok()?)?;
            mantissa = mantissa.checked_mul(tens)?;
            scale = 0;
        }
        Decimal::try_from_i128_with_scale(mantissa, u32::try_from(scale).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expect: Result<&str, NotANumber>) {
        let got = price(text).map(|number| number.exact.to_string());
        assert_eq!(got, expect.map(String::from), "{text:?}");
    }

    #[test]
    fn reads_the_usual_spellings() {
        check("125.674", Ok("125.674"));
        check("7", Ok("7"));
        check("+4.0", Ok("4.0"));
        check(".5", Ok("0.5"));
        check("5.", Ok("5"));
        check("1.5e-05", Ok("0.000015"));
        check("2E3", Ok("2000"));
        check("0.26346120238304138", Ok("0.26346120238304138"));
    }

    #[test]
    fn refuses_what_is_no_price() {
        check("", Err(NotANumber::Empty));
        for text in [
            "abc", "1,5", "1.2.3", "0x10", "1e", "e5", "--1", "1 2", "$5", ".",
        ] {
            check(text, Err(NotANumber::Unreadable));
        }
        for text in ["nan", "NaN", "inf", "-Infinity"] {
            check(text, Err(NotANumber::NotFinite));
        }
        for text in ["0", "0.000", "-1.5", "-0"] {
            check(text, Err(NotANumber::NonPositive));
        }
        for text in ["1e400", "1e-40", "1234567890123456789012345678901.5"] {
            check(text, Err(NotANumber::TooPrecise));
        }
    }

    proptest! {
        #[test]
        fn the_double_is_the_one_the_standard_library_reads(
            whole in 0_u64..2_000_000_000, fraction in "[0-9]{0,17}", power in -6_i32..6
        ) {
            let text = format!("{whole}.{fraction}1e{power}");
            if let Ok(number) = price(&text) {
                let std: f64 = text.parse().unwrap();
                prop_assert_eq!(number.nearest.to_bits(), std.to_bits(), "{}", text);
            }
        }
    }
}
