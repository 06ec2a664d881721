//! `polyfolio quote`: the optimal limit order, for a person to look at and a program to check.
//!
//! What is not given comes from `[execution.quote]` and the horizon of `[execution]`.

mod told;

use std::path::{Path, PathBuf};

use clap::Args;
use polyfolio_execution::optimal_quote::{QuoteError, QuoteParams, QuoteSurface};
use polyfolio_model::Qty;
use polyfolio_report::quote_plot::quote_paths_svg;
use rust_decimal::Decimal;

use super::App;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::{Settings, plain};

/// More than a sane order is cut into; a bound on time and memory.
const LOTS_MAX: u32 = 10_000;

/// Print the optimal limit-order quotes for 1, 2, … lots
#[derive(Args, Debug)]
#[command(
    before_help = "Example:  polyfolio quote --quantity 600 --lot 100 --seconds 300 --plot quote.svg",
    after_help = "What is not given comes from [execution] and [execution.quote] of the config.\n\
                  The model: Guéant, Lehalle, Fernandez-Tapia (2012), arXiv:1106.3279."
)]
pub(crate) struct Quote {
    /// How much is to be traded
    #[arg(long, value_name = "Q", value_parser = decimal, allow_hyphen_values = true)]
    quantity: Decimal,
    /// How much one quote shows
    #[arg(long, value_name = "L", value_parser = decimal, allow_hyphen_values = true)]
    lot: Option<Decimal>,
    /// Seconds from the start to the deadline
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    seconds: Option<f64>,
    /// Seconds since the start [0]
    #[arg(
        long,
        value_name = "S",
        allow_hyphen_values = true,
        default_value_t = 0.0,
        hide_default_value = true
    )]
    elapsed: f64,
    /// Volatility of the mid, ticks per √s
    #[arg(long, value_name = "σ", allow_hyphen_values = true)]
    sigma: Option<f64>,
    /// Fills per second of a quote at the mid
    #[arg(long, value_name = "A", allow_hyphen_values = true)]
    arrival_rate: Option<f64>,
    /// How fast fills thin out away from the mid, per tick
    #[arg(long, value_name = "k", allow_hyphen_values = true)]
    decay: Option<f64>,
    /// Risk aversion per tick and lot; 0 is risk neutral
    #[arg(long, value_name = "γ", allow_hyphen_values = true)]
    risk_aversion: Option<f64>,
    /// Ticks lost on a lot left at the deadline
    #[arg(long, value_name = "b", allow_hyphen_values = true)]
    liquidation_cost: Option<f64>,
    /// Drift of the mid, ticks per second; a buyer changes its sign [0]
    #[arg(
        long,
        value_name = "μ",
        allow_hyphen_values = true,
        default_value_t = 0.0,
        hide_default_value = true
    )]
    drift: f64,
    /// Draw the quotes over time into this file
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
}

/// What was asked, complete.
struct Question {
    quantity: Qty,
    lot: Qty,
    lots: usize,
    seconds: f64,
    elapsed: f64,
    params: QuoteParams,
}

impl Quote {
    pub(crate) fn run(self, app: &mut App) -> Result<Exit, Failure> {
        let settings = app.load(Vec::new())?.settings;
        let question = self.question(&settings)?;
        if question.lots == 0 {
            return answered(app, &question, &[]);
        }
        let surface = QuoteSurface::solve(&question.params, question.lots, question.seconds)
            .map_err(refused)?;
        if let Some(file) = &self.plot {
            plot(&surface, file)?;
            app.note(format!("quotes over time:  {}", file.display()));
        }
        answered(
            app,
            &question,
            &surface.offsets(question.seconds - question.elapsed),
        )
    }

