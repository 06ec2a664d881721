//! The desk of the example, and a hand on it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use chrono::NaiveDate;
use polyfolio::brokers::{BrokerSettings, Mode, OpenAccount, Opening};
use polyfolio_model::{
    ClOrdId, Instrument, Money, OrdType, Price, Qty, RejectReason, Span, TimeInForce, Ts,
};
use polyfolio_ports::{Broker, Capabilities, Clock, Command, NotSent, Report, Sink};
use polyfolio_testkit::conformance::{Act, Cannot, JumpClock, Market, Rig, Verdict};
use tempfile::TempDir;

use crate::example::desk::Desk;
use crate::example::{Account, KEYS, lock};

pub(crate) const NO_NETWORK: &str = "it lives in the process: there is no wire to lose";
pub(crate) const NO_HOURS: &str = "it is never closed";
pub(crate) const ONE_ACCOUNT: &str = "the account is nobody else's";
pub(crate) const ORDERS: &str = "it takes market and limit orders";
pub(crate) const OWN_RULES: &str = "it refuses by its rules alone";
pub(crate) const REPLACES: &str = "orders cannot be given new terms";

/// What trades while the next cancel is on its way.
type Race = Arc<Mutex<Option<(ClOrdId, Qty)>>>;

const CLOSE: i64 = 100;

pub(crate) struct DeskRig {
    dir: TempDir,
    process: Option<Process>,
    race: Race,
    day: u32,
}

/// A process: the desk, open.
struct Process {
    account: Account,
    clock: Arc<JumpClock>,
}

impl DeskRig {
    pub(crate) fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            process: None,
            race: Race::default(),
            day: 1,
        }
    }

    fn file(&self) -> PathBuf {
        self.dir.path().join("desk.jsonl")
    }

    fn open(&self) -> Account {
        let file = self.file().display().to_string();
        let settings = BrokerSettings::of(KEYS, &[("file", &file)]).unwrap();
        let instrument = Instrument {
            id: "AAA".into(),
            tick: "0.01".parse().unwrap(),
            lot: Qty::from(1),
            min_notional: Money::ZERO,
            currency: "USD".into(),
        };
        let desk = Desk::open(&Opening {
            settings: &settings,
            mode: Mode::Paper,
            base_currency: "USD".into(),
            instruments: &[instrument],
            decision_date: Some(self.date()),
            closes: &[("AAA".into(), Price::from(CLOSE))],
            directory: self.dir.path(),
            told: Arc::new(|_| {}),
        });
        Account::at(desk.unwrap())
    }

    fn date(&self) -> NaiveDate {
        NaiveDate::from_ymd_opt(2024, 1, self.day).unwrap()
    }

    fn process(&self) -> &Process {
        self.process.as_ref().unwrap()
    }

    /// So much of an order trades at its limit, in the process that runs or between two.
    fn trade(&self, id: ClOrdId, quantity: Qty) {
        match &self.process {
            Some(process) => trade(&process.account, id, quantity, process.clock.now()),
            None => trade(&self.open(), id, quantity, start_of_time()),
        }
    }
}

fn start_of_time() -> Ts {
    Ts::on(NaiveDate::from_ymd_opt(2024, 1, 1).unwrap(), 12)
}

fn trade(account: &Account, id: ClOrdId, quantity: Qty, now: Ts) {
    let mut line = lock(&account.0);
    let orders = line.desk.everything().orders;
    let order = orders.iter().find(|order| order.cl_ord_id == Some(id));
    let limit = order.unwrap().price.unwrap();
    let said = line.desk.trade(id, Some(quantity), limit, now);
    line.say(said);
}

impl Rig for DeskRig {
    fn start(&mut self) -> Box<dyn Broker> {
        self.stop();
        let account = self.open();
        let clock = JumpClock::from(start_of_time());
        self.process = Some(Process { account, clock });
        self.wire()
    }

    fn wire(&mut self) -> Box<dyn Broker> {
        let Process { account, clock } = self.process();
        Box::new(Tapped {
            broker: account.broker(clock.clone()),
            account: Account(Arc::clone(&account.0)),
            clock: clock.clone(),
            race: Arc::clone(&self.race),
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
            bid: Price::from(CLOSE),
            ask: Price::from(CLOSE),
        }
    }

    async fn act(&mut self, act: Act) -> Verdict {
        let cannot = |why: &str| Err(Cannot(why.to_owned()));
        match act {
            Act::Fill(id, quantity) => self.trade(id, quantity),
            Act::FillDuringCancel(id, quantity) => {
                *self.race.lock().unwrap() = Some((id, quantity));
            }
            Act::EndDay => {
                self.day += 1;
                let day = self.date().to_string();
                let mut line = lock(&self.process().account.0);
                let said = line.desk.begin_day(day);
                line.say(said);
            }
            Act::Restore => {}
            Act::FillAfterCancel(_) => {
                return cannot("a confirmed cancel is final (`settle` is 0)");
            }
            Act::RejectNextOrder(RejectReason::MarketClosed) => return cannot(NO_HOURS),
            Act::RejectNextOrder(_) | Act::RejectNextCancel => return cannot(OWN_RULES),
            Act::LoseNextOrder
            | Act::LoseNextAnswer
            | Act::Mute
            | Act::Disconnect
            | Act::DuplicateExecution
            | Act::ReorderExecutions
            | Act::FailNextSnapshot
            | Act::CutNextSnapshot => return cannot(NO_NETWORK),
            Act::RollBackIds => return cannot("our id is the only one that counts"),
            Act::ClockAhead(_) => return cannot("it has no clock but ours"),
            Act::LimitRate(_) => return cannot("it takes any number of messages"),
            Act::PlaceForeignOrder => return cannot(ONE_ACCOUNT),
        }
        Ok(())
    }

    fn taken(&mut self, id: ClOrdId) -> usize {
        let file = std::fs::read_to_string(self.file()).unwrap();
        let of = |line: &&str| line.contains("taken") && line.contains(&id.to_string());
        file.lines().filter(of).count()
    }

    fn takes_none(&self, ord_type: OrdType, time_in_force: TimeInForce) -> Option<Cannot> {
        let is_taken = ord_type.trigger().is_none() && time_in_force != TimeInForce::AtTheClose;
        (!is_taken).then(|| Cannot(ORDERS.to_owned()))
    }

    async fn wait(&mut self, span: Span) {
        let clock = self.process().clock.clone();
        clock.sleep_until(clock.now() + span).await;
    }
}

/// The wire, with somebody at the desk who trades before a cancel comes.
struct Tapped {
    broker: Box<dyn Broker>,
    account: Account,
    clock: Arc<JumpClock>,
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
        let race = self.race.lock().unwrap().take_if(|_| is_cancel);
        if let Some((id, quantity)) = race {
            trade(&self.account, id, quantity, self.clock.now());
        }
        self.broker.send(command)
    }
}
