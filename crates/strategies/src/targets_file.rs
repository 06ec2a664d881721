//! Positions and NAV series that another program writes.
//!
//! `{"nav": [["2023-01-02", 100000.0], …], "positions": {"AAPL": 10.5, …}}`. Numbers may stand in
//! quotes, as polyfolio's own answers have them, and other keys are left alone, so the answer of
//! `polyfolio sleeve` is such a file. NaN and infinities are read as what they are, also bare, as
//! Python writes them: whoever sizes with them says which figure is no number.

mod bare;
mod schema;

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use indexmap::IndexMap;
use polyfolio_model::InstrumentId;

use crate::params::{Param, ParamType};
use crate::{Evaluation, Kind, Source, StrategyError};

/// What such a file holds. Dates may be unordered, doubled or none; values may be no numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetsFile {
    /// The NAV series in the order of the file.
    pub nav: Vec<(NaiveDate, f64)>,
    /// Units by symbol, in the order of the file.
    pub positions: IndexMap<InstrumentId, f64>,
}

impl TargetsFile {
    /// Reads a file.
    ///
    /// # Errors
    /// Names the file, and line and column where its text goes wrong.
    pub fn read(path: &Path) -> Result<Self, StrategyError> {
        let bytes = std::fs::read(path).map_err(|source| StrategyError::Read {
            path: path.into(),
            source,
        })?;
        Self::from_bytes(path, &bytes)
    }

    /// Reads the bytes of such a file; `path` is what errors call it.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn from_bytes(path: &Path, bytes: &[u8]) -> Result<Self, StrategyError> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let valid = &bytes[..error.valid_up_to()];
            let line_start = valid
                .iter()
                .rposition(|&b| b == b'\n')
                .map_or(0, |at| at + 1);
            StrategyError::Targets {
                path: path.into(),
                line: valid.iter().filter(|&&b| b == b'\n').count() + 1,
                column: valid.len() - line_start + 1,
                reason: "the bytes are not UTF-8 text".to_owned(),
            }
        })?;
        Self::parse(path, text)
    }

    /// Reads the text of such a file; `path` is what errors call it.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn parse(path: &Path, text: &str) -> Result<Self, StrategyError> {
        let quoted = bare::quote(text);
        let file: schema::File =
            serde_json::from_str(&quoted.text).map_err(|error| StrategyError::Targets {
                path: path.into(),
                line: error.line(),
                column: quoted.original_column(error.line(), error.column()).max(1),
                reason: reason(&error),
            })?;
        Ok(Self {
            nav: file.nav(),
            positions: file.positions(),
        })
    }
}

impl From<TargetsFile> for Evaluation {
    fn from(file: TargetsFile) -> Self {
        let wanted = file
            .positions
            .values()
            .filter(|&&units| units != 0.0)
            .count();
        Self {
            why: match wanted {
                1 => "1 position from its file".to_owned(),
                n => format!("{n} positions from its file"),
            },
            nav: file.nav,
            positions: file.positions,
            stats: None,
            fills: Vec::new(),
            cash: None,
        }
    }
}

/// Without the place, which the error carries apart.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&place).unwrap_or(&text).to_owned()
}

const PARAMS: &[Param] = &[Param {
    name: "path",
    kind: ParamType::Text { default: None },
    doc: "the JSON file: {\"nav\": [[date, value], …], \"positions\": {symbol: units, …}}",
}];

pub(crate) fn kind() -> Kind {
    Kind::new(
        "targets_file",
        "positions and NAV series that another program writes",
        PARAMS,
        "{ path = \"my-targets.json\" }",
        |params| Ok(Source::File(PathBuf::from(params.text("path")))),
    )
    .about(
        "The file is read at every plan and says what the strategy holds (`positions`, in units) and \
         what its account is worth (`nav`, a series of dates and values). Numbers may stand in \
         quotes, other keys are left alone: the answer of  polyfolio sleeve NAME --json  is such a \
         file. The sleeve's universe, start, end, fee_rate, fill, lots and capital do not matter.",
    )
    .warm_up("no history")
}
