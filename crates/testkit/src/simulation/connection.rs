//! The connection: it comes, goes, and falls silent.

use polyfolio_model::broker::{Link, Report};
use polyfolio_model::{NewOrder, Span};
use polyfolio_oms::router::Input;

use super::{Due, Simulation};
use crate::fault::Fault;
use crate::scenario::CrashPoint;
use crate::trouble::Trouble;

/// A session that has fallen silent is noticed by then, by whoever watches it.
const SILENCE_MAX: Span = Span::from_secs(30);

impl Simulation {
    pub(super) fn connect(&mut self) -> Result<(), Fault> {
        if self.process.is_none() || self.connected {
            return Ok(());
        }
        (self.connected, self.mute) = (true, false);
        self.session += 1;
        self.exchange.begin_session();
        // What waited in a gateway goes on before anybody hears that it is back.
        for order in std::mem::take(&mut self.held) {
            self.arrive_order(order)?;
        }
        self.plan_trouble();
        let restated = self.exchange.restated();
        self.deliver(vec![Input::Report(Report::Link(Link::Ready))])?;
        if self.scenario.character.amends == Some(crate::scenario::Amends::Restated) {
            self.carry(restated);
        }
        self.dies(CrashPoint::AfterConnect);
        Ok(())
    }

    /// How long this session is to last, and whether it falls silent before.
    fn plan_trouble(&mut self) {
        let (every, mute) = {
            let character = self.character();
            (character.disconnect_every, character.mute_session)
        };
        if let Some(every) = every {
            let half = Span::from_nanos(every.nanos() / 2);
            let after = self.chance.span(half, every + half);
            self.later(after, Due::Disconnect);
        }
        if self.chance.hits(mute) {
            let after = self.chance.span(Span::ZERO, Span::from_secs(30));
            self.later(after, Due::Mute(self.session));
        }
    }

    pub(super) fn fall_silent(&mut self, session: u32) {
        if session == self.session && self.reaches() {
            self.met(Trouble::SessionMute);
            self.log.line(self.now, format_args!("falls silent"));
            self.mute = true;
            let after = self.chance.span(Span::ZERO, SILENCE_MAX);
            self.later(after, Due::Disconnect);
        }
    }

    /// The connection goes; sometimes nobody is told.
    pub(super) fn disconnect(&mut self) -> Result<(), Fault> {
        if !std::mem::replace(&mut self.connected, false) {
            return Ok(());
        }
        self.log.line(self.now, format_args!("disconnected"));
        let away = self.chance.span(Span::ZERO, Span::from_secs(10));
        self.later(away, Due::Connect);
        if self.chance.hits(0.7) {
            self.met(Trouble::DisconnectSaid);
            let reason = "reset by peer".to_owned();
            return self.deliver(vec![Input::Report(Report::Link(Link::Down { reason }))]);
        }
        self.met(Trouble::DisconnectSilent);
        Ok(())
    }

    /// Whether a gateway catches what leaves now.
    pub(super) fn is_held(&mut self) -> bool {
        let character = self.character();
        let (holds, lag) = (
            character.gateway_holds,
            character.capabilities.propagation_lag,
        );
        !lag.is_zero() && self.goes_wrong(Trouble::SubmitHeld, holds)
    }

    /// A submit waits in a gateway that has lost its own connection. That is noticed in time for
    /// the second look of an absence proof, and not for the first.
    pub(super) fn hold(&mut self, order: NewOrder) {
        let flying = self.flying.entry(order.cl_ord_id).or_default();
        flying.push(order.order_qty);
        self.held.push(order);
        let capabilities = &self.character().capabilities;
        let (horizon, lag) = (capabilities.absence_horizon, capabilities.propagation_lag);
        let noticed = horizon + self.chance.span(Span::ZERO, lag);
        self.later(noticed, Due::Disconnect);
    }
}
