//! The broker's desk: the venue, its tape, and what is on the wire to us. Synchronous; the pump
//! moves it and carries away what it has to say.

use std::collections::{BTreeSet, VecDeque};
use std::fmt;

use chrono::NaiveDate;
use polyfolio_matching::{SyntheticVenue, Venue, VenueCommand, VenueEvent};
use polyfolio_model::{ClOrdId, InstrumentId, Money, Price, Qty, SnapshotId, Span, Ts};
use polyfolio_ports::{Link, Report, Sink};

use crate::clock_file::ClockFile;
use crate::listeners::Listeners;
use crate::lock::Lock;
use crate::snapshot::{in_use, snapshot};
use crate::tape_file::TapeFile;
use crate::{PaperConfig, PaperError};

/// Everything there is, behind one lock.
pub(crate) struct Desk {
    pub(crate) venue: SyntheticVenue,
    pub(crate) listeners: Listeners,
    opening: (Money, Vec<(InstrumentId, Qty)>),
    latency: Span,
    files: Files,
    /// Snapshots that were asked for, by the time the question arrives.
    asked: VecDeque<(Ts, SnapshotId)>,
    /// Their answers, by the time they are heard.
    answered: VecDeque<(Ts, Report)>,
    /// What could not be written, for a person. From then on nothing happens here.
    failed: Option<String>,
}

/// What a desk keeps on disk.
#[derive(Debug)]
pub(crate) struct Files {
    pub(crate) tape: TapeFile,
    pub(crate) clock: ClockFile,
    /// Held, and given back with the rest.
    pub(crate) _lock: Lock,
}

impl Desk {
    pub(crate) fn new(venue: SyntheticVenue, config: &PaperConfig, files: Files) -> Self {
        let listed = config.listings.iter().map(|l| l.instrument.id.clone());
        let told = listed.filter_map(|id| venue.quote(&id).map(|quote| (id, quote)));
        Self {
            listeners: Listeners::new(told),
            venue,
            opening: (config.cash, config.opening()),
            latency: config.latency(),
            files,
            asked: VecDeque::new(),
            answered: VecDeque::new(),
            failed: None,
        }
    }

    /// Moves the market to a date at `at` and, the first time, opens the account.
    pub(crate) fn set_market(
        &mut self,
        date: NaiveDate,
        at: Ts,
        closes: &[(InstrumentId, Price)],
    ) -> Result<(), PaperError> {
        self.all_priced(date, closes)?;
        let mut events = self.venue.set_market(date, at, closes)?;
        events.extend(self.venue.adopt_parameters());
        let (cash, positions) = self.opening.clone();
        events.extend(self.venue.open_account(cash, positions, at));
        self.keep(events)
    }

    /// A new session: answers on the wire to an earlier listener are lost. The wire's number.
    pub(crate) fn connect(&mut self, reports: Sink<Report>) -> u64 {
        self.asked.clear();
        self.answered.clear();
        let wire = self.listeners.connect(reports);
        let link = match self.failed.clone() {
            None => Link::Ready,
            Some(reason) => Link::Down { reason },
        };
        self.listeners.report(Report::Link(link));
        wire
    }

    /// An order that works trades now, whatever the quote: so much of it at most.
    pub(crate) fn trade_now(&mut self, id: ClOrdId, quantity: Option<Qty>, now: Ts) {
        self.advance(now);
        if !self.has_failed() {
            let events = self.venue.trade_now(id, quantity, now);
            self.keep_or_fail(events);
        }
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.failed.is_some()
    }

    /// Hands a command to the venue; what follows from it is said by the pump.
    pub(crate) fn apply(&mut self, command: VenueCommand, now: Ts) {
        self.advance(now);
        if !self.has_failed() {
            let events = self.venue.apply(command, now);
            self.keep_or_fail(events);
        }
    }

    /// Asks for a snapshot: taken one latency later, heard another one later.
    pub(crate) fn ask(&mut self, id: SnapshotId, now: Ts) {
        let arrives = self.venue.now().max(now) + self.latency;
        self.asked.push_back((arrives, id));
    }

    /// When something happens next; none when nothing will.
    pub(crate) fn next_event(&self) -> Option<Ts> {
        if self.has_failed() {
            return None;
        }
        let asked = self.asked.front().map(|a| a.0);
        let answered = self.answered.front().map(|a| a.0);
        let times = [self.venue.next_event(), asked, answered];
        times.into_iter().flatten().min()
    }

    /// Lets time pass, event after event.
    pub(crate) fn advance(&mut self, to: Ts) {
        self.advance_some(to, usize::MAX);
    }

    /// Lets time pass to `to`, or through the first `moments_max` moments at which something
    /// happens.
    pub(crate) fn advance_some(&mut self, to: Ts, moments_max: usize) {
        let mut moments = 0;
        while let Some(next) = self.next_event().filter(|next| *next <= to) {
            if moments == moments_max {
                return;
            }
            moments += 1;
            self.move_to(next);
        }
        if !self.has_failed() {
            self.move_to(to);
        }
    }

