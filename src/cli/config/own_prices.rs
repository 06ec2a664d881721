//! A config for a history of one's own: five styles over all that is in it, with limits and
//! look-backs that suit it. Pure: from what is in the file to text.

use polyfolio_market_data::History;
use polyfolio_model::{Price, convert};
use toml::Value;

use crate::face::grouped;

/// What a config says of where things are.
#[derive(Debug)]
pub(super) struct Places<'a> {
    /// The history.
    pub(super) daily: &'a str,
    /// How its times are read, as lines of [history].
    pub(super) reading: &'a str,
    /// The book.
    pub(super) state: &'a str,
    /// The logs.
    pub(super) logs: &'a str,
}

/// The text of the file.
pub(super) fn config(places: &Places<'_>, history: &History) -> String {
    let Past { days, slow, months } = Past::of(history);
    let fast = slow / 4;
    let instruments = history.instruments().len();
    let top = instruments.div_ceil(4).max(1);
    let max_weight = max_weight(instruments);
    let tick = tick(history);
    let finer = finer_lots(history);
    let Places {
        daily,
        reading,
        state,
        logs,
    } = places;
    let name = toml_text(daily);
    let (state, logs) = (toml_text(state), toml_text(logs));
    format!(
        r#"# A portfolio to begin with: five styles over the prices in {name}.
#
#     polyfolio plan -c THIS-FILE       what would be sent now, and why; sends nothing
#     polyfolio run -c THIS-FILE        trade it with the embedded paper broker
#
# What is not said here is as shipped: polyfolio config show --origin -c THIS-FILE
# polyfolio strategies  lists the kinds and what they take.

[history]
daily = {name}
{reading}
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
{finer}
[risk]
max_weight_per_instrument = {max_weight:.2}
max_order_notional = {max_notional}   # one order

[broker.paper]            # the embedded broker: an account with a market of its own
cash = {cash}
fees = "ibkr_fixed"       # US stocks; "zero", or basis points as "10bp"
"#,
        skip = u32::from(months >= 6),
        entry = if days >= 120 { 55 } else { 20 },
        exit = if days >= 120 { 20 } else { 10 },
        window = if days >= 120 { 60 } else { 20 },
        max_notional = written((max_weight * f64::from(CASH)).round() as u32),
        cash = written(CASH),
    )
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

/// Rules of their own for what is so dear that a whole one is much of a sleeve.
fn finer_lots(history: &History) -> String {
    let is_dear = |price: Price| convert::price_f64(price) > f64::from(CASH) / 100.0;
    let dear = history
        .last_prices()
        .filter(|(_, _, price)| is_dear(*price));
    dear.map(|(id, _, _)| format!("\n[instrument.{}]\nlot = 0.0001\n", quoted(id.as_str())))
        .collect()
}

/// A name as a key of TOML.
fn quoted(name: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if name.chars().all(is_bare) {
        name.to_owned()
    } else {
        toml_text(name)
    }
}

/// A cent; where something costs less than two units, a basis point of it or less.
fn tick(history: &History) -> String {
    let prices = history.last_prices().map(|(_, _, price)| price);
    let cheapest = prices.map(convert::price_f64).fold(f64::INFINITY, f64::min);
    if cheapest >= 2.0 || cheapest <= 0.0 {
        return "0.01".to_owned();
    }
    let decimals = (4.0 - cheapest.log10()).floor().clamp(4.0, 8.0) as usize;
    format!("{:.decimals$}", 0.1_f64.powi(decimals as i32))
}

fn toml_text(text: &str) -> String {
    Value::from(text).to_string()
}
