//! What everything is worth when a plan is made, and what was lost by then. The router stops trading
//! for it, durably; the plan says so as well, and also where nothing may be decided.

use polyfolio_portfolio::TradingState;
use polyfolio_portfolio::refusal::{Code, Refusal};
use polyfolio_portfolio::risk::loss::Mark;

use super::Scaler;
use crate::messages::NavMarked;

/// The mark that a plan is made on.
pub(super) fn mark_of(marked: &NavMarked) -> Option<Mark> {
    let nav = marked.nav.as_ref().ok()?;
    Some(Mark {
        date: nav.date,
        account: nav.account,
        sleeves: nav.sleeves.clone(),
        paid_in: marked.book.tracks.paid_in(),
    })
}

impl Scaler {
    /// Why too much was lost, at the mark that a plan is made on.
    pub(super) fn loss(&self, marked: &NavMarked) -> Option<Refusal> {
        let tracks = marked.book.tracks.after(&mark_of(marked)?);
        let why = self.settings.limits.lost_too_much(&tracks)?;
        let next = "look why, then: polyfolio resume-trading";
        Some(Refusal::new(Code::Loss, why, next))
    }

    /// What may be sent after a loss, or without one.
    pub(super) fn trading(&self, trading: TradingState, loss: Option<&Refusal>) -> TradingState {
        let on_loss = self.settings.limits.on_loss.state();
        loss.map_or(trading, |_| trading.max(on_loss))
    }
}
