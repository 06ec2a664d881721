//! Bars over the connection: requests for history one piece after the other, and streams that are
//! asked for anew by every connection.
//!
//! Everything here can wait: it asks from the part of the budget that is left for what can, and
//! from history's own. A request that a connection took with it is asked again on the next one.

mod ask;
mod stream;
mod trouble;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use ibapi::Error;
use ibapi::market_data::historical::HistoricalData;
use polyfolio_model::{Bar, InstrumentId, Span, Ts};
use polyfolio_ports::{BarEvent, BarUpdate, BarsFailed, BarsRequest, BarsWanted, Sink};
use tokio::sync::oneshot;
use tokio::task::{AbortHandle, JoinSet};

use super::Worker;
use super::serve::Live;
use crate::history::{
    Collect, Ends, HistoryPacing, Patience, Piece, Question, Roll, SILENCE_MAX, read,
};
use crate::notice::{IbNotice, Level};
use crate::pacing::Class;
use crate::words::request_failed;
use trouble::Trouble;

/// How many requests may be on their way; IB takes fifty.
const ASKED_MAX: usize = 8;

/// How many may wait for an answer in all: at sixty in ten minutes that is hours.
const WAITING_MAX: usize = 1_000;

/// How long to wait after IB has called it too often.
const AFTER_VIOLATION: Span = Span::from_secs(15);

/// IB's number for whatever its history service refuses; why is in its text.
const REFUSED: i32 = 162;

/// Where an answer goes.
pub(crate) type AnswerTo = oneshot::Sender<Result<Vec<Bar>, BarsFailed>>;

/// A request that has no answer yet.
struct Job {
    collect: Collect,
    answer: AnswerTo,
    patience: Patience,
    /// When it may be asked again.
    not_before: Ts,
    /// What it waits for.
    waits_for: String,
}

/// A stream that is wanted; what it has told outlives its connections.
#[derive(Clone)]
pub(super) struct Wanted {
    wanted: BarsWanted,
    roll: Arc<Mutex<Roll>>,
    sink: Sink<BarUpdate>,
    /// The stream that there is, and how many there were: words of an older one are of no use.
    task: Option<AbortHandle>,
    generation: u64,
}

/// Whose bars are wanted.
#[derive(Default)]
pub(super) struct BarsDesk {
    waiting: VecDeque<Job>,
    running: BTreeMap<u64, Job>,
    numbered: u64,
    pacing: HistoryPacing,
    streams: Vec<Wanted>,
    /// Those that were not asked for yet in this session, and when they may be.
    pending: VecDeque<(usize, Ts)>,
    /// What is on its way.
    asking: JoinSet<()>,
    streaming: JoinSet<()>,
    /// How many streams there ever were.
    generations: u64,
}

/// What came of something that was asked.
pub(super) enum BarsDone {
    /// A piece of history.
    Piece(u64, Box<Result<HistoricalData, Error>>),
    /// A stream of a place and generation has ended, and why.
    Stopped(usize, u64, Box<Error>),
}