    fn question(&self, settings: &Settings) -> Result<Question, Failure> {
        let assumed = &settings.execution.quote;
        let horizon = settings.execution.horizon.secs_f64();
        let clip = settings.execution.clip.map_or(Decimal::ONE, Qty::get);
        let seconds = not_negative("--seconds", self.seconds.unwrap_or(horizon))?;
        let elapsed = not_negative("--elapsed", self.elapsed)?;
        if elapsed > seconds {
            let what = format!("--elapsed is {elapsed}, more than the {seconds} of --seconds");
            return Err(Failure::usage(what).line("expected at most --seconds"));
        }
        let lot = self.lot.unwrap_or(clip);
        let or = |name, given: Option<f64>, assumed| not_negative(name, given.unwrap_or(assumed));
        Ok(Question {
            quantity: Qty::new(self.quantity),
            lot: Qty::new(lot),
            lots: lots(self.quantity, lot)?,
            seconds,
            elapsed,
            params: QuoteParams {
                sigma: or("--sigma", self.sigma, assumed.sigma)?,
                arrival_rate: or("--arrival-rate", self.arrival_rate, assumed.arrival_rate)?,
                decay: or("--decay", self.decay, assumed.decay)?,
                risk_aversion: or("--risk-aversion", self.risk_aversion, assumed.risk_aversion)?,
                liquidation_cost: or(
                    "--liquidation-cost",
                    self.liquidation_cost,
                    assumed.liquidation_cost,
                )?,
                drift: finite("--drift", self.drift)?,
            },
        })
    }
}

/// How many lots a quantity is, the last one perhaps not whole.
fn lots(quantity: Decimal, lot: Decimal) -> Result<usize, Failure> {
    if quantity < Decimal::ZERO {
        return Err(outside("--quantity", &quantity.to_string(), "0 or above"));
    }
    if lot <= Decimal::ZERO {
        return Err(outside("--lot", &lot.to_string(), "above 0"));
    }
    let lots = quantity.checked_div(lot).map(|lots| lots.ceil());
    let few = lots.filter(|lots| *lots <= Decimal::from(LOTS_MAX));
    few.and_then(|lots| usize::try_from(lots).ok())
        .ok_or_else(|| {
            let expected = format!("at most {LOTS_MAX} lots: a larger --lot");
            outside("--quantity", &quantity.to_string(), &expected)
        })
}

fn answered(app: &App, question: &Question, offsets: &[f64]) -> Result<Exit, Failure> {
    match (app.global.json, app.global.quiet) {
        (true, _) => app.say(told::json(offsets))?,
        (false, true) => app.show(told::table(offsets).to_string())?,
        (false, false) => app.show(told::text(question, offsets))?,
    }
    Ok(Exit::Done)
}

fn plot(surface: &QuoteSurface, file: &Path) -> Result<(), Failure> {
    let svg = quote_paths_svg(surface).map_err(|error| Failure::usage(error.to_string()))?;
    let unwritable = |error: std::io::Error| {
        Failure::usage(format!("the picture cannot be written: {}", plain(&error)))
            .line(file.display().to_string())
    };
    std::fs::write(file, svg).map_err(unwritable)
}

/// What the model refuses, by the name of the flag.
fn refused(error: QuoteError) -> Failure {
    match error {
        QuoteError::Parameter {
            name,
            domain,
            value,
        } => outside(
            &format!("--{}", name.replace('_', "-")),
            &value.to_string(),
            domain,
        ),
        other => Failure::usage(other.to_string()),
    }
}

fn not_negative(flag: &str, value: f64) -> Result<f64, Failure> {
    if value.is_finite() && value >= 0.0 {
        Ok(value)
    } else {
        Err(outside(
            flag,
            &value.to_string(),
            "a finite number, 0 or above",
        ))
    }
}

fn finite(flag: &str, value: f64) -> Result<f64, Failure> {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(outside(flag, &value.to_string(), "a finite number"))
    }
}

fn outside(flag: &str, value: &str, expected: &str) -> Failure {
    Failure::usage(format!("{flag} is {value}"))
        .line(format!("expected {expected}"))
        .line("see:  polyfolio quote --help")
}

fn decimal(text: &str) -> Result<Decimal, String> {
    let exact = Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text));
    exact.map_err(|_| "not a finite decimal number".to_owned())
}
