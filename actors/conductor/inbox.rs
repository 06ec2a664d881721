//! The conductor's messages.

use actix::prelude::*;

use super::{Conductor, End, Stage};
use crate::mail::Mail;
use crate::messages::{
    ActorRestarted, GivenUp, NavMarked, PlanMade, RouterCommand, RouterSaid, StartRun, StopRun,
};

impl Handler<Mail<StartRun>> for Conductor {
    type Result = ();

    fn handle(&mut self, mail: Mail<StartRun>, ctx: &mut Self::Context) {
        self.cause = mail.id;
        self.task = Some(mail.body);
        self.stage = Stage::Connecting;
        if self.reconciled.is_some() {
            self.reconciled();
            return;
        }
        self.wait_for_the_broker(ctx);
    }
}

impl Handler<Mail<StopRun>> for Conductor {
    type Result = ();

    fn handle(&mut self, mail: Mail<StopRun>, _: &mut Self::Context) {
        self.cause = mail.id;
        self.stop = Some(mail.body.policy);
        if !matches!(self.stage, Stage::Closing | Stage::Over) {
            self.stage = Stage::Stopping;
            self.command(RouterCommand::Stop(mail.body.policy));
        }
    }
}

impl Handler<Mail<PlanMade>> for Conductor {
    type Result = ();

    fn handle(&mut self, mail: Mail<PlanMade>, _: &mut Self::Context) {
        self.cause = mail.id;
        if self.stage == Stage::Planning {
            self.planned(mail.body);
        }
    }
}

impl Handler<Mail<RouterSaid>> for Conductor {
    type Result = ();

    fn handle(&mut self, mail: Mail<RouterSaid>, ctx: &mut Self::Context) {
        self.cause = mail.id;
        match mail.body {
            RouterSaid::Happened(event) => self.happened(*event, ctx),
            RouterSaid::JournalFailed(error) => self.over(End::JournalFailed(error)),
        }
    }
}

impl Handler<Mail<NavMarked>> for Conductor {
    type Result = ();

    fn handle(&mut self, mail: Mail<NavMarked>, _: &mut Self::Context) {
        self.cause = mail.id;
        self.account_nav = mail.body.book.account.nav;
        let after_the_end = self.any_mark && self.ended.is_some();
        self.marked |= mail.body.book.account.closes_run.is_some() || after_the_end;
        match mail.body.nav {
            Ok(nav) => self.nav = Some(nav),
            Err(error) => self.trouble = Some(error),
        }
        self.end_when_marked();
    }
}

impl Handler<Mail<ActorRestarted>> for Conductor {
    type Result = ();

    fn handle(&mut self, mail: Mail<ActorRestarted>, _: &mut Self::Context) {
        self.cause = mail.id;
        self.ask_again(mail.body.station);
    }
}

impl Handler<Mail<GivenUp>> for Conductor {
    type Result = ();

    fn handle(&mut self, mail: Mail<GivenUp>, _: &mut Self::Context) {
        self.cause = mail.id;
        self.over(End::Failed(mail.body.0));
    }
}
