//! Fields of a line as programs write them: digits, a point, a comma, no quotes and no spaces.
//!
//! `None` means "not that simple", and never "wrong".

use rust_decimal::Decimal;

use crate::number::EXACT_TENS;

/// A number of at most 18 digits below 2^53 times a power of ten: so its nearest double is one
/// division away.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Number {
    mantissa: u64,
    scale: usize,
}

impl Number {
    pub(crate) fn exact(self) -> Decimal {
        let (low, middle) = (self.mantissa as u32, (self.mantissa >> 32) as u32);
        Decimal::from_parts(low, middle, 0, false, self.scale as u32)
    }

    #[inline]
    pub(crate) fn nearest(self) -> f64 {
        // The mantissa is below 2^53, so that the signed conversion, which is the shorter one, is
        // exact.
        self.mantissa as i64 as f64 / EXACT_TENS[self.scale]
    }
}

/// A place within bytes that end with a line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(crate) fn taken(self) -> usize {
        self.at
    }

    #[inline]
    pub(crate) fn comma(&mut self) -> Option<()> {
        self.byte(b',')
    }

    #[inline]
    pub(crate) fn line_end(&mut self) -> Option<()> {
        if self.bytes.get(self.at) == Some(&b'\r') {
            self.at += 1;
        }
        self.byte(b'\n')
    }

    #[inline]
    fn byte(&mut self, wanted: u8) -> Option<()> {
        let found = *self.bytes.get(self.at)? == wanted;
        self.at += 1;
        found.then_some(())
    }

    /// Ten bytes, as numbers that are the same for the same bytes.
    #[inline]
    pub(crate) fn date(&mut self) -> Option<(u64, u16)> {
        let (year, rest) = self.bytes.get(self.at..)?.split_first_chunk::<8>()?;
        let rest = rest.first_chunk::<2>()?;
        self.at += 10;
        Some((u64::from_le_bytes(*year), u16::from_le_bytes(*rest)))
    }

    /// The last bytes that were taken.
    #[inline]
    pub(crate) fn before(&self, count: usize) -> Option<&'a [u8]> {
        self.bytes.get(self.at.checked_sub(count)?..self.at)
    }

    /// Takes the field if it is this.
    #[inline]
    pub(crate) fn is_field(&mut self, wanted: &[u8]) -> bool {
        let rest = &self.bytes[self.at.min(self.bytes.len())..];
        let follows = rest.get(wanted.len());
        let is = matches!(follows, Some(b',' | b'\n' | b'\r')) && rest.starts_with(wanted);
        if is {
            self.at += wanted.len();
        }
        is
    }

    /// Takes the bytes up to a comma or the end of the line.
    #[inline]
    pub(crate) fn field(&mut self) -> Option<&'a [u8]> {
        let rest = self.bytes.get(self.at..)?;
        let end = memchr::memchr2(b',', b'\n', rest)?;
        let field = rest.get(..end)?;
        let field = field.strip_suffix(b"\r").unwrap_or(field);
        self.at += field.len();
        Some(field)
    }

    /// A number above zero.
    #[inline]
    pub(crate) fn price(&mut self) -> Option<Number> {
        self.number().filter(|number| number.mantissa != 0)
    }

    /// `digits` or `digits.digits`, at least one of each.
    #[inline]
    pub(crate) fn number(&mut self) -> Option<Number> {
        let rest = self.bytes.get(self.at..)?;
        let eight = rest.first_chunk::<8>();
        if let Some((number, length)) = eight.and_then(|eight| short(u64::from_le_bytes(*eight))) {
            self.at += length;
            return Some(number);
        }
        self.long_number()
    }

    /// A number that does not end within eight bytes.
    #[inline(never)]
    fn long_number(&mut self) -> Option<Number> {
        let rest = self.bytes.get(self.at..)?;
        let mut mantissa = 0_u64;
        let mut whole = 0;
        while let Some(digit) = rest.get(whole).and_then(|&byte| digit(byte)) {
            mantissa = mantissa.wrapping_mul(10).wrapping_add(digit);
            whole += 1;
        }
        let mut end = whole;
        if rest.get(whole) == Some(&b'.') {
            end += 1;
            while let Some(digit) = rest.get(end).and_then(|&byte| digit(byte)) {
                mantissa = mantissa.wrapping_mul(10).wrapping_add(digit);
                end += 1;
            }
            if end == whole + 1 {
                return None;
            }
        }
        let scale = end.saturating_sub(whole + 1);
        self.at += end;
        // Up to 18 digits nothing has wrapped.
        (whole > 0 && whole + scale <= 18 && mantissa < 1 << 53)
            .then_some(Number { mantissa, scale })
    }
}

const ZEROS: u64 = u64::from_le_bytes([b'0'; 8]);

