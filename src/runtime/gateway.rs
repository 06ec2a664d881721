//! The TWS gateway simulator as a process: made of the settings' account and instruments, and alive
//! until a signal comes.

mod listed;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use polyfolio_clock::{Pace, PacedClock, wall_now};
use polyfolio_simulators::tws::control::Control;
use polyfolio_simulators::tws::faults::Script;
use polyfolio_simulators::tws::{Gateway, GatewayConfig, GatewayError, Opening, Recovered};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use super::market::paper_config;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::Loaded;

/// The first contract's number; the others follow.
const CON_ID_FIRST: i32 = 100_001;

/// What a simulator is asked to be.
#[derive(Clone, Debug)]
pub struct Serve {
    /// Where clients connect.
    pub listen: SocketAddr,
    /// Where faults are ordered.
    pub control: Option<SocketAddr>,
    /// Where it writes down what it must not forget.
    pub state: Option<PathBuf>,
    /// Whether other machines may reach it.
    pub beyond_loopback: bool,
    /// Whether it ends when standard input does.
    pub until_stdin_ends: bool,
    /// What goes wrong when.
    pub script: Script,
    /// Of how many orders one meets a fault of the wire: 0 none, 1 each.
    pub fault_rate: f64,
}

/// A simulator that listens.
#[derive(Clone, Debug)]
pub struct Listening {
    /// Where clients connect.
    pub listen: SocketAddr,
    /// Where faults are ordered.
    pub control: Option<SocketAddr>,
    /// What its record had.
    pub recovered: Recovered,
}

/// A gateway with the account, the instruments and the closes of the settings.
///
/// # Errors
/// A history that cannot be read, an instrument without trading rules.
pub fn gateway_config(loaded: &Loaded) -> Result<GatewayConfig, Failure> {
    let history = loaded.history()?;
    let paper = paper_config(loaded, history.as_ref(), None)?;
    let numbered = (CON_ID_FIRST..).zip(paper.listings);
    let stocks = numbered.map(|(number, listing)| {
        let rule = &listing.instrument;
        let instruments = &loaded.settings.instruments;
        let spec = instruments.ib_contract(&rule.id, &rule.currency);
        listed::contract(number, listing, &spec, history.as_ref())
    });
    Ok(GatewayConfig {
        currency: loaded.settings.portfolio.base_currency.clone(),
        cash: paper.cash,
        positions: paper.positions,
        seed: paper.seed,
        latency_ms: paper.latency_ms,
        fees: paper.fees,
        fill_model: paper.fill_model,
        fill_size: paper.fill_size,
        spread_ticks: paper.spread_ticks,
        quote_interval_ms: paper.quote_interval_ms,
        stocks: stocks.collect(),
        ..GatewayConfig::default()
    })
}

/// Serves until SIGINT or SIGTERM; `ready` hears where, once it listens.
///
/// # Errors
/// What it cannot be made of or opened on; a record that can no longer be written.
pub fn serve(
    config: GatewayConfig,
    request: Serve,
    ready: impl FnOnce(&Listening) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime
        .map_err(|error| Failure::new(Exit::State, format!("no runtime can be had: {error}")))?;
    runtime.block_on(serve_on(config, request, ready))
}

async fn serve_on(
    config: GatewayConfig,
    request: Serve,
    ready: impl FnOnce(&Listening) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let deaf = |error| Failure::new(Exit::State, format!("signals cannot be heard: {error}"));
    let mut interrupt = signal(SignalKind::interrupt()).map_err(deaf)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(deaf)?;
    let clock = PacedClock::start(wall_now(), Pace::Live);
    let clock = clock.map_err(|error| Failure::usage(error.to_string()))?;
    let opening = Opening {
        state: request.state.clone(),
        beyond_loopback: request.beyond_loopback,
    };
    let seed = config.seed;
    let opened = Gateway::open(request.listen, config, Arc::new(clock), &opening).await;
    let (gateway, recovered) = opened.map_err(|error| failure(&error, "--listen"))?;
    let faults = gateway.faults();
    let control = match request.control {
        Some(address) => {
            let control = Control::listen(address, faults.clone()).await;
            Some(control.map_err(|error| failure(&error, "--control"))?)
        }
        None => None,
    };
    ready(&Listening {
        listen: gateway.address(),
        control: control.as_ref().map(Control::address),
        recovered,
    })?;
    faults.draw(seed, request.fault_rate);
    faults.play(request.script);
    let left_alone = request.until_stdin_ends.then(stdin_ends).transpose()?;
    tokio::select! {
        () = left(left_alone) => Ok(()),
        _ = interrupt.recv() => Ok(()),
        _ = terminate.recv() => Ok(()),
        error = gateway.broken() => Err(failure(&error, "--state")),
    }
}

/// Hears of the end of standard input.
fn stdin_ends() -> Result<oneshot::Receiver<()>, Failure> {
    let (tell, ends) = oneshot::channel();
    // A thread of its own, because a read of standard input cannot be called off.
    let listens = std::thread::Builder::new().spawn(move || {
        // What cannot be read is over as well.
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        let _ = tell.send(());
    });
    match listens {
        Ok(_) => Ok(ends),
        Err(error) => Err(Failure::new(
            Exit::State,
            format!("standard input cannot be heard: {error}"),
        )),
    }
}

/// Waits for the end of standard input; for ever when it does not matter.
async fn left(ends: Option<oneshot::Receiver<()>>) {
    match ends {
        Some(ends) => drop(ends.await),
        None => std::future::pending().await,
    }
}

/// A gateway that does not stand, for a person; `flag` is what gave its address.
fn failure(error: &GatewayError, flag: &str) -> Failure {
    let exit = match error {
        GatewayError::Record(_)
        | GatewayError::Broken(_)
        | GatewayError::OtherAccount { .. }
        | GatewayError::Unlisted(_) => Exit::State,
        _ => Exit::Usage,
    };
    let mut failure = Failure::new(exit, error.to_string());
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        failure = failure.line(cause.to_string());
        source = cause.source();
    }
    match error {
        GatewayError::NotLoopback(address) => failure.line(format!("{flag} {address}")),
        GatewayError::Listen { .. } => failure.line(format!("given with {flag}")),
        GatewayError::Record(_) | GatewayError::Broken(_) => {
            failure.line("given with --state; another directory begins anew")
        }
        _ => failure,
    }
}
