//! What can go wrong before there is a connection, and with the description of a contract.

use std::path::PathBuf;

use polyfolio_model::InstrumentId;

/// Why an account at Interactive Brokers cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum IbError {
    /// The configuration makes no sense.
    #[error("{}", in_words(.0))]
    Config(Vec<ConfigFault>),
    /// Another process has the connector's state.
    #[error(
        "the order ids in {0} are in use by another process: stop it, or use another state directory"
    )]
    Locked(PathBuf),
    /// The file system refused.
    #[error("cannot {doing} {path}")]
    Io {
        /// What was tried.
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// A whole line of the order ids is not what was written.
    #[error("line {line} of {path} is damaged: {what}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
    /// The state belongs to another client id: its orders could not be changed any more.
    #[error(
        "the order ids in {dir} are those of client id {have}, and client_id is {asked}: only the client that placed an order can change it. Set client_id = {have}, or use another state directory"
    )]
    OtherClient {
        /// The connector's folder.
        dir: PathBuf,
        /// Whose they are.
        have: i32,
        /// Who asks.
        asked: i32,
    },
    /// The system gives no thread.
    #[error("cannot start the connector's thread")]
    Thread(#[source] std::io::Error),
}

/// A key of the configuration, and what is wrong with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFault {
    /// The key, below `broker.ib`.
    pub key: String,
    /// What is wrong.
    pub what: String,
}

impl ConfigFault {
    pub(crate) fn new(key: &str, what: &str) -> Self {
        Self {
            key: key.to_owned(),
            what: what.to_owned(),
        }
    }
}

fn in_words(faults: &[ConfigFault]) -> String {
    let one = |fault: &ConfigFault| format!("broker.ib.{} {}", fault.key, fault.what);
    faults.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// Why an instrument is not a contract of IB's, and which key would make it one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContractError {
    /// IB knows no such contract.
    #[error(
        "IB knows no contract for {instrument} ({asked}): check [instrument.\"{instrument}\".ib], first its {keys}"
    )]
    Unknown {
        /// Ours.
        instrument: InstrumentId,
        /// What was asked for.
        asked: String,
        /// Where to look first.
        keys: &'static str,
    },
    /// The description fits several.
    #[error(
        "{instrument} ({asked}) fits {count} contracts of IB's: set instrument.\"{instrument}\".ib.{key} to one of {choices}"
    )]
    Ambiguous {
        /// Ours.
        instrument: InstrumentId,
        /// What was asked for.
        asked: String,
        /// How many there are.
        count: usize,
        /// The key that tells them apart.
        key: &'static str,
        /// Its values.
        choices: String,
    },
    /// IB describes it in a way that no order can obey.
    #[error("IB's description of {instrument} cannot be used: {what}")]
    Unusable {
        /// Ours.
        instrument: InstrumentId,
        /// What is wrong with it.
        what: String,
    },
    /// IB did not answer.
    #[error("IB did not describe {instrument}: {what}")]
    NoAnswer {
        /// Ours.
        instrument: InstrumentId,
        /// Why.
        what: String,
    },
}
