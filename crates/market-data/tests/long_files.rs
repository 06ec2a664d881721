//! The long format: what it is read as, and every way it can be wrong.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};
use polyfolio_market_data::{BarTime, History, ReadOptions, Shape};
use proptest::prelude::*;

const BARS: [&str; 6] = [
    "2023-01-02,A,1.0,1.5,0.5,1.25,100",
    "2023-01-02,B,20,21,19,20.50,2000",
    "2023-01-03,B,20,21,19,20.60,0",
    "2023-01-04,A,1.0,1.5,0.5,1.30,300",
    "2023-01-04,C,7,7,7,7,",
    "2023-01-05,B,20,21,19,20.70,4000",
];
const HEADER: &str = "date,symbol,open,high,low,close,volume";

/// What all of them say.
const TABLE: &str = "date,A,B,C\n2023-01-02,1.25,20.5,\n2023-01-03,,20.6,\n\
                     2023-01-04,1.3,,7\n2023-01-05,,20.7,\n";

fn read(text: &str) -> History {
    History::parse("my.csv", text.as_bytes()).unwrap()
}

fn of(header: &str, lines: &[&str]) -> String {
    format!("{header}\n{}\n", lines.join("\n"))
}

/// The place and the whole message of the error that a second line after a sound one gives.
fn check(header: &str, lines: &[&str], line: usize, column: usize, says: &str) {
    let text = of(header, lines);
    let read = History::parse("my.csv", text.as_bytes()).map(|h| h.to_csv());
    assert_eq!(
        read.unwrap_err().to_string(),
        format!("my.csv, line {line}, column {column}: {says}"),
        "{text}"
    );
}

#[test]
fn bars_by_date_or_by_symbol_make_the_same_table() {
    let mut by_symbol = BARS;
    by_symbol.sort_by_key(|line| line.split(',').nth(1).unwrap());
    for lines in [BARS, by_symbol] {
        let history = read(&of(HEADER, &lines));
        assert_eq!(history.to_csv(), TABLE);
        assert_eq!(history.shape(), Shape::Long);
        let volumes = [0, 1, 2, 3].map(|row| history.volume(&"B".into(), row));
        assert_eq!(volumes, [Some(2000.0), Some(0.0), None, Some(4000.0)]);
        assert_eq!(history.volume(&"C".into(), 2), None);
        assert_eq!(history.ages(3), [1, 0, 1]);
        // The wide file of the same closes is the same history.
        let wide = read(TABLE);
        for row in 0..4 {
            assert_eq!(wide.ages(row), history.ages(row));
            let bits = |history: &History| {
                let closes = history.closes(row).iter();
                closes.map(|close| close.to_bits()).collect::<Vec<_>>()
            };
            assert_eq!(bits(&wide), bits(&history));
            assert_eq!(wide.prices(row), history.prices(row));
        }
    }
}

#[test]
fn columns_are_known_by_their_names() {
    let text =
        "Volume,TICKER,Close,DateTime\r\n10,\"A\", 5 ,2023-01-02\r\n20,A,6,2023-01-03\r\n\r\n";
    let history = read(text);
    assert_eq!(history.to_csv(), "date,A\n2023-01-02,5\n2023-01-03,6\n");
    assert_eq!(history.volume(&"A".into(), 1), Some(20.0));
    let bare = read("symbol,date,close\nA,2023-01-02,5\n");
    assert_eq!((bare.len(), bare.volume(&"A".into(), 0)), (1, None));
}

#[test]
fn a_packed_file_is_the_same() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(of(HEADER, &BARS).as_bytes()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("my.csv.gz");
    std::fs::write(&file, encoder.finish().unwrap()).unwrap();
    assert_eq!(History::load(&file).unwrap().to_csv(), TABLE);
}

#[test]
fn headers() {
    let line = &["2023-01-02,A,1"];
    check(
        "date,symbol,close",
        &[],
        2,
        1,
        "there are no rows below the header",
    );
    let unknown = "the column \"adj\" is not known; a file with a symbol on every line has date, \
                   symbol, open, high, low, close and volume";
    check("date,symbol,close,adj", line, 1, 4, unknown);
    let twice = "the column \"timestamp\" says what column 1 says";
    check("date,symbol,close,timestamp", line, 1, 4, twice);
    let none = "the header names no column \"close\"";
    check("date,symbol,open", line, 1, 1, none);
}

