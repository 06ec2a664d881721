//! `polyfolio sim tws`: a broker to try things with, and to break.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use polyfolio_simulators::tws::faults::Script;
use serde_json::json;

use super::App;
use crate::exit::Exit;
use crate::face::count;
use crate::failure::Failure;
use crate::runtime::gateway::{Listening, Serve, gateway_config, serve};

/// Play a broker on this machine, faults included
#[derive(Args, Debug)]
#[command(before_help = "Example:  polyfolio sim tws --listen 127.0.0.1:4002")]
pub(crate) struct Sim {
    #[command(subcommand)]
    which: Which,
}

#[derive(Debug, Subcommand)]
enum Which {
    Tws(Tws),
}

/// A TWS or IB Gateway that speaks Interactive Brokers' protocol
#[derive(Args, Debug)]
#[command(
    before_help = "Example:  polyfolio sim tws --control 127.0.0.1:4003 --state simulated",
    after_help = "Account, instruments and closes are the config's. What it says first, and every\n\
                  fault there is: docs/simulators.md.\n\n\
                  Exit codes: 0 stopped by SIGINT or SIGTERM · 2 an address that cannot be had,\n\
                  a script that is none · 5 a state directory in use, unwritable or damaged"
)]
struct Tws {
    /// Where clients connect; port 0 is any free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:4002", value_parser = address)]
    listen: SocketAddr,
    /// Where faults are ordered, one JSON object a line
    #[arg(long, value_name = "ADDR", value_parser = address)]
    control: Option<SocketAddr>,
    /// The seed of the market and of drawn faults; [broker.paper] seed otherwise
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Keep orders and executions here, over a kill too
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Faults with their moments, one JSON object a line
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
    /// Draw a fault of the wire for this share of all orders
    #[arg(long, value_name = "RATE", default_value_t = 0.0, value_parser = rate)]
    faults: f64,
    /// Hang up on a client that sends more; 0 for any number
    #[arg(long, value_name = "N", default_value_t = 50)]
    messages_per_second: u32,
    /// Listen where other machines reach it; it asks for no password
    #[arg(long)]
    beyond_loopback: bool,
    /// End when standard input does, as when its starter is killed
    #[arg(long)]
    until_stdin_ends: bool,
}

impl Sim {
    pub(crate) fn run(self, app: &mut App) -> Result<Exit, Failure> {
        let Which::Tws(tws) = self.which;
        tws.run(app)
    }
}

impl Tws {
    fn run(self, app: &App) -> Result<Exit, Failure> {
        let script = self.script.as_deref().map_or(Ok(Script::default()), read)?;
        let mut config = gateway_config(&app.load(Vec::new())?)?;
        config.seed = self.seed.unwrap_or(config.seed);
        config.messages_per_second_max = self.messages_per_second;
        let state = self.state.clone();
        let request = Serve {
            listen: self.listen,
            control: self.control,
            state: self.state,
            beyond_loopback: self.beyond_loopback,
            until_stdin_ends: self.until_stdin_ends,
            script,
            fault_rate: self.faults,
        };
        serve(config, request, |listening| {
            told(app, listening, state.as_deref())
        })?;
        Ok(Exit::Done)
    }
}

fn told(app: &App, listening: &Listening, state: Option<&Path>) -> Result<(), Failure> {
    let recovered = &listening.recovered;
    if let Some(state) = state.filter(|_| recovered.lines > 0) {
        let lines = count(recovered.lines, "line");
        app.note(format!("goes on with {}: {lines}", state.display()));
    }
    if recovered.torn_bytes > 0 {
        let bytes = recovered.torn_bytes;
        app.note(format!(
            "the last line was never finished and nobody was told of it: {bytes} bytes are cut off"
        ));
    }
    // By hand, for the order of the two that is promised.
    let (listen, control) = (json!(listening.listen), json!(listening.control));
    app.say(format!("{{\"listen\":{listen},\"control\":{control}}}\n"))
}

fn read(path: &Path) -> Result<Script, Failure> {
    let name = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("script {name} cannot be read: {error}")))?;
    Script::parse(&text).map_err(|error| {
        Failure::usage("the script has a line that is no fault").line(format!("{name}, {error}"))
    })
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| "an address and a port are expected, such as 127.0.0.1:4002".to_owned())
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok();
    rate.filter(|rate| (0.0..=1.0).contains(rate))
        .ok_or_else(|| "a number from 0 to 1 is expected".to_owned())
}
