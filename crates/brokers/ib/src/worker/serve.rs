//! A session: whatever comes is served, until the connection ends.

use std::sync::Arc;

use ibapi::orders::OrderUpdate;
use ibapi::prelude::{StreamExt, SubscriptionItem};
use ibapi::{Error, Notice};
use polyfolio_model::Ts;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};

use super::bars::BarsDone;
use super::dial::ms;
use super::questions::Answer;
use super::{End, Request, Session, Worker};
use crate::config::millis;
use crate::link::{LinkEvent, LinkOut};
use crate::notice::{IbNotice, Level};

/// How many requests are taken before the next look at what else there is: together their order
/// ids cost one flush.
const BATCH: usize = 64;

/// What a session came to know from a task of its own.
pub(super) enum Done {
    /// The answer to a question for everything.
    Answered(Box<Answer>),
    /// The gateway's time in seconds, or why there is none; and when it was asked.
    Heart(Result<i64, Error>, Ts),
    /// The gateway did not answer at all.
    NoHeart,
    /// Something about quotes.
    Quotes(IbNotice),
    /// Something about bars.
    Bars(BarsDone),
}

/// The parts of a session that its steps need.
pub(super) struct Live {
    pub(super) session: Session,
    pub(super) done: UnboundedSender<Done>,
    /// Dropped with the session, and every task with it.
    pub(super) tasks: JoinSet<()>,
    heartbeat_at: Instant,
    is_heart_asked: bool,
}

enum Turn {
    Request(Option<Request>),
    Update(Box<Option<Result<SubscriptionItem<OrderUpdate>, Error>>>),
    Notice(Option<Notice>),
    Done(Option<Done>),
    Time,
}

impl Worker {
    pub(super) async fn serve(&mut self, session: Session) -> End {
        let (done, mut finished) = unbounded_channel();
        let mut live = Live {
            session,
            done,
            tasks: JoinSet::new(),
            heartbeat_at: Instant::now(),
            is_heart_asked: false,
        };
        self.on_link(LinkEvent::Connected);
        let end = loop {
            if let Some(end) = self.do_due() {
                break end;
            }
            // What matters most takes from the budget first.
            self.questions.retry_at = None;
            if let Some(end) = self.send_queued(&mut live).await {
                break end;
            }
            self.ask_questions(&mut live);
            if self.link.is_up() {
                self.renew_quotes(&live);
                self.ask_bars(&live);
            }
            let turn = self.turn(&mut live, &mut finished).await;
            if let Some(end) = self.on_turn(turn, &mut live) {
                break end;
            }
        };
        self.quotes.session_over();
        self.bars.session_over();
        end
    }

    async fn turn(&mut self, live: &mut Live, finished: &mut UnboundedReceiver<Done>) -> Turn {
        let deadline = self.next_deadline(live);
        let Session {
            updates, notices, ..
        } = &mut live.session;
        let requests = &mut self.requests;
        let next = async {
            tokio::select! {
                biased;
                update = updates.next() => Turn::Update(Box::new(update)),
                notice = notices.next() => Turn::Notice(notice),
                request = requests.recv() => Turn::Request(request),
                done = finished.recv() => Turn::Done(done),
            }
        };
        timeout_at(deadline, next).await.unwrap_or(Turn::Time)
    }

    fn next_deadline(&self, live: &Live) -> Instant {
        let mut next = live.heartbeat_at;
        let times = [
            self.blotter.next_tick(),
            self.questions.next_try(),
            self.bars.next_failure(),
        ];
        for time in times.into_iter().flatten() {
            next = next.min(self.instant(time));
        }
        if let Some(alarm) = self.alarm_due() {
            next = next.min(alarm);
        }
        next
    }

    fn on_turn(&mut self, turn: Turn, live: &mut Live) -> Option<End> {
        match turn {
            Turn::Request(None) => return Some(End::Stop),
            Turn::Request(Some(request)) => {
                self.take(request);
                for _ in 0..BATCH {
                    let Ok(request) = self.requests.try_recv() else {
                        break;
                    };
                    self.take(request);
                }
            }
            Turn::Update(update) => return self.on_update(*update),
            Turn::Notice(None) => return Some(closed()),
            Turn::Notice(Some(notice)) => {
                self.on_link(LinkEvent::Said(notice.code, notice.message));
            }
            Turn::Done(Some(done)) => return self.finished(done, live),
            // This worker holds the other end.
            Turn::Done(None) => {}
            Turn::Time => self.time_passes(live),
        }
        None
    }

