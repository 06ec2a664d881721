//! How each station that can be made anew is. The conductor cannot: its task ends with it, and the
//! next start goes on from the journal.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::House;
use super::watchdog::Watched;
use crate::mail::Station;
use crate::supervisor::{self, ActorFactory, Supervisor};

impl House {
    pub(super) fn start_supervisor(&self) {
        let mut factories: BTreeMap<Station, ActorFactory> = BTreeMap::from([
            (Station::Logger, self.at_once(|house| house.start_logger())),
            (
                Station::Notifier,
                self.at_once(|house| house.start_notifier()),
            ),
            (
                Station::NavTracker,
                self.at_once(|house| house.start_nav_tracker()),
            ),
            (Station::Scaler, self.at_once(|house| house.start_scaler())),
            (
                Station::MarketData,
                self.at_once(|house| house.start_market_data()),
            ),
            (
                Station::BrokerConnector,
                self.at_once(|house| house.start_connector()),
            ),
            (Station::OrderRouter, self.router_anew()),
        ]);
        for sleeve in self.wiring.strategies.keys() {
            let (station, sleeve) = (Station::Strategy(sleeve.clone()), sleeve.clone());
            let start = move |house: &House| house.start_strategy(&sleeve);
            factories.insert(station, self.at_once(start));
        }
        let factories = factories.into_iter().map(|(station, factory)| {
            let turns = Arc::clone(self.places.turns());
            let marked: ActorFactory =
                Box::new(move || Box::pin(turns.of(&Station::Supervisor, factory())));
            (station, marked)
        });
        let actor = Supervisor::new(factories.collect(), Arc::clone(&self.board));
        let mailbox = supervisor::MAILBOX;
        let supervisor = self.places.put(Station::Supervisor, mailbox, actor);
        self.board.actor_stopped.connect(supervisor.recipient());
    }

    pub(super) fn start_watchdog(&self) -> Watched {
        let turns = Arc::clone(self.places.turns());
        Watched::start(self.wiring.watch.clone(), turns, Arc::clone(&self.board))
    }

    /// A station that the former actor left nothing behind at.
    fn at_once(&self, start: impl Fn(&House) + Clone + 'static) -> ActorFactory {
        let house = self.clone();
        Box::new(move || {
            let (house, start) = (house.clone(), start.clone());
            Box::pin(async move {
                start(&house);
                Ok(())
            })
        })
    }

    /// The router, from the journal. An append of its former life may still be on its way to the
    /// disk: it is waited for, or the fold would lack records that the journal then has. The
    /// connector begins a new life with it: a new router must hear of the link again, and what the
    /// former one sent and was never handed over is not sent behind the new one's back.
    fn router_anew(&self) -> ActorFactory {
        let house = self.clone();
        Box::new(move || {
            let house = house.clone();
            Box::pin(async move {
                // From here on the former connector's end is nobody's loss.
                house.board.begin_connector_life();
                house.places.clear(&Station::BrokerConnector).await;
                let barrier = house.wiring.journal.append(Vec::new()).await;
                barrier.map_err(|error| error.to_string())?;
                if house.board.is_closing() {
                    return Ok(());
                }
                house.start_router().map_err(|error| error.to_string())?;
                house.start_connector();
                Ok(())
            })
        })
    }
}