impl Wanted {
    fn roll<T>(&self, with: impl FnOnce(&mut Roll) -> T) -> T {
        // Nothing in it is left half done.
        with(&mut self.roll.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn tell(&self, event: BarEvent) {
        (self.sink)(BarUpdate {
            instrument: self.wanted.instrument.clone(),
            size: self.wanted.size,
            event,
        });
    }
}

impl BarsDesk {
    pub(super) fn wanted(&mut self, wanted: Vec<BarsWanted>, sink: &Sink<BarUpdate>) {
        let stream = |wanted: BarsWanted| Wanted {
            roll: Arc::new(Mutex::new(Roll::new(wanted.size, wanted.after))),
            wanted,
            sink: sink.clone(),
            task: None,
            generation: 0,
        };
        self.streaming.abort_all();
        self.streams = wanted.into_iter().map(stream).collect();
        self.ask_anew();
    }

    /// The connection is gone, and every stream with it.
    pub(super) fn session_over(&mut self) {
        self.streaming.abort_all();
        self.streams
            .iter_mut()
            .for_each(|wanted| wanted.task = None);
        self.again();
    }

    /// Something may have been missed: history that is on its way is asked again, and streams are,
    /// each going on until then.
    pub(super) fn again(&mut self) {
        self.asking.abort_all();
        let again = std::mem::take(&mut self.running).into_values();
        again.rev().for_each(|job| self.waiting.push_front(job));
        self.ask_anew();
    }

    /// Words of bars may be missed from here on.
    fn doubt(&self) {
        let streams = self.streams.iter();
        streams.for_each(|wanted| wanted.roll(Roll::doubt));
    }

    /// What bars are made of is gone for now, and whoever waits for them knows it.
    pub(super) fn interrupted(&self) {
        for wanted in &self.streams {
            let was_well = !wanted.roll(|roll| {
                let was_in_doubt = roll.is_in_doubt();
                roll.doubt();
                was_in_doubt
            });
            if was_well {
                wanted.tell(BarEvent::Stopped("IB's data is interrupted".to_owned()));
            }
        }
    }

    fn ask_anew(&mut self) {
        self.doubt();
        let all = 0..self.streams.len();
        self.pending = all.map(|place| (place, Ts::MIN)).collect();
    }

    /// Whether no further request is taken. Who asked for those that wait may be gone.
    fn is_full(&mut self) -> bool {
        let is_full = |bars: &Self| bars.waiting.len() + bars.running.len() >= WAITING_MAX;
        if is_full(self) {
            self.waiting.retain(|job| !job.answer.is_closed());
        }
        is_full(self)
    }

    /// When a request that waits fails.
    pub(super) fn next_failure(&self) -> Option<Ts> {
        self.waiting.iter().map(|job| job.patience.until()).min()
    }
}

impl Worker {
    pub(super) fn history_wanted(&mut self, request: BarsRequest, answer: AnswerTo) {
        let now = self.now().host;
        let job = Job {
            collect: Collect::new(request),
            answer,
            patience: Patience::new(now),
            not_before: now,
            waits_for: "its turn".to_owned(),
        };
        if self.bars.is_full() {
            let what = format!(
                "{WAITING_MAX} requests for history have no answer yet. Next: wait for answers before \
                 asking for more."
            );
            return refuse(job, what);
        }
        self.bars.waiting.push_back(job);
    }

    /// Requests that were met with silence for too long fail.
    pub(super) fn fail_old_history(&mut self) {
        let now = self.now().host;
        let (down, is_up) = (self.link.state().down.clone(), self.link.is_up());
        let mut waiting = std::mem::take(&mut self.bars.waiting);
        // Who asked may be gone.
        waiting.retain(|job| !job.answer.is_closed());
        let is_old = |job: &Job| job.patience.is_over(now, is_up);
        let (old, young): (VecDeque<Job>, _) = waiting.into_iter().partition(is_old);
        self.bars.waiting = young;
        for job in old {
            let instrument = job.collect.request().instrument.clone();
            let what = match &down {
                Some((_, reason)) => reason.clone(),
                None => format!("it waited {SILENCE_MAX} for {}", job.waits_for),
            };
            // Who asked may be gone.
            let _ = job
                .answer
                .send(Err(BarsFailed::NoAnswer { instrument, what }));
        }
    }

    /// The gateway's time.
    fn gateway_now(&self) -> Ts {
        self.shared.clock.now() + self.clock_offset
    }

    /// When an instrument's bars are over.
    fn ends(&self, instrument: &InstrumentId) -> Ends {
        let directory = self.shared.view().directory.clone();
        directory
            .facts(instrument)
            .map_or_else(Ends::default, Ends::of)
    }

    /// Asks for what is wanted, as far as the budgets go.
    pub(super) fn ask_bars(&mut self, live: &Live) {
        while self.bars.asking.try_join_next().is_some() {}
        while self.bars.streaming.try_join_next().is_some() {}
        self.fail_old_history();
        self.ask_history(live);
        self.ask_streams(live);
    }

    fn ask_history(&mut self, live: &Live) {
        let waiting = std::mem::take(&mut self.bars.waiting);
        for mut job in waiting {
            match self.next_piece(&mut job) {
                Next::Ask(piece, question) => self.ask_piece(job, piece, question, live),
                Next::Wait(at) => {
                    self.questions.try_again(at);
                    self.bars.waiting.push_back(job);
                }
                Next::Full => self.bars.waiting.push_back(job),
                Next::Refused(what) => refuse(job, what),
            }
        }
    }

    /// What a request asks next, if it may.
    fn next_piece(&mut self, job: &mut Job) -> Next {
        let now = self.now().host;
        if self.bars.running.len() >= ASKED_MAX {
            "other requests".clone_into(&mut job.waits_for);
            job.patience.waits_its_turn(now);
            return Next::Full;
        }
        let request = job.collect.request();
        let directory = self.shared.view().directory.clone();
        let Some(facts) = directory.facts(&request.instrument) else {
            let name = &request.instrument;
            return Next::Refused(format!(
                "IB's contract for it is not known: check [instrument.\"{name}\".ib]"
            ));
        };
        if job.not_before > now {
            return Next::Wait(job.not_before);
        }
        let Some(piece) = job.collect.piece(self.gateway_now()) else {
            return Next::Refused("nothing was asked for".to_owned());
        };
        let question = Question {
            con_id: facts.con_id,
            size: request.size,
            stretch: piece.stretch,
            ending: piece.ending,
            keeps_up: false,
        };
        match self.may_ask(&question, 1) {
            Ok(()) => Next::Ask(piece, question),
            Err(again) => {
                "IB's pacing".clone_into(&mut job.waits_for);
                job.patience.waits_its_turn(now);
                Next::Wait(again)
            }
        }
    }

    /// Takes leave of both budgets, or says when to ask again.
    fn may_ask(&mut self, question: &Question, messages: usize) -> Result<(), Ts> {
        let now = self.now().host;
        self.bars.pacing.due(question, now)?;
        self.pacing.take(Class::Bulk, messages, now)?;
        self.bars.pacing.asked(question.clone(), now);
        Ok(())
    }

    pub(super) fn bars_done(&mut self, done: BarsDone) {
        match done {
            BarsDone::Piece(number, answer) => {
                let Some(job) = self.bars.running.remove(&number) else {
                    return;
                };
                self.piece_came(job, *answer);
            }
            BarsDone::Stopped(place, generation, fault) => {
                self.stream_stopped(place, generation, &fault);
            }
        }
    }

    fn too_late(&self, job: Job) {
        let instrument = job.collect.request().instrument.clone();
        let waited = self.shared.config.request_timeout_ms;
        let what = format!(
            "IB's answer was not whole within {waited} ms. Next: ask again, or raise \
             broker.ib.request_timeout_ms."
        );
        // Who asked may be gone.
        let _ = job
            .answer
            .send(Err(BarsFailed::NoAnswer { instrument, what }));
    }

    fn piece_came(&mut self, mut job: Job, answer: Result<HistoricalData, Error>) {
        let size = job.collect.request().size;
        let answer = answer.map_err(|fault| (Trouble::of(&fault), fault));
        match answer {
            Ok(data) => match read(&data.bars, size) {
                Ok(bars) => {
                    let ends = self.ends(&job.collect.request().instrument);
                    job.collect.take(&bars, &ends, self.gateway_now());
                    job.patience.answered(self.now().host);
                }
                Err(what) => return refuse(job, what),
            },
            Err((Trouble::NoData, fault)) if job.collect.is_untold() => {
                return refuse(job, request_failed("history", &fault));
            }
            Err((Trouble::NoData, _)) => job.collect.no_more(),
            Err((Trouble::Late, _)) => return self.too_late(job),
            Err((Trouble::TooOften, _)) => {
                job.not_before = self.now().host + AFTER_VIOLATION;
                job.patience.turned_away();
                "IB's pacing".clone_into(&mut job.waits_for);
                let text = "IB was asked for history too often; it is asked again";
                let notice = IbNotice::new(Level::Warning, text).coded(REFUSED);
                self.tell(notice.of_instrument(&job.collect.request().instrument));
            }
            // The next connection is asked again.
            Err((Trouble::Connection, _)) => "a connection".clone_into(&mut job.waits_for),
            Err((Trouble::Other, fault)) => {
                return refuse(job, request_failed("history", &fault));
            }
        }
        match job.collect.piece(self.gateway_now()) {
            Some(_) => self.bars.waiting.push_front(job),
            // Who asked may be gone.
            None => drop(job.answer.send(job.collect.answer())),
        }
    }
}

/// What a request does next.
enum Next {
    Ask(Piece, Question),
    Wait(Ts),
    Full,
    Refused(String),
}

fn refuse(job: Job, what: String) {
    let instrument = job.collect.request().instrument.clone();
    // Who asked may be gone.
    let _ = job
        .answer
        .send(Err(BarsFailed::Refused { instrument, what }));
}
