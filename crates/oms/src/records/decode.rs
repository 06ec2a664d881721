//! The short way from bytes to a record of the frequent kinds.
//!
//! The tag of a record could stand anywhere in it, so reading one in general puts everything into
//! a buffer until the tag has been found. We write the tag first; what follows it is then read at
//! once. It knows nothing of versions.

use serde::de::DeserializeOwned;

use super::Record;

/// The record, when its tag stands first and is of a frequent kind; `None` for the general way. A
/// second tag is passed over, as any key that a record does not have.
pub(super) fn tag_first(bytes: &[u8]) -> Option<serde_json::Result<Record>> {
    let rest = bytes.strip_prefix(br#"{"kind":""#)?;
    let end = rest.iter().position(|byte| *byte == b'"')?;
    match &rest[..end] {
        b"parent" => Some(read(bytes, Record::Parent)),
        b"arrived" => Some(read(bytes, Record::Arrived)),
        b"stage" => Some(read(bytes, Record::Stage)),
        b"intent" => Some(read(bytes, Record::Intent)),
        b"asked" => Some(read(bytes, Record::Asked)),
        b"fact" => Some(read(bytes, Record::Fact)),
        b"allocated" => Some(read(bytes, Record::Allocated)),
        b"transfer" => Some(read(bytes, Record::Transfer)),
        _ => None,
    }
}

fn read<T: DeserializeOwned>(bytes: &[u8], of: fn(T) -> Record) -> serde_json::Result<Record> {
    serde_json::from_slice(bytes).map(of)
}
