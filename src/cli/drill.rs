//! `polyfolio drill`: kill the program many times, and see whether an order was duplicated, lost or
//! forgotten.

use std::io::IsTerminal;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use polyfolio_report::audit::Verdict;
use serde_json::{Map, Value, json};

use super::{App, answer};
use crate::drill::{
    AuditedVenue, Drilled, Gateway, GatewayVenue, Orders, PaperTape, Place, Portfolio, Progress,
    drill,
};
use crate::exit::Exit;
use crate::face::drill_text::{DrillPage, drill_text, kills_with_orders, landings};
use crate::face::wrap::PAGE;
use crate::face::{Style, page};
use crate::failure::Failure;
use crate::settings::{FlagValue, Key, Loaded, Mode};

/// Kill the program many times, and audit its orders
#[derive(Args, Debug)]
#[command(
    before_help = "Example:  polyfolio drill --kills 200\n          \
                   polyfolio drill --broker ib --kills 100\n          \
                   polyfolio drill -c my.toml --seed 4 --state-dir drilled",
    after_help = "Starts this program on the paper broker, kills it with SIGKILL in the middle of\n\
                  executions, while it starts and while it recovers, starts it again, and holds\n\
                  the venue's own tape against the journal. With -c your portfolio is drilled;\n\
                  your own state is not touched.\n\n\
                  --broker ib: trades over the wire at a gateway simulator (polyfolio sim tws),\n\
                  kills the program, the gateway or both, and lets the wire fail. Time goes as it\n\
                  goes there: about four seconds a kill.\n\n\
                  Exit codes: 0 no order duplicated or missing, no parent overshot, every\n\
                  position right · 1 something found · 130, 143 stopped, judged so far"
)]
pub(crate) struct Drill {
    /// How many kills must land
    #[arg(long, default_value_t = 50, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    kills: u32,
    /// What every draw follows from; the machine adds its own timing
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// Whose own record is the truth
    #[arg(long, default_value = "paper")]
    broker: Broker,
    /// Work in this new or empty directory, not in a temporary one
    #[arg(long, value_name = "DIR")]
    state_dir: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Broker {
    Paper,
    Ib,
}

impl Broker {
    fn name(self) -> &'static str {
        match self {
            Self::Paper => "paper",
            Self::Ib => "ib",
        }
    }

    /// The name of its state directory.
    fn state(self) -> &'static str {
        match self {
            Self::Paper => "paper",
            Self::Ib => "paper-ib",
        }
    }

    /// Its record of an account that lies in a place, where the program is given these files.
    fn open(self, place: &Place, files: &[PathBuf]) -> Box<dyn AuditedVenue> {
        match self {
            Self::Paper => Box::new(PaperTape::new(&place.state_dir())),
            Self::Ib => Box::new(GatewayVenue::new(Gateway::new(place, files.to_vec()))),
        }
    }
}

impl Drill {
    pub(crate) fn run(self, app: &mut App) -> Result<Exit, Failure> {
        let has_wire = matches!(self.broker, Broker::Ib);
        let portfolio = Portfolio {
            is_now: has_wire,
            ..portfolio(app)?
        };
        let state = self.broker.state();
        let place = Place::new(self.state_dir.as_deref(), Mode::Paper.as_str(), state)?;
        let files = portfolio.files.clone();
        let open = |place: &Place| self.broker.open(place, &files);
        let orders = Orders {
            kills: self.kills,
            seed: self.seed,
            portfolio,
            has_wire,
        };
        let bar = bar(app, self.kills);
        let drilled = drill(&orders, &place, &open, &mut |progress| {
            show(app, &bar, progress);
        });
        bar.finish_and_clear();
        let drilled = drilled.map_err(|failure| {
            failure.line(format!("what is there: {}", place.directory().display()))
        })?;
        self.tell(app, &drilled, &place)?;
        Ok(exit(&drilled))
    }

    fn tell(&self, app: &App, drilled: &Drilled, place: &Place) -> Result<(), Failure> {
        let directory = place.directory().display().to_string();
        if app.global.json {
            let as_of = drilled.as_of.map(|time| time.to_string());
            let fields = self.fields(drilled, &directory);
            return app.say_json(&answer("drill", as_of, fields));
        }
        let page = DrillPage {
            venue: self.broker.name(),
            seed: self.seed,
            directory,
        };
        app.show(drill_text(drilled, &page, Style::of(&std::io::stdout())))
    }

