//! Records and snapshots in the bare bytes of a file.
//!
//! Every engine stores a value as it is given, in one stretch: so an envelope that was ever
//! written lies somewhere in the file as one line, and its checksum tells it from anything that
//! only looks like one. What the database had deleted is found as well, and what was never
//! acknowledged; which of it belongs to the journal, the chain says, not this.

use std::collections::BTreeMap;

use crate::envelope::Envelope;
use crate::snapshots::{DESCRIBED, Description, PIECE, Piece};

/// No line is longer that can lie in one piece.
const LINE_LEN_MAX: usize = 64 << 10;

/// What lies in some bytes.
#[derive(Default)]
pub(super) struct Carved {
    pub(super) envelopes: Vec<Envelope>,
    /// What a database says of itself: whose orders these are.
    pub(super) deployment: Option<u32>,
    pub(super) snapshots: Vec<(Description, polyfolio_ports::Blob)>,
}

pub(super) fn carve(bytes: &[u8]) -> Carved {
    let mut carved = Carved::default();
    let mut described = Vec::new();
    let mut pieces: BTreeMap<(u64, u32), &[u8]> = BTreeMap::new();
    for (at, byte) in bytes.iter().enumerate() {
        let rest = &bytes[at..];
        match byte {
            b'{' if rest.starts_with(b"{\"schema\":") => {
                if let Some(envelope) = line(rest).and_then(|line| Envelope::open(line).ok()) {
                    carved.envelopes.push(envelope);
                } else if let Some(deployment) = deployment(rest) {
                    carved.deployment = Some(deployment);
                }
            }
            b's' if rest.starts_with(PIECE.as_bytes()) => {
                if let Some(piece) = Piece::from_bytes(rest) {
                    pieces.insert((piece.count, piece.piece), piece.bytes);
                }
            }
            b's' if rest.starts_with(DESCRIBED.as_bytes()) => {
                described.extend(Description::from_bytes(rest).ok());
            }
            _ => {}
        }
    }
    for (count, description) in described {
        let pieces = pieces.range((count, 0)..=(count, u32::MAX));
        let state = pieces.flat_map(|(_, bytes)| *bytes).copied().collect();
        if let Ok(state) = description.state(state) {
            carved.snapshots.push((description, state));
        }
    }
    carved
}

/// The line that begins here, if it ends.
fn line(bytes: &[u8]) -> Option<&[u8]> {
    let some = &bytes[..bytes.len().min(LINE_LEN_MAX)];
    let end = some.iter().position(|byte| byte.is_ascii_control())?;
    (some[end] == b'\n').then(|| &some[..end])
}

/// `{"schema":1,"deployment":N}`
fn deployment(bytes: &[u8]) -> Option<u32> {
    let digits = bytes.strip_prefix(b"{\"schema\":1,\"deployment\":")?;
    let end = digits.iter().take(11).position(|byte| *byte == b'}')?;
    std::str::from_utf8(&digits[..end]).ok()?.parse().ok()
}
