//! All lines between the stations, in one place: who can speak to whom.
//!
//! The picture of the flow is this file. A line that is not here cannot be used.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use indexmap::IndexMap;
use polyfolio_model::SleeveId;
use polyfolio_ports::Clock;

use crate::mail::{Line, MissedNotices, Post, Station};
use crate::messages::{
    AccountMarked, ActorRestarted, ActorStopped, BrokerSaid, ClosesPublished, ExecutePlan, GivenUp,
    NavMarked, NoteNav, Noticed, PlanMade, QuotesChanged, RequestCloses, RequestPlan,
    RequestTargets, RouterCommand, RouterSaid, SendToBroker, StartRun, StopRun, Subscribe,
    TargetsPublished, TargetsScaled,
};

/// The lines.
#[derive(Debug)]
pub struct Switchboard {
    /// Numbers and times messages, and tells the logger.
    pub post: Post,
    /// CLI → Conductor.
    pub start_run: Line<StartRun>,
    /// CLI → Conductor.
    pub stop_run: Line<StopRun>,
    /// Conductor → MarketData.
    pub request_closes: Line<RequestCloses>,
    /// MarketData → Scaler.
    pub closes_to_scaler: Line<ClosesPublished>,
    /// MarketData → NavTracker.
    pub closes_to_nav_tracker: Line<ClosesPublished>,
    /// Conductor → Strategy, each.
    pub request_targets: IndexMap<SleeveId, Line<RequestTargets>>,
    /// Strategy → Scaler.
    pub targets_published: Line<TargetsPublished>,
    /// Conductor → Scaler.
    pub request_plan: Line<RequestPlan>,
    /// Scaler → Conductor.
    pub plan_made: Line<PlanMade>,
    /// Conductor → Scaler.
    pub execute_plan: Line<ExecutePlan>,
    /// Scaler → OrderRouter.
    pub targets_scaled: Line<TargetsScaled>,
    /// OrderRouter → NavTracker.
    pub account_marked: Line<AccountMarked>,
    /// NavTracker → Scaler.
    pub nav_to_scaler: Line<NavMarked>,
    /// NavTracker → Conductor.
    pub nav_to_conductor: Line<NavMarked>,
    /// NavTracker → OrderRouter.
    pub note_nav: Line<NoteNav>,
    /// Conductor → OrderRouter.
    pub router_command: Line<RouterCommand>,
    /// OrderRouter → Conductor.
    pub router_said: Line<RouterSaid>,
    /// OrderRouter → Notifier. Nobody stands there where nobody is to be told.
    pub noticed: Line<Noticed>,
    /// Those that it was too busy to hear.
    pub missed: MissedNotices,
    /// OrderRouter → MarketData.
    pub subscribe: Line<Subscribe>,
    /// MarketData → OrderRouter.
    pub quotes_changed: Line<QuotesChanged>,
    /// OrderRouter → BrokerConnector.
    pub send_to_broker: Line<SendToBroker>,
    /// BrokerConnector → OrderRouter.
    pub broker_said: Line<BrokerSaid>,
    /// Every station → Supervisor.
    pub actor_stopped: Line<ActorStopped>,
    /// Supervisor → Conductor.
    pub actor_restarted: Line<ActorRestarted>,
    /// Supervisor → Conductor.
    pub given_up: Line<GivenUp>,
    connector_life: AtomicU64,
    closing: AtomicBool,
}

impl Switchboard {
    /// A board with nobody at its stations yet.
    pub fn new(clock: Arc<dyn Clock>, sleeves: impl IntoIterator<Item = SleeveId>) -> Self {
        let to_strategy = |sleeve: SleeveId| {
            let line = Line::to(Station::Strategy(sleeve.clone()));
            (sleeve, line)
        };
        Self {
            post: Post::new(clock),
            start_run: Line::to(Station::Conductor),
            stop_run: Line::to(Station::Conductor),
            request_closes: Line::to(Station::MarketData),
            closes_to_scaler: Line::to(Station::Scaler),
            closes_to_nav_tracker: Line::to(Station::NavTracker),
            request_targets: sleeves.into_iter().map(to_strategy).collect(),
            targets_published: Line::to(Station::Scaler),
            request_plan: Line::to(Station::Scaler),
            plan_made: Line::to(Station::Conductor),
            execute_plan: Line::to(Station::Scaler),
            targets_scaled: Line::to(Station::OrderRouter),
            account_marked: Line::to(Station::NavTracker),
            nav_to_scaler: Line::to(Station::Scaler),
            nav_to_conductor: Line::to(Station::Conductor),
            note_nav: Line::to(Station::OrderRouter),
            router_command: Line::to(Station::OrderRouter),
            router_said: Line::to(Station::Conductor),
            noticed: Line::to(Station::Notifier),
            missed: MissedNotices::default(),
            subscribe: Line::to(Station::MarketData),
            quotes_changed: Line::to(Station::OrderRouter),
            send_to_broker: Line::to(Station::BrokerConnector),
            broker_said: Line::to(Station::OrderRouter),
            actor_stopped: Line::to(Station::Supervisor),
            actor_restarted: Line::to(Station::Conductor),
            given_up: Line::to(Station::Conductor),
            connector_life: AtomicU64::new(0),
            closing: AtomicBool::new(false),
        }
    }

    /// Begins a new life of the connector, counted over the whole process: every earlier one is a
    /// former one from here on.
    pub fn begin_connector_life(&self) -> u64 {
        self.connector_life.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Whether this is the connector's newest life. What an earlier one has to say of the link or
    /// of the account is void, and its end is nobody's loss.
    pub fn is_newest_connector(&self, life: u64) -> bool {
        self.connector_life.load(Ordering::SeqCst) == life
    }

    /// From now on actors end because they should.
    pub fn close(&self) {
        self.closing.store(true, Ordering::SeqCst);
    }

    /// Whether actors end because they should.
    pub fn is_closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }

    /// Tells the supervisor that the actor of a station is gone.
    pub(crate) fn report_stopped(&self, station: &Station) {
        if self.is_closing() {
            return;
        }
        let stopped = ActorStopped {
            time: self.post.now(),
        };
        // A supervisor that is gone too has nobody to restart.
        let _ = self.post.send(station, &self.actor_stopped, stopped, None);
    }
}
