//! Every way a history can be wrong is an error that says where.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::io::Write;
use std::path::Path;

use flate2::{Compression, write::GzEncoder};
use polyfolio_market_data::{Fault, History, HistoryError};

/// The place and the whole message of the error that `text` gives.
fn check(text: impl AsRef<[u8]>, line: usize, column: usize, says: &str) {
    let text = text.as_ref();
    let error = History::parse("my.csv", text).map(|h| h.len()).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("my.csv, line {line}, column {column}: {says}")
    );
}

#[test]
fn headers() {
    let empty = "the file is empty; expected a header such as date,AAPL,MSFT";
    check("", 1, 1, empty);
    check(" \r\n\n", 1, 1, empty);
    check(
        "AAPL,MSFT\n1,2\n",
        1,
        1,
        r#"the first column is headed "AAPL"; expected "date""#,
    );
    check(
        "2023-01-02,1\n",
        1,
        1,
        r#"the first column is headed "2023-01-02"; expected "date""#,
    );
    check("date\n2023-01-02\n", 1, 2, "the header names no instrument");
    check(
        "date,A,,B\n",
        1,
        3,
        r#""" cannot name an instrument: the field is empty"#,
    );
    check(
        "date,A,B,A\n",
        1,
        4,
        "instrument A already stands in column 2",
    );
    check("date,A\n", 2, 1, "there are no rows below the header");
    for (bars, column) in [
        ("Date,Open,High,Low,Close,Volume\n", 5),
        ("time,Close\n", 2),
        ("date,Last,volume\n", 3),
        ("Date,Open,High,Low,Last\n", 2),
    ] {
        let says = "these are the bars of one instrument, and nothing says of which; \
                    add a column symbol";
        check(bars, 1, column, says);
    }
    // LOW and OPEN have shares.
    assert!(History::parse("h.csv", b"date,LOW,OPEN\n2023-01-02,1,2\n").is_ok());
}

#[test]
fn dates() {
    let rows = |second: &str| format!("date,A\n2023-01-02,1\n2023-01-04,1\n{second},1\n");
    check(
        rows("2023-01-04"),
        4,
        1,
        "date 2023-01-04 stands twice, first on line 3",
    );
    check(
        rows("2023-01-02"),
        4,
        1,
        "date 2023-01-02 stands twice, first on line 2",
    );
    let order = "date 2023-01-03 comes after 2023-01-04; rows must ascend";
    check(rows("2023-01-03"), 4, 1, order);
    for date in [
        "2023-02-29",
        "2023-1-05",
        "01/05/2023",
        "20230105",
        "",
        "2023-01-05 10:00",
    ] {
        check(
            rows(date),
            4,
            1,
            &format!("{date:?} is not a date such as 2022-12-28: year, month, day"),
        );
    }
}

#[test]
fn prices() {
    let row = |price: &str| format!("date,A,B\n2023-01-02,1,2\n2023-01-03,1,{price}\n");
    check(
        row("1O.5"),
        3,
        3,
        r#"B: "1O.5" is not a price such as 125.674"#,
    );
    check(row("NaN"), 3, 3, "B: price NaN is not finite");
    check(row("-inf"), 3, 3, "B: price -inf is not finite");
    check(row("0.000"), 3, 3, "B: price 0.000 is not above zero");
    check(row("-3"), 3, 3, "B: price -3 is not above zero");
    check(row("1e-50"), 3, 3, "B: price 1e-50 has more than 28 digits");
}

#[test]
fn a_day_and_an_instrument_have_a_close_somewhere() {
    let rows = |second: &str, third: &str| format!("date,A,B\n{second}\n{third}\n");
    let day = "no instrument has a price on 2023-01-03";
    check(rows("2023-01-02,1,2", "2023-01-03, ,"), 3, 2, day);
    let never = "B has no price in any row";
    check(rows("2023-01-02,1,", "2023-01-03,2,"), 1, 3, never);
}

#[test]
fn shapes() {
    check(
        "date,A,B\n2023-01-02,1\n",
        2,
        3,
        "the row has 2 fields, the header 3",
    );
    check(
        "date,A\n2023-01-02,1,2,3\n",
        2,
        3,
        "the row has 4 fields, the header 2",
    );
    let blank = "the line is blank; expected a row of 2 fields";
    check("date,A\n2023-01-02,1\n\n2023-01-03,1\n", 3, 1, blank);
    check(
        b"date,A,B\n2023-01-02,1,\xff\n",
        2,
        3,
        "the bytes are not UTF-8 text",
    );
}

#[test]
fn what_spreadsheets_write_is_read() {
    let text = "\u{feff}\"Date\", \"BRK.B\"\r\n\"2023-01-02\", 1.50\r\n\r\n";
    let history = History::parse("my.csv", text.as_bytes()).unwrap();
    assert_eq!(history.instruments()[0].as_str(), "BRK.B");
    assert_eq!(history.closes(0), [1.5]);
}

#[test]
fn a_missing_file_is_named() {
    let error = History::load("no/such/file.csv").unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with("history no/such/file.csv cannot be read: "),
        "{text}"
    );
}

#[test]
fn gzip_is_known_by_its_bytes_and_must_be_whole() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder
        .write_all(b"date,A\n2023-01-02,1\n2023-01-03,x\n")
        .unwrap();
    let whole = encoder.finish().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plain-name.csv");

    std::fs::write(&file, &whole).unwrap();
    let error = History::load(&file).unwrap_err();
    let HistoryError::Content {
        path,
        line: 3,
        column: 2,
        fault,
    } = error
    else {
        panic!("{error}");
    };
    assert_eq!(path, file);
    assert_eq!(
        fault,
        Fault::BadPrice {
            instrument: "A".into(),
            found: "x".into()
        }
    );

    for cut in [whole.len() - 1, whole.len() / 2, 3] {
        let error = History::parse(Path::new("cut.csv.gz"), &whole[..cut]).unwrap_err();
        let text = error.to_string();
        assert!(
            text.starts_with("history cut.csv.gz is not a whole gzip file: "),
            "{text}"
        );
    }
    let mut flipped = whole;
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0x40;
    assert!(History::parse("bad.csv.gz", &flipped).is_err());
}
