//! Lengths of time as people write them: `5m`, `1s`, `250ms`, `1h30m`.

use polyfolio_model::Span;

/// Nanoseconds in each unit.
const UNITS: [(&str, f64); 6] = [
    ("us", 1e3),
    ("ms", 1e6),
    ("s", 1e9),
    ("m", 60e9),
    ("h", 3_600e9),
    ("d", 86_400e9),
];

/// Reads numbers each followed by its unit. `None` for a number without one, a sign, or more than
/// two centuries.
pub(crate) fn parse(text: &str) -> Option<Span> {
    let mut nanos = 0.0;
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(digits);
        let letters = tail
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(letters);
        let (_, size) = UNITS.iter().find(|(name, _)| *name == unit)?;
        nanos += number.parse::<f64>().ok()? * size;
        rest = tail.trim_start();
    }
    (nanos <= 200.0 * 365.25 * 86_400e9).then(|| Span::from_secs_f64(nanos / 1e9))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_units_and_nothing_else() {
        let said = [
            ("5m", Some(300_000)),
            ("1s", Some(1_000)),
            ("250ms", Some(250)),
            ("1.5s", Some(1_500)),
            ("1h30m", Some(5_400_000)),
            ("1h 30m", Some(5_400_000)),
            ("0s", Some(0)),
            ("300", None),
            ("", None),
            ("-5m", None),
            ("5 parsecs", None),
            ("1e9d", None),
            ("999999999d", None),
            ("m", None),
        ];
        for (text, millis) in said {
            assert_eq!(parse(text), millis.map(Span::from_millis), "{text:?}");
        }
    }
}
