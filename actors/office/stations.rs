//! Each station: its actor, and the lines that lead to it.

use std::sync::Arc;

use polyfolio_model::SleeveId;
use tokio::sync::oneshot;

use super::House;
use crate::broker_connector::{self, BrokerConnector};
use crate::conductor::{self, Conductor, Outcome};
use crate::logger::{self, Logger};
use crate::mail::Station;
use crate::market_data::{self, MarketDataActor};
use crate::nav_tracker::{self, NavTracker};
use crate::notifier::{self, NotifierActor};
use crate::order_router::{self, OrderRouter, RecoverError};
use crate::scaler::{self, Scaler};
use crate::strategy::{self, StrategyActor};

impl House {
    pub(super) fn start_logger(&self) {
        let Some(directory) = self.wiring.logs.clone() else {
            return;
        };
        let actor = Logger::new(
            directory,
            Arc::clone(&self.log_count),
            Arc::clone(&self.board),
        );
        let logger = self.places.put(Station::Logger, logger::MAILBOX, actor);
        self.board.post.connect_logger(logger.clone().recipient());
        self.places.set_logger(logger);
    }

    pub(super) fn start_notifier(&self) {
        let Some(telling) = &self.wiring.notifier else {
            return;
        };
        let actor = NotifierActor::new(telling, Arc::clone(&self.board));
        let mailbox = notifier::MAILBOX;
        let notifier = self.places.put(Station::Notifier, mailbox, actor);
        self.board.noticed.connect(notifier.recipient());
    }

    pub(super) fn start_nav_tracker(&self) {
        let board = &self.board;
        let actor = NavTracker::new(Arc::clone(board));
        let mailbox = nav_tracker::MAILBOX;
        let tracker = self.places.put(Station::NavTracker, mailbox, actor);
        let line = &board.closes_to_nav_tracker;
        line.connect(tracker.clone().recipient());
        board.account_marked.connect(tracker.recipient());
    }

    pub(super) fn start_scaler(&self) {
        let (wiring, board) = (&self.wiring, &self.board);
        let settings = Arc::clone(&wiring.scaler);
        let actor = Scaler::new(settings, Arc::clone(&wiring.host), Arc::clone(board));
        let scaler = self.places.put(Station::Scaler, scaler::MAILBOX, actor);
        board.request_plan.connect(scaler.clone().recipient());
        board.targets_published.connect(scaler.clone().recipient());
        board.closes_to_scaler.connect(scaler.clone().recipient());
        board.nav_to_scaler.connect(scaler.clone().recipient());
        board.execute_plan.connect(scaler.recipient());
    }

    pub(super) fn start_market_data(&self) {
        let (wiring, board) = (&self.wiring, &self.board);
        let history = Arc::clone(&wiring.history);
        let actor = MarketDataActor::new(history, (wiring.market)(), Arc::clone(board));
        let mailbox = market_data::MAILBOX;
        let actor = self.places.put(Station::MarketData, mailbox, actor);
        board.request_closes.connect(actor.clone().recipient());
        board.subscribe.connect(actor.recipient());
    }

    pub(super) fn start_strategy(&self, sleeve: &SleeveId) {
        let (Some(source), Some(line)) = (
            self.wiring.strategies.get(sleeve),
            self.board.request_targets.get(sleeve),
        ) else {
            return;
        };
        let board = Arc::clone(&self.board);
        let (source, workshop) = (Arc::clone(source), Arc::clone(&self.workshop));
        let actor = StrategyActor::new(sleeve.clone(), source, workshop, board);
        let station = Station::Strategy(sleeve.clone());
        let actor = self.places.put(station, strategy::MAILBOX, actor);
        line.connect(actor.recipient());
    }

    pub(super) fn start_conductor(&self, tell: oneshot::Sender<Outcome>) {
        let (wiring, board) = (&self.wiring, &self.board);
        let actor = Conductor::new(
            Arc::clone(board),
            Arc::clone(&wiring.host),
            wiring.connect_timeout,
            Arc::clone(&wiring.tempo),
            Arc::clone(&wiring.planned),
            tell,
        );
        let mailbox = conductor::MAILBOX;
        let conductor = self.places.put(Station::Conductor, mailbox, actor);
        board.start_run.connect(conductor.clone().recipient());
        board.stop_run.connect(conductor.clone().recipient());
        board.plan_made.connect(conductor.clone().recipient());
        board.router_said.connect(conductor.clone().recipient());
        board
            .nav_to_conductor
            .connect(conductor.clone().recipient());
        board.actor_restarted.connect(conductor.clone().recipient());
        board.given_up.connect(conductor.recipient());
    }

    pub(super) fn start_router(&self) -> Result<(), RecoverError> {
        let (wiring, board) = (&self.wiring, &self.board);
        let actor = OrderRouter::recover(
            Arc::clone(&wiring.journal),
            wiring.router.clone(),
            Arc::clone(&wiring.clock),
            Arc::clone(board),
            Arc::clone(&wiring.observer),
            wiring.keep,
        )?;
        let mailbox = order_router::MAILBOX;
        let router = self.places.put(Station::OrderRouter, mailbox, actor);
        board.targets_scaled.connect(router.clone().recipient());
        board.router_command.connect(router.clone().recipient());
        board.note_nav.connect(router.clone().recipient());
        board.quotes_changed.connect(router.clone().recipient());
        board.broker_said.connect(router.clone().recipient());
        self.places.set_router(router);
        Ok(())
    }

    pub(super) fn start_connector(&self) {
        let board = &self.board;
        let broker = (self.wiring.broker)();
        let life = board.begin_connector_life();
        let actor = BrokerConnector::new(broker, life, Arc::clone(board));
        let (station, mailbox) = (Station::BrokerConnector, broker_connector::MAILBOX);
        let connector = self.places.put(station, mailbox, actor);
        board.send_to_broker.connect(connector.recipient());
    }
}
