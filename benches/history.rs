//! A long file of 1,000 instruments and thirty years of daily bars, loaded, against reading the same
//! file whole and splitting its bytes into lines and fields; taking turns. Then the memory.
//!
//! Once sorted by date and once by symbol. The reference is what the standard library does in one
//! thread: `read`, `split` by line and by comma, the lengths added up so that nothing is left out.

#![allow(
    clippy::expect_used,
    reason = "a benchmark that cannot go on should stop"
)]

use std::fs::File;
use std::hint::black_box;
use std::io::{BufWriter, Write};
use std::path::Path;

use chrono::{Datelike, NaiveDate};
use polyfolio_benches::{Process, now};
use polyfolio_market_data::History;

const INSTRUMENTS: usize = 1_000;
/// Thirty years of 252 days.
const ROWS: usize = 7_560;
const TURNS: usize = 7;

fn main() {
    // `cargo test --benches` only wants to know that it starts.
    if std::env::args().any(|arg| arg == "--test") {
        return;
    }
    let folder = polyfolio_benches::on_disk(env!("CARGO_TARGET_TMPDIR"));
    println!("{INSTRUMENTS} instruments, {ROWS} rows, {TURNS} turns, the quickest of each side");
    for (name, by_symbol) in [("by date", false), ("by symbol", true)] {
        let file = folder.path().join("bars.csv");
        write(&file, by_symbol);
        compare(name, &file);
    }
}

fn compare(name: &str, file: &Path) {
    let bytes = std::fs::metadata(file).expect("a file").len();
    let (mut load, mut split) = (Side::default(), Side::default());
    for _ in 0..TURNS {
        split.take(|| read_and_split(file));
        load.take(|| History::load(file).expect("a sound history").len());
    }
    println!(
        "  {name:<9} {:>4} MB   load {:.0} ms, {:.0} of the processor   read and split {:.0} ms, \
         {:.0} of the processor   ratio {:.2}, {:.2}",
        bytes / 1_000_000,
        load.wall * 1e3,
        load.cpu * 1e3,
        split.wall * 1e3,
        split.cpu * 1e3,
        load.wall / split.wall,
        load.cpu / split.cpu,
    );
    // From here on the greatest resident set is counted anew.
    std::fs::write("/proc/self/clear_refs", "5").expect("Linux");
    let before = resident();
    let history = History::load(file).expect("a sound history");
    println!(
        "            resident for the history {} MB, at most while it loads {} MB",
        (resident() - before) / 1_000_000,
        (peak() - before) / 1_000_000,
    );
    drop(black_box(history));
}

/// The quickest turn of a side, in seconds, and the one that took least of the processor: others
/// work on this machine, too.
struct Side {
    wall: f64,
    cpu: f64,
}

impl Default for Side {
    fn default() -> Self {
        Self {
            wall: f64::INFINITY,
            cpu: f64::INFINITY,
        }
    }
}

impl Side {
    fn take(&mut self, work: impl FnOnce() -> usize) {
        let (start, cpu) = (now(), Process::this().cpu());
        black_box(work());
        self.wall = self.wall.min((now() - start).as_secs_f64());
        self.cpu = self.cpu.min(Process::this().cpu() - cpu);
    }
}

fn read_and_split(file: &Path) -> usize {
    let bytes = std::fs::read(file).expect("a file");
    let lines = bytes.split(|&byte| byte == b'\n');
    let fields = lines.flat_map(|line| line.split(|&byte| byte == b','));
    fields.fold(0, |sum, field| sum + black_box(field.len()))
}

/// Bars with prices that wander, the same in every run.
fn write(file: &Path, by_symbol: bool) {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(file).expect("a file"));
    writeln!(out, "date,symbol,open,high,low,close,volume").expect("space");
    let mut chance = 0x9e37_79b9_7f4a_7c15_u64;
    let mut cents: Vec<u64> = (0..INSTRUMENTS).map(|n| 1_000 + 37 * n as u64).collect();
    let first = NaiveDate::from_ymd_opt(1995, 1, 2).expect("a date");
    let weekdays = first
        .iter_days()
        .filter(|day| day.weekday().number_from_monday() <= 5);
    let dates: Vec<String> = weekdays.take(ROWS).map(|day| day.to_string()).collect();
    let mut bar = |row: usize, n: usize, cents: &mut Vec<u64>| {
        chance = chance
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let open = cents[n];
        let step = open / 50 + 2;
        let close = (open + (chance >> 33) % (2 * step + 1))
            .saturating_sub(step)
            .max(100);
        cents[n] = close;
        let (high, low) = (open.max(close) + step / 4, open.min(close) - step / 8);
        let volume = 100_000 + (chance >> 20) % 9_000_000;
        let two = |value: u64| (value / 100, value % 100);
        let [(o, oc), (h, hc), (l, lc), (c, cc)] = [two(open), two(high), two(low), two(close)];
        writeln!(
            out,
            "{},SYM{n:04},{o}.{oc:02},{h}.{hc:02},{l}.{lc:02},{c}.{cc:02},{volume}",
            dates[row]
        )
        .expect("space");
    };
    match by_symbol {
        true => (0..INSTRUMENTS).for_each(|n| (0..ROWS).for_each(|row| bar(row, n, &mut cents))),
        false => (0..ROWS).for_each(|row| (0..INSTRUMENTS).for_each(|n| bar(row, n, &mut cents))),
    }
    out.flush().expect("space");
}

/// A line of the process's own status, in bytes.
fn status(key: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with(key));
    let kb = line.and_then(|line| line.split_whitespace().nth(1));
    1024 * kb.and_then(|kb| kb.parse::<u64>().ok()).expect("a size")
}

fn resident() -> u64 {
    status("VmRSS:")
}

fn peak() -> u64 {
    status("VmHWM:")
}
