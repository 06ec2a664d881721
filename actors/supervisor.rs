//! Restarts: an actor that is gone is made anew by the factory of its station, with its state
//! from the store.
//!
//! In: `ActorStopped`. Out: new actors on the old lines.
//! Mailbox: 256. A station that falls more often than it should is left down, and whoever waits
//! for the task is told.
//! It knows no state: what must survive is in the journal.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix::prelude::*;
use serde_json::json;

use crate::mail::{Mail, Station};
use crate::messages::ActorStopped;
use crate::switchboard::Switchboard;

/// Starts the actor of a station and puts it on its lines. The number counts its lives.
pub type ActorFactory = Box<dyn Fn(u64) -> Result<(), String>>;

/// How often a station may fall in one process.
const FALLS_MAX: u64 = 5;

/// The actor.
pub struct Supervisor {
    factories: BTreeMap<Station, ActorFactory>,
    lives: BTreeMap<Station, u64>,
    give_up: Box<dyn Fn(String)>,
    board: Arc<Switchboard>,
}

impl std::fmt::Debug for Supervisor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Supervisor")
            .field("lives", &self.lives)
            .finish_non_exhaustive()
    }
}

impl Supervisor {
    /// A supervisor of these stations, which are at work already. `give_up` hears of one that
    /// cannot be kept alive.
    pub fn new(
        factories: BTreeMap<Station, ActorFactory>,
        give_up: Box<dyn Fn(String)>,
        board: Arc<Switchboard>,
    ) -> Self {
        Self {
            factories,
            lives: BTreeMap::new(),
            give_up,
            board,
        }
    }

    fn restart(&mut self, station: Station, cause: u64) {
        let Some(factory) = self.factories.get(&station) else {
            return;
        };
        let life = self.lives.entry(station.clone()).or_insert(1);
        *life += 1;
        let body = json!({ "station": station.to_string(), "life": *life });
        self.board
            .post
            .note(&Station::Supervisor, "Restarted", body, Some(cause));
        if *life > FALLS_MAX {
            (self.give_up)(format!("{station} fell {FALLS_MAX} times"));
        } else if let Err(error) = factory(*life) {
            (self.give_up)(format!("{station} could not be restarted: {error}"));
        }
    }
}

impl Actor for Supervisor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(256);
    }
}

impl Handler<Mail<ActorStopped>> for Supervisor {
    type Result = ();

    fn handle(&mut self, mail: Mail<ActorStopped>, _: &mut Self::Context) {
        if !self.board.is_closing() {
            self.restart(mail.from, mail.id);
        }
    }
}
