//! Digits into a buffer, for the ids and times of which every record has several: without an
//! allocation and without the machinery of formatting.
//!
//! It knows no type of this crate.

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
        for place in (0..width).rev() {
            let digit = number / 10_u32.pow(place) % 10;
            self.push(b'0' + digit as u8);
        }
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

#[cfg(test)]
mod tests {
    use super::*;

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
