//! Bars as they come: history that the gateway keeps up to date, one subscription an instrument.

use std::sync::Arc;

use ibapi::contracts::Contract;
use ibapi::market_data::TradingHours;
use ibapi::market_data::historical::{HistoricalBarUpdate, WhatToShow};
use ibapi::prelude::{StreamExt, SubscriptionItem};
use ibapi::{Client, Error};
use polyfolio_model::{BarSize, Span, Ts};
use polyfolio_ports::{BarEvent, Clock};
use tokio::time::timeout;

use super::super::Worker;
use super::super::serve::{Done, Live};
use super::ask::{duration, shown, size};
use super::{AFTER_VIOLATION, BarsDone, Trouble, Wanted};
use crate::history::{Ends, Question, Stretch, read};
use crate::notice::{IbNotice, Level};
use crate::words::request_failed;

/// How long a stream that was refused rests before it is asked for again.
const AFTER_REFUSAL: Span = Span::from_secs(300);

impl Worker {
    /// Asks for the streams that are wanted and not there, as far as the budgets go.
    pub(super) fn ask_streams(&mut self, live: &Live) {
        let pending = std::mem::take(&mut self.bars.pending);
        for (place, not_before) in pending {
            let Some(wanted) = self.bars.streams.get(place).cloned() else {
                continue;
            };
            let now = self.now().host;
            let (gateway, directory) = (self.gateway_now(), self.shared.view().directory.clone());
            let Some(facts) = directory.facts(&wanted.wanted.instrument) else {
                self.no_stream(&wanted, "IB's contract for it is not known".to_owned());
                continue;
            };
            let stretch = wanted.roll(|roll| roll.stretch(gateway));
            let question = Question {
                con_id: facts.con_id,
                size: wanted.wanted.size,
                stretch,
                ending: None,
                keeps_up: true,
            };
            let may = match not_before > now {
                true => Err(not_before),
                // One that is there is called off first.
                false => self.may_ask(&question, 1 + usize::from(wanted.task.is_some())),
            };
            if let Err(again) = may {
                self.questions.try_again(again);
                self.bars.pending.push_back((place, again));
                continue;
            }
            if let Some(task) = &wanted.task {
                task.abort();
            }
            wanted.roll(|roll| roll.asked(Ends::of(facts), gateway));
            let stream = Stream {
                client: Arc::clone(&live.session.client),
                contract: facts.contract.clone(),
                show: shown(&facts.contract),
                size: wanted.wanted.size,
                stretch,
                hours: self.trading_hours(wanted.wanted.size),
                wanted,
                clock: self.shared.clock.clone(),
                offset: self.clock_offset,
            };
            self.bars.generations += 1;
            let (done, generation) = (live.done.clone(), self.bars.generations);
            let task = self.bars.streaming.spawn(async move {
                let fault = Box::new(stream.run().await);
                let _ = done.send(Done::Bars(BarsDone::Stopped(place, generation, fault)));
            });
            if let Some(wanted) = self.bars.streams.get_mut(place) {
                (wanted.task, wanted.generation) = (Some(task), generation);
            }
        }
    }

    /// A stream has ended though its connection stands, or before that was known.
    pub(super) fn stream_stopped(&mut self, place: usize, generation: u64, fault: &Error) {
        let wanted = self.bars.streams.get_mut(place);
        let Some(wanted) = wanted.filter(|wanted| wanted.generation == generation) else {
            return;
        };
        wanted.task = None;
        let wanted = wanted.clone();
        let now = self.now().host;
        let wait = match Trouble::of(fault) {
            // The next session asks for it, if this one is over.
            Trouble::Connection | Trouble::TooOften | Trouble::Late => AFTER_VIOLATION,
            Trouble::NoData | Trouble::Other => {
                self.no_stream(&wanted, request_failed("no bars", fault));
                AFTER_REFUSAL
            }
        };
        // It may be about to be asked for anew anyway.
        if !self.bars.pending.iter().any(|(of, _)| *of == place) {
            self.bars.pending.push_back((place, now + wait));
        }
        self.questions.try_again(now + wait);
    }

    fn no_stream(&self, wanted: &Wanted, what: String) {
        let notice = IbNotice::new(Level::Warning, what.clone());
        self.tell(notice.of_instrument(&wanted.wanted.instrument));
        wanted.tell(BarEvent::Stopped(what));
    }
}

/// One instrument's stream on one connection.
struct Stream {
    client: Arc<Client>,
    contract: Contract,
    show: WhatToShow,
    size: BarSize,
    stretch: Stretch,
    hours: TradingHours,
    wanted: Wanted,
    clock: Arc<dyn Clock>,
    /// The gateway's clock less ours.
    offset: Span,
}

impl Stream {
    /// Lives as long as the stream does; why it ended.
    async fn run(self) -> Error {
        match self.listen().await {
            Ok(()) => Error::EndOfStream,
            Err(fault) => fault,
        }
    }

    async fn listen(&self) -> Result<(), Error> {
        let request = self
            .client
            .historical_data(&self.contract, size(self.size))
            .what_to_show(self.show)
            .trading_hours(self.hours)
            .duration(duration(self.stretch));
        let mut updates = request.stream().await?;
        loop {
            let next = match self.until_settled() {
                Some(wait) => timeout(wait, updates.next()).await,
                None => Ok(updates.next().await),
            };
            let Ok(update) = next else {
                let now = self.now();
                let over = self.wanted.roll(|roll| roll.settle(now));
                over.into_iter().for_each(|event| self.wanted.tell(event));
                continue;
            };
            match update {
                None => return Ok(()),
                Some(Ok(SubscriptionItem::Data(update))) => self.hear(&update)?,
                // Words that end nothing.
                Some(Ok(SubscriptionItem::Notice(_))) => {}
                Some(Err(fault)) => return Err(fault),
            }
        }
    }

    fn hear(&self, update: &HistoricalBarUpdate) -> Result<(), Error> {
        let now = self.now();
        let events = match update {
            HistoricalBarUpdate::Historical(data) => {
                let bars = read(&data.bars, self.size).map_err(Error::Simple)?;
                self.wanted.roll(|roll| roll.begins(&bars, now))
            }
            HistoricalBarUpdate::Update(bar) => {
                let bars = read(std::slice::from_ref(bar), self.size).map_err(Error::Simple)?;
                let bars = bars.into_iter();
                let stands = |bar| self.wanted.roll(|roll| roll.stands(bar));
                bars.filter_map(stands).collect()
            }
            HistoricalBarUpdate::End { .. } => vec![],
        };
        events.into_iter().for_each(|event| self.wanted.tell(event));
        Ok(())
    }

    /// How long to wait for another word of the bar that is not over.
    fn until_settled(&self) -> Option<std::time::Duration> {
        let settles = self.wanted.roll(|roll| roll.settles())?;
        Some(settles.since(self.now()).to_std())
    }

    fn now(&self) -> Ts {
        self.clock.now() + self.offset
    }
}