/// A number that ends within these eight bytes, the first one lowest, and its length: all of its
/// digits at once, so that nothing hangs on how many there are.
#[inline]
fn short(bytes: u64) -> Option<(Number, usize)> {
    let digits = bytes ^ ZEROS;
    let whole = leading_digits(digits);
    if whole == 0 || whole == 8 {
        return None;
    }
    if (bytes >> (8 * whole)) as u8 != b'.' {
        let mantissa = value(digits, whole);
        return Some((Number { mantissa, scale: 0 }, whole));
    }
    // The point is taken out; the byte that comes in at the top says nothing.
    let before = (1 << (8 * whole)) - 1;
    let digits = (digits & before) | ((digits >> 8) & !before);
    let all = leading_digits(digits);
    if all == whole || all >= 7 {
        return None;
    }
    let number = Number {
        mantissa: value(digits, all),
        scale: all - whole,
    };
    Some((number, all + 1))
}

/// How many of the lowest bytes are below ten. A carry only reaches bytes above the first that is
/// not.
#[inline]
fn leading_digits(digits: u64) -> usize {
    const UP_TO_TEN: u64 = u64::from_le_bytes([0x80 - 10; 8]);
    const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
    let others = (digits.wrapping_add(UP_TO_TEN) | digits) & HIGH;
    (others.trailing_zeros() / 8) as usize
}

/// The value of the lowest `count` bytes, 1 to 8, each a digit: pairs, fours, eights.
#[inline]
fn value(digits: u64, count: usize) -> u64 {
    let digits = digits << (64 - 8 * count);
    let pairs = digits.wrapping_mul(10 * 0x100 + 1) >> 8 & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(100 * 0x1_0000 + 1) >> 16 & 0x0000_ffff_0000_ffff;
    fours.wrapping_mul(10_000 * 0x1_0000_0000 + 1) >> 32
}

#[inline]
fn digit(byte: u8) -> Option<u64> {
    let digit = byte.wrapping_sub(b'0');
    (digit < 10).then_some(u64::from(digit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number;
    use proptest::prelude::*;

    fn quick(text: &str) -> Option<Number> {
        let line = format!("{text},2023-01-02\n");
        let mut cursor = Cursor::new(line.as_bytes());
        let number = cursor.price()?;
        cursor.comma()?;
        assert_eq!(cursor.taken(), text.len() + 1);
        Some(number)
    }

    proptest! {
        #[test]
        fn eight_bytes_are_read_as_one_by_one(text in "[0-9]{0,8}[.,]?[0-9]{0,4}[,\n/:a-\u{7f}]") {
            let padded = format!("{text},,,,,,,,");
            let eight = padded.as_bytes().first_chunk::<8>().unwrap();
            if let Some((number, length)) = short(u64::from_le_bytes(*eight)) {
                let read: f64 = text[..length].parse().unwrap();
                prop_assert_eq!(number.nearest(), read);
                prop_assert!(!text.as_bytes()[length].is_ascii_digit());
            }
        }

        /// The quick way gives what the long one does, or nothing.
        #[test]
        fn a_number_is_the_same_either_way(text in "[0-9]{0,12}[.]?[0-9]{0,12}") {
            if let Some(quick) = quick(&text) {
                let full = number::price(&text).unwrap();
                prop_assert_eq!(quick.exact(), full.exact);
                prop_assert_eq!(quick.exact().scale(), full.exact.scale());
                prop_assert_eq!(quick.nearest().to_bits(), full.nearest.to_bits());
            }
        }
    }

    #[test]
    fn eight_bytes_hold_the_usual_prices() {
        let read = |text: &str| {
            let eight = text.as_bytes().first_chunk::<8>().unwrap();
            short(u64::from_le_bytes(*eight)).map(|(number, length)| (number.nearest(), length))
        };
        assert_eq!(read("104.91,1"), Some((104.91, 6)));
        assert_eq!(read("1234500\n"), Some((1_234_500.0, 7)));
        assert_eq!(read("7,2023-0"), Some((7.0, 1)));
        assert_eq!(read("0.125,9."), Some((0.125, 5)));
        for text in [
            "12345678", "1234.567", "12.,1234", ",1234567", ".1234567", "x1234567",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn the_usual_prices_go_the_quick_way_and_nothing_else_does() {
        for text in ["125.674", "7", "0.26346120238304", "1234567.89", "0.01"] {
            assert!(quick(text).is_some(), "{text}");
        }
        for text in [
            "", "0", "0.00", "-1", "+1", "1e5", ".5", "5.", "NaN", "\"1\"", " 1", "1 ",
        ] {
            assert!(quick(text).is_none(), "{text}");
        }
        for text in [
            "1234567890123456789",
            "18014398509481985",
            "0.9007199254740993",
        ] {
            assert!(quick(text).is_none(), "{text}");
        }
    }
}
