//! The first words of a connection, before there are messages.
//!
//! The client says `API`, a NUL, and as a length and text the versions it speaks: `v213..226`, or
//! `v213` alone, perhaps with options after a space. The gateway answers with a length, its
//! version and its time, each ended by a NUL and without a message id.

use chrono::{DateTime, Utc};
use polyfolio_model::Ts;

use super::frame::{FrameBuffer, encode_text};

/// The oldest version whose every message is protobuf; nothing older is spoken here.
pub(crate) const VERSION_MIN: i32 = 213;

/// The newest version that is known.
pub(crate) const VERSION_MAX: i32 = 226;

/// The most bytes that a client's versions and options may take.
const HELLO_BYTES_MAX: usize = 1_024;

const PREFIX: &[u8] = b"API\0";

/// The versions that a client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientHello {
    /// The oldest.
    pub min: i32,
    /// The newest.
    pub max: i32,
}

/// Why a connection is no client's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HelloError {
    /// Something else speaks.
    #[error("the connection does not begin with `API` and a NUL")]
    NotAnApiClient,
    /// A hello longer than any is.
    #[error("a hello of {0} bytes: at most {HELLO_BYTES_MAX} are taken")]
    TooLong(usize),
    /// Versions that are none.
    #[error("{0:?} names no versions: v213..226 is expected")]
    NoVersions(String),
    /// Nothing in common.
    #[error("the client speaks versions {min} to {max}, this gateway {VERSION_MIN} to {ours}")]
    NoCommonVersion {
        /// The client's oldest.
        min: i32,
        /// The client's newest.
        max: i32,
        /// Our newest.
        ours: i32,
    },
}

impl ClientHello {
    /// Takes the hello off the buffer; `None` while it has not all arrived.
    pub(crate) fn take(buffer: &mut FrameBuffer) -> Result<Option<Self>, HelloError> {
        let unread = buffer.unread();
        let begun = unread.len().min(PREFIX.len());
        if unread.get(..begun) != PREFIX.get(..begun) {
            return Err(HelloError::NotAnApiClient);
        }
        let Some((word, rest)) = unread
            .get(PREFIX.len()..)
            .and_then(|r| r.split_first_chunk::<4>())
        else {
            return Ok(None);
        };
        let bytes = u32::from_be_bytes(*word) as usize;
        if bytes > HELLO_BYTES_MAX {
            return Err(HelloError::TooLong(bytes));
        }
        let Some(text) = rest.get(..bytes) else {
            return Ok(None);
        };
        let hello = Self::parse(&String::from_utf8_lossy(text))?;
        buffer.skip(PREFIX.len() + 4 + bytes);
        Ok(Some(hello))
    }

    /// The newest version that both speak.
    pub(crate) fn agree(self, ours: i32) -> Result<i32, HelloError> {
        let Self { min, max } = self;
        let version = max.min(ours);
        if version < VERSION_MIN || version < min {
            return Err(HelloError::NoCommonVersion { min, max, ours });
        }
        Ok(version)
    }

    fn parse(text: &str) -> Result<Self, HelloError> {
        let fault = || HelloError::NoVersions(text.to_owned());
        let versions = text.split(' ').next().and_then(|v| v.strip_prefix('v'));
        let versions = versions.ok_or_else(fault)?;
        let (min, max) = versions.split_once("..").unwrap_or((versions, versions));
        match (min.parse(), max.parse()) {
            (Ok(min), Ok(max)) if min <= max => Ok(Self { min, max }),
            _ => Err(fault()),
        }
    }
}

/// What the gateway answers.
pub(crate) fn answer(version: i32, now: Ts) -> Vec<u8> {
    let time: DateTime<Utc> = now.datetime();
    let time = time.format("%Y%m%d %H:%M:%S UTC").to_string();
    encode_text(&[&version.to_string(), &time])
}

/// What a client hears that is too old, or too new: an error in the text form that every version
/// reads.
pub(crate) fn refusal() -> Vec<u8> {
    encode_text(&["4", "2", "-1", "506", "Unsupported version"])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(bytes: &[u8]) -> Result<Option<ClientHello>, HelloError> {
        let mut buffer = FrameBuffer::default();
        buffer.push(bytes);
        ClientHello::take(&mut buffer)
    }

    fn hello(text: &str) -> Vec<u8> {
        let mut bytes = PREFIX.to_vec();
        bytes.extend((text.len() as u32).to_be_bytes());
        bytes.extend(text.bytes());
        bytes
    }

    #[test]
    fn a_hello_is_taken_when_it_is_whole() {
        let (min, max) = (213, 226);
        let whole = hello("v213..226");
        for cut in 0..whole.len() {
            assert_eq!(take(&whole[..cut]), Ok(None), "cut at {cut}");
        }
        assert_eq!(take(&whole), Ok(Some(ClientHello { min, max })));
        let with_options = take(&hello("v100..226 +PACEAPI"));
        assert_eq!(with_options, Ok(Some(ClientHello { min: 100, max })));
        assert_eq!(
            take(&hello("v213")),
            Ok(Some(ClientHello { min, max: 213 }))
        );
    }

    #[test]
    fn what_is_no_hello_is_named() {
        assert_eq!(take(b"GET /"), Err(HelloError::NotAnApiClient));
        assert_eq!(
            take(b"API\0\xff\xff\xff\xff"),
            Err(HelloError::TooLong(0xffff_ffff))
        );
        for text in ["", "213..226", "v226..213", "vx..y"] {
            assert_eq!(take(&hello(text)), Err(HelloError::NoVersions(text.into())));
        }
    }

    #[test]
    fn the_newest_common_version_is_agreed_on() {
        let agree = |min, max, ours| ClientHello { min, max }.agree(ours).ok();
        assert_eq!(agree(213, 226, 226), Some(226));
        assert_eq!(agree(213, 220, 226), Some(220));
        assert_eq!(agree(100, 230, 226), Some(226));
        assert_eq!(agree(213, 226, 213), Some(213));
        assert_eq!(agree(100, 212, 226), None);
        assert_eq!(agree(227, 230, 226), None);
    }

    #[test]
    fn the_answer_is_text_without_an_id() {
        let now = "2022-12-01T21:00:05Z".parse().unwrap();
        let body = b"226\x0020221201 21:00:05 UTC\0";
        let mut expect = vec![0, 0, 0, body.len() as u8];
        expect.extend(body);
        assert_eq!(answer(226, now), expect);
    }
}
