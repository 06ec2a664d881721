//! An account at Interactive Brokers, opened: its configuration, its order ids, and the one
//! connection that its wires share.

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use polyfolio_model::InstrumentId;
use polyfolio_ports::{Clock, Link, NotSent, Report, Sink};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::directory::Directory;
use crate::ids::Ids;
use crate::link::{LinkState, Phase};
use crate::worker::{self, Request};
use crate::{ContractFacts, IbBars, IbBroker, IbConfig, IbError, IbMarketData, IbNotice, Level};

/// How many commands may wait for the connection's thread.
const WAITING_MAX: usize = 4_096;

/// An account at Interactive Brokers. Clones are handles to the same one; the connection ends and
/// the folder is released when the last handle and the last wire are gone.
///
/// The connection lives in a thread of its own with a runtime of its own: the library's reader
/// dies with the runtime that connected, and must not wait for a clock that is paused.
#[derive(Clone)]
pub struct IbAccount {
    inner: Arc<Inner>,
}

/// What all handles share.
pub(crate) struct Inner {
    pub(crate) shared: Arc<Shared>,
    requests: Option<UnboundedSender<Request>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    lives: AtomicU64,
}

/// What the handles and the connection's thread share.
pub(crate) struct Shared {
    pub(crate) config: IbConfig,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) talk: Sink<IbNotice>,
    view: Mutex<View>,
    listener: Mutex<Option<(u64, Sink<Report>)>>,
    waiting: AtomicUsize,
}

/// What others may look at.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) link: LinkState,
    pub(crate) account: Option<String>,
    pub(crate) directory: Arc<Directory>,
}

impl IbAccount {
    /// Opens the order ids in `dir`, creating the folder if there is none. Nothing is connected
    /// until a wire is used. `clock` is the time of day; `talk` hears what a person should know.
    pub fn open(
        dir: &Path,
        config: IbConfig,
        clock: Arc<dyn Clock>,
        talk: Sink<IbNotice>,
    ) -> Result<Self, IbError> {
        check(&config)?;
        let (ids, torn) = Ids::open(dir, config.client_id)?;
        if torn > 0 {
            let text = format!("cut off {torn} bytes of an unfinished line of the order ids");
            talk(IbNotice::new(Level::Info, text));
        }
        Self::with(ids, config, clock, talk)
    }

    /// The same account for who only looks: nothing is written, and no order leaves. Its client id
    /// has to be another than that of who trades, who may be connected.
    pub fn look(
        config: IbConfig,
        clock: Arc<dyn Clock>,
        talk: Sink<IbNotice>,
    ) -> Result<Self, IbError> {
        check(&config)?;
        Self::with(Ids::kept_nowhere(), config, clock, talk)
    }

