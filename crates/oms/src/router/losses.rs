//! What was lost, against what may be lost. Too much of it changes whether trading is allowed,
//! durably, until a person resumes it; the best mark is counted anew from there.

use polyfolio_model::Ts;
use polyfolio_portfolio::risk::loss::Tracks;

use super::Router;

impl Router {
    /// Looks at a mark: one that stands on record, or one that a plan is about to be made on.
    pub(super) fn stop_at_a_loss(&mut self, tracks: &Tracks, now: Ts) {
        let limits = &self.config.limits;
        if self.config.looks_only {
            return;
        }
        if let Some(reason) = limits.lost_too_much(tracks) {
            let state = limits.on_loss.state();
            self.set_trading(state, reason, now);
        }
    }
}
