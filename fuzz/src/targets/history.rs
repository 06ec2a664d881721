//! A price history, wide or long, plain or gzip, and what `polyfolio data check` says of it.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use polyfolio_market_data::{History, HistoryError, ReadOptions, Shape, check};

const PATH: &str = "prices.csv";
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The bytes are such a file; a plain one is read once more in gzip.
pub fn run(data: &[u8]) {
    let options = options();
    let read = History::parse_with(PATH, data, &options);
    match &read {
        Ok(history) => comes_back(history),
        Err(error) => has_a_place(error),
    }
    if !data.starts_with(&GZIP_MAGIC) {
        let packed = History::parse_with(PATH, &packed(data), &options);
        assert_eq!(told(&read), told(&packed), "plain and gzip");
    }
}

/// With a time zone, so that no kind of time is refused at once, and with lines.
fn options() -> ReadOptions {
    ReadOptions {
        time_zone: "America/New_York".parse().ok(),
        lines: true,
        ..ReadOptions::default()
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
    // A column of this name makes a long file of what is written wide.
    let is_named = |word: &str| {
        let names = history.instruments().iter();
        names
            .clone()
            .any(|name| name.as_str().eq_ignore_ascii_case(word))
    };
    if history.shape() == Shape::Long && (is_named("symbol") || is_named("ticker")) {
        return;
    }
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
        let closes = history.closes(row).iter().zip(history.ages(row));
        for (close, age) in closes {
            let is_known = *age != History::NEVER;
            assert_eq!(is_known, *close > 0.0 && close.is_finite(), "{close} {age}");
        }
        assert_eq!(again.ages(row), history.ages(row));
        assert!(history.ages(row).contains(&0), "a row without a close");
    }
}

fn written(history: &History) -> String {
    let mut text = String::from("date");
    for instrument in history.instruments() {
        let _ = write!(text, ",{instrument}");
    }
    for (row, date) in history.dates().iter().enumerate() {
        let _ = write!(text, "\n{date}");
        for (price, age) in history.prices(row).iter().zip(history.ages(row)) {
            let _ = match age {
                0 => write!(text, ",{price}"),
                _ => write!(text, ","),
            };
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
