//! Who listens, and what they are to be told. Nothing is told from here: the pump takes the
//! deliveries and makes them outside the desk's lock, so that a listener may answer at once.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use polyfolio_model::{InstrumentId, Quote};
use polyfolio_ports::{QuoteUpdate, Report, Sink};

/// One thing to say, and to whom.
pub(crate) type Delivery = Box<dyn FnOnce() + Send>;

/// The one who trades, and those who want quotes.
pub(crate) struct Listeners {
    reports: Option<Sink<Report>>,
    /// How many wires there were that reports went to.
    wires: u64,
    subscribers: BTreeMap<u64, Subscriber>,
    /// The quotes as they were told last.
    told: BTreeMap<InstrumentId, Quote>,
    outgoing: VecDeque<Delivery>,
}

struct Subscriber {
    instruments: BTreeSet<InstrumentId>,
    sink: Sink<QuoteUpdate>,
}

impl Listeners {
    /// Nobody yet; these quotes are known to all.
    pub(crate) fn new(told: impl Iterator<Item = (InstrumentId, Quote)>) -> Self {
        Self {
            reports: None,
            wires: 0,
            subscribers: BTreeMap::new(),
            told: told.collect(),
            outgoing: VecDeque::new(),
        }
    }

    /// Reports go to this one from now on; its number.
    pub(crate) fn connect(&mut self, reports: Sink<Report>) -> u64 {
        self.reports = Some(reports);
        self.wires += 1;
        self.wires
    }

    /// Nobody listens there any more, unless somebody else does by now.
    pub(crate) fn disconnect(&mut self, wire: u64) {
        if self.wires == wire {
            self.reports = None;
        }
    }

    /// Whether this is the wire that reports go to.
    pub(crate) fn is_connected(&self, wire: u64) -> bool {
        self.reports.is_some() && self.wires == wire
    }

    /// Has the quotes of these instruments told, those that are known already first.
    pub(crate) fn subscribe(
        &mut self,
        subscriber: u64,
        instruments: Vec<InstrumentId>,
        sink: Sink<QuoteUpdate>,
    ) {
        for instrument in &instruments {
            if let Some(quote) = self.told.get(instrument).copied() {
                let instrument = instrument.clone();
                let (sink, update) = (sink.clone(), QuoteUpdate { instrument, quote });
                self.outgoing.push_back(Box::new(move || sink(update)));
            }
        }
        let instruments = instruments.into_iter().collect();
        let wants = Subscriber { instruments, sink };
        self.subscribers.insert(subscriber, wants);
    }

    pub(crate) fn unsubscribe(&mut self, subscriber: u64) {
        self.subscribers.remove(&subscriber);
    }

    /// To the one who trades.
    pub(crate) fn report(&mut self, report: Report) {
        if let Some(sink) = self.reports.clone() {
            self.outgoing.push_back(Box::new(move || sink(report)));
        }
    }

    /// To everybody who wants this instrument's quotes.
    pub(crate) fn quote(&mut self, instrument: InstrumentId, quote: Quote) {
        self.told.insert(instrument.clone(), quote);
        let update = QuoteUpdate { instrument, quote };
        let wants = |s: &&Subscriber| s.instruments.contains(&update.instrument);
        for subscriber in self.subscribers.values().filter(wants) {
            let (sink, update) = (subscriber.sink.clone(), update.clone());
            self.outgoing.push_back(Box::new(move || sink(update)));
        }
    }

    /// Takes what is to be said.
    pub(crate) fn take(&mut self) -> VecDeque<Delivery> {
        std::mem::take(&mut self.outgoing)
    }
}
