//! A price history, plain or gzip, and what `polyfolio data check` says of it.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use polyfolio_market_data::{History, HistoryError, check};

const PATH: &str = "prices.csv";
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The bytes are such a file; a plain one is read once more in gzip.
pub fn run(data: &[u8]) {
    let read = History::parse(PATH, data);
    match &read {
        Ok(history) => comes_back(history),
        Err(error) => has_a_place(error),
    }
    if !data.starts_with(&GZIP_MAGIC) {
        let packed = History::parse(PATH, &packed(data));
        assert_eq!(told(&read), told(&packed), "plain and gzip");
    }
}

fn has_a_place(error: &HistoryError) {
    let text = error.to_string();
    let is_placed = match error {
        HistoryError::Content { line, column, .. } => {
            *line >= 1 && *column >= 1 && text.starts_with(&format!("{PATH}, line {line}, column "))
        }
        _ => text.starts_with(&format!("history {PATH} ")),
    };
    assert!(is_placed, "{text}");
}

fn comes_back(history: &History) {
    let text = written(history);
    let again = match History::parse(PATH, text.as_bytes()) {
        Ok(again) => again,
        Err(error) => panic!("{error} in {text}"),
    };
    assert_eq!(text, written(&again));
    let report = check(PATH, history);
    assert_eq!(report.rows, history.len());
    assert!(report.to_string().starts_with(PATH));
    if let Err(error) = serde_json::to_vec(&report) {
        panic!("the report cannot be written: {error}");
    }
    for (row, date) in history.dates().iter().enumerate() {
        assert_eq!(history.row_at(*date), Some(row));
        assert!(
            history
                .closes(row)
                .iter()
                .all(|close| *close > 0.0 && close.is_finite())
        );
    }
}

fn written(history: &History) -> String {
    let mut text = String::from("date");
    for instrument in history.instruments() {
        let _ = write!(text, ",{instrument}");
    }
    for (row, date) in history.dates().iter().enumerate() {
        let _ = write!(text, "\n{date}");
        for price in history.prices(row) {
            let _ = write!(text, ",{price}");
        }
    }
    text
}

fn told(read: &Result<History, HistoryError>) -> String {
    match read {
        Ok(history) => written(history),
        Err(error) => error.to_string(),
    }
}

fn packed(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let packed = encoder.write_all(data).and_then(|()| encoder.finish());
    packed.unwrap_or_default()
}
