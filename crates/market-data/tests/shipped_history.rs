//! The history that ships with polyfolio is the one its README describes.

use polyfolio_market_data::{History, check};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/us20-daily.csv.gz");

#[test]
fn rows_columns_and_corners() {
    let history = History::load(FILE).unwrap();
    assert_eq!((history.len(), history.instruments().len()), (8_313, 20));
    let names: Vec<&str> = history.instruments().iter().map(|id| id.as_str()).collect();
    assert!(names.is_sorted());
    let corner = |row: usize, column: usize| {
        let (date, name) = (history.dates()[row], names[column]);
        format!("{date} {name} {}", history.prices(row)[column])
    };
    assert_eq!(corner(0, 0), "1990-01-02 AAPL 0.264");
    assert_eq!(corner(8_312, 19), "2022-12-28 XOM 106.627");
}

#[test]
fn the_double_is_the_nearest_to_the_exact_price() {
    let history = History::load(FILE).unwrap();
    for row in 0..history.len() {
        for (price, close) in history.prices(row).iter().zip(history.closes(row)) {
            assert!(price.get().scale() <= 3);
            assert_eq!(
                close.to_bits(),
                price.to_string().parse::<f64>().unwrap().to_bits()
            );
        }
    }
}

#[test]
fn a_check_finds_what_a_person_should_see() {
    let report = check("us20", &History::load(FILE).unwrap());
    assert_eq!((report.rows, report.instruments.len()), (8_313, 20));
    // The exchanges were closed after 2001-09-10.
    assert_eq!(
        (report.gaps[0].from.to_string(), report.gaps[0].days),
        ("2001-09-10".into(), 7)
    );
    assert!(
        report
            .moves
            .windows(2)
            .all(|w| w[0].change.ln().abs() >= w[1].change.ln().abs())
    );
    assert!(report.longest_stale_runs[0].rows > 5);
    let aapl = serde_json::to_value(&report.instruments[0]).unwrap();
    assert_eq!(aapl["last"], "125.674");
    let text = report.to_string();
    assert!(text.starts_with("us20 · 8,313 rows · 20 instruments · 1990-01-02 to 2022-12-28\n"));
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
}

#[test]
fn on_a_narrow_page_the_columns_of_prices_stand_closer_together() {
    let report = check("us20", &History::load(FILE).unwrap());
    let (wide, narrow) = (report.to_string(), format!("{report:48}"));
    let prices = |text: &str| {
        let lines = text.lines().skip(2).take(21).map(str::to_owned);
        lines.collect::<Vec<String>>()
    };
    let (wide_rows, narrow_rows) = (prices(&wide), prices(&narrow));
    assert_eq!(
        narrow_rows[0],
        "              first     last      min      max"
    );
    for (wide, narrow) in wide_rows.iter().zip(&narrow_rows) {
        assert!(narrow.chars().count() <= 48, "{narrow}");
        assert!(narrow.split_whitespace().eq(wide.split_whitespace()));
    }
    assert_eq!(format!("{report:80}"), wide);
}
