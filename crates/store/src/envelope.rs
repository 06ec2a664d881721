//! What is around a record: one line of JSON that a person can read and a program can prove.
//!
//! ```text
//! {"schema":1,"seq":7,"prev":"<64 hex>","more":2,"kind":"intent","version":1,"payload":{…},"crc":"<8 hex>"}
//! ```
//!
//! - `seq` counts from 1 without gaps.
//! - `prev` is the SHA-256 of the line before (without its newline); 64 zeros before the first.
//! - `more` is how many records of the same batch follow; absent in the last one. A batch is whole or
//!   not there, so a journal never ends in front of one that is still to come.
//! - `crc` is the CRC-32 (IEEE) of every byte of the line before `,"crc"`. It stands last, as
//!   FIX's CheckSum (10) does.
//! - `payload` holds the record's bytes as they came, if they are one line of JSON; otherwise
//!   `payload_hex` holds them in hexadecimal.
//!
//! One line a record, `schema` within it and `crc` at its end: that much stays in every later
//! schema, so that an older program can tell a newer record from a damaged one.

use polyfolio_ports::{Blob, Seq};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::hash::{Hash, from_hex, to_hex};

/// The newest schema of envelopes, manifest and database that this crate reads, and the one it
/// writes.
pub const SCHEMA: u32 = 1;

/// `,"crc":"01234567"}`
const TAIL_LEN: usize = 18;

/// A place in the chain: a record and the hash of its envelope. Record 0 stands before the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The record.
    pub seq: Seq,
    /// The SHA-256 of its envelope.
    pub hash: Hash,
}

/// A record as it lies in the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Its number.
    pub seq: Seq,
    /// The hash of the envelope before it.
    pub prev: Hash,
    /// How many records of its batch follow.
    pub more: u64,
    /// The record.
    pub blob: Blob,
    /// The envelope itself, as it is stored and published: one line of JSON, without a newline.
    pub line: String,
}

/// Why a line is not an envelope.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// It is not what was written.
    Damaged(String),
    /// It is sound, and too new for us.
    Newer(u32),
}

impl Mark {
    /// Before the first record.
    pub const START: Self = Self {
        seq: 0,
        hash: Hash::ZERO,
    };
}

impl Envelope {
    /// Puts a record behind `head`; so many `more` of its batch follow.
    pub(crate) fn seal(head: Mark, more: u64, blob: Blob) -> Self {
        let seq = head.seq + 1;
        let line = line(head, more, &blob);
        Self {
            seq,
            prev: head.hash,
            more,
            blob,
            line,
        }
    }

    /// Reads a line back and checks it against its own checksum. The chain is not its affair.
    pub(crate) fn open(line: &[u8]) -> Result<Self, Unreadable> {
        read_by(&READERS, line)
    }

    /// Reads a line that was published, and checks it against its own checksum.
    pub fn published(line: &str) -> Option<Self> {
        Self::open(line.as_bytes()).ok()
    }

    /// Its place in the chain.
    pub fn mark(&self) -> Mark {
        Mark {
            seq: self.seq,
            hash: Hash::of(self.line.as_bytes()),
        }
    }
}

/// How the lines of one schema are read: they become what this program means by an envelope, with
/// the line itself as it was written, so that the chain of hashes spans every schema.
type Reader = fn(&[u8]) -> Result<Envelope, Unreadable>;

/// A reader for every schema from 1 on. Whoever raises [`SCHEMA`] must leave the older readers
/// here, brought up to date: a journal is never written again.
const READERS: [Reader; SCHEMA as usize] = [read_1];

fn read_by(readers: &[Reader], line: &[u8]) -> Result<Envelope, Unreadable> {
    check_crc(line)?;
    let found = parse::<Schema>(line)?.schema;
    let reader = found.checked_sub(1).and_then(|at| readers.get(at as usize));
    match reader {
        Some(read) => read(line),
        None if found == 0 => Err(damaged("it has schema 0, which there never was")),
        None => Err(Unreadable::Newer(found)),
    }
}