    fn fields(&self, drilled: &Drilled, directory: &str) -> Map<String, Value> {
        let audit = &drilled.audit;
        let landed = landings(audit).into_iter();
        let landed: Map<String, Value> = landed
            .map(|(moment, count)| (moment.to_owned(), json!(count)))
            .collect();
        let sum = |of: fn(&polyfolio_report::audit::Landing) -> usize| {
            audit.landings.iter().map(of).sum::<usize>()
        };
        let fields = json!({
            "kills": drilled.kills,
            "runs": audit.runs,
            "intents": audit.intents,
            "venue_orders": audit.venue_orders,
            "duplicates": audit.count(Verdict::Duplicates),
            "missing": audit.count(Verdict::Missing),
            "overshoots": audit.count(Verdict::Overshoots),
            "position_errors": audit.count(Verdict::PositionErrors),
            "seed": self.seed,
            "state_dir": directory,
            "broker": self.broker.name(),
            "accounts": drilled.accounts,
            "starts": drilled.starts,
            "seconds": drilled.took.secs_f64(),
            "executions": audit.executions,
            "crosses": audit.crosses,
            "abandoned": audit.abandoned,
            "left": audit.left,
            "reserved": audit.reserved,
            "resent": audit.resent,
            "killed_while": landed,
            "working_when_killed": sum(|landing| landing.working),
            "unanswered_when_killed": sum(|landing| landing.unanswered),
            "findings": audit.findings,
            "failed": drilled.failed,
            "kills_with_orders": kills_with_orders(audit),
            "killed": drilled.wire.killed,
            "faults": drilled.wire.faults,
            "stopped": drilled.wire.stopped,
            "resolved": drilled.wire.resolved,
            "canceled": drilled.wire.canceled,
            "unreachable": drilled.wire.unreachable,
            "reconciled": drilled.wire.reconciled,
        });
        match fields {
            Value::Object(fields) => fields,
            _ => Map::new(),
        }
    }
}

/// The configured portfolio, in paper mode whatever the config says; one that the user named is
/// executed as it says.
fn portfolio(app: &App) -> Result<Portfolio, Failure> {
    let paper = FlagValue {
        name: "--broker",
        key: Key::of(["mode"]),
        text: Mode::Paper.as_str().to_owned(),
    };
    let loaded: Loaded = app.load(vec![paper])?;
    loaded.demand_consent(app.global.live)?;
    let history = loaded.history()?;
    loaded.check_data(history.as_ref())?;
    let settings = &loaded.settings;
    let is_own = !app.global.config.is_empty();
    let sleeves = settings.sleeves.iter();
    let weights = sleeves.map(|(id, sleeve)| (id.to_string(), sleeve.weight));
    Ok(Portfolio {
        files: app.global.config.clone(),
        dates: history.map_or_else(Vec::new, |history| history.dates().to_vec()),
        leverage: settings.portfolio.plan.scale.leverage,
        sleeves: weights.filter(|_| !is_own).collect(),
        any_execution: !is_own,
        horizon: settings.execution.horizon,
        is_now: false,
    })
}

fn exit(drilled: &Drilled) -> Exit {
    match drilled.stopped {
        Some(signal) => signal.exit(),
        None if drilled.is_clean() => Exit::Done,
        None => Exit::Negative,
    }
}

fn bar(app: &App, kills: u32) -> ProgressBar {
    let is_silent = app.global.quiet || app.global.json || !std::io::stderr().is_terminal();
    let target = if is_silent {
        ProgressDrawTarget::hidden()
    } else {
        ProgressDrawTarget::stderr()
    };
    let bar = ProgressBar::with_draw_target(Some(kills.into()), target);
    let looks = match page::talk_width() {
        PAGE.. => "  {bar:25} {pos:>5} of {len} kills   {elapsed}   {msg}",
        _ => "  {pos} of {len} kills   {elapsed}   {wide_msg}",
    };
    let looks = ProgressStyle::with_template(looks);
    if let Ok(looks) = looks {
        bar.set_style(looks.progress_chars("█▌ "));
    }
    bar
}

fn show(app: &App, bar: &ProgressBar, progress: &Progress) {
    bar.set_position(progress.kills.into());
    let date = progress.leg.split(' ').next().unwrap_or_default();
    bar.set_message(format!("{} starts · {date}", progress.starts));
    if app.global.verbose {
        let Progress {
            starts, leg, last, ..
        } = progress;
        bar.suspend(|| app.detail(format!("{starts:>5}  {leg} · {last}")));
    }
}
