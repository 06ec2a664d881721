//! One sleeve's strategy: asked for targets, it publishes them or a failure.
//!
//! In: `RequestTargets`. Out: `TargetsPublished` to the scaler.
//! Mailbox: 16; a second request while one is being answered is answered beside it.
//! The source computes on a thread of the workshop and may panic there: one strategy's panic or late
//! answer never stops the others.
//! It knows no weight, no account and no other strategy.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use actix::prelude::*;
use polyfolio_model::SleeveId;
use polyfolio_ports::{TargetSource, Targets};

use crate::mail::{Mail, Station};
use crate::messages::{RequestTargets, TargetsPublished};
use crate::switchboard::Switchboard;
use crate::workshop::Workshop;

/// Makes a fresh source; a restart begins from it.
pub type TargetSourceFactory = Arc<dyn Fn() -> Box<dyn TargetSource> + Send + Sync>;

/// How many messages may wait.
pub const MAILBOX: usize = 16;

/// The actor of one sleeve.
pub struct StrategyActor {
    sleeve: SleeveId,
    source: TargetSourceFactory,
    workshop: Arc<Workshop>,
    board: Arc<Switchboard>,
}

impl std::fmt::Debug for StrategyActor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StrategyActor")
            .field("sleeve", &self.sleeve)
            .finish_non_exhaustive()
    }
}

impl StrategyActor {
    /// The actor of `sleeve`, with sources from this factory, which compute there.
    pub fn new(
        sleeve: SleeveId,
        source: TargetSourceFactory,
        workshop: Arc<Workshop>,
        board: Arc<Switchboard>,
    ) -> Self {
        Self {
            sleeve,
            source,
            workshop,
            board,
        }
    }
}

impl Actor for StrategyActor {
    type Context = Context<Self>;

    fn stopped(&mut self, _: &mut Self::Context) {
        self.board
            .report_stopped(&Station::Strategy(self.sleeve.clone()));
    }
}

impl Handler<Mail<RequestTargets>> for StrategyActor {
    type Result = ResponseFuture<()>;

    fn handle(&mut self, mail: Mail<RequestTargets>, _: &mut Self::Context) -> Self::Result {
        let (source, as_of) = (Arc::clone(&self.source), mail.body.as_of);
        let (board, sleeve) = (Arc::clone(&self.board), self.sleeve.clone());
        let workshop = Arc::clone(&self.workshop);
        Box::pin(async move {
            let work = move || {
                let asked = AssertUnwindSafe(|| source().targets(as_of));
                std::panic::catch_unwind(asked).unwrap_or_else(|panic| Err(said_in_panic(&*panic)))
            };
            let targets = computed(&workshop, work).await;
            let from = Station::Strategy(sleeve.clone());
            let published = TargetsPublished { sleeve, targets };
            // The scaler's mailbox has room for every sleeve; it counts a missing answer as late.
            let _ = board
                .post
                .send(&from, &board.targets_published, published, Some(mail.id));
        })
    }
}

async fn computed(
    workshop: &Workshop,
    work: impl FnOnce() -> Result<Targets, String> + Send + 'static,
) -> Result<Targets, String> {
    let (tell, told) = tokio::sync::oneshot::channel();
    // Whoever asked may be gone by the time there is an answer.
    match workshop.compute(move || drop(tell.send(work()))) {
        Ok(()) => told
            .await
            .unwrap_or_else(|_| Err("the computation was cut short".to_owned())),
        Err(error) => Err(format!("no thread to compute on: {error}")),
    }
}

fn said_in_panic(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    format!(
        "the strategy panicked: {}",
        text.as_deref().unwrap_or("without a word")
    )
}