fn read_1(line: &[u8]) -> Result<Envelope, Unreadable> {
    let read: Read<'_> = parse(line)?;
    let bytes = match (read.payload, read.payload_hex) {
        (Some(raw), None) => raw.get().as_bytes().to_vec(),
        (None, Some(hex)) => from_hex(hex).ok_or_else(|| damaged("its payload is not hex"))?,
        _ => return Err(damaged("it has no payload, or two")),
    };
    Ok(Envelope {
        seq: read.seq,
        prev: read.prev,
        more: read.more,
        blob: Blob {
            kind: read.kind,
            version: read.version,
            bytes,
        },
        line: String::from_utf8_lossy(line).into_owned(),
    })
}

/// The fields of a line in their order, but the checksum.
#[derive(Serialize)]
struct Written<'a> {
    schema: u32,
    seq: Seq,
    prev: Hash,
    #[serde(skip_serializing_if = "is_none")]
    more: u64,
    kind: &'a str,
    version: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload_hex: Option<String>,
}

#[derive(Deserialize)]
struct Schema {
    schema: u32,
}

#[derive(Deserialize)]
struct Read<'a> {
    seq: Seq,
    prev: Hash,
    #[serde(default)]
    more: u64,
    kind: String,
    version: u16,
    #[serde(default, borrow, deserialize_with = "present")]
    payload: Option<&'a RawValue>,
    #[serde(default)]
    payload_hex: Option<&'a str>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "this is how serde asks")]
fn is_none(more: &u64) -> bool {
    *more == 0
}

/// A payload of `null` is a payload.
fn present<'de, D: Deserializer<'de>>(value: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(value).map(Some)
}

fn line(head: Mark, more: u64, blob: &Blob) -> String {
    let payload = one_line_of_json(&blob.bytes);
    let payload_hex = payload.is_none().then(|| to_hex(&blob.bytes));
    let fields = Written {
        schema: SCHEMA,
        seq: head.seq + 1,
        prev: head.hash,
        more,
        kind: &blob.kind,
        version: blob.version,
        payload,
        payload_hex,
    };
    #[expect(
        clippy::expect_used,
        reason = "numbers and strings always have a JSON form"
    )]
    let mut line = serde_json::to_string(&fields).expect("an envelope has a JSON form");
    line.pop();
    let crc = crc32fast::hash(line.as_bytes());
    line.push_str(&tail(crc));
    line
}

