//! What was lost, against what may be lost. Too much of it changes whether trading is allowed,
//! durably, until a person resumes it; the best mark is counted anew from there.

use polyfolio_model::Ts;

use super::Router;

impl Router {
    /// Looks at the mark that a run has just put on record: nothing of the run has left yet.
    pub(super) fn stop_at_a_loss(&mut self, now: Ts) {
        let limits = &self.config.limits;
        if let Some(reason) = limits.lost_too_much(self.book.tracks()) {
            let state = limits.on_loss.state();
            self.set_trading(state, reason, now);
        }
    }
}
