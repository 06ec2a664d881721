//! Rounds: everything that waits goes through the core at once, and what the core decides is done
//! in its order. What stands behind a write of the journal waits for it.

use std::collections::VecDeque;

use actix::prelude::*;
use polyfolio_model::broker::Command;
use polyfolio_oms::{Effect, Input};
use polyfolio_ports::Blob;

use super::OrderRouter;
use super::blobs::blob_of;
use crate::messages::RouterSaid;

impl OrderRouter {
    pub(super) fn push(&mut self, input: Input, cause: Option<u64>, ctx: &mut Context<Self>) {
        self.inbox.push(input);
        self.knock(cause, ctx);
    }

    /// Asks for a round behind everything that waits in the mailbox now.
    pub(super) fn knock(&mut self, cause: Option<u64>, ctx: &mut Context<Self>) {
        self.cause = cause.or(self.cause);
        if !self.pumping && !self.writing && !self.failed {
            self.pumping = true;
            ctx.notify(Round);
        }
    }

    pub(super) fn round(&mut self, ctx: &mut Context<Self>) {
        self.pumping = false;
        if self.writing || self.failed {
            return;
        }
        let mut inputs = std::mem::take(&mut self.inbox);
        inputs.extend(
            self.quotes
                .drain(..)
                .map(|(id, quote)| Input::Quote(id, quote)),
        );
        let effects = self.core.handle_all(inputs, self.clock.now());
        self.perform(effects.into(), ctx);
    }

    /// Performs effects in their order; what stands behind a write waits for it.
    pub(super) fn perform(&mut self, mut effects: VecDeque<Effect>, ctx: &mut Context<Self>) {
        while let Some(effect) = effects.pop_front() {
            match effect {
                Effect::AppendLazy(records) => self.lazy.extend(records),
                Effect::Append(records) => {
                    self.lazy.extend(records);
                    if !self.lazy.is_empty() {
                        self.announce(&effects);
                        self.write(effects, ctx);
                        return;
                    }
                }
                Effect::Submit(approved) => self.submit(Command::New(approved.into_inner())),
                Effect::Cancel(id, request) => self.ask(Command::Cancel(id, request)),
                Effect::Query(id) => self.ask(Command::Query(id)),
                Effect::Snapshot(id) => self.ask(Command::Snapshot(id)),
                Effect::WakeAt(at) => self.wake_at(at, ctx),
                Effect::Publish(event) => self.publish(event),
            }
        }
        self.say();
        if !self.inbox.is_empty() {
            self.knock(None, ctx);
        }
    }

    pub(super) fn write(&mut self, rest: VecDeque<Effect>, ctx: &mut Context<Self>) {
        let blobs: Result<Vec<Blob>, _> = self.lazy.drain(..).map(|r| blob_of(&r)).collect();
        let blobs = match blobs {
            Ok(blobs) => blobs,
            Err(error) => return self.fail(error.to_string()),
        };
        self.writing = true;
        let written = self.journal.append(blobs).into_actor(self);
        ctx.spawn(written.map(move |written, router, ctx| {
            router.writing = false;
            match written {
                Ok(_) => {
                    router.show_durable();
                    router.perform(rest, ctx);
                    if !router.inbox.is_empty() || !router.quotes.is_empty() {
                        router.knock(None, ctx);
                    }
                }
                Err(error) => router.fail(error.to_string()),
            }
        }));
    }

    /// Fail-stop: what is not durable is not sent.
    pub(super) fn fail(&mut self, error: String) {
        self.failed = true;
        self.unsaid.push_back(RouterSaid::JournalFailed(error));
        self.say();
    }
}

/// Take everything that waits, and decide.
#[derive(Message)]
#[rtype(result = "()")]
struct Round;

impl Handler<Round> for OrderRouter {
    type Result = ();
    fn handle(&mut self, _: Round, ctx: &mut Self::Context) {
        self.round(ctx);
    }
}
