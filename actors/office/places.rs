//! Who stands where: the task of every actor, so that it can be ended, and the few addresses that
//! are spoken to from outside the lines.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix::prelude::*;
use tokio::task::JoinHandle;

use super::turns::Turns;
use crate::logger::Logger;
use crate::mail::Station;
use crate::order_router::OrderRouter;

/// The actors by station.
#[derive(Debug, Default)]
pub(super) struct Places {
    tasks: Mutex<BTreeMap<Station, JoinHandle<()>>>,
    router: Mutex<Option<Addr<OrderRouter>>>,
    logger: Mutex<Option<Addr<Logger>>>,
    turns: Arc<Turns>,
}

impl Places {
    /// Starts an actor here, with a mailbox that has its capacity from the first message on. One
    /// that stood here before is ended.
    pub(super) fn put<A>(&self, station: Station, mailbox: usize, actor: A) -> Addr<A>
    where
        A: Actor<Context = Context<A>>,
    {
        let mut ctx = Context::new();
        ctx.set_mailbox_capacity(mailbox);
        let life = ctx.into_future(actor);
        let address = life.address();
        let life = self.turns.of(&station, life);
        let former = lock(&self.tasks).insert(station, actix::spawn(life));
        if let Some(former) = former {
            former.abort();
        }
        address
    }

    /// Ends whoever stands here; the place is empty when this returns.
    pub(super) async fn clear(&self, station: &Station) {
        let task = lock(&self.tasks).remove(station);
        if let Some(task) = task {
            end(task).await;
        }
    }

    /// Ends everybody; all are gone when this returns.
    pub(super) async fn clear_all(&self) {
        let tasks = std::mem::take(&mut *lock(&self.tasks));
        for task in tasks.into_values() {
            end(task).await;
        }
        self.forget();
    }

    /// Ends everybody at the next turn of the runtime.
    pub(super) fn abort_all(&self) {
        for task in lock(&self.tasks).values() {
            task.abort();
        }
        self.forget();
    }

    fn forget(&self) {
        *lock(&self.router) = None;
        *lock(&self.logger) = None;
    }

    /// Whose turn it is on the thread of the house.
    pub(super) fn turns(&self) -> &Arc<Turns> {
        &self.turns
    }

    pub(super) fn router(&self) -> Option<Addr<OrderRouter>> {
        lock(&self.router).clone()
    }

    pub(super) fn set_router(&self, router: Addr<OrderRouter>) {
        *lock(&self.router) = Some(router);
    }

    pub(super) fn logger(&self) -> Option<Addr<Logger>> {
        lock(&self.logger).clone()
    }

    pub(super) fn set_logger(&self, logger: Addr<Logger>) {
        *lock(&self.logger) = Some(logger);
    }
}

/// How it ended, by itself, by a panic or by this, is told at its station.
async fn end(task: JoinHandle<()>) {
    task.abort();
    let _ = task.await;
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