#[test]
fn lines() {
    let bar = "2023-01-02,A,1,2,1,1.5,10";
    let blank = "the line is blank; expected a row of 7 fields";
    let after = "2023-01-03,A,1,2,1,1.5,10";
    check(HEADER, &[bar, "", after], 3, 1, blank);
    let check = |line: &str, column, says: &str| check(HEADER, &[bar, line], 3, column, says);
    check(
        "2023-01-03,A,1,2,1,1.5",
        7,
        "the row has 6 fields, the header 7",
    );
    check(
        "2023-01-02,A,1,2,1,1.5,10",
        1,
        "A has 2023-01-02 twice, first on line 2",
    );
    let order =
        "A: 2023-01-01 comes before its bar on line 2; the bars of an instrument must ascend";
    check("2023-01-01,A,1,2,1,1.5,10", 1, order);
    let stamp = "\"2023-02-29\" is neither a date such as 2022-12-28 nor a time such as \
                 2022-12-28T15:30:00-05:00";
    check("2023-02-29,A,1,2,1,1.5,10", 1, stamp);
    let mixed = "\"2023-01-03T10:00\" is a time without an offset, but the rows above have dates";
    check("2023-01-03T10:00,A,1,2,1,1.5,10", 1, mixed);
    check(
        "2023-01-03,,1,2,1,1.5,10",
        2,
        "\"\" cannot name an instrument: the field is empty",
    );
    check(
        "2023-01-03,A,NaN,2,1,1.5,10",
        3,
        "A: price NaN is not finite",
    );
    check(
        "2023-01-03,A,1,2,-1,1.5,10",
        5,
        "A: price -1 is not above zero",
    );
    check("2023-01-03,A,1,2,1,0,10", 6, "A: price 0 is not above zero");
    check(
        "2023-01-03,A,1,2,1,,10",
        6,
        "A has no price; leave the line out where there is none",
    );
    check(
        "2023-01-03,A,1,2,2.01,2,10",
        4,
        "A: the high 2 is below the low 2.01",
    );
    check(
        "2023-01-03,A,1,2,1,1.5,-1",
        7,
        "A: \"-1\" is not a volume, a number from 0 on",
    );
    check(
        "2023-01-03,A,1,2,1,1.5,NaN",
        7,
        "A: \"NaN\" is not a volume, a number from 0 on",
    );
}

#[test]
fn the_last_bar_of_a_date_is_its_close() {
    let options = |zone: Option<&str>, bar| ReadOptions {
        time_zone: zone.map(|name| name.parse().unwrap()),
        bar,
        lines: true,
    };
    let check = |lines: &[&str], options: &ReadOptions, table: &str, volume| {
        let text = of("timestamp,symbol,close,volume", lines);
        let history = History::parse_with("my.csv", text.as_bytes(), options).unwrap();
        assert_eq!(history.to_csv(), table);
        assert_eq!(history.volume(&"A".into(), 0), Some(volume));
        assert_eq!(history.line(0, 0), Some(3));
    };
    let start = options(Some("America/New_York"), BarTime::Start);
    // 20:59 and 03:00 of the next day in UTC are of one date in New York.
    let utc = [
        "2024-01-02T20:59:00Z,A,5,10",
        "2024-01-03T03:00:00Z,A,6,20",
        "2024-01-03T05:00:00Z,A,7,30",
    ];
    check(&utc, &start, "date,A\n2024-01-02,6\n2024-01-03,7\n", 30.0);
    let local = [
        "2024-01-02 09:30,A,5,10",
        "2024-01-02 16:00,A,6,20",
        "2024-01-03 00:00,A,7,30",
    ];
    let none = options(None, BarTime::Start);
    check(&local, &none, "date,A\n2024-01-02,6\n2024-01-03,7\n", 30.0);
    // Summer time begins: the offsets differ, the file is one.
    let offsets = [
        "2024-03-09T16:00:00-05:00,A,5,1",
        "2024-03-09T17:00:00-05:00,A,6,2",
        "2024-03-10T16:00:00-04:00,A,7,4",
    ];
    check(&offsets, &none, "date,A\n2024-03-09,6\n2024-03-10,7\n", 3.0);
    let end = options(None, BarTime::End);
    let ends = [
        "2024-01-02 23:59,A,5,1",
        "2024-01-03 00:00,A,6,2",
        "2024-01-03 00:01,A,7,4",
    ];
    check(&ends, &end, "date,A\n2024-01-02,6\n2024-01-03,7\n", 3.0);
}

