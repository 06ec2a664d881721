//! The scaler's messages.

use actix::prelude::*;

use super::{Asked, Scaler};
use crate::mail::{Mail, Station};
use crate::messages::{
    ClosesPublished, ExecutePlan, NavMarked, RequestPlan, TargetsPublished, TargetsScaled,
};

impl Handler<Mail<RequestPlan>> for Scaler {
    type Result = ();

    fn handle(&mut self, mail: Mail<RequestPlan>, ctx: &mut Self::Context) {
        self.answers.clear();
        self.made = None;
        if let Some(former) = self.asked.take() {
            ctx.cancel_future(former.timeout);
        }
        let patience = self
            .host
            .sleep_until(self.host.now() + self.settings.strategy_timeout);
        let waited = patience
            .into_actor(self)
            .map(|(), scaler, ctx| scaler.plan(ctx));
        let timeout = ctx.spawn(waited);
        self.asked = Some(Asked {
            by: mail.id,
            timeout,
        });
    }
}

impl Handler<Mail<TargetsPublished>> for Scaler {
    type Result = ();

    fn handle(&mut self, mail: Mail<TargetsPublished>, ctx: &mut Self::Context) {
        // A sleeve that speaks after the plan was made is too late.
        if self.asked.is_some() {
            self.answers.insert(mail.body.sleeve, mail.body.targets);
            self.try_plan(ctx);
        }
    }
}

impl Handler<Mail<ClosesPublished>> for Scaler {
    type Result = ();

    fn handle(&mut self, mail: Mail<ClosesPublished>, ctx: &mut Self::Context) {
        self.closes = Some(mail.body.0);
        self.try_plan(ctx);
    }
}

impl Handler<Mail<NavMarked>> for Scaler {
    type Result = ();

    fn handle(&mut self, mail: Mail<NavMarked>, ctx: &mut Self::Context) {
        self.nav = Some(mail.body);
        self.try_plan(ctx);
    }
}

impl Handler<Mail<ExecutePlan>> for Scaler {
    type Result = ();

    fn handle(&mut self, mail: Mail<ExecutePlan>, _: &mut Self::Context) {
        let Some(made) = self.made.take() else { return };
        let line = &self.board.targets_scaled;
        let sent = self
            .board
            .post
            .send(&Station::Scaler, line, TargetsScaled(made), Some(mail.id));
        if let Err(undelivered) = sent {
            self.made = Some(undelivered.body.0);
        }
    }
}
