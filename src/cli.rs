//! The command line: what was typed, one file per verb below.
//!
//! A verb is a `clap` struct with `run(self, &mut App) -> Result<Exit, Failure>`. To add one: a file,
//! a variant of `Verb`, an arm of its `run`.

mod app;
mod ask;
mod config;
mod data;
mod drill;
mod explain;
mod generated;
mod journal;
mod plan;
mod quote;
mod reconcile;
mod resolve;
mod run;
mod run_name;
mod salvage;
mod sim;
mod sleeve;
mod slippage;
mod strategies;
mod support;
mod tape;
mod targets;
mod trading;
mod transfer;

use std::ffi::OsString;

use clap::{Args, Parser, Subcommand};
use polyfolio_strategies::Registry;

pub use app::{App, answer};

use crate::brokers::Brokers;
use crate::exit::Exit;
use crate::face::page;
use crate::failure::Failure;

/// Many weighted trading strategies as one book.
#[derive(Debug, Parser)]
#[command(
    version,
    before_help = "Example:  polyfolio plan",
    after_help = "Exit: 0 done · 1 negative · 2 usage or data · 3 no broker · 4 halted · 5 state",
    disable_help_subcommand = true,
    max_term_width = 80
)]
struct CommandLine {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    verb: Verb,
}

/// Flags that every verb takes.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Everywhere")]
pub struct Global {
    /// Lay a config over config/default.toml; repeatable
    #[arg(short, long = "config", value_name = "FILE", global = true)]
    pub config: Vec<std::path::PathBuf>,
    /// The same facts as JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// Trade real money; needs mode = "live" in the config too
    #[arg(long, global = true)]
    pub live: bool,
    /// Tell more
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Only results
    #[arg(short, long, global = true)]
    pub quiet: bool,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Run(run::Run),
    Plan(plan::Plan),
    Status(ask::AskStatus),
    Positions(ask::AskPositions),
    Orders(ask::AskOrders),
    Nav(ask::AskNav),
    Slippage(slippage::Slippage),
    Explain(explain::Explain),
    Config(config::Config),
    Strategies(strategies::Strategies),
    Data(data::Data),
    Quote(quote::Quote),
    Sleeve(sleeve::Sleeve),
    Transfer(transfer::Transfer),
    Targets(targets::Targets),
    Tape(tape::Tape),
    Journal(journal::Journal),
    Reconcile(reconcile::Reconcile),
    Resolve(resolve::Resolve),
    Drill(drill::Drill),
    Sim(sim::Sim),
    Support(support::Support),
    Halt(trading::Halt),
    ResumeTrading(trading::ResumeTrading),
    Cancel(trading::Cancel),
    Completions(generated::Completions),
    Man(generated::Man),
}

impl Verb {
    fn run(self, app: &mut App) -> Result<Exit, Failure> {
        match self {
            Self::Run(verb) => verb.run(app),
            Self::Plan(verb) => verb.run(app),
            Self::Status(verb) => verb.run(app),
            Self::Positions(verb) => verb.run(app),
            Self::Orders(verb) => verb.run(app),
            Self::Nav(verb) => verb.run(app),
            Self::Slippage(verb) => verb.run(app),
            Self::Explain(verb) => verb.run(app),
            Self::Config(verb) => verb.run(app),
            Self::Strategies(verb) => verb.run(app),
            Self::Data(verb) => verb.run(app),
            Self::Quote(verb) => verb.run(app),
            Self::Sleeve(verb) => verb.run(app),
            Self::Transfer(verb) => verb.run(app),
            Self::Targets(verb) => verb.run(app),
            Self::Tape(verb) => verb.run(app),
            Self::Journal(verb) => verb.run(app),
            Self::Reconcile(verb) => verb.run(app),
            Self::Resolve(verb) => verb.run(app),
            Self::Drill(verb) => verb.run(app),
            Self::Sim(verb) => verb.run(app),
            Self::Support(verb) => verb.run(app),
            Self::Halt(verb) => verb.run(app),
            Self::ResumeTrading(verb) => verb.run(app),
            Self::Cancel(verb) => verb.run(app),
            Self::Completions(verb) => verb.run(app),
            Self::Man(verb) => verb.run(app),
        }
    }
}

/// Parses the command line, runs the verb, and says what went wrong if something did.
pub fn main() -> Exit {
    main_with(Registry::builtin())
}

/// The same program with other kinds of strategies in it.
pub fn main_with(registry: Registry) -> Exit {
    main_with_brokers(registry, Brokers::none())
}

/// The same program with other kinds of strategies and brokers of one's own in it.
pub fn main_with_brokers(registry: Registry, brokers: Brokers) -> Exit {
    main_of(std::env::args_os(), registry, brokers)
}

/// The same for these words, the first of which is the program's name.
pub fn main_of(
    words: impl IntoIterator<Item = OsString>,
    registry: Registry,
    brokers: Brokers,
) -> Exit {
    page::look();
    let line = match CommandLine::try_parse_from(words) {
        Ok(line) => line,
        Err(error) => return not_a_verb(&error),
    };
    let mut app = App::new(line.global, registry, brokers);
    match line.verb.run(&mut app) {
        Ok(exit) => exit,
        Err(failure) => app.lament(&failure),
    }
}

/// Help and version are answers; everything else that `clap` says is a usage error.
fn not_a_verb(error: &clap::Error) -> Exit {
    // Nobody may be left to read it.
    let _ = error.print();
    if error.use_stderr() {
        Exit::Usage
    } else {
        Exit::Done
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::CommandLine::command().debug_assert();
    }
}
