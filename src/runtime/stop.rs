//! Signals: the first asks for a graceful stop, the second ends the process where it is (what was
//! decided is durable, what was sent is the broker's).
//!
//! One listener a process, on a thread of its own, before anything is opened: so none is missed,
//! whatever the process does meanwhile. Before anything is open there is nothing to be graceful
//! about, and the first signal ends the process. While things are opened and between two
//! sessions it is noticed at the next step; a session hears of it and stops its run.

use std::future::Future;
use std::io::{self, Write};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use polyfolio_clock::HostClock;
use polyfolio_model::Span;
use polyfolio_oms::router::StopPolicy;
use polyfolio_ports::Clock;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::exit::Exit;
use crate::face::Style;
use crate::failure::Failure;

/// How long opening may take to notice (host time), before the process ends where it is.
const PATIENCE: Span = Span::from_secs(2);

/// A signal that stops a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT, as Ctrl-C sends it.
    Interrupt,
    /// SIGTERM, as a service manager sends it.
    Terminate,
}

impl Signal {
    /// How the process ends after it.
    pub fn exit(self) -> Exit {
        match self {
            Self::Interrupt => Exit::Interrupted,
            Self::Terminate => Exit::Terminated,
        }
    }

    fn failure(self) -> Failure {
        Failure::new(self.exit(), "stopped as asked").line("nothing was begun")
    }
}

/// How far the process has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Nothing is open.
    Reading,
    /// The store and the account are being opened.
    Opening,
    /// A session has begun; it or the step behind it notices.
    Trading,
}

/// Hears of signals from here to the end of the process.
#[derive(Clone, Debug)]
pub struct Signals {
    came: Arc<watch::Sender<Option<Signal>>>,
    stage: Arc<Mutex<Stage>>,
}

impl Signals {
    /// Listens from now on, and has begun to when this returns.
    ///
    /// # Errors
    /// The system gives no thread or no handler.
    pub fn listen() -> Result<Self, Failure> {
        let signals = Self {
            came: Arc::new(watch::Sender::new(None)),
            stage: Arc::new(Mutex::new(Stage::Reading)),
        };
        let deaf = |error: io::Error| {
            Failure::new(Exit::State, format!("signals cannot be heard: {error}"))
        };
        let (ready, begun) = channel();
        let hears = signals.clone();
        std::thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || hears.hear(&ready))
            .map_err(deaf)?;
        let heard = begun.recv();
        heard
            .unwrap_or_else(|_| Err(io::ErrorKind::Other.into()))
            .map_err(deaf)?;
        Ok(signals)
    }

    /// The signal that came, if one did.
    pub(super) fn came(&self) -> Option<Signal> {
        *self.came.borrow()
    }

    /// From here on something is open: no signal ends the process before it is noticed.
    ///
    /// # Errors
    /// A signal came.
    pub(super) fn open(&self) -> Result<(), Failure> {
        self.enter(Stage::Opening);
        self.check()
    }

    /// The step before the next one.
    ///
    /// # Errors
    /// A signal came.
    pub(super) fn check(&self) -> Result<(), Failure> {
        self.came().map_or(Ok(()), |signal| Err(signal.failure()))
    }

    /// A session begins: resolves to `policy` when a signal comes, or has come.
    pub(super) fn on_signal(&self, policy: StopPolicy) -> impl Future<Output = StopPolicy> + use<> {
        self.enter(Stage::Trading);
        let mut came = self.came.subscribe();
        async move {
            match came.wait_for(Option::is_some).await {
                Ok(_) => policy,
                Err(_) => std::future::pending().await,
            }
        }
    }

    fn enter(&self, stage: Stage) {
        *self.stage() = stage;
    }

    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// On a runtime that nothing else can keep busy.
    fn hear(&self, ready: &Sender<io::Result<()>>) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build();
        let heard = runtime.and_then(|runtime| runtime.block_on(self.listen_on(ready)));
        if let Err(error) = heard {
            // Whoever waits for it is told; nobody does later.
            let _ = ready.send(Err(error));
        }
    }

    async fn listen_on(&self, ready: &Sender<io::Result<()>>) -> io::Result<()> {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut next = async || {
            tokio::select! {
                biased;
                _ = interrupt.recv() => Signal::Interrupt,
                _ = terminate.recv() => Signal::Terminate,
            }
        };
        let _ = ready.send(Ok(()));
        let first = next().await;
        self.tell(first);
        let host = HostClock::start();
        let is_told_again = tokio::select! {
            biased;
            _ = next() => true,
            () = host.sleep_until(host.now() + PATIENCE) => false,
        };
        if !is_told_again && *self.stage() == Stage::Trading {
            // A run stops in its own time, unless it is told once more.
            next().await;
        }
        std::process::exit(i32::from(first.exit().code()))
    }

    /// Held meanwhile, so that nothing is opened between the word and the look.
    fn tell(&self, first: Signal) {
        let stage = self.stage();
        self.came.send_replace(Some(first));
        if *stage == Stage::Reading {
            let text = first.failure().render(Style::of(&io::stderr()));
            // Nobody may be left to read it.
            let _ = io::stderr().write_all(text.as_bytes());
            std::process::exit(i32::from(first.exit().code()));
        }
    }
}
