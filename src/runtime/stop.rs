//! Signals: the first asks for a graceful stop, the second ends the process where it is (what was
//! decided is durable, what was sent is the broker's).

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use polyfolio_oms::router::StopPolicy;
use tokio::signal::unix::{SignalKind, signal};

use crate::exit::Exit;

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
}

/// Whether a signal came.
#[derive(Clone, Debug, Default)]
pub(super) struct Came(Arc<AtomicU8>);

impl Came {
    pub(super) fn came(&self) -> Option<Signal> {
        match self.0.load(Ordering::SeqCst) {
            1 => Some(Signal::Interrupt),
            2 => Some(Signal::Terminate),
            _ => None,
        }
    }
}

/// Resolves to `policy` when the first signal comes.
pub(super) fn on_signal(policy: StopPolicy) -> (Came, impl Future<Output = StopPolicy>) {
    let came = Came::default();
    let heard = came.clone();
    let stop = async move {
        let (Ok(mut interrupt), Ok(mut terminate)) = (
            signal(SignalKind::interrupt()),
            signal(SignalKind::terminate()),
        ) else {
            return std::future::pending().await;
        };
        let which = tokio::select! {
            biased;
            _ = interrupt.recv() => Signal::Interrupt,
            _ = terminate.recv() => Signal::Terminate,
        };
        heard.0.store(
            if which == Signal::Interrupt { 1 } else { 2 },
            Ordering::SeqCst,
        );
        tokio::task::spawn_local(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            std::process::exit(i32::from(which.exit().code()));
        });
        policy
    };
    (came, stop)
}
