//! One of IB's requests for history, on its way.

use std::sync::Arc;

use ibapi::contracts::{Contract, SecurityType};
use ibapi::market_data::TradingHours;
use ibapi::market_data::historical::{BarSize as Size, Duration, WhatToShow};
use polyfolio_model::{BarSize, Ts};
use time::OffsetDateTime;

use super::super::Worker;
use super::super::serve::{Done, Live};
use super::{BarsDone, Job};
use crate::history::{Piece, Question, Stretch};

impl Worker {
    pub(super) fn ask_piece(&mut self, job: Job, piece: Piece, question: Question, live: &Live) {
        let (client, done) = (Arc::clone(&live.session.client), live.done.clone());
        let directory = self.shared.view().directory.clone();
        let facts = directory.facts(&job.collect.request().instrument);
        let contract = facts
            .map(|facts| facts.contract.clone())
            .unwrap_or_default();
        let hours = self.trading_hours(question.size);
        self.bars.numbered += 1;
        let number = self.bars.numbered;
        self.bars.running.insert(number, job);
        self.bars.asking.spawn(async move {
            let request = client
                .historical_data(&contract, size(question.size))
                .what_to_show(shown(&contract))
                .trading_hours(hours)
                .duration(duration(piece.stretch));
            let request = match piece.ending.and_then(instant) {
                Some(ending) => request.ending(ending),
                None => request,
            };
            let answer = Box::new(request.fetch().await);
            let _ = done.send(Done::Bars(BarsDone::Piece(number, answer)));
        });
    }

    /// A day closes with its regular session, whenever orders may trade.
    pub(super) fn trading_hours(&self, size: BarSize) -> TradingHours {
        match self.shared.config.outside_rth && size != BarSize::Day1 {
            true => TradingHours::Extended,
            false => TradingHours::Regular,
        }
    }
}

/// Currencies do not trade in one place: their bars are of the middle of the quote.
pub(super) fn shown(contract: &Contract) -> WhatToShow {
    match contract.security_type {
        SecurityType::ForexPair => WhatToShow::MidPoint,
        _ => WhatToShow::Trades,
    }
}

pub(super) fn size(of: BarSize) -> Size {
    match of {
        BarSize::Min1 => Size::Min,
        BarSize::Min5 => Size::Min5,
        BarSize::Hour1 => Size::Hour,
        BarSize::Day1 => Size::Day,
    }
}

pub(super) fn duration(of: Stretch) -> Duration {
    let number = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    match of {
        Stretch::Seconds(seconds) => Duration::seconds(number(seconds)),
        Stretch::Days(days) => Duration::days(number(days)),
        Stretch::Years(years) => Duration::years(number(years)),
    }
}

/// A time as the library has it, to the second: IB knows no finer one.
fn instant(time: Ts) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp(time.nanos().div_euclid(1_000_000_000)).ok()
}
