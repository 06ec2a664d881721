//! What goes to the broker, and the one timer.

use std::collections::VecDeque;

use actix::prelude::*;
use polyfolio_model::broker::Command;
use polyfolio_model::{ClOrdId, Ts};
use polyfolio_oms::{Effect, Input};

use super::OrderRouter;
use crate::mail::Station;
use crate::messages::SendToBroker;

impl OrderRouter {
    pub(super) fn submit(&mut self, command: Command) {
        let id = match &command {
            Command::New(order) => order.cl_ord_id,
            _ => return,
        };
        if let Err(why) = self.try_send(command) {
            self.inbox.push(Input::NotSent(id, why));
        }
    }

    /// A broker that has something of its own to write before an order leaves hears of the orders
    /// that wait for the journal, so that both write at the same time.
    pub(super) fn announce(&mut self, effects: &VecDeque<Effect>) {
        if !self.core.capabilities().prepares {
            return;
        }
        let submits = effects.iter().filter_map(|effect| match effect {
            Effect::Submit(approved) => Some(approved.get().cl_ord_id),
            _ => None,
        });
        let ids: Vec<ClOrdId> = submits.collect();
        if !ids.is_empty() {
            self.ask(Command::Prepare(ids));
        }
    }

    /// A question or a cancel: when it does not get through it is asked again.
    pub(super) fn ask(&mut self, command: Command) {
        let _ = self.try_send(command);
    }

    pub(super) fn try_send(&mut self, command: Command) -> Result<(), &'static str> {
        let line = &self.board.send_to_broker;
        let sent = self.board.post.send(
            &Station::OrderRouter,
            line,
            SendToBroker(command),
            self.cause,
        );
        sent.map(drop).map_err(|undelivered| match undelivered.why {
            "full" => "the connector's mailbox is full",
            _ => "no connector",
        })
    }

    pub(super) fn wake_at(&mut self, at: Ts, ctx: &mut Context<Self>) {
        if let Some((set, handle)) = self.timer.take() {
            if set == at {
                self.timer = Some((set, handle));
                return;
            }
            ctx.cancel_future(handle);
        }
        let sleep = self.clock.sleep_until(at).into_actor(self);
        let handle = ctx.spawn(sleep.map(|(), router, ctx| {
            router.timer = None;
            router.cause = None;
            router.push(Input::Wake, None, ctx);
        }));
        self.timer = Some((at, handle));
    }
}
