//! Who fell, who is new, and who is given up.

use polyfolio_model::Ts;
use serde_json::{Value, json};

use crate::mail::{Payload, Station};

/// Any station → Supervisor: an actor is gone.
#[derive(Clone, Debug)]
pub struct ActorStopped {
    /// When.
    pub time: Ts,
}

impl Payload for ActorStopped {
    const NAME: &'static str = "ActorStopped";
    fn body(&self) -> Value {
        Value::Null
    }
}

/// Supervisor → Conductor: somebody new stands at a station, and knows nothing of what was asked.
#[derive(Clone, Debug)]
pub struct ActorRestarted {
    /// Where.
    pub station: Station,
}

impl Payload for ActorRestarted {
    const NAME: &'static str = "ActorRestarted";
    fn body(&self) -> Value {
        json!({ "station": self.station.to_string() })
    }
}

/// Supervisor → Conductor: a station cannot be kept alive.
#[derive(Clone, Debug)]
pub struct GivenUp(pub String);

impl Payload for GivenUp {
    const NAME: &'static str = "GivenUp";
    fn body(&self) -> Value {
        json!(self.0)
    }
}
