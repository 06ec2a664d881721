//! `polyfolio config init`: a config to begin with, the shipped one or one for a history of one's
//! own.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use polyfolio_market_data::History;
use polyfolio_model::{Price, convert};
use toml::Value;

use super::super::App;
use super::super::data::Reading;
use crate::exit::Exit;
use crate::face::{count, grouped};
use crate::failure::Failure;
use crate::settings::{DEFAULT_FILE, SHIPPED, history_failure, plain};

/// Write a config to begin with, to be changed: the shipped one, or one for your own prices
#[derive(Args, Debug)]
#[command(
    before_help = "Example:  polyfolio config init my.toml --history my-closes.csv",
    after_help = "With --history the file names your prices and has five sleeves on all that is in\n\
                  them, each a style of its own; what they need of the past suits how much there is."
)]
pub(super) struct Init {
    /// Where to; an existing file is left alone
    #[arg(default_value = DEFAULT_FILE)]
    file: PathBuf,
    /// Your prices: a CSV of closes, plain or gzip
    #[arg(long, value_name = "CSV")]
    history: Option<PathBuf>,
    #[command(flatten)]
    reading: Reading,
}

impl Init {
    pub(super) fn run(self, app: &App) -> Result<Exit, Failure> {
        let (text, of) = match &self.history {
            None => (SHIPPED.to_owned(), None),
            Some(path) => {
                let history = History::load_with(path, &self.reading.options(false))
                    .map_err(|error| history_failure(&error).line(look_at(path)))?;
                let facts = format!(
                    "{}, {} to {}",
                    count(history.instruments().len(), "instrument"),
                    history.dates().first().copied().unwrap_or_default(),
                    history.last_date().unwrap_or_default()
                );
                (self.beginning(path, &history), Some(facts))
            }
        };
        write_new(&self.file, &text).map_err(|error| self.not_written(&error))?;
        app.say(format!("{}\n", self.file.display()))?;
        let flag = if self.file == Path::new(DEFAULT_FILE) {
            String::new()
        } else {
            format!(" -c {}", self.file.display())
        };
        match of {
            Some(facts) => app.note(format!(
                "five sleeves over {facts}\nsee what they want:  polyfolio plan{flag}"
            )),
            None => app.note(format!("change it, then:  polyfolio config check{flag}")),
        }
        Ok(Exit::Done)
    }

    fn not_written(&self, error: &std::io::Error) -> Failure {
        let file = self.file.display().to_string();
        match error.kind() {
            std::io::ErrorKind::AlreadyExists => {
                Failure::usage("the file exists and is left alone")
                    .line(file)
                    .line("choose another name:  polyfolio config init FILE")
            }
            _ => {
                Failure::usage(format!("the config cannot be written: {}", plain(error))).line(file)
            }
        }
    }

    fn beginning(&self, path: &Path, history: &History) -> String {
        let Past { days, slow, months } = Past::of(history);
        let fast = slow / 4;
        let instruments = history.instruments().len();
        let top = instruments.div_ceil(4).max(1);
        let max_weight = max_weight(instruments);
        let tick = tick(history);
        let zone = self.reading.in_config();
        let own = self.file.file_stem().unwrap_or_default().to_string_lossy();
        let (state, logs) = (format!("state/{own}"), format!("logs/{own}"));
        let (state, logs) = (toml_text(&state), toml_text(&logs));
        let daily = toml_text(&path.display().to_string());
        format!(
            r#"# A portfolio to begin with: five styles over the prices in {name}.
#
#     polyfolio plan -c THIS-FILE       what would be sent now, and why; sends nothing
#     polyfolio run -c THIS-FILE        trade it with the embedded paper broker
#
# What is not said here is as shipped: polyfolio config show --origin -c THIS-FILE
# polyfolio strategies  lists the kinds and what they take.

[history]
daily = {daily}
{zone}
[state]                   # its own book: another portfolio must not wind it down
dir = {state}

[logs]
dir = {logs}

[sleeve.trend]            # in what rises, out of what falls
strategy = "sma_cross"
weight = 0.20
params = {{ fast = {fast}, slow = {slow} }}

[sleeve.momentum]         # what rose most
strategy = "momentum"
weight = 0.20
params = {{ lookback_months = {months}, skip_months = {skip}, top = {top} }}

[sleeve.breakout]         # what closes above its highs, until it closes below its lows
strategy = "breakout"
weight = 0.20
params = {{ entry = {entry}, exit = {exit}, direction = "long" }}

[sleeve.reversion]        # what fell far, until it is halfway back
strategy = "mean_reversion"
weight = 0.20
params = {{ window = 20, entry = 2.0, exit = 0.5, direction = "long" }}

[sleeve.calm]             # a bit of everything, the calmer the more
strategy = "inverse_volatility"
weight = 0.20
params = {{ window = {window} }}

[instrument.default]      # CHECK THESE: [instrument.X] says what is different for X
tick = {tick}
lot = 1
currency = "USD"

[risk]
max_weight_per_instrument = {max_weight:.2}
max_order_notional = {max_notional}   # one order

[broker.paper]            # the embedded broker: an account with a market of its own
cash = {cash}
"#,
            name = path.display(),
            skip = u32::from(months >= 6),
            entry = if days >= 120 { 55 } else { 20 },
            exit = if days >= 120 { 20 } else { 10 },
            window = if days >= 120 { 60 } else { 20 },
            max_notional = written((max_weight * f64::from(CASH)).round() as u32),
            cash = written(CASH),
        )
    }
}

/// A number as people write it in TOML.
fn written(number: u32) -> String {
    grouped(&number.to_string()).replace(',', "_")
}

/// What the paper account is opened with.
const CASH: u32 = 1_000_000;

/// What can be looked back on.
struct Past {
    /// Days of the history.
    days: usize,
    /// The length of a slow average.
    slow: usize,
    /// How many months momentum looks back.
    months: u32,
}

impl Past {
    fn of(history: &History) -> Self {
        let days = history.len();
        let slow = match days {
            220.. => 200,
            90.. => 80,
            _ => 20,
        };
        // The month that is going on and the one that is left out come on top.
        let months = match days {
            300.. => 12,
            180.. => 6,
            _ => 3,
        };
        Self { days, slow, months }
    }
}

/// Twice an equal share, in steps of five percent; a fifth at least.
fn max_weight(instruments: usize) -> f64 {
    let twice = 2.0 / instruments.max(1) as f64;
    ((twice * 20.0).ceil() / 20.0).clamp(0.20, 1.0)
}

/// A cent, or a ten-thousandth where something costs less than one unit.
fn tick(history: &History) -> &'static str {
    let prices = history.last_prices().map(|(_, _, price)| price);
    let cheapest = prices.map(Price::get).min();
    let is_cheap = cheapest.is_some_and(|price| convert::float(price) < 1.0);
    if is_cheap { "0.0001" } else { "0.01" }
}

fn look_at(path: &Path) -> String {
    format!(
        "look at a file with:  polyfolio data check {}",
        path.display()
    )
}

fn toml_text(text: &str) -> String {
    Value::from(text).to_string()
}

fn write_new(file: &Path, text: &str) -> std::io::Result<()> {
    if let Some(directory) = file.parent().filter(|path| !path.as_os_str().is_empty()) {
        std::fs::create_dir_all(directory)?;
    }
    let mut file = std::fs::File::create_new(file)?;
    file.write_all(text.as_bytes())
}
