//! Digits into a buffer, and values out of text, for the ids, times and amounts of which every
//! record has several: without an allocation and without the machinery of formatting.
//!
//! It knows no type of this crate.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::{Deserializer, Error, Visitor};

/// ASCII of a known greatest length.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ascii<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Ascii<N> {
    pub(crate) fn new() -> Self {
        let (bytes, len) = ([0; N], 0);
        Self { bytes, len }
    }

    /// One more character; what does not fit is not there.
    pub(crate) fn push(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.len) {
            *place = byte;
            self.len += 1;
        }
    }

    /// A number in decimal, in `width` digits, the last ones when it has more.
    pub(crate) fn decimal(&mut self, number: u32, width: u32) {
        self.digits(u64::from(number), width as usize);
    }

    /// A number in decimal, in as many digits as it has and at least `width`.
    pub(crate) fn whole(&mut self, number: u64, width: usize) {
        let has = number.checked_ilog10().unwrap_or(0) as usize + 1;
        self.digits(number, has.max(width));
    }

    /// The last `width` digits of a number, from the last one on.
    fn digits(&mut self, mut number: u64, width: usize) {
        let end = self.len + width;
        for place in (self.len..end).rev() {
            if let Some(place) = self.bytes.get_mut(place) {
                *place = b'0' + (number % 10) as u8;
            }
            number /= 10;
        }
        self.len = end.min(N);
    }

    /// A number in eight lower-case hex digits.
    pub(crate) fn hex(&mut self, number: u32) {
        for place in (0..8).rev() {
            let digit = (number >> (4 * place)) & 0xf;
            self.push(b"0123456789abcdef"[digit as usize]);
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        // Only ASCII was pushed.
        std::str::from_utf8(&self.bytes[..self.len]).unwrap_or_default()
    }
}

/// Reads a value from its text, which is not kept.
pub(crate) fn read<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: FromStr<Err: fmt::Display>,
    D: Deserializer<'de>,
{
    deserializer.deserialize_str(Text(PhantomData))
}

struct Text<T>(PhantomData<T>);

impl<T: FromStr<Err: fmt::Display>> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_have_the_digits_they_need() {
        for (number, width, expect) in [
            (0, 0, "0"),
            (0, 3, "000"),
            (9, 1, "9"),
            (10, 1, "10"),
            (1_234, 6, "001234"),
            (u64::MAX, 1, "18446744073709551615"),
        ] {
            let mut text = Ascii::<24>::new();
            text.whole(number, width);
            assert_eq!(text.as_str(), expect);
        }
    }

    #[test]
    fn digits_stand_as_they_are_written() {
        let mut text = Ascii::<16>::new();
        text.decimal(7, 3);
        text.push(b'/');
        text.hex(0xbeef);
        assert_eq!(text.as_str(), "007/0000beef");
        text.hex(0);
        assert_eq!(text.as_str(), "007/0000beef0000", "it ends with its room");
    }
}
