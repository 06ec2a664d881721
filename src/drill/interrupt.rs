//! Ctrl-C and SIGTERM while a drill goes: the first ends it in order, the second at once.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use crate::runtime::Signal;

/// Waits that a signal ends early.
#[derive(Debug)]
pub(super) struct Interrupts {
    came: Receiver<Signal>,
    /// Kept, so that a wait is a wait also where no signal can be heard.
    _keep: Sender<Signal>,
}

impl Interrupts {
    pub(super) fn listen() -> Self {
        let (tell, came) = channel();
        let told = tell.clone();
        let listen = move || listen_until_told(&told);
        // Without a thread signals end the process as they do by default.
        let _ = std::thread::Builder::new()
            .name("signals".to_owned())
            .spawn(listen);
        Self { came, _keep: tell }
    }

    /// Waits so long, or until a signal comes.
    pub(super) fn wait(&self, time: Duration) -> Option<Signal> {
        self.came.recv_timeout(time).ok()
    }
}

fn listen_until_told(tell: &Sender<Signal>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let Ok(runtime) = runtime else { return };
    runtime.block_on(async {
        let kinds = (
            signal(SignalKind::interrupt()),
            signal(SignalKind::terminate()),
        );
        let (Ok(mut interrupt), Ok(mut terminate)) = kinds else {
            return;
        };
        let mut is_told = false;
        loop {
            let which = tokio::select! {
                biased;
                _ = interrupt.recv() => Signal::Interrupt,
                _ = terminate.recv() => Signal::Terminate,
            };
            if std::mem::replace(&mut is_told, true) || tell.send(which).is_err() {
                std::process::exit(i32::from(which.exit().code()));
            }
        }
    });
}
