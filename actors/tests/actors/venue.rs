//! A broker that does what a test says, and remembers everything. What is remembered is the
//! venue's and survives its connections, as a real one's does.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use polyfolio_model::{
    ClOrdId, ExecId, ExecKind, ExecutionReport, Fill, InstrumentId, Money, NewOrder, OrdStatus,
    OrderFacts, Price, Qty, RejectReason, Span, Ts, VenueOrderId,
};
use polyfolio_ports::{
    AccountFill, Broker, Capabilities, Clock, Command, DuplicateScope, Link, NotSent, Report, Sink,
    Snapshot,
};

/// What becomes of an order that reaches the broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Accepted and filled at once.
    Fill,
    /// Accepted, and half of it filled; the rest works.
    Half,
    /// Accepted; it works.
    Rest,
    /// Accepted, and nobody hears of it.
    Unheard,
    /// It never arrives.
    Lost,
    /// No byte of it leaves.
    NotSent,
    /// The connection's code panics when it has been accepted.
    Panic,
}

type Script = Box<dyn FnMut(&NewOrder) -> Fate + Send>;

/// The venue and the account there.
pub(crate) struct Venue {
    state: Mutex<State>,
}

struct State {
    script: Script,
    clock: Option<Arc<dyn Clock>>,
    sink: Option<Sink<Report>>,
    price: Price,
    cash: Money,
    nav: Option<Option<Money>>,
    orders: Vec<(NewOrder, Qty, OrdStatus)>,
    fills: Vec<AccountFill>,
    positions: BTreeMap<InstrumentId, Qty>,
    commands: Vec<Command>,
    sessions: u32,
    watch: Option<Sink<Command>>,
}