fn tail(crc: u32) -> String {
    format!(r#","crc":"{crc:08x}"}}"#)
}

/// The bytes as JSON, if a line can hold them and give them back to the last byte.
fn one_line_of_json(bytes: &[u8]) -> Option<&RawValue> {
    let raw: &RawValue = serde_json::from_slice(bytes).ok()?;
    let whole = raw.get().len() == bytes.len();
    (whole && !bytes.iter().any(u8::is_ascii_control)).then_some(raw)
}

fn check_crc(line: &[u8]) -> Result<(), Unreadable> {
    let body = line.len().checked_sub(TAIL_LEN).map(|at| line.split_at(at));
    let (body, found) = body.ok_or_else(|| damaged("it is cut off"))?;
    if tail(crc32fast::hash(body)).as_bytes() != found {
        return Err(damaged("its checksum does not match"));
    }
    Ok(())
}

fn parse<'a, T: Deserialize<'a>>(line: &'a [u8]) -> Result<T, Unreadable> {
    serde_json::from_slice(line).map_err(|error| damaged(&format!("it cannot be read: {error}")))
}

fn damaged(what: &str) -> Unreadable {
    Unreadable::Damaged(what.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn blob(bytes: &[u8]) -> Blob {
        Blob {
            kind: "fact".to_owned(),
            version: 3,
            bytes: bytes.to_vec(),
        }
    }

    #[test]
    fn an_envelope_reads_as_documented() {
        let first = Envelope::seal(Mark::START, 0, blob(br#"{"cum_qty":"10"}"#));
        let zeros = "0".repeat(64);
        let body = format!(
            r#"{{"schema":1,"seq":1,"prev":"{zeros}","kind":"fact","version":3,"payload":{{"cum_qty":"10"}}"#
        );
        let crc = crc32fast::hash(body.as_bytes());
        assert_eq!(first.line, format!(r#"{body},"crc":"{crc:08x}"}}"#));

        let second = Envelope::seal(first.mark(), 0, blob(b"[]"));
        assert_eq!(
            (second.seq, second.prev),
            (2, Hash::of(first.line.as_bytes()))
        );
    }

    #[test]
    fn the_checksum_is_the_published_one() {
        assert_eq!(tail(crc32fast::hash(b"123456789")), r#","crc":"cbf43926"}"#);
    }

    #[test]
    fn what_is_not_one_line_of_json_travels_as_hex() {
        let cases: [(&[u8], bool); 9] = [
            (br#"{"a":1.50,"a":2}"#, true),
            (b"null", true),
            (br#""\u00e9\n""#, true),
            ("\"é\"".as_bytes(), true),
            (b"", false),
            (b" 1", false),
            (b"{\n}", false),
            (b"\xff\x00", false),
            (b"1 2", false),
        ];
        for (bytes, as_json) in cases {
            let sealed = Envelope::seal(Mark::START, 0, blob(bytes));
            assert_eq!(
                sealed.line.contains("payload_hex"),
                !as_json,
                "{}",
                sealed.line
            );
            assert_eq!(Envelope::open(sealed.line.as_bytes()), Ok(sealed));
        }
    }

    #[test]
    fn a_newer_schema_is_told_from_damage() {
        let body = r#"{"schema":2,"seq":1,"strange":true"#;
        let line = format!("{body}{}", tail(crc32fast::hash(body.as_bytes())));
        assert_eq!(Envelope::open(line.as_bytes()), Err(Unreadable::Newer(2)));
        let flipped = line.replace("strange", "strangf");
        assert!(matches!(
            Envelope::open(flipped.as_bytes()),
            Err(Unreadable::Damaged(_))
        ));
    }

    /// A later schema that calls the kind `what`, and the version `v`.
    fn read_2(line: &[u8]) -> Result<Envelope, Unreadable> {
        let text = std::str::from_utf8(line).unwrap();
        let older = text.replace(r#""what":"#, r#""kind":"#);
        let older = older.replace(r#""v":"#, r#""version":"#);
        let mut envelope = read_1(older.as_bytes())?;
        envelope.line = text.to_owned();
        Ok(envelope)
    }

    #[test]
    fn a_later_program_reads_what_this_one_wrote_and_the_chain_spans_both() {
        let readers: [Reader; 2] = [read_1, read_2];
        let first = Envelope::seal(Mark::START, 0, blob(b"1"));
        let second = Envelope::seal(first.mark(), 0, blob(b"2"));
        let body = &second.line[..second.line.len() - TAIL_LEN];
        let body = body.replace(r#""schema":1"#, r#""schema":2"#);
        let body = body.replace(r#""kind":"#, r#""what":"#);
        let body = body.replace(r#""version":"#, r#""v":"#);
        let line = format!("{body}{}", tail(crc32fast::hash(body.as_bytes())));

        let by_later = |line: &str| read_by(&readers, line.as_bytes());
        assert_eq!(by_later(&first.line), Ok(first.clone()));
        let read = by_later(&line).unwrap();
        assert_eq!((&read.blob, read.prev), (&second.blob, first.mark().hash));
        assert_eq!(read.line, line, "what is hashed is what was written");
        // And this program says so, and does not guess.
        assert_eq!(Envelope::open(line.as_bytes()), Err(Unreadable::Newer(2)));
    }

    #[test]
    fn a_schema_that_never_was_is_damage() {
        let body = r#"{"schema":0,"seq":1"#;
        let line = format!("{body}{}", tail(crc32fast::hash(body.as_bytes())));
        assert!(matches!(
            Envelope::open(line.as_bytes()),
            Err(Unreadable::Damaged(_))
        ));
    }

    proptest! {
        #[test]
        fn any_record_comes_back_as_it_was(
            seq in 0..u64::MAX, more: u64, kind in ".{0,12}", version: u16, bytes: Vec<u8>,
        ) {
            let head = Mark { seq, hash: Hash::of(&bytes) };
            let sealed = Envelope::seal(head, more, Blob { kind, version, bytes });
            prop_assert!(!sealed.line.contains('\n'));
            prop_assert_eq!(Envelope::open(sealed.line.as_bytes()), Ok(sealed));
        }

        #[test]
        fn no_flipped_bit_passes(at: prop::sample::Index, bit in 0..8u8) {
            let mut line = Envelope::seal(Mark::START, 0, blob(br#"{"qty":"5"}"#)).line.into_bytes();
            let at = at.index(line.len());
            line[at] ^= 1u8 << bit;
            prop_assert!(matches!(Envelope::open(&line), Err(Unreadable::Damaged(_))));
        }
    }
}
