//! What a gateway cannot be made of, or do.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use polyfolio_matching::VenueError;
use polyfolio_model::InstrumentId;

use super::record::RecordError;

/// Why a gateway does not stand.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// Nobody else may reach it, unless that is meant: it knows no passwords.
    #[error("{0} is not an address of this machine alone; listen on 127.0.0.1 or [::1]")]
    NotLoopback(SocketAddr),
    /// The address is not to be had.
    #[error("cannot listen on {address}; choose another port, or 0 for any")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// Versions that are not spoken here.
    #[error("version_max is {0}: 213 to 226 are spoken")]
    Version(i32),
    /// Contract ids are what contracts are told apart by.
    #[error("contract id {0} is not above zero, or is given twice")]
    ContractId(i32),
    /// A description that no contract has.
    #[error(
        "{0} is described as no contract is: only a future has an expiry, a price grid ascends in \
         steps of the tick, and closes above zero ascend by date"
    )]
    Terms(InstrumentId),
    /// A position in something that is not traded here.
    #[error("the account opens with a position in {0}, which is not among the stocks")]
    Position(InstrumentId),
    /// A position that has no price has no cost.
    #[error("the account opens with a position in {0}, which has no start price")]
    Unpriced(InstrumentId),
    /// The record that a restart would read.
    #[error("the gateway's record cannot be used")]
    Record(#[from] RecordError),
    /// The same, while the gateway was at work.
    #[error("the gateway stopped: what it does can no longer be written down")]
    Broken(#[source] Arc<RecordError>),
    /// The record of another account.
    #[error("the record is account {have}'s, not {asked}'s; give another directory")]
    OtherAccount {
        /// Whose record it is.
        have: String,
        /// Who asks.
        asked: String,
    },
    /// An order in something that is not traded here any more.
    #[error("the record has an order in {0}, which is not among the stocks any more")]
    Unlisted(InstrumentId),
    /// The market behind it.
    #[error("the market behind the gateway cannot be made")]
    Venue(#[from] VenueError),
}
