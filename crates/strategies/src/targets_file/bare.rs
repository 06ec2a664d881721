//! `NaN` and `Infinity` outside of strings: not JSON, but what Python's `json` writes.
//!
//! They are put into quotes, and a place in the new text is led back to the old one.

/// The text with bare words quoted.
#[derive(Debug)]
pub(super) struct Quoted {
    pub(super) text: String,
    /// Where quotes went in, as offsets in the new text.
    quotes: Vec<usize>,
}

/// Longer words first: one is the end of another.
const WORDS: [&str; 3] = ["-Infinity", "Infinity", "NaN"];

pub(super) fn quote(text: &str) -> Quoted {
    let mut quoted = Quoted {
        text: String::with_capacity(text.len()),
        quotes: Vec::new(),
    };
    let mut rest = text;
    while let Some(at) = rest.find(['"', 'N', 'I', '-']) {
        let (before, from) = rest.split_at(at);
        quoted.text.push_str(before);
        rest = match WORDS.iter().find(|word| from.starts_with(**word)) {
            Some(word) => {
                quoted.push_quote();
                quoted.text.push_str(word);
                quoted.push_quote();
                &from[word.len()..]
            }
            None => {
                let length = if from.starts_with('"') {
                    string_length(from)
                } else {
                    1
                };
                quoted.text.push_str(&from[..length]);
                &from[length..]
            }
        };
    }
    quoted.text.push_str(rest);
    quoted
}

/// Bytes of the string that `text` begins with, both quotes included; all of an unclosed one.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

impl Quoted {
    /// The column in the text as it was of a place in the quoted text; both count from 1.
    pub(super) fn original_column(&self, line: usize, column: usize) -> usize {
        let lines = self.text.split_inclusive('\n').take(line.saturating_sub(1));
        let start: usize = lines.map(str::len).sum();
        let added = self
            .quotes
            .iter()
            .filter(|&&at| (start..start + column).contains(&(at + 1)));
        column - added.count()
    }

    fn push_quote(&mut self) {
        self.quotes.push(self.text.len());
        self.text.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &str) {
        assert_eq!(quote(text).text, expect);
    }

    #[test]
    fn only_bare_words_are_quoted() {
        check(
            "[NaN, Infinity,-Infinity]",
            r#"["NaN", "Infinity","-Infinity"]"#,
        );
        check(r#"{"NaN": -1.5}"#, r#"{"NaN": -1.5}"#);
        check(r#"{"a\"NaN": NaN}"#, r#"{"a\"NaN": "NaN"}"#);
        check(r#"{"\\": NaN}"#, r#"{"\\": "NaN"}"#);
        check(r#"["NaN"#, r#"["NaN"#);
        check("[-", "[-");
    }

    #[test]
    fn columns_lead_back() {
        let quoted = quote("[NaN,\n NaN, x]");
        let column = quoted
            .text
            .lines()
            .nth(1)
            .and_then(|line| line.find('x'))
            .unwrap()
            + 1;
        assert_eq!(quoted.original_column(2, column), 7);
        assert_eq!(quoted.original_column(1, 1), 1);
    }
}