    fn move_to(&mut self, to: Ts) {
        let events = self.venue.advance(to);
        self.keep_or_fail(events);
        if self.has_failed() {
            return;
        }
        while let Some((at, id)) = self.asked.front().copied().filter(|a| a.0 <= to) {
            self.asked.pop_front();
            let answer = Report::Snapshot(id, snapshot(&self.venue));
            self.answered.push_back((at + self.latency, answer));
        }
        while self.answered.front().is_some_and(|a| a.0 <= to) {
            if let Some((_, answer)) = self.answered.pop_front() {
                self.listeners.report(answer);
            }
        }
    }

    /// Writes down what happened, then says it. What could not be written has not happened: nobody
    /// hears of it, nor of anything later.
    fn keep(&mut self, events: Vec<VenueEvent>) -> Result<(), PaperError> {
        let kept = self.write_and_say(events);
        if let Err(fault) = &kept {
            self.failed = Some(fault.in_full());
        }
        kept
    }

    fn keep_or_fail(&mut self, events: Vec<VenueEvent>) {
        if let Err(fault) = self.keep(events) {
            let reason = fault.in_full();
            self.listeners.report(Report::Link(Link::Down { reason }));
        }
    }

    fn write_and_say(&mut self, events: Vec<VenueEvent>) -> Result<(), PaperError> {
        for event in events {
            match event {
                VenueEvent::Tape(event) => self.files.tape.append(&event)?,
                VenueEvent::Report(report) => self.listeners.report(Report::Execution(report)),
                VenueEvent::Quote { instrument, quote } => {
                    self.listeners.quote(instrument, quote);
                }
            }
        }
        self.files.clock.note(self.venue.now())
    }

    /// Everything held or worked has, on a new date, a close. (An earlier date is the venue's to
    /// refuse.)
    fn all_priced(
        &self,
        date: NaiveDate,
        closes: &[(InstrumentId, Price)],
    ) -> Result<(), PaperError> {
        let book = self.venue.book();
        let have = book.market_date();
        if have.is_some_and(|have| date < have) {
            return Ok(());
        }
        let mut needed: BTreeSet<InstrumentId> = in_use(book).into_keys().collect();
        if !book.is_opened() {
            needed.extend(self.opening.1.iter().map(|(id, _)| id.clone()));
        }
        let priced = |id: &InstrumentId| {
            let has_mid = have == Some(date) && self.venue.mid(id).is_some();
            has_mid || closes.iter().any(|(close, _)| close == id)
        };
        match needed.into_iter().find(|id| !priced(id)) {
            Some(instrument) if book.is_opened() => Err(PaperError::NoClose { instrument, date }),
            Some(instrument) => Err(PaperError::UnpricedOpening { instrument, date }),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk")
            .field("now", &self.venue.now())
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use polyfolio_matching::VenueConfig;

    use super::*;

    /// A disk that takes nothing any more: nobody hears of what could not be written, the link goes
    /// down with the reason, and nothing happens after.
    #[test]
    fn what_cannot_be_written_is_not_said() {
        let dir = tempfile::tempdir().unwrap();
        let config = PaperConfig::default();
        let venue: VenueConfig = config.venue();
        let files = Files {
            tape: TapeFile::open(dir.path()).unwrap().0,
            clock: ClockFile::open(dir.path()).unwrap().0,
            _lock: Lock::take(dir.path()).unwrap(),
        };
        let mut desk = Desk::new(SyntheticVenue::new(venue).unwrap(), &config, files);
        let date = NaiveDate::from_ymd_opt(2022, 12, 1).unwrap();
        let start = Ts::on(date, 21);
        desk.set_market(date, start, &[]).unwrap();
        desk.files.tape = TapeFile::read_only(dir.path());
        let heard: Arc<Mutex<Vec<Report>>> = Arc::default();
        let ear = heard.clone();
        desk.connect(Arc::new(move |report| ear.lock().unwrap().push(report)));
        let unknown = ClOrdId {
            deployment: 1,
            run: 1,
            parent: 1,
            child: 1,
        };
        let request = polyfolio_model::RequestId(1);
        desk.apply(VenueCommand::Cancel(unknown, request), start);
        desk.advance(start + Span::from_secs(5));
        desk.listeners.take().into_iter().for_each(|say| say());
        let heard = heard.lock().unwrap();
        assert_eq!(heard[0], Report::Link(Link::Ready));
        assert!(
            matches!(&heard[1..], [Report::Link(Link::Down { reason })] if reason.contains("tape.jsonl")),
            "{heard:?}"
        );
        assert_eq!((desk.has_failed(), desk.next_event()), (true, None));
    }
}
