//! A paper account whose market stands still, for the suite.

use std::sync::{Arc, Mutex};

use polyfolio_broker_paper::{PaperBroker, PaperConfig, PaperVenue, TapeTag, read_tape};
use polyfolio_model::{ClOrdId, Qty, Span};
use polyfolio_ports::{Broker, Capabilities, Clock, Command, NotSent, Report, Sink};
use polyfolio_testkit::conformance::{Act, Cannot, JumpClock, Market, Rig, Verdict};
use tempfile::TempDir;

use crate::common::{closes, config, date};

/// What trades while the next cancel is on its way.
type Race = Arc<Mutex<Option<(ClOrdId, Qty)>>>;

pub(super) struct PaperRig {
    dir: TempDir,
    process: Option<Process>,
    race: Race,
    day: u32,
}

/// A process: the account's folder, open.
struct Process {
    venue: PaperVenue,
    clock: Arc<JumpClock>,
}

impl PaperRig {
    pub(super) fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            process: None,
            race: Race::default(),
            day: 1,
        }
    }

    /// A market that stands at 99.99 to 100.01, an account without positions, fees as they are.
    fn config() -> PaperConfig {
        let mut config = config();
        config.positions.clear();
        config.close = chrono::NaiveTime::from_hms_opt(20, 0, 0).unwrap();
        for listing in &mut config.listings {
            listing.market.sigma = 0.0;
            listing.market.arrival_rate = 0.0;
        }
        config
    }

    fn open(&self) -> PaperVenue {
        let (venue, notices) = PaperVenue::open(self.dir.path(), Self::config()).unwrap();
        assert_eq!(notices, []);
        venue.set_market(date(self.day), &closes(100)).unwrap();
        venue
    }

    /// The account, in the process that runs or for a moment.
    fn with_venue(&self, act: impl FnOnce(&PaperVenue)) {
        match &self.process {
            Some(process) => {
                process.venue.advance_to(process.clock.now());
                act(&process.venue);
            }
            None => act(&self.open()),
        }
    }

    fn process(&self) -> &Process {
        self.process.as_ref().unwrap()
    }
}

impl Rig for PaperRig {
    fn start(&mut self) -> Box<dyn Broker> {
        self.stop();
        let venue = self.open();
        let clock = JumpClock::from(venue.venue_time().unwrap());
        self.process = Some(Process { venue, clock });
        self.wire()
    }

    fn wire(&mut self) -> Box<dyn Broker> {
        let Process { venue, clock } = self.process();
        Box::new(Tapped {
            broker: venue.broker(clock.clone()),
            venue: venue.clone(),
            race: self.race.clone(),
        })
    }

    fn stop(&mut self) {
        self.process = None;
    }

    fn market(&self) -> Market {
        Market {
            instrument: "AAA".into(),
            unknown: "ZZZ".into(),
            tick: "0.01".parse().unwrap(),
            bid: "99.99".parse().unwrap(),
            ask: "100.01".parse().unwrap(),
        }
    }

    async fn act(&mut self, act: Act) -> Verdict {
        let cannot = |why: &str| Err(Cannot(why.to_owned()));
        match act {
            Act::Fill(id, quantity) => self.with_venue(|venue| venue.trade_now(id, Some(quantity))),
            Act::FillDuringCancel(id, quantity) => {
                *self.race.lock().unwrap() = Some((id, quantity));
            }
            Act::EndDay => {
                self.day += 1;
                let day = date(self.day);
                self.with_venue(|venue| venue.set_market(day, &closes(100)).unwrap());
                let Process { venue, clock } = self.process();
                clock.jump(venue.venue_time().unwrap().since(clock.now()));
            }
            Act::FillAfterCancel(_) => {
                return cannot("a confirmed cancel is final (`settle` is 0)");
            }
            Act::RejectNextOrder(_) => {
                return cannot("it has no margin and no hours, and refuses by its rules alone");
            }
            Act::RejectNextCancel => return cannot("it refuses no cancel of an open order"),
            Act::LoseNextOrder | Act::LoseNextAnswer | Act::Mute | Act::Disconnect => {
                return cannot("it lives in the process: there is no wire to lose");
            }
            Act::DuplicateExecution | Act::ReorderExecutions => {
                return cannot("it lives in the process: reports come once and in order");
            }
            Act::FailNextSnapshot | Act::CutNextSnapshot => {
                return cannot("it lives in the process: a list is one answer");
            }
            Act::RollBackIds => return cannot("our id is its only one"),
            Act::ClockAhead(_) => return cannot("it has no clock but ours"),
            Act::LimitRate(_) => return cannot("it takes any number of messages"),
            Act::PlaceForeignOrder => return cannot("the account is nobody else's"),
            Act::Restore => {}
        }
        Ok(())
    }

    fn taken(&mut self, id: ClOrdId) -> usize {
        let tape = read_tape(self.dir.path()).unwrap();
        let taken = tape
            .iter()
            .filter(|line| line.event == TapeTag::Accepted && line.cl_ord_id == Some(id));
        taken.count()
    }

    async fn wait(&mut self, span: Span) {
        let clock = self.process().clock.clone();
        clock.sleep_until(clock.now() + span).await;
    }
}

/// The wire, with somebody at the venue who trades when a cancel has left.
struct Tapped {
    broker: PaperBroker,
    venue: PaperVenue,
    race: Race,
}

impl Broker for Tapped {
    fn account(&self) -> String {
        self.broker.account()
    }

    fn capabilities(&self) -> Capabilities {
        self.broker.capabilities()
    }

    fn start(&mut self, reports: Sink<Report>) {
        self.broker.start(reports);
    }

    fn send(&mut self, command: Command) -> Result<(), NotSent> {
        let is_cancel = matches!(command, Command::Cancel(..));
        let sent = self.broker.send(command);
        let race = self.race.lock().unwrap().take_if(|_| is_cancel);
        if let Some((id, quantity)) = race {
            self.venue.trade_now(id, Some(quantity));
        }
        sent
    }
}
