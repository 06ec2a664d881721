//! The account at Interactive Brokers, from settings and history.

use std::path::PathBuf;
use std::sync::Arc;

use polyfolio_broker_ib::{IbAccount, IbConfig, IbError, IbNotice, Level};
use polyfolio_clock::HostClock;
use polyfolio_market_data::History;
use polyfolio_model::{InstrumentId, Span};
use polyfolio_ports::{Broker, Clock, MarketData, Sink};

use super::sizing;
use crate::brokers::OpenAccount;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::{Loaded, Settings};

/// The name of the connector's directory within a state directory.
const DIRECTORY: &str = "ib";

/// How many times a connection may take its time until a start gives up.
const ATTEMPTS: i64 = 3;

/// A look's client id is so much above the one that trades.
const LOOKERS_ID: i32 = 1_000;

/// And the one of whoever reads history.
const READERS_ID: i32 = 2_000;

/// The account that the settings ask for, with a contract for everything that may be traded.
pub(super) fn config(loaded: &Loaded, history: Option<&History>) -> Result<IbConfig, Failure> {
    let settings = &loaded.settings;
    let rules = sizing::instruments(settings, history)?.into_values();
    let contracts = rules.map(|rule| {
        let spec = settings.instruments.ib_contract(&rule.id, &rule.currency);
        (rule.id, spec)
    });
    Ok(IbConfig {
        contracts: contracts.collect(),
        ..settings.ib.clone()
    })
}

impl OpenAccount for IbAccount {
    /// Its time is the clock on the wall.
    fn broker(&self, _: Arc<dyn Clock>) -> Box<dyn Broker> {
        Box::new(self.broker())
    }

    fn market_data(&self, _: Arc<dyn Clock>) -> Box<dyn MarketData> {
        Box::new(self.market_data())
    }
}

/// Opens the account: nothing is connected before it is used.
pub(super) fn open(
    loaded: &Loaded,
    history: Option<&History>,
    told: Sink<String>,
) -> Result<IbAccount, Failure> {
    let directory = directory(&loaded.settings);
    let account = IbAccount::open(&directory, config(loaded, history)?, clock(), notices(told));
    account.map_err(|error| failure(&error))
}

/// The account for who only looks: beside a run, under a client id of its own.
pub(super) fn look(
    loaded: &Loaded,
    history: Option<&History>,
    told: Sink<String>,
) -> Result<IbAccount, Failure> {
    let config = config(loaded, history)?;
    let config = IbConfig {
        client_id: config.client_id.saturating_add(LOOKERS_ID),
        ..config
    };
    let account = IbAccount::look(config, clock(), notices(told));
    account.map_err(|error| failure(&error))
}

/// The account for who only asks for bars of these instruments.
pub(super) fn look_back(
    loaded: &Loaded,
    instruments: &[InstrumentId],
    told: Sink<String>,
) -> Result<IbAccount, Failure> {
    let settings = &loaded.settings;
    let base = &settings.portfolio.base_currency;
    let contracts = instruments.iter().map(|id| {
        let rules = settings.instruments.rules(id).ok();
        let currency = rules.map_or_else(|| base.clone(), |rules| rules.currency);
        (id.clone(), settings.instruments.ib_contract(id, &currency))
    });
    let config = IbConfig {
        contracts: contracts.collect(),
        client_id: settings.ib.client_id.saturating_add(READERS_ID),
        ..settings.ib.clone()
    };
    let account = IbAccount::look(config, clock(), notices(told));
    account.map_err(|error| failure(&error))
}

/// How long a start waits for the connection: a few attempts, and the lists that each begins with.
pub(super) fn connect_timeout(settings: &Settings) -> Span {
    let millis = i64::from(settings.ib.connect_timeout_ms).saturating_mul(ATTEMPTS);
    Span::from_millis(millis)
}

/// Where the connector keeps its order ids.
fn directory(settings: &Settings) -> PathBuf {
    settings.state_dir.join(DIRECTORY)
}

/// The time of day.
fn clock() -> Arc<dyn Clock> {
    Arc::new(HostClock::start())
}

/// What the connector has to say, for whoever watches; what is of no consequence is left out.
fn notices(told: Sink<String>) -> Sink<IbNotice> {
    Arc::new(move |notice: IbNotice| {
        if notice.level != Level::Info {
            told(format!("ib: {}", notice.text));
        }
    })
}

/// An account that cannot be opened, for a person.
fn failure(error: &IbError) -> Failure {
    let exit = match error {
        IbError::Config(_) => Exit::Usage,
        IbError::Thread(_) => Exit::BrokerUnreachable,
        IbError::Locked(_)
        | IbError::Io { .. }
        | IbError::Damaged { .. }
        | IbError::OtherClient { .. } => Exit::State,
    };
    let failure = Failure::new(exit, error.to_string());
    match std::error::Error::source(error) {
        Some(source) => failure.line(source.to_string()),
        None => failure,
    }
}
