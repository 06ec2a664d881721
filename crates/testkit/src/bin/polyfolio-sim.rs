//! Long campaigns of the simulation, and the replay of one seed.

use std::io::IsTerminal;
use std::process::ExitCode;
use std::str::FromStr;

use clap::Parser;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use polyfolio_testkit::scenario::CrashPoint;
use polyfolio_testkit::trial::Without;
use polyfolio_testkit::{Campaign, Campaigned, Failure, Mutation, Trial, Trouble, attempt, shrink};

/// Simulates many seeds, each a world of its own, and stops at the first that breaks a promise.
#[derive(Debug, Parser)]
#[command(name = "polyfolio-sim", version)]
struct Asked {
    /// How many seeds.
    #[arg(long, default_value_t = 20_000)]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// On how many threads; as many as the machine has, otherwise.
    #[arg(long)]
    threads: Option<usize>,
    /// Breaks the protocol in this way. A failure is then what is hoped for; `list` names them all.
    #[arg(long)]
    mutation: Option<String>,
    /// Replays one seed and prints its log.
    #[arg(long, value_name = "SEED", conflicts_with_all = ["seeds", "from", "threads"])]
    replay: Option<u64>,
    /// What to leave out of the replayed seed, as a failure names it.
    #[arg(long, requires = "replay", default_value = "")]
    without: String,
    /// Prints the summary as JSON.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let asked = Asked::parse();
    if asked.mutation.as_deref() == Some("list") {
        for mutation in Mutation::all() {
            println!("{mutation}");
        }
        return ExitCode::SUCCESS;
    }
    match run(&asked) {
        Ok(code) => code,
        Err(message) => {
            eprintln!("polyfolio-sim: {message}");
            ExitCode::from(2)
        }
    }
}

fn run(asked: &Asked) -> Result<ExitCode, String> {
    let mutation = asked.mutation.as_deref().map(parse::<Mutation>);
    let mutation = mutation.transpose()?;
    // A panic of the core is a fault, and is told like one.
    std::panic::set_hook(Box::new(|_| {}));
    if let Some(seed) = asked.replay {
        let mut trial = Trial::of(seed, mutation);
        trial.without = parse::<Without>(&asked.without)?;
        return Ok(replay(trial));
    }
    let machine = || std::thread::available_parallelism().map_or(1, |threads| threads.get());
    let campaign = Campaign {
        from: asked.from,
        seeds: asked.seeds,
        threads: asked.threads.unwrap_or_else(machine).max(1),
        mutation,
    };
    let bar = bar(campaign.seeds);
    let told = campaign.run(|passed| bar.inc(passed));
    let seconds = bar.elapsed().as_secs_f64();
    bar.finish_and_clear();
    let failure = told.failure.as_deref().map(shrink);
    if asked.json {
        println!("{}", as_json(&campaign, &told, failure.as_ref(), seconds));
    } else {
        print(&told, seconds);
    }
    Ok(match failure {
        Some(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
        None => ExitCode::SUCCESS,
    })
}

fn parse<T: FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: T::Err| error.to_string())
}

fn replay(trial: Trial) -> ExitCode {
    match attempt(&trial, true) {
        Ok(outcome) => {
            print!("{}", outcome.log);
            ExitCode::SUCCESS
        }
        Err(fault) => {
            println!("{}", fault.what);
            eprintln!("seed {} breaks a promise: {}", trial.seed, fault.promise);
            ExitCode::FAILURE
        }
    }
}

/// Silent on a pipe.
fn bar(seeds: u64) -> ProgressBar {
    let target = if std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target(Some(seeds), target);
    let looks = "  {bar:25} {percent:>3}%   {pos} of {len} seeds, {per_sec}, {eta} left";
    match ProgressStyle::with_template(looks) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn print(told: &Campaigned, seconds: f64) {
    let outcome = &told.outcome;
    let rate = told.seeds as f64 / seconds.max(1e-9);
    println!(
        "{} seeds kept every promise, {rate:.0} a second, {:.0} hours of market",
        told.seeds,
        outcome.lasted.secs_f64() / 3_600.0
    );
    println!(
        "{} submits, {} of them repeats; {} executions; {} records; {} events",
        outcome.submits, outcome.repeats, outcome.fills, outcome.records, outcome.events
    );
    println!(
        "{} distinct states of orders; {} seeds end undecided, {} with a difference on record",
        outcome.states.count(),
        outcome.undecided,
        outcome.breaks
    );
    println!("deaths");
    for (point, times) in CrashPoint::ALL.iter().zip(&outcome.crashes) {
        println!("  {:<18}{times:>12}", format!("{point:?}"));
    }
    println!("troubles");
    for (trouble, times) in Trouble::ALL.iter().zip(&outcome.troubles) {
        println!("  {:<18}{times:>12}", format!("{trouble:?}"));
    }
}

fn as_json(
    campaign: &Campaign,
    told: &Campaigned,
    failure: Option<&Failure>,
    seconds: f64,
) -> serde_json::Value {
    let outcome = &told.outcome;
    let named = |names: Vec<String>, counts: &[u64]| {
        let pairs = names.into_iter().zip(counts.iter().map(|n| (*n).into()));
        serde_json::Value::Object(pairs.collect())
    };
    let points = CrashPoint::ALL.iter().map(|p| format!("{p:?}")).collect();
    let troubles = Trouble::ALL.iter().map(|t| format!("{t:?}")).collect();
    serde_json::json!({
        "from": campaign.from,
        "seeds": told.seeds,
        "threads": campaign.threads,
        "mutation": campaign.mutation.map(|mutation| mutation.to_string()),
        "seconds": seconds,
        "seeds_per_second": told.seeds as f64 / seconds.max(1e-9),
        "submits": outcome.submits,
        "repeats": outcome.repeats,
        "executions": outcome.fills,
        "records": outcome.records,
        "events": outcome.events,
        "market_hours": outcome.lasted.secs_f64() / 3_600.0,
        "states": outcome.states.count(),
        "undecided": outcome.undecided,
        "breaks": outcome.breaks,
        "deaths": named(points, &outcome.crashes),
        "troubles": named(troubles, &outcome.troubles),
        "failure": failure.map(|failure| serde_json::json!({
            "seed": failure.trial.seed,
            "without": failure.trial.without.to_string(),
            "promise": failure.fault.promise,
            "what": failure.fault.what,
        })),
    })
}
