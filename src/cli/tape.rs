//! `polyfolio tape`: the paper venue's own record, line for line.

use clap::Args;
use polyfolio_broker_paper::{TapeLine, read_tape};
use serde_json::{Map, Value, json};

use super::{App, answer};
use crate::exit::Exit;
use crate::face::{Align, Table, money, quantity};
use crate::failure::Failure;
use crate::runtime::market;

/// Show the paper venue's own record of what happened
#[derive(Args, Debug)]
#[command(before_help = "Example:  polyfolio tape --json")]
pub(crate) struct Tape {
    /// Only the last so many lines
    #[arg(long, value_name = "N")]
    last: Option<usize>,
}

impl Tape {
    pub(crate) fn run(self, app: &mut App) -> Result<Exit, Failure> {
        let loaded = app.load(Vec::new())?;
        if !loaded.settings.broker.is_embedded() {
            return Err(Failure::usage(format!(
                "the tape is the embedded broker's; the account is at {}",
                loaded.settings.broker
            ))
            .line("what came of its orders:  polyfolio orders"));
        }
        let directory = market::directory(&loaded.settings);
        let mut lines = read_tape(&directory).map_err(market::failure)?;
        let skip = self.last.map_or(0, |last| lines.len().saturating_sub(last));
        lines.drain(..skip);
        let as_of = lines.last().map(|line| line.time.to_string());
        if app.global.json {
            let fields = Map::from_iter([("tape".to_owned(), json!(lines))]);
            app.say_json(&answer("tape", as_of, fields))?;
        } else if lines.is_empty() {
            app.note("the tape is empty: nothing has run here yet");
        } else {
            app.show(text(&lines))?;
        }
        Ok(Exit::Done)
    }
}

fn text(lines: &[TapeLine]) -> String {
    let mut table = Table::new([
        ("time", Align::Left),
        ("event", Align::Left),
        ("symbol", Align::Left),
        ("side", Align::Left),
        ("quantity", Align::Decimal),
        ("price", Align::Decimal),
        ("order", Align::Left),
    ]);
    for line in lines {
        let event = serde_json::to_value(line.event).ok();
        let event = event
            .as_ref()
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let stop = line.more.trigger.map(|at| format!(", stop at {at}"));
        table.row([
            line.time
                .datetime()
                .format("%Y-%m-%d %H:%M:%S%.3f")
                .to_string(),
            event + &stop.unwrap_or_default(),
            line.symbol
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            line.side
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            line.quantity.map(quantity).unwrap_or_default(),
            line.price
                .map(|price| money(polyfolio_model::Money::new(price.get())))
                .unwrap_or_default(),
            // The last half names parent and child; the first is the same all over the tape.
            line.cl_ord_id
                .map(|id| format!("{}.{}", id.parent_id(), id.child))
                .unwrap_or_default(),
        ]);
    }
    table.to_string()
}
