//! The end of a seed: when everything has come to an end, one more look at the venue's books, and
//! one more start that must find nothing new.

use polyfolio_model::{ExecKind, Span};
use polyfolio_oms::router::Input;
use polyfolio_oms::{Record, Router};

use super::{Due, Simulation};
use crate::fault::Fault;
use crate::scenario::Tail;

/// How long questions and answers take beside what the venue promises.
const PATIENCE: Span = Span::from_secs(40);
/// How long a comparison may take in fair weather.
const LOOK_MAX: Span = Span::from_secs(600);

/// The room that the writing of a book begins with.
const BYTES_MIN: usize = 32 * 1024;

impl Simulation {
    /// Every run has ended, nothing is on its way, nothing is left to be learned.
    pub(super) fn is_over(&self) -> bool {
        let Some(router) = &self.process else {
            return false;
        };
        let book = router.book();
        if book.active_run().is_some() {
            return false;
        }
        // An order whose fate nobody can ever know stops the rest of the scenario.
        let has_stopped = !book.stopped().is_empty();
        let has_run = book.next_run().0 as usize > self.scenario.runs.len() || has_stopped;
        let is_open = book.open_children().any(|child| {
            let may_be_proved = !book.stopped().contains_key(&child.order.instrument);
            let is_listed = self.scenario.character.reach.is_none()
                && self.exchange.exposure(child.id()).is_some();
            may_be_proved || is_listed || self.exchange.is_open(child.id())
        });
        has_run
            && !is_open
            && self.journal.unflushed() == 0
            && self.held.is_empty()
            && self.exchange.lists().are_settled(self.now)
            && self.queue.values().all(is_idle)
    }

    /// In fair weather from here on: what the venue shows is compared until nothing more follows.
    /// A process that dies after the comparison may have lost what it found, and its successor
    /// compares anew.
    pub(super) fn look_once_more(&mut self) -> Result<(), Fault> {
        self.is_honest = true;
        loop {
            let crashes_left = self.crashes.len();
            self.look()?;
            self.wait_for_proofs()?;
            while !self.is_over() {
                self.step()?;
            }
            if self.crashes.len() == crashes_left {
                return Ok(());
            }
        }
    }

    /// What can be proved of orders that nobody has spoken of is proved by then, and an instrument
    /// that stopped for one of them goes on.
    fn wait_for_proofs(&mut self) -> Result<(), Fault> {
        let capabilities = &self.scenario.router.capabilities;
        let lags = capabilities.propagation_lag + capabilities.propagation_lag;
        let until = self.now + capabilities.absence_horizon + lags + PATIENCE;
        let is_undecided = |router: &Router| {
            let book = router.book();
            let doubted = book.children().filter(|child| book.is_in_doubt(child.id()));
            book.open_children().chain(doubted).next().is_some()
        };
        while self.now < until && self.process.as_ref().is_some_and(is_undecided) {
            self.step()?;
        }
        Ok(())
    }

    /// Asks for everything twice, and waits for both comparisons.
    fn look(&mut self) -> Result<(), Fault> {
        let until = self.now + LOOK_MAX;
        for _ in 0..2 {
            let (before, mut asked) = (self.marks, false);
            while self.marks == before || !asked {
                let is_synchronised = self.process.as_ref().is_some_and(Router::is_synchronised);
                if is_synchronised && !std::mem::replace(&mut asked, true) {
                    self.deliver(vec![Input::Reconcile])?;
                    continue;
                }
                if self.now > until {
                    return Err(Fault::new("every comparison ends", self.stuck()));
                }
                self.step()?;
            }
        }
        Ok(())
    }

    /// A second start finds the same state, byte for byte: the live state is the fold of the
    /// journal. A second reconcile finds nothing new.
    pub(super) fn start_again(&mut self) -> Result<(), Fault> {
        self.crashes.clear();
        self.scenario.runs.clear();
        let (records, before) = (self.journal.len(), self.bytes(0)?);
        self.kill(Tail::Kept(0));
        self.start()?;
        self.compare(&before)?;
        self.look()?;
        // What nobody can know is looked for again, and nothing follows.
        self.wait_for_proofs()?;
        let new = self.journal.records_from(records);
        let (asked, new): (Vec<_>, Vec<_>) = new.partition(|record| self.asks_again(record));
        if !new.is_empty() || (asked.is_empty() && self.journal.unflushed() > 0) {
            let what = format!("new: {new:?}, unflushed: {}", self.journal.unflushed());
            return Err(Fault::new("a second reconcile finds nothing new", what));
        }
        Ok(())
    }

    /// A cancel of an order that no list reaches back to is asked for again at every start, and
    /// refused.
    fn asks_again(&self, record: &Record) -> bool {
        let id = match record {
            Record::Asked(asked) => asked.cl_ord_id,
            Record::Fact(fact) => match fact.report.kind {
                ExecKind::CancelRejected { .. } => fact.report.cl_ord_id,
                _ => return false,
            },
            _ => return false,
        };
        let child = self
            .process
            .as_ref()
            .and_then(|router| router.book().child(id));
        self.scenario.character.reach.is_some() && child.is_some_and(|child| child.is_open())
    }

    /// The durable state of the process, of about so many bytes.
    fn bytes(&self, about: usize) -> Result<Vec<u8>, Fault> {
        let Some(router) = &self.process else {
            return Err(Fault::new("every run ends", "nobody is there"));
        };
        let mut bytes = Vec::with_capacity(about.max(BYTES_MIN));
        serde_json::to_writer(&mut bytes, router.book())
            .map_err(|error| Fault::new("the state can be written", error))?;
        Ok(bytes)
    }

    /// Whether what was folded is what was alive.
    fn compare(&self, live: &[u8]) -> Result<(), Fault> {
        let folded = self.bytes(live.len())?;
        if folded == *live {
            return Ok(());
        }
        let equal = folded.iter().zip(live);
        let at = equal.take_while(|(a, b)| a == b).count();
        let near = |bytes: &[u8]| {
            let near = bytes.get(at.saturating_sub(120)..(at + 60).min(bytes.len()));
            String::from_utf8_lossy(near.unwrap_or_default()).into_owned()
        };
        let what = format!("folded …{}… live …{}…", near(&folded), near(live));
        Err(Fault::new("the state is the fold of the journal", what))
    }

    pub(super) fn stuck(&self) -> String {
        let Some(router) = &self.process else {
            return "nobody is there".to_owned();
        };
        let book = router.book();
        let parents: Vec<_> = book
            .active_parents()
            .map(|(id, p)| (id, &p.stage, p.cum_qty))
            .collect();
        let open: Vec<_> = book.open_children().collect();
        format!(
            "after {} events, synchronised: {}, run: {:?}, stopped: {:?}, parents: {parents:?}, \
             open: {open:?}",
            self.outcome.events,
            router.is_synchronised(),
            book.run()
                .map(|run| (run.planned.run, &run.ended, &run.abandoned)),
            book.stopped(),
        )
    }
}

/// The market goes on for ever, and so does the connection.
fn is_idle(due: &Due) -> bool {
    matches!(
        due,
        Due::Say(_, Input::Quote(..)) | Due::Disconnect | Due::Connect | Due::Mute(_)
    )
}
