//! An SMA crossover on five-minute bars at Interactive Brokers: it warms up on history, recomputes on
//! every new bar, and trades the change.
//!
//!     polyfolio sim tws                                        # in one terminal: no account is needed
//!     cargo run --example ib_sma_crossover                     # in another
//!     cargo run --example ib_sma_crossover -- KO --fast 5 --slow 20 --size 1m --bars 3
//!
//! The signal is this program. What it wants is a file, and `polyfolio run` trades what that file
//! and the account differ by (examples/ib_sma_crossover.toml): sized, limited, on record before it
//! leaves, and finished by the next start if either of them dies. Without a line of Rust, on daily
//! bars: `polyfolio data fetch` and the kind `sma_cross`, examples/ib_sma_crossover_daily.toml.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::sync::mpsc::channel;

use clap::Parser;
use polyfolio::prelude::*;
use polyfolio_broker_ib::{IbAccount, IbConfig};
use polyfolio_clock::HostClock;
use polyfolio_model::convert::price_f64;
use polyfolio_model::{Bar, BarSize};
use polyfolio_ports::{BarEvent, BarUpdate, Bars, BarsRequest, BarsWanted, Reach};

const CONFIG: &str = "examples/ib_sma_crossover.toml";
const CLOSES: &str = "state/ib-sma-crossover-closes.csv";
const TARGETS: &str = "state/ib-sma-crossover-targets.json";

/// What the strategy's own account is worth: what it holds is a share of that.
const CAPITAL: f64 = 100_000.0;

#[derive(Parser)]
struct Wanted {
    #[arg(default_value = "KO")]
    symbol: String,
    #[arg(long, default_value_t = 10)]
    fast: usize,
    #[arg(long, default_value_t = 30)]
    slow: usize,
    /// 1m, 5m or 1h
    #[arg(long, default_value = "5m", value_parser = size)]
    size: BarSize,
    /// End after so many new bars
    #[arg(long)]
    bars: Option<usize>,
    #[arg(long, default_value_t = 4002)]
    port: u16,
}

fn size(text: &str) -> Result<BarSize, String> {
    match text {
        "1m" => Ok(BarSize::Min1),
        "5m" => Ok(BarSize::Min5),
        "1h" => Ok(BarSize::Hour1),
        _ => Err("1m, 5m or 1h".to_owned()),
    }
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    // Started by itself it is polyfolio.
    if std::env::args().nth(1).is_some_and(|word| word == "run") {
        return Ok(polyfolio::cli::main_with(Registry::builtin()).into());
    }
    let wanted = Wanted::parse();
    let instrument = InstrumentId::from(wanted.symbol.as_str());
    let account = open(&instrument, wanted.port)?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let mut wire = account.bars();

    let count = u32::try_from(wanted.slow + 1)?;
    let warm_up = wire.history(BarsRequest {
        instrument: instrument.clone(),
        size: wanted.size,
        reach: Reach::Count(count),
    });
    let mut bars = runtime.block_on(warm_up)?;
    println!("warm: {} bars of {}", bars.len(), wanted.size);
    let mut is_long = None;
    trade_the_change(&wanted, &bars, &mut is_long)?;

    let (say, heard) = channel();
    let after = bars.last().map(|bar| bar.start);
    let more = BarsWanted {
        instrument,
        size: wanted.size,
        after,
    };
    wire.subscribe(
        vec![more],
        Arc::new(move |update: BarUpdate| {
            // Nobody listens any more at the end.
            let _ = say.send(update.event);
        }),
    );
    let mut seen = 0;
    while wanted.bars.is_none_or(|bars| seen < bars) {
        match heard.recv()? {
            BarEvent::Closed(bar) => {
                bars.push(bar);
                seen += 1;
                trade_the_change(&wanted, &bars, &mut is_long)?;
            }
            // An average over a hole is no average.
            BarEvent::Gap { from, to } => {
                return Err(format!("bars from {from} to {to} are missing: start again").into());
            }
            BarEvent::Stopped(why) => println!("no bars for now: {why}"),
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Decides on the last bar, and trades if that is another decision than before.
fn trade_the_change(
    wanted: &Wanted,
    bars: &[Bar],
    is_long: &mut Option<bool>,
) -> Result<(), Box<dyn Error>> {
    let last = bars.last().ok_or("there is no bar")?;
    let closes: Vec<f64> = bars.iter().map(|bar| price_f64(bar.close)).collect();
    let average = |length: usize| {
        let tail = &closes[closes.len().saturating_sub(length)..];
        tail.iter().sum::<f64>() / tail.len() as f64
    };
    let (fast, slow) = (average(wanted.fast), average(wanted.slow));
    let wants = fast > slow;
    println!(
        "{}  close {}  fast {fast:.4}  slow {slow:.4}  {}",
        last.start,
        last.close,
        if wants { "long" } else { "flat" }
    );
    if *is_long == Some(wants) {
        return Ok(());
    }
    write_down(&wanted.symbol, bars, wants)?;
    let status = Command::new(std::env::current_exe()?)
        .args(["run", "-c", CONFIG])
        .env("POLYFOLIO__BROKER__IB__PORT", wanted.port.to_string())
        .status()?;
    println!("the change was traded: {status}");
    match status.code() {
        Some(0) => *is_long = Some(wants),
        // What was left undone is tried again at the next bar.
        Some(1) => {}
        _ => return Err("polyfolio run did not go through; it says why".into()),
    }
    Ok(())
}

/// The wish, and the closes it was made on: the last one of each day.
fn write_down(symbol: &str, bars: &[Bar], is_long: bool) -> Result<(), Box<dyn Error>> {
    let by_day: BTreeMap<_, _> = bars.iter().map(|b| (b.start.date(), b.close)).collect();
    let mut csv = format!("date,{symbol}\n");
    for (date, close) in &by_day {
        writeln!(csv, "{date},{close}")?;
    }
    let last = price_f64(bars.last().ok_or("there is no bar")?.close);
    let units = if is_long { CAPITAL / last } else { 0.0 };
    let nav: Vec<_> = by_day
        .keys()
        .map(|date| (date.to_string(), CAPITAL))
        .collect();
    let targets = serde_json::json!({ "nav": nav, "positions": { symbol: units } });
    std::fs::create_dir_all("state")?;
    std::fs::write(CLOSES, csv)?;
    std::fs::write(TARGETS, targets.to_string())?;
    Ok(())
}

/// The account, to look at: no order leaves on this connection.
fn open(instrument: &InstrumentId, port: u16) -> Result<IbAccount, Box<dyn Error>> {
    let config = IbConfig {
        port,
        client_id: 1_027,
        contracts: [(instrument.clone(), Default::default())].into(),
        ..IbConfig::default()
    };
    let talk = |notice| println!("ib: {notice}");
    Ok(IbAccount::look(
        config,
        Arc::new(HostClock::start()),
        Arc::new(talk),
    )?)
}