impl Venue {
    /// A venue with this much cash in the account, where everything trades at one price.
    pub(crate) fn new(cash: Money, price: Price) -> Arc<Self> {
        let state = State {
            script: Box::new(|_| Fate::Fill),
            clock: None,
            sink: None,
            price,
            cash,
            nav: None,
            orders: Vec::new(),
            fills: Vec::new(),
            positions: BTreeMap::new(),
            commands: Vec::new(),
            sessions: 0,
            watch: None,
        };
        Arc::new(Self {
            state: Mutex::new(state),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A test that has the connection panic goes on with the venue.
        self.state
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// From now on orders fare as this says.
    pub(crate) fn script(&self, script: impl FnMut(&NewOrder) -> Fate + Send + 'static) {
        self.lock().script = Box::new(script);
    }

    /// The first orders fare as listed, all others are filled.
    pub(crate) fn fates(&self, fates: impl IntoIterator<Item = Fate> + Send + 'static) {
        let mut fates: std::collections::VecDeque<Fate> = fates.into_iter().collect();
        self.script(move |_| fates.pop_front().unwrap_or(Fate::Fill));
    }

    /// What the account is worth, as the broker says it; none for "it does not say".
    pub(crate) fn say_nav(&self, nav: Option<Money>) {
        self.lock().nav = Some(nav);
    }

    /// Hears every command as it arrives.
    pub(crate) fn watch(&self, watch: Sink<Command>) {
        self.lock().watch = Some(watch);
    }

    /// Every command that reached a connection, in order.
    pub(crate) fn commands(&self) -> Vec<Command> {
        self.lock().commands.clone()
    }

    /// The orders that reached a connection, as often as they did.
    pub(crate) fn submits(&self) -> Vec<NewOrder> {
        let order = |command| match command {
            Command::New(order) => Some(order),
            _ => None,
        };
        self.commands().into_iter().filter_map(order).collect()
    }

    /// The orders the venue ever accepted: one per client order id, or the tape is wrong.
    pub(crate) fn tape(&self) -> Vec<NewOrder> {
        let state = self.lock();
        state
            .orders
            .iter()
            .map(|(order, ..)| order.clone())
            .collect()
    }

    pub(crate) fn position(&self, instrument: &str) -> Qty {
        let held = &self.lock().positions;
        held.get(&InstrumentId::new(instrument))
            .copied()
            .unwrap_or_default()
    }

    pub(crate) fn sessions(&self) -> u32 {
        self.lock().sessions
    }

    /// Cuts the line; nobody connects it again but a new session.
    pub(crate) fn cut(&self) {
        let reason = "the test cut the line".to_owned();
        self.lock().say([Report::Link(Link::Down { reason })]);
    }

    /// Connects it again.
    pub(crate) fn mend(&self) {
        self.lock().say([Report::Link(Link::Ready)]);
    }

    /// Fills everything that works.
    pub(crate) fn fill_all(&self) {
        let mut state = self.lock();
        let reports = state.fill_working();
        state.say(reports);
    }

    /// The same, and nobody is told.
    pub(crate) fn fill_unheard(&self) {
        self.lock().fill_working();
    }

    /// What the venue promises.
    pub(crate) fn capabilities() -> Capabilities {
        Capabilities {
            ack_timeout: Span::from_secs(5),
            absence_horizon: Span::from_secs(10),
            propagation_lag: Span::from_secs(1),
            settle: Span::ZERO,
            duplicates: DuplicateScope::Forever,
            late_acceptance_bounded: true,
            replaces: false,
            prepares: true,
        }
    }
}

impl State {
    fn fill_working(&mut self) -> Vec<Report> {
        let working: Vec<usize> = (0..self.orders.len())
            .filter(|at| {
                matches!(
                    self.orders[*at].2,
                    OrdStatus::New | OrdStatus::PartiallyFilled
                )
            })
            .collect();
        let mut reports = Vec::new();
        for at in working {
            let left = self.orders[at].0.order_qty - self.orders[at].1;
            reports.push(self.fill(at, left));
        }
        reports
    }

    fn now(&self) -> Ts {
        self.clock.as_ref().unwrap().now()
    }

    /// Says it to whoever is connected.
    fn say(&self, reports: impl IntoIterator<Item = Report>) {
        if let Some(sink) = &self.sink {
            reports.into_iter().for_each(|report| sink(report));
        }
    }

    fn execution(&self, cl_ord_id: ClOrdId, kind: ExecKind) -> Report {
        Report::Execution(ExecutionReport {
            cl_ord_id,
            venue_id: Some(VenueOrderId::new(format!("v-{cl_ord_id}"))),
            time: self.now(),
            kind,
        })
    }

    fn fill(&mut self, at: usize, quantity: Qty) -> Report {
        let order = self.orders[at].0.clone();
        let fill = Fill {
            exec_id: ExecId::new(format!("e-{}", self.fills.len() + 1)),
            last_qty: quantity,
            last_px: self.price,
            fee: Some(Money::ZERO),
            liquidity: None,
        };
        self.orders[at].1 += quantity;
        let is_full = self.orders[at].1 == order.order_qty;
        let status = if is_full {
            OrdStatus::Filled
        } else {
            OrdStatus::PartiallyFilled
        };
        self.orders[at].2 = status;
        let signed = order.side.signed(quantity);
        *self.positions.entry(order.instrument.clone()).or_default() += signed;
        self.cash -= self.price * signed;
        self.fills.push(AccountFill {
            cl_ord_id: Some(order.cl_ord_id),
            instrument: order.instrument.clone(),
            side: order.side,
            time: self.now(),
            fill: fill.clone(),
            replaces: None,
        });
        self.execution(order.cl_ord_id, ExecKind::Trade(fill))
    }

    fn submit(&mut self, order: NewOrder) -> Result<(), NotSent> {
        let id = order.cl_ord_id;
        if self.orders.iter().any(|(have, ..)| have.cl_ord_id == id) {
            let reason = RejectReason::DuplicateClOrdId;
            let text = "duplicate".to_owned();
            let refusal = self.execution(id, ExecKind::Rejected { reason, text });
            self.say([refusal]);
            return Ok(());
        }
        let fate = (self.script)(&order);
        match fate {
            Fate::NotSent => return Err(NotSent("the test says so")),
            Fate::Lost => return Ok(()),
            _ => {}
        }
        let (at, quantity) = (self.orders.len(), order.order_qty);
        self.orders.push((order, Qty::ZERO, OrdStatus::New));
        let accepted = self.execution(id, ExecKind::New);
        match fate {
            Fate::Unheard => {}
            Fate::Panic => panic!("the test has the connection panic"),
            Fate::Rest => self.say([accepted]),
            Fate::Half => {
                let half = self.fill(at, Qty::new(quantity.get() / rust_decimal::Decimal::TWO));
                self.say([accepted, half]);
            }
            _ => {
                let filled = self.fill(at, quantity);
                self.say([accepted, filled]);
            }
        }
        Ok(())
    }

    fn obey(&mut self, command: Command) -> Result<(), NotSent> {
        match command {
            Command::New(order) => return self.submit(order),
            Command::Cancel(id, request) => {
                let found = self
                    .orders
                    .iter_mut()
                    .find(|(order, ..)| order.cl_ord_id == id);
                if let Some((_, cum_qty, status)) = found {
                    *status = OrdStatus::Canceled;
                    let (request, cum_qty) = (Some(request), Some(*cum_qty));
                    let canceled = self.execution(id, ExecKind::Canceled { request, cum_qty });
                    self.say([canceled]);
                }
            }
            Command::Snapshot(id) => self.say([Report::Snapshot(id, Ok(self.snapshot()))]),
            Command::Prepare(_) | Command::Query(_) | Command::Replace(..) => {}
        }
        Ok(())
    }

    fn snapshot(&self) -> Snapshot {
        let fact = |(order, cum_qty, status): &(NewOrder, Qty, OrdStatus)| OrderFacts {
            cl_ord_id: Some(order.cl_ord_id),
            venue_id: VenueOrderId::new(format!("v-{}", order.cl_ord_id)),
            instrument: order.instrument.clone(),
            side: order.side,
            order_qty: order.order_qty,
            cum_qty: *cum_qty,
            status: *status,
            price: order.ord_type.limit(),
            trigger: order.ord_type.trigger(),
        };
        let value: Money = self.positions.values().map(|held| self.price * *held).sum();
        Snapshot {
            orders: self.orders.iter().map(fact).collect(),
            fills: self.fills.clone(),
            positions: self.positions.clone().into_iter().collect(),
            cash: Some(self.cash),
            nav: self.nav.unwrap_or(Some(self.cash + value)),
            reaches_back_to: None,
        }
    }
}

/// One connection to the venue.
pub(crate) struct Connection {
    venue: Arc<Venue>,
    clock: Arc<dyn Clock>,
}

impl Connection {
    pub(crate) fn new(venue: Arc<Venue>, clock: Arc<dyn Clock>) -> Self {
        Self { venue, clock }
    }
}

impl Broker for Connection {
    fn account(&self) -> String {
        "TEST-1".to_owned()
    }

    fn capabilities(&self) -> Capabilities {
        Venue::capabilities()
    }

    fn start(&mut self, reports: Sink<Report>) {
        let mut state = self.venue.lock();
        state.sessions += 1;
        state.clock = Some(Arc::clone(&self.clock));
        state.sink = Some(reports);
        state.say([Report::Link(Link::Ready)]);
    }

    fn send(&mut self, command: Command) -> Result<(), NotSent> {
        let mut state = self.venue.lock();
        if let Some(watch) = &state.watch {
            watch(command.clone());
        }
        state.commands.push(command.clone());
        state.obey(command)
    }
}