    fn with(
        ids: Ids,
        config: IbConfig,
        clock: Arc<dyn Clock>,
        talk: Sink<IbNotice>,
    ) -> Result<Self, IbError> {
        let now = clock.now();
        let shared = Arc::new(Shared {
            view: Mutex::new(View {
                link: LinkState {
                    phase: Phase::Down,
                    since: now,
                    down: Some((now, "not connected yet".to_owned())),
                },
                account: config.account.clone(),
                directory: Arc::default(),
            }),
            config,
            clock,
            talk,
            listener: Mutex::new(None),
            waiting: AtomicUsize::new(0),
        });
        let (requests, receiver) = unbounded_channel();
        let thread = start(shared.clone(), ids, receiver)?;
        let inner = Inner {
            shared,
            requests: Some(requests),
            thread: Mutex::new(Some(thread)),
            lives: AtomicU64::new(0),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// A wire for orders. The newest one that is started hears the reports.
    pub fn broker(&self) -> IbBroker {
        IbBroker::new(self.inner.clone())
    }

    /// A wire for quotes.
    pub fn market_data(&self) -> IbMarketData {
        IbMarketData::new(self.inner.clone())
    }

    /// A wire for bars.
    pub fn bars(&self) -> IbBars {
        IbBars::new(self.inner.clone())
    }

    /// Where the connection stands.
    pub fn link(&self) -> LinkState {
        self.inner.shared.view().link.clone()
    }

    /// What IB says of an instrument; none before the first connection.
    pub fn contract(&self, instrument: &InstrumentId) -> Option<ContractFacts> {
        self.inner
            .shared
            .view()
            .directory
            .facts(instrument)
            .cloned()
    }
}

fn check(config: &IbConfig) -> Result<(), IbError> {
    let faults = config.faults();
    match faults.is_empty() {
        true => Ok(()),
        false => Err(IbError::Config(faults)),
    }
}

fn start(
    shared: Arc<Shared>,
    ids: Ids,
    requests: UnboundedReceiver<Request>,
) -> Result<JoinHandle<()>, IbError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(IbError::Thread)?;
    let live = move || {
        let guard = Guard(shared.clone());
        runtime.block_on(worker::run(shared, ids, requests));
        drop(guard);
    };
    let thread = std::thread::Builder::new().name("ib".to_owned());
    thread.spawn(live).map_err(IbError::Thread)
}

impl Inner {
    /// A number for a wire: requests of an older one are not mixed up with a newer one's.
    pub(crate) fn new_life(&self) -> u64 {
        self.lives.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Whether this is the wire that was started last.
    pub(crate) fn is_newest(&self, life: u64) -> bool {
        self.lives.load(Ordering::Relaxed) == life
    }

    /// Hands something to the connection's thread, which does not refuse it.
    pub(crate) fn ask(&self, request: Request) {
        if let Some(requests) = &self.requests {
            // A thread that has died is found out by `send`.
            let _ = requests.send(request);
        }
    }

    /// Hands a command to the connection's thread, if it may leave now.
    pub(crate) fn send(&self, request: Request) -> Result<(), NotSent> {
        match self.shared.view().link.phase {
            Phase::Ready | Phase::Degraded => {}
            Phase::Synchronising => {
                return Err(NotSent("the connection to IB is being synchronised"));
            }
            Phase::Connecting | Phase::Down => {
                return Err(NotSent("there is no connection to IB"));
            }
        }
        if self.shared.waiting.fetch_add(1, Ordering::Relaxed) >= WAITING_MAX {
            self.shared.taken();
            return Err(NotSent("too many commands wait for IB's message budget"));
        }
        let sent = self
            .requests
            .as_ref()
            .map(|requests| requests.send(request));
        match sent {
            Some(Ok(())) => Ok(()),
            _ => Err(NotSent("the connection's thread is gone")),
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // The thread ends with its requests; it waits for nothing else.
        self.requests = None;
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    pub(crate) fn view(&self) -> MutexGuard<'_, View> {
        // Nothing in the view is left half done by a panic of somebody who held it.
        self.view.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A command waits no longer.
    pub(crate) fn taken(&self) {
        self.waiting.fetch_sub(1, Ordering::Relaxed);
    }

    /// Who hears the reports.
    pub(crate) fn listener(&self) -> MutexGuard<'_, Option<(u64, Sink<Report>)>> {
        self.listener.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells whoever listens; nobody hears what is said before the first one does.
    pub(crate) fn report(&self, report: Report) {
        let listener = self.listener().as_ref().map(|(_, reports)| reports.clone());
        if let Some(reports) = listener {
            reports(report);
        }
    }

    pub(crate) fn tell(&self, notice: IbNotice) {
        (self.talk)(notice);
    }
}

/// A thread that dies of a panic does not die in silence: nothing can be sent any more.
struct Guard(Arc<Shared>);

impl Drop for Guard {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        let reason = "the connection's thread has died: start the program again".to_owned();
        let now = self.0.clock.now();
        self.0.view().link = LinkState {
            phase: Phase::Down,
            since: now,
            down: Some((now, reason.clone())),
        };
        self.0.tell(IbNotice::new(Level::Alarm, reason.clone()));
        self.0.report(Report::Link(Link::Down { reason }));
    }
}

impl fmt::Debug for IbAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IbAccount")
            .field("address", &self.shared.config.address())
            .field("view", &self.shared.view)
            .finish_non_exhaustive()
    }
}
