//! A notice as JSON: `polyfolio.notice/1`.

use polyfolio_ports::Notice;
use serde_json::{Value, json};

use crate::Count;

/// Who tells: what a person with several of us must know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sender {
    /// `paper` or `live`.
    pub mode: String,
    /// The broker's name.
    pub broker: String,
}

pub(crate) fn body(notice: &Notice, sender: &Sender, before: &Count) -> Value {
    json!({
        "schema": "polyfolio.notice/1",
        "kind": notice.kind.name(),
        "time": notice.time,
        "text": notice.text,
        "mode": sender.mode,
        "broker": sender.broker,
        "run": notice.run,
        "symbol": notice.symbol,
        "cl_ord_id": notice.cl_ord_id,
        "untold": before.untold(),
        "untold_since": before.since,
    })
}
