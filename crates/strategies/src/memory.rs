//! State of the built-in strategies as bytes: JSON, readable in a store.

use polyfolio_ports::BadState;
use serde::{Serialize, de::DeserializeOwned};

/// The bytes of a state; empty if it cannot be written, which no state here is.
pub(crate) fn save<T: Serialize>(state: &T) -> Vec<u8> {
    serde_json::to_vec(state).unwrap_or_default()
}

/// The state that the bytes hold.
pub(crate) fn load<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, BadState> {
    serde_json::from_slice(bytes).map_err(|error| BadState(error.to_string()))
}