    fn on_update(
        &mut self,
        update: Option<Result<SubscriptionItem<OrderUpdate>, Error>>,
    ) -> Option<End> {
        match update {
            Some(Ok(SubscriptionItem::Data(update))) => self.hear_update(&update),
            Some(Ok(SubscriptionItem::Notice(notice))) => self.hear_notice(&notice),
            Some(Err(fault)) if !ends(&fault) => {
                let text = format!("an order update cannot be read: {fault}");
                self.tell(IbNotice::new(Level::Break, text));
                // Whatever it said, the lists say it too.
                let lost = "an order update was lost".to_owned();
                self.on_link(LinkEvent::Said(MISSED, lost));
            }
            Some(Err(_)) | None => return Some(closed()),
        }
        None
    }

    fn time_passes(&mut self, live: &mut Live) {
        let now = self.now();
        let overdue = self.blotter.tick(now);
        self.follow(overdue);
        self.fail_old_history();
        if self.link.state().down.is_some() {
            self.on_link(LinkEvent::Tick);
        }
        if Instant::now() >= live.heartbeat_at {
            self.ask_heart(live);
        }
    }

    fn ask_heart(&mut self, live: &mut Live) {
        let config = &self.shared.config;
        live.heartbeat_at = Instant::now() + ms(config.heartbeat_interval_ms);
        if std::mem::replace(&mut live.is_heart_asked, true) {
            return;
        }
        let (client, done) = (Arc::clone(&live.session.client), live.done.clone());
        let patience = ms(config.heartbeat_timeout_ms);
        let asked = self.now().wall;
        // It is not asked of the budget: a connection that is not known to live is no use.
        live.tasks.spawn(async move {
            let answer = timeout(patience, client.server_time()).await;
            let _ = done.send(match answer {
                Ok(Ok(time)) => Done::Heart(Ok(time.unix_timestamp()), asked),
                Ok(Err(Error::Timeout)) | Err(_) => Done::NoHeart,
                Ok(Err(fault)) => Done::Heart(Err(fault), asked),
            });
        });
    }

    fn finished(&mut self, done: Done, live: &mut Live) -> Option<End> {
        match done {
            Done::Answered(answer) => return self.answered(*answer),
            Done::NoHeart => {
                let silence = millis(self.shared.config.heartbeat_timeout_ms);
                self.on_link(LinkEvent::Mute(silence));
            }
            Done::Heart(answer, asked) => {
                live.is_heart_asked = false;
                if let Ok(seconds) = answer {
                    self.measure_clock(seconds, asked);
                }
            }
            Done::Quotes(notice) => self.tell(notice),
            Done::Bars(done) => self.bars_done(done),
        }
        None
    }

    /// The gateway tells whole seconds, so what it says is half a second in on average.
    fn measure_clock(&mut self, seconds: i64, asked: Ts) {
        let half = polyfolio_model::Span::from_millis(500);
        let venue = Ts::from_nanos(seconds.saturating_mul(1_000_000_000)) + half;
        let answered = self.now().wall;
        let middle = asked + polyfolio_model::Span::from_nanos(answered.since(asked).nanos() / 2);
        self.clock_offset = venue.since(middle);
        let limit = millis(self.shared.config.clock_offset_max_ms) + half;
        let is_off = self.clock_offset.nanos().unsigned_abs() > limit.nanos().unsigned_abs();
        if is_off && !self.is_offset_told {
            let text = format!(
                "the gateway's clock is {} off ours: set this machine's clock by a time server",
                self.clock_offset
            );
            self.tell(IbNotice::new(Level::Alarm, text));
        }
        self.is_offset_told = is_off;
    }

    /// Does what the state machine said.
    fn do_due(&mut self) -> Option<End> {
        while let Some(due) = self.due.pop_front() {
            match due {
                LinkOut::Synchronise => self.questions.synchronise(),
                LinkOut::Resubscribe => self.quotes.lost(),
                LinkOut::HangUp => {
                    let down = self.link.state().down.clone();
                    let reason = down.map_or_else(hung_up, |(_, reason)| reason);
                    return Some(End::Lost(reason));
                }
                _ => {}
            }
        }
        None
    }
}

/// The library's number for messages that were lost on the way to us.
const MISSED: i32 = -6;

fn closed() -> End {
    End::Lost("the gateway closed the connection".to_owned())
}

fn hung_up() -> String {
    "the gateway ended the session".to_owned()
}

/// Whether an update stream's fault is the end of its connection.
fn ends(fault: &Error) -> bool {
    matches!(
        fault,
        Error::ConnectionReset | Error::ConnectionFailed | Error::Shutdown | Error::Io(_)
    )
}
