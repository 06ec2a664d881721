//! Text that comes in pieces, line by line, to whichever format its header announces.
//!
//! A file is never held whole: what is read is taken up line by line, and the rest of a piece waits
//! for the next one. Blank lines are accepted at the end only.

use std::io::Read;

use crate::ReadOptions;
use crate::error::Fault;
use crate::history::Table;
use crate::long::Long;
use crate::wide::Wide;

/// Line and column, both from 1, and what is wrong there.
pub(crate) type At = (usize, usize, Fault);

/// Why a table could not be read.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// The reader.
    Io(std::io::Error),
    /// The text.
    At(At),
}

impl From<At> for Stopped {
    fn from(at: At) -> Self {
        Self::At(at)
    }
}

/// How much is read at a time: it stays in the processor's cache while it is taken apart.
const PIECE: usize = 128 * 1024;

/// Reads a table to the end.
pub(crate) fn read(mut from: impl Read, options: &ReadOptions) -> Result<Table, Stopped> {
    let mut text = Text::new(options);
    let mut buffer = vec![0; PIECE];
    let mut filled = 0;
    loop {
        if filled == buffer.len() {
            // A line longer than a piece.
            buffer.resize(buffer.len() * 2, 0);
        }
        let count = match from.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Stopped::Io(error)),
        };
        let end = memchr::memrchr(b'\n', &buffer[filled..filled + count]);
        let Some(end) = end.map(|at| filled + at + 1) else {
            filled += count;
            continue;
        };
        text.take(&buffer[..end])?;
        buffer.copy_within(end..filled + count, 0);
        filled = filled + count - end;
    }
    if filled > 0 {
        let mut last = buffer[..filled].to_vec();
        last.push(b'\n');
        text.take(&last)?;
    }
    Ok(text.finish()?)
}

/// What was taken so far.
struct Text<'a> {
    options: &'a ReadOptions,
    /// Lines taken.
    line: usize,
    /// The first of the blank lines that were taken last.
    blank: Option<usize>,
    format: Option<Format>,
}

enum Format {
    Wide(Box<Wide>),
    Long(Box<Long>),
}

impl<'a> Text<'a> {
    fn new(options: &'a ReadOptions) -> Self {
        Self {
            options,
            line: 0,
            blank: None,
            format: None,
        }
    }

    /// Takes whole lines, each with its end.
    fn take(&mut self, mut bytes: &[u8]) -> Result<(), At> {
        while !bytes.is_empty() {
            if let (Some(Format::Long(long)), None) = (&mut self.format, self.blank) {
                let (taken, lines) = long.quick(bytes, self.line + 1);
                bytes = &bytes[taken..];
                self.line += lines;
            }
            let Some(end) = memchr::memchr(b'\n', bytes) else {
                break;
            };
            self.take_line(&bytes[..end])?;
            bytes = &bytes[end + 1..];
        }
        Ok(())
    }

    fn take_line(&mut self, bytes: &[u8]) -> Result<(), At> {
        self.line += 1;
        let line = self.line;
        let text =
            std::str::from_utf8(bytes).map_err(|e| not_utf8(bytes, e.valid_up_to(), line))?;
        let text = text.strip_suffix('\r').unwrap_or(text);
        let text = match line {
            1 => text.strip_prefix('\u{feff}').unwrap_or(text),
            _ => text,
        };
        if text.trim().is_empty() {
            self.blank.get_or_insert(line);
            return Ok(());
        }
        if let Some(blank) = self.blank {
            return Err(match &self.format {
                None => Fault::HeaderWithoutDate {
                    found: String::new(),
                }
                .at(blank, 1),
                Some(format) => Fault::BlankLine {
                    expected: format.fields(),
                }
                .at(blank, 1),
            });
        }
        match &mut self.format {
            None => self.format = Some(Format::of(text, self.options)?),
            Some(Format::Wide(wide)) => wide.push(line, text)?,
            Some(Format::Long(long)) => long.push(line, text)?,
        }
        Ok(())
    }

    fn finish(self) -> Result<Table, At> {
        match self.format {
            None => Err(Fault::Empty.at(1, 1)),
            Some(Format::Wide(wide)) => wide.finish(),
            Some(Format::Long(long)) => long.finish(),
        }
    }
}

impl Format {
    fn of(header: &str, options: &ReadOptions) -> Result<Self, At> {
        match Long::new(header, options)? {
            Some(long) => Ok(Self::Long(Box::new(long))),
            None => Ok(Self::Wide(Box::new(Wide::new(header)?))),
        }
    }

    fn fields(&self) -> usize {
        match self {
            Self::Wide(wide) => wide.fields(),
            Self::Long(long) => long.fields(),
        }
    }
}

impl Fault {
    pub(crate) fn at(self, line: usize, column: usize) -> At {
        (line, column, self)
    }
}

fn not_utf8(bytes: &[u8], valid: usize, line: usize) -> At {
    let column = memchr::memchr_iter(b',', &bytes[..valid]).count() + 1;
    (line, column, Fault::NotUtf8)
}

/// A field without surrounding spaces and plain quotes.
pub(crate) fn field(text: &str) -> &str {
    let text = text.trim_matches([' ', '\t']);
    text.strip_prefix('"')
        .and_then(|inner| inner.strip_suffix('"'))
        .unwrap_or(text)
}