#[test]
fn times_are_refused_that_have_no_date_or_no_order() {
    let header = "timestamp,symbol,close";
    let zone = "\"2024-01-02T20:59:00Z\" is a time in UTC; say in which time zone its date is \
                taken: time_zone = \"America/New_York\" in [history], or --time-zone";
    check(header, &["2024-01-02T20:59:00Z,A,5"], 2, 1, zone);
    let twice = "A has 2024-01-02 10:00:00 twice, first on line 2";
    check(
        header,
        &["2024-01-02 10:00,A,5", "2024-01-02 10:00:00,A,5"],
        3,
        1,
        twice,
    );
    let lines = ["2024-01-02T10:00,A,5", "2024-01-02T10:01+01:00,A,5"];
    let mixed = "\"2024-01-02T10:01+01:00\" is a time with an offset, but the rows above have \
                 times without an offset";
    check(header, &lines, 3, 1, mixed);
}

/// A file longer than the pieces it is read in, with holes: as its parts say.
#[test]
fn a_file_of_many_pieces_loses_nothing() {
    let mut text = String::from(HEADER);
    let is_there = |day: u32, symbol: u32| !(day + 3 * symbol).is_multiple_of(11);
    let date = |day: u32| {
        format!(
            "20{:02}-{:02}-{:02}",
            day / 336,
            day / 28 % 12 + 1,
            day % 28 + 1
        )
    };
    for day in 0..3_000 {
        for symbol in (0..7).filter(|&symbol| is_there(day, symbol)) {
            let date = date(day);
            let close = day * 7 + symbol + 1;
            let _ = write!(
                text,
                "\n{date},S{symbol},1.25,{close}.75,0.01,{close}.50,{day}"
            );
        }
    }
    assert!(text.len() > 4 * 128 * 1024);
    let history = read(&text);
    assert_eq!((history.len(), history.instruments().len()), (3_000, 7));
    for day in 0..3_000 {
        let row = day as usize;
        assert_eq!(history.dates()[row].to_string(), date(day));
        for (column, name) in history.instruments().iter().enumerate() {
            let symbol: u32 = name.as_str()[1..].parse().unwrap();
            assert_eq!(history.has_close(row, column), is_there(day, symbol));
            if is_there(day, symbol) {
                let close = f64::from(day * 7 + symbol + 1) + 0.5;
                assert_eq!(history.closes(row)[column], close);
                assert_eq!(history.volume(name, row), Some(f64::from(day)));
            }
        }
    }
}

proptest! {
    /// Quotes send a line the full way; what is read must not hang on which way it went.
    #[test]
    fn both_ways_through_a_line_say_the_same(
        bars in proptest::collection::vec(
            ("[0-2]{0,1}[0-9]{1,3}([.][0-9]{1,9})?", "[0-9]{1,7}([.][0-9])?", 0_u32..3), 1..20)
    ) {
        let text = |quote: &str| {
            let mut text = String::from("date,symbol,close,volume\n2023-01-01,S0,1,1\n");
            for (day, (close, volume, symbol)) in bars.iter().enumerate() {
                let day = day + 2;
                let _ = writeln!(
                    text, "2023-01-{day:02},{quote}S{symbol}{quote},{quote}{close}{quote},{volume}"
                );
            }
            text
        };
        let told = |text: String| {
            let read = History::parse("my.csv", text.as_bytes());
            read.map_or_else(
                |error| error.to_string(),
                |history| {
                    let volumes = (0..history.len()).map(|row| history.volume(&"S0".into(), row));
                    format!("{} {:?}", history.to_csv(), volumes.collect::<Vec<_>>())
                },
            )
        };
        prop_assert_eq!(told(text("")), told(text("\"")));
    }
}
