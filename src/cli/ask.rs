//! `status`, `positions`, `orders`, `nav`: what anybody may ask, also while a run goes on.
//!
//! The store answers when it is free. While another process holds it, what that process last
//! wrote down answers, and says so.

use clap::Args;
use polyfolio_report::View;
use polyfolio_report::view::{NavHistory, Orders, Positions, Source, Stage, Status};
use serde::Serialize;

use super::App;
use crate::exit::Exit;
use crate::face::stopped_text::next_step;
use crate::face::{Align, Table, money, quantity, sentence};
use crate::failure::Failure;
use crate::runtime;
use crate::runtime::view::{last_written, store_or_view};

macro_rules! verb {
    ($(#[$doc:meta])* $name:ident, $example:literal) => {
        $(#[$doc])*
        #[derive(Args, Debug)]
        #[command(before_help = $example)]
        pub(crate) struct $name {}
    };
}

verb! {
    /// Show how the run stands and whether trading is allowed
    AskStatus, "Example:  polyfolio status"
}
verb! {
    /// Show who holds what
    AskPositions, "Example:  polyfolio positions --json"
}
verb! {
    /// Show the orders of the last run
    AskOrders, "Example:  polyfolio orders --json"
}
verb! {
    /// Show what the account has been worth
    AskNav, "Example:  polyfolio nav"
}

impl AskStatus {
    pub(crate) fn run(self, app: &mut App) -> Result<Exit, Failure> {
        let view = look(app)?;
        tell(app, &view.status, view.status.source, || {
            status_text(&view.status.body, view.status.source)
        })
    }
}

impl AskPositions {
    pub(crate) fn run(self, app: &mut App) -> Result<Exit, Failure> {
        let view = look(app)?;
        tell(app, &view.positions, view.positions.source, || {
            positions_text(&view.positions.body)
        })
    }
}

impl AskOrders {
    pub(crate) fn run(self, app: &mut App) -> Result<Exit, Failure> {
        let view = look(app)?;
        tell(app, &view.orders, view.orders.source, || {
            orders_text(&view.orders.body)
        })
    }
}

impl AskNav {
    pub(crate) fn run(self, app: &mut App) -> Result<Exit, Failure> {
        let view = look(app)?;
        tell(app, &view.nav, view.nav.source, || nav_text(&view.nav.body))
    }
}

pub(super) fn tell(
    app: &App,
    answer: &impl Serialize,
    source: Source,
    text: impl FnOnce() -> String,
) -> Result<Exit, Failure> {
    if app.global.json {
        let answer = serde_json::to_value(answer)
            .map_err(|error| Failure::new(Exit::State, error.to_string()))?;
        app.say_json(&answer)?;
        return Ok(Exit::Done);
    }
    if source == Source::View {
        app.note("a run holds the store: this is what it last wrote down");
    }
    app.show(text())?;
    Ok(Exit::Done)
}

fn look(app: &App) -> Result<View, Failure> {
    let loaded = app.load(Vec::new())?;
    let directory = &loaded.settings.state_dir;
    store_or_view(
        directory,
        || Ok(View::of(&runtime::read_book(directory)?)),
        || last_written(directory),
    )
}

fn status_text(status: &Status, source: Source) -> String {
    let mut table = Table::new([("", Align::Left), ("", Align::Left)]);
    let mut row = |name: &str, value: String| table.row([name.to_owned(), value]);
    row(
        "run",
        status.run.clone().unwrap_or_else(|| "none yet".to_owned()),
    );
    if let Some(stage) = &status.stage {
        let word = serde_json::to_value(stage).ok();
        let word = word.as_ref().and_then(|word| word.as_str());
        row("stage", word.unwrap_or_default().to_owned());
        if *stage == Stage::Executing && source == Source::Store {
            let next = "nobody works on it; go on with:  polyfolio run";
            row("", next.to_owned());
        }
    }
    if let Some(why) = &status.abandoned {
        row("given up", sentence(why));
    }
    if let Some(deadline) = status.deadline.filter(|_| status.ended.is_none()) {
        row("deadline", deadline.to_string());
    }
    let reason = &status.trading_reason;
    let why = if reason.is_empty() {
        String::new()
    } else {
        format!(" ({reason})")
    };
    row(
        "trading",
        sentence(&format!("{}{why}", status.trading_state)),
    );
    row(
        "parents",
        format!("{} of {} done", status.done, status.parents),
    );
    row(
        "orders",
        format!("{} working · {} unknown", status.working, status.unknown),
    );
    for (symbol, why) in &status.stopped {
        row("stopped", sentence(&format!("{symbol}: {why}")));
        row("", next_step(why));
    }
    if status.breaks > 0 {
        row("breaks", format!("{} on record", status.breaks));
    }
    table.to_string()
}

fn positions_text(positions: &Positions) -> String {
    let mut table = Table::new([
        ("", Align::Left),
        ("quantity", Align::Decimal),
        ("unclaimed", Align::Decimal),
        ("sleeves", Align::Left),
    ]);
    for (symbol, line) in &positions.positions {
        let sleeves: Vec<String> = line
            .sleeves
            .iter()
            .map(|(id, held)| format!("{id} {}", quantity(*held)))
            .collect();
        let unclaimed = if line.unclaimed.is_zero() {
            String::new()
        } else {
            quantity(line.unclaimed)
        };
        table.row([
            symbol.to_string(),
            quantity(line.quantity),
            unclaimed,
            sleeves.join(" · "),
        ]);
    }
    if table.is_empty() {
        "no positions\n".to_owned()
    } else {
        table.to_string()
    }
}

fn orders_text(orders: &Orders) -> String {
    let mut table = Table::new([
        ("order", Align::Left),
        ("", Align::Left),
        ("", Align::Left),
        ("quantity", Align::Decimal),
        ("filled", Align::Decimal),
        ("limit", Align::Decimal),
        ("average", Align::Decimal),
        ("status", Align::Left),
    ]);
    let price = |price: polyfolio_model::Price| money(polyfolio_model::Money::new(price.get()));
    for order in &orders.orders {
        let status = if order.unknown {
            "Unknown".to_owned()
        } else {
            order
                .gone
                .clone()
                .unwrap_or_else(|| format!("{:?}", order.status))
        };
        let stop = order
            .trigger
            .map(|trigger| format!(", stop at {}", price(trigger)));
        table.row([
            format!("{}.{}", order.parent, order.cl_ord_id.child),
            order.symbol.to_string(),
            order.side.to_string(),
            quantity(order.order_qty),
            quantity(order.cum_qty),
            order.price.map(price).unwrap_or_default(),
            order.avg_px.map(price).unwrap_or_default(),
            status + &stop.unwrap_or_default(),
        ]);
    }
    if table.is_empty() {
        "no orders\n".to_owned()
    } else {
        table.to_string()
    }
}

fn nav_text(history: &NavHistory) -> String {
    let mut table = Table::new([("", Align::Left), ("", Align::Decimal)]);
    for (time, nav) in &history.nav {
        table.row([
            time.datetime().format("%Y-%m-%d %H:%M:%S").to_string(),
            money(*nav),
        ]);
    }
    if table.is_empty() {
        "no NAV was marked yet\n".to_owned()
    } else {
        table.to_string()
    }
}
