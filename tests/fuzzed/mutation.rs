//! Mutations of inputs, all from a seed: bits, bytes, digits, pieces of other inputs, repeats.
//!
//! It knows nothing of what an input means. An engine that sees which branches were taken finds
//! far more; this one finds the same every time.

use polyfolio_testkit::chance::Chance;

/// Longer inputs say nothing that shorter ones do not.
const LENGTH_MAX: usize = 1 << 16;

/// What parsers are known to stumble over.
const WORDS: [&str; 27] = [
    "0",
    "-1",
    "1e400",
    "-0",
    "79228162514264337593543950335",
    "1e-28",
    "18446744073709551615",
    "4294967295",
    "-9223372036854775808",
    "1000000000000000000",
    "-10000000000",
    "9999999999999999999999999999",
    "NaN",
    "Infinity",
    "null",
    "\"\"",
    "{}",
    "[]",
    "\0",
    "\u{feff}",
    "\r\n",
    "\\u0000",
    "'''",
    "9999-12-31",
    "0000-01-01",
    "1677-09-21T00:00:00Z",
    "\u{e9}",
];

/// Makes new inputs of old ones.
pub(crate) struct Mutator {
    corpus: Vec<Vec<u8>>,
}

impl Mutator {
    pub(crate) fn new(corpus: Vec<Vec<u8>>) -> Self {
        Self { corpus }
    }

    /// One of the inputs, changed a few times.
    pub(crate) fn mutated(&self, chance: &mut Chance) -> Vec<u8> {
        let mut input = chance.one_of(&self.corpus);
        for _ in 0..chance.between(1, 6) {
            self.change(&mut input, chance);
        }
        input.truncate(LENGTH_MAX);
        input
    }

    fn change(&self, input: &mut Vec<u8>, chance: &mut Chance) {
        let (start, end) = piece(input, chance);
        match chance.between(0, 8) {
            0 => flip(input, chance),
            1 => drop(input.drain(start..end)),
            2 => {
                let repeated = input[start..end].to_vec();
                input.splice(start..start, repeated);
            }
            3 => {
                let other = chance.one_of(&self.corpus);
                let (from, to) = piece(&other, chance);
                input.splice(start..end, other[from..to].iter().copied());
            }
            4 => {
                let word = chance.one_of(&WORDS);
                input.splice(start..start, word.bytes());
            }
            5 => number(input, chance),
            6 => line(input, chance),
            7 => input.truncate(end),
            _ => {
                if let Some(byte) = input.get_mut(start) {
                    *byte = (chance.between(0, 255)) as u8;
                }
            }
        }
    }
}

/// A piece of an input: mostly short.
fn piece(input: &[u8], chance: &mut Chance) -> (usize, usize) {
    let start = chance.place(input.len() + 1);
    let length = match chance.between(0, 3) {
        0 => chance.place(input.len() + 1),
        _ => chance.place(16),
    };
    (start, input.len().min(start + length))
}

fn flip(input: &mut [u8], chance: &mut Chance) {
    let at = chance.place(input.len());
    if let Some(byte) = input.get_mut(at) {
        *byte ^= 1 << chance.between(0, 7);
    }
}

/// Puts another number where one stands.
fn number(input: &mut Vec<u8>, chance: &mut Chance) {
    let digits: Vec<usize> = (0..input.len())
        .filter(|at| input[*at].is_ascii_digit())
        .collect();
    if digits.is_empty() {
        return;
    }
    let start = digits[chance.place(digits.len())];
    let length = input[start..]
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let word = chance.one_of(&WORDS[..12]);
    input.splice(start..start + length, word.bytes());
}

/// Takes a line out and puts it somewhere else: records in another order.
fn line(input: &mut Vec<u8>, chance: &mut Chance) {
    let mut lines: Vec<Vec<u8>> = input
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::to_vec)
        .collect();
    let taken = lines[chance.place(lines.len())].clone();
    let at = chance.place(lines.len());
    if chance.hits(0.5) {
        lines.retain(|line| *line != taken);
    }
    lines.insert(at.min(lines.len()), taken);
    *input = lines.join(&b'\n');
}
