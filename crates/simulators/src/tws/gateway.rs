//! The gateway on its port: it accepts connections, and moves the market by the clock it is given.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use polyfolio_model::Ts;
use polyfolio_ports::Clock;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::{JoinHandle, JoinSet};

use super::config::GatewayConfig;
use super::desk::{Desk, Recovered};
use super::faults::Faults;
use super::{GatewayError, session};

/// How many connections there may be at once, named or not; the real one takes as many.
const CONNECTIONS_MAX: usize = 32;

/// How many moments at which something happens one turn lets pass at most.
const MOMENTS_PER_TURN_MAX: usize = 1_024;

/// A gateway that listens. Dropped, it is gone at once, as a killed one is: every connection ends
/// wherever it was.
pub struct Gateway {
    address: SocketAddr,
    shared: Arc<Shared>,
    tasks: [JoinHandle<()>; 2],
}

/// How a gateway is opened.
#[derive(Clone, Debug, Default)]
pub struct Opening {
    /// Where it writes down what it must not forget, and reads it at the start; without, the
    /// gateway is gone with its process.
    pub state: Option<PathBuf>,
    /// Whether others than this machine may reach it. It knows no passwords.
    pub beyond_loopback: bool,
}

/// What the connections and the pump share.
pub(crate) struct Shared {
    desk: Mutex<Desk>,
    clock: Arc<dyn Clock>,
    /// Something may happen earlier than the pump thinks.
    wake: Notify,
}

impl Gateway {
    /// Opens a gateway on a loopback address; port 0 lets the system choose. The market begins at
    /// the clock's time.
    pub async fn listen(
        address: SocketAddr,
        config: GatewayConfig,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, GatewayError> {
        let opening = Opening::default();
        let opened = Self::open(address, config, clock, &opening).await?;
        Ok(opened.0)
    }

    /// The same, as it is wanted; what the record had, if there is one.
    pub async fn open(
        address: SocketAddr,
        config: GatewayConfig,
        clock: Arc<dyn Clock>,
        opening: &Opening,
    ) -> Result<(Self, Recovered), GatewayError> {
        if !opening.beyond_loopback && !address.ip().is_loopback() {
            return Err(GatewayError::NotLoopback(address));
        }
        let now = clock.now();
        let (desk, recovered) = match &opening.state {
            Some(dir) => Desk::resume(config, dir, now)?,
            None => (Desk::new(config, now)?, Recovered::default()),
        };
        let fault = |source| GatewayError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(fault)?;
        let address = listener.local_addr().map_err(fault)?;
        let shared = Arc::new(Shared {
            desk: Mutex::new(desk),
            clock,
            wake: Notify::new(),
        });
        let tasks = [
            tokio::spawn(accept(listener, shared.clone())),
            tokio::spawn(pump(shared.clone())),
        ];
        let gateway = Self {
            address,
            shared,
            tasks,
        };
        Ok((gateway, recovered))
    }

    /// What is to go wrong, and what is true.
    pub fn faults(&self) -> Faults {
        Faults::of(self.shared.clone())
    }

    /// Resolves when the gateway can no longer write down what it must not forget. It has said
    /// nothing that is not written, and says nothing more.
    pub async fn broken(&self) -> GatewayError {
        let mut failures = self.shared.desk().failures();
        loop {
            if let Some(failure) = failures.borrow_and_update().clone() {
                return GatewayError::Broken(failure);
            }
            // The desk is this gateway's own: it does not go before it.
            let _ = failures.changed().await;
        }
    }

    /// How many quotes were ever told, each to one who asked for it.
    pub fn quotes_told(&self) -> u64 {
        self.shared.desk().quotes_told
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
        self.shared.desk().end();
    }
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Shared {
    pub(crate) fn desk(&self) -> MutexGuard<'_, Desk> {
        // Nothing in the desk is left half done by a panic of somebody who held it.
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> Ts {
        self.clock.now()
    }

    fn refuses(&self) -> bool {
        self.desk().refuses(self.now())
    }

    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    /// Lets the market live to now, if that is not too far; when something happens next.
    fn turn(&self) -> Option<Ts> {
        let now = self.clock.now();
        let mut desk = self.desk();
        desk.advance_some(now, MOMENTS_PER_TURN_MAX);
        desk.next_event()
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    // Dropped with this task, and every connection with it.
    let mut connections = JoinSet::new();
    loop {
        let accepted = listener.accept().await;
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok((socket, _)) if connections.len() < CONNECTIONS_MAX && !shared.refuses() => {
                connections.spawn(session::serve(socket, shared.clone()));
            }
            Ok(_) => {}
            // Nothing was accepted; whoever else waits is next.
            Err(_) => tokio::task::yield_now().await,
        }
    }
}

async fn pump(shared: Arc<Shared>) {
    loop {
        let next = shared.turn();
        match next {
            Some(next) => {
                tokio::select! {
                    biased;
                    () = shared.wake.notified() => {}
                    () = shared.clock.sleep_until(next) => {}
                }
            }
            None => shared.wake.notified().await,
        }
        tokio::task::yield_now().await;
    }
}
