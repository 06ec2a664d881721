//! What a gateway cannot be made of, or do.

use std::io;
use std::net::SocketAddr;

use polyfolio_matching::VenueError;
use polyfolio_model::InstrumentId;

/// Why a gateway does not stand.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// Nobody else may reach it: it knows no passwords.
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
    /// A position in something that is not traded here.
    #[error("the account opens with a position in {0}, which is not among the stocks")]
    Position(InstrumentId),
    /// A position that has no price has no cost.
    #[error("the account opens with a position in {0}, which has no start price")]
    Unpriced(InstrumentId),
    /// The market behind it.
    #[error("the market behind the gateway cannot be made")]
    Venue(#[from] VenueError),
}
