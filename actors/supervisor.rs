//! Restarts: an actor that is gone is made anew by the factory of its station, with its state
//! from the store.
//!
//! In: `ActorStopped`. Out: new actors on the old lines, `ActorRestarted` and `GivenUp` to the
//! conductor.
//! Mailbox: 256; a fall that does not fit would be a fall nobody answers, and there are fewer
//! stations than that. A factory that panics has fallen once more. A station that falls more often
//! than it should is left down, and whoever waits for the task is told; but no task ends for the
//! notifier.
//! It knows no state: what must survive is in the journal. It sees who has fallen; who does not
//! come back hangs it too, and is seen by the watchdog of the office, from another thread.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use actix::prelude::*;
use serde_json::json;

use crate::mail::{Mail, Station};
use crate::messages::{ActorRestarted, ActorStopped, GivenUp};
use crate::switchboard::Switchboard;

/// Puts a new actor at a station and on its lines; may wait for what the former one left behind.
pub type ActorFactory = Box<dyn Fn() -> Restart>;

/// A restart that is going on.
pub type Restart = Pin<Box<dyn Future<Output = Result<(), String>>>>;

/// How often a station may fall in one process.
const FALLS_MAX: u64 = 5;

/// How many messages may wait.
pub const MAILBOX: usize = 256;

/// The actor.
pub struct Supervisor {
    factories: BTreeMap<Station, ActorFactory>,
    lives: BTreeMap<Station, u64>,
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
    /// A supervisor of these stations, which are at work already.
    pub fn new(factories: BTreeMap<Station, ActorFactory>, board: Arc<Switchboard>) -> Self {
        Self {
            factories,
            lives: BTreeMap::new(),
            board,
        }
    }

    fn restart(&mut self, station: Station, cause: u64, ctx: &mut Context<Self>) {
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
            // Nobody is told any more; nothing that trades needs it.
            if station == Station::Notifier {
                return;
            }
            return self.give_up(format!("{station} fell {FALLS_MAX} times"), cause);
        }
        // In a task of its own: a panic in there is an answer, not the supervisor's end.
        let restart = actix::spawn(factory()).into_actor(self);
        ctx.spawn(restart.map(move |done, supervisor, ctx| match done {
            Ok(Ok(())) => supervisor.tell(ActorRestarted { station }, cause),
            Ok(Err(error)) => {
                let why = format!("{station} could not be restarted: {error}");
                supervisor.give_up(why, cause);
            }
            Err(_) => supervisor.restart(station, cause, ctx),
        }));
    }

    fn tell(&self, restarted: ActorRestarted, cause: u64) {
        let (post, line) = (&self.board.post, &self.board.actor_restarted);
        // A conductor that is gone has nobody waiting for it.
        let _ = post.send(&Station::Supervisor, line, restarted, Some(cause));
    }

    /// Nobody is restarted from here on.
    fn give_up(&self, why: String, cause: u64) {
        self.board.close();
        let (post, line) = (&self.board.post, &self.board.given_up);
        // A conductor that is gone too has dropped its answer, which whoever waits is told.
        let _ = post.send(&Station::Supervisor, line, GivenUp(why), Some(cause));
    }
}

impl Actor for Supervisor {
    type Context = Context<Self>;
}

impl Handler<Mail<ActorStopped>> for Supervisor {
    type Result = ();

    fn handle(&mut self, mail: Mail<ActorStopped>, ctx: &mut Self::Context) {
        if !self.board.is_closing() {
            self.restart(mail.from, mail.id, ctx);
        }
    }
}
