//! Histories and strategies, behind the ports that the actors know.

use std::sync::Arc;

use chrono::NaiveDate;
use indexmap::IndexMap;
use polyfolio_actors::strategy::TargetSourceFactory;
use polyfolio_market_data::History;
use polyfolio_model::{InstrumentId, Price, SleeveId, convert};
use polyfolio_ports::{PriceHistory, TargetSource, Targets};
use polyfolio_strategies::{Host, Source, TargetsFile};

use crate::failure::Failure;
use crate::settings::{Settings, SleeveSettings};

/// Over so many days is a day's usual volume taken: a month of them.
const VOLUME_DAYS: usize = 20;

/// The closes of a history, or none where a plan needs none.
#[derive(Debug)]
pub(super) struct Closes {
    history: Option<History>,
    as_of: Option<NaiveDate>,
}

impl Closes {
    pub(super) fn new(history: Option<History>, as_of: Option<NaiveDate>) -> Self {
        Self { history, as_of }
    }
}

impl PriceHistory for Closes {
    fn closes(&self, as_of: Option<NaiveDate>) -> Result<polyfolio_ports::Closes, String> {
        let as_of = as_of.or(self.as_of);
        let upto = self.history.as_ref().map(|history| upto(history, as_of));
        let date = upto.as_ref().map_or(as_of, History::last_date);
        let date = date.ok_or_else(|| match (&self.history, as_of) {
            (None, _) => "there is no history, and no date was asked for".to_owned(),
            (Some(_), None) => "the history has no row".to_owned(),
            (Some(_), Some(asked)) => format!("the history has no row up to {asked}"),
        })?;
        let volumes = upto
            .iter()
            .flat_map(|history| history.usual_volumes(VOLUME_DAYS));
        let volumes = volumes
            .filter_map(|(id, volume)| Some((id.clone(), convert::qty(volume)?)))
            .collect();
        let closes = upto.iter().flat_map(History::last_prices);
        let prices = closes
            .map(|(id, of, price)| (id.clone(), (of, price)))
            .collect();
        Ok(polyfolio_ports::Closes {
            date,
            prices,
            volumes,
        })
    }
}

fn upto(history: &History, as_of: Option<NaiveDate>) -> History {
    as_of.map_or_else(|| history.clone(), |date| history.up_to(date))
}

/// The last closes up to a date, and the date of the last row: none where the history has no row
/// until then. A close may be of an earlier row. Without a history there are none, as of the date that was asked for.
pub(super) fn last_closes(
    history: Option<&History>,
    as_of: Option<NaiveDate>,
) -> (Option<NaiveDate>, Vec<(InstrumentId, Price)>) {
    let Some(history) = history else {
        return (as_of, Vec::new());
    };
    let upto = upto(history, as_of);
    let closes = upto
        .last_prices()
        .map(|(id, _, price)| (id.clone(), price))
        .collect();
    (upto.last_date(), closes)
}

/// One sleeve's strategy over the shared history.
struct Hosted {
    host: Host,
    history: History,
}

impl TargetSource for Hosted {
    fn targets(&mut self, as_of: Option<NaiveDate>) -> Result<Targets, String> {
        let come_to = self
            .host
            .evaluate(&self.history, as_of)
            .map_err(|error| error.to_string())?;
        Ok(Targets {
            positions: come_to.positions.into_iter().collect(),
            nav: come_to.nav,
            why: come_to.why,
        })
    }
}

/// A factory for each sleeve, in config order.
pub(super) fn strategies(
    settings: &Settings,
    history: Option<&History>,
) -> IndexMap<SleeveId, TargetSourceFactory> {
    let history = history.cloned().unwrap_or_default();
    let factory = |(id, sleeve): (&SleeveId, &SleeveSettings)| {
        let (host, history) = (sleeve.host.clone(), history.clone());
        let make: TargetSourceFactory = Arc::new(move || {
            Box::new(Hosted {
                host: host.clone(),
                history: history.clone(),
            })
        });
        (id.clone(), make)
    };
    settings.sleeves.iter().map(factory).collect()
}

/// The date that decides: the one asked for, cut to the history; with nothing but targets files,
/// the last date of their NAVs.
pub(super) fn decision_date(
    settings: &Settings,
    history: Option<&History>,
    asked: Option<NaiveDate>,
) -> Result<Option<NaiveDate>, Failure> {
    if asked.is_none()
        && let Some(last) = last_of_files(settings)?
    {
        return Ok(Some(last));
    }
    let Some(history) = history else {
        return Ok(asked);
    };
    let upto = upto(history, asked);
    match (upto.last_date(), asked) {
        (Some(date), _) => Ok(Some(date)),
        (None, Some(asked)) => {
            let first = history
                .dates()
                .first()
                .map(ToString::to_string)
                .unwrap_or_default();
            Err(
                Failure::usage(format!("the history has no row up to {asked}"))
                    .line(format!("--as-of {asked}; the history begins on {first}")),
            )
        }
        (None, None) => Ok(None),
    }
}

/// The last NAV date of a book that consists of targets files alone.
fn last_of_files(settings: &Settings) -> Result<Option<NaiveDate>, Failure> {
    let mut last = None;
    for (id, sleeve) in &settings.sleeves {
        let Source::File(path) = sleeve.host.source() else {
            return Ok(None);
        };
        let file = TargetsFile::read(path)
            .map_err(|error| Failure::usage(format!("sleeve {id}: {error}")))?;
        last = last.max(file.nav.iter().map(|(date, _)| *date).max());
    }
    Ok(last)
}
