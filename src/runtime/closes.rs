//! The daily closes that a broker has.

use std::collections::BTreeMap;

use polyfolio_market_data::Closes;
use polyfolio_model::{BarSize, InstrumentId};
use polyfolio_ports::{Bars, BarsFailed, BarsRequest, Reach, Sink};

use super::ib;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::Loaded;

/// How many instruments are asked for at a time.
const AT_ONCE: usize = 10;

/// The daily closes of these instruments, all that are asked for or a reason. Looks only: beside a
/// run, under a client id of its own.
///
/// # Errors
/// The broker cannot be reached, or refuses; the instrument is named.
pub fn daily_closes(
    loaded: &Loaded,
    instruments: &[InstrumentId],
    reach: Reach,
    told: Sink<String>,
) -> Result<BTreeMap<InstrumentId, Closes>, Failure> {
    let account = ib::look_back(loaded, instruments, told)?;
    let mut bars = account.bars();
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let mut closes = BTreeMap::new();
    for instruments in instruments.chunks(AT_ONCE) {
        let asked = instruments.iter().map(|instrument| {
            let request = BarsRequest {
                instrument: instrument.clone(),
                size: BarSize::Day1,
                reach,
            };
            (instrument, bars.history(request))
        });
        let asked: Vec<_> = asked.collect();
        for (instrument, answer) in asked {
            let days = runtime
                .block_on(answer)
                .map_err(|failed| failure(&failed))?;
            let days = days.iter().map(|bar| (bar.start.date(), bar.close));
            closes.insert(instrument.clone(), days.collect());
        }
    }
    Ok(closes)
}

fn failure(failed: &BarsFailed) -> Failure {
    let failure = Failure::new(Exit::BrokerUnreachable, failed.to_string());
    match failed {
        BarsFailed::TooFew { have, .. } => failure.line(format!(
            "ask for fewer:  polyfolio data fetch --anew {have}"
        )),
        BarsFailed::Refused { .. } | BarsFailed::NoAnswer { .. } => failure,
    }
}
