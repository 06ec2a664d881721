//! Quotes and five-minute bars of an instrument at Interactive Brokers, printed as they come. Nothing
//! is traded.
//!
//!     polyfolio sim tws                                     # in one terminal: no account is needed
//!     cargo run --example ib_quotes                         # in another
//!     cargo run --example ib_quotes -- KO 127.0.0.1:7497 --size 1m --seconds 300
//!
//! First the bars that were, so many of the newest; then the quote whenever it changes, and each bar
//! when it is over. Both go on over connections that break: a quote is absent meanwhile, and bars that
//! were missed come first on the next one.

use std::error::Error;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use clap::Parser;
use polyfolio_broker_ib::{IbAccount, IbConfig};
use polyfolio_clock::HostClock;
use polyfolio_model::{Bar, BarSize, InstrumentId, Price, Span};
use polyfolio_ports::{
    BarEvent, BarUpdate, Bars, BarsRequest, BarsWanted, Clock, MarketData, QuoteUpdate, Reach,
};

#[derive(Parser)]
struct Wanted {
    #[arg(default_value = "KO")]
    symbol: String,
    #[arg(default_value = "127.0.0.1:4002")]
    address: String,
    /// 1m, 5m, 1h or 1d
    #[arg(long, default_value = "5m", value_parser = size)]
    size: BarSize,
    /// Bars of the past
    #[arg(long, default_value_t = 12)]
    bars: u32,
    /// End after so long
    #[arg(long)]
    seconds: Option<i64>,
}

/// What comes.
enum Word {
    Quote(QuoteUpdate),
    Bar(BarEvent),
}

fn size(text: &str) -> Result<BarSize, String> {
    let sizes = [BarSize::Min1, BarSize::Min5, BarSize::Hour1, BarSize::Day1];
    let found = sizes.into_iter().find(|size| size.to_string() == text);
    found.ok_or_else(|| "1m, 5m, 1h or 1d".to_owned())
}

fn main() -> Result<(), Box<dyn Error>> {
    let wanted = Wanted::parse();
    let instrument = InstrumentId::from(wanted.symbol.as_str());
    let account = open(&instrument, &wanted.address)?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let (mut quotes, mut bars) = (account.market_data(), account.bars());

    let past = bars.history(BarsRequest {
        instrument: instrument.clone(),
        size: wanted.size,
        reach: Reach::Count(wanted.bars),
    });
    let past = runtime.block_on(past)?;
    if let Some(facts) = account.contract(&instrument) {
        println!("{}, bars of {}", facts.long_name, wanted.size);
    }
    past.iter().for_each(show);

    let (say, heard) = channel();
    let say_bar = say.clone();
    // From the last bar on: none is missed in between, and none comes twice.
    let after = past.last().map(|bar| bar.start);
    let more = BarsWanted {
        instrument: instrument.clone(),
        size: wanted.size,
        after,
    };
    bars.subscribe(
        vec![more],
        Arc::new(move |update: BarUpdate| {
            // Nobody listens any more at the end.
            let _ = say_bar.send(Word::Bar(update.event));
        }),
    );
    quotes.subscribe(
        vec![instrument],
        Arc::new(move |update| {
            let _ = say.send(Word::Quote(update));
        }),
    );

    let clock = HostClock::start();
    let until = wanted
        .seconds
        .map(|seconds| clock.now() + Span::from_secs(seconds));
    loop {
        let left = until.map_or(Duration::MAX, |until| until.since(clock.now()).to_std());
        match heard.recv_timeout(left) {
            Ok(Word::Quote(update)) => println!(
                "{}  quote  {} / {}",
                update.quote.time.datetime().format("%H:%M:%S%.3f"),
                side(update.quote.bid),
                side(update.quote.ask)
            ),
            Ok(Word::Bar(BarEvent::Closed(bar))) => show(&bar),
            Ok(Word::Bar(BarEvent::Gap { from, to })) => {
                println!("bars from {from} to {to} are missing, and do not come any more");
            }
            Ok(Word::Bar(BarEvent::Stopped(why))) => println!("no bars for now: {why}"),
            Err(RecvTimeoutError::Timeout) => return Ok(()),
            Err(RecvTimeoutError::Disconnected) => return Err("the connector has ended".into()),
        }
    }
}

/// The account at this address, for who only looks: it keeps no order ids, and no order can leave.
fn open(instrument: &InstrumentId, address: &str) -> Result<IbAccount, Box<dyn Error>> {
    let (host, port) = address.rsplit_once(':').ok_or("an address is HOST:PORT")?;
    let config = IbConfig {
        host: host.to_owned(),
        port: port.parse()?,
        client_id: 173,
        contracts: [(instrument.clone(), Default::default())].into(),
        ..IbConfig::default()
    };
    let talk = |notice| println!("  note  {notice}");
    let clock = Arc::new(HostClock::start());
    Ok(IbAccount::look(config, clock, Arc::new(talk))?)
}

fn show(bar: &Bar) {
    let Bar {
        start,
        open,
        high,
        low,
        close,
        volume,
    } = bar;
    let volume = volume.map_or(String::new(), |volume| format!("  volume {volume}"));
    println!("{start}  open {open}  high {high}  low {low}  close {close}{volume}");
}

/// A side that nobody quotes is absent, and no zero.
fn side(of: Option<Price>) -> String {
    of.map_or("–".to_owned(), |price| price.to_string())
}
