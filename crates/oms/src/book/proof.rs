//! What a report proves about an order, if anything.

use polyfolio_model::{CancelRejectReason, ExecKind, RejectReason};

use crate::child::Child;
use crate::order_state::OrderNote;

/// What may be concluded from a report about an order in this state, if anything.
///
/// - A refusal of a repeat for a duplicate id is evidence that the first copy exists, not that it
///   is dead. Of an order that was sent once it proves nothing: the id may be another order's.
/// - Any other refusal is final only for an order that was sent once: after a repeat it may speak
///   of one copy while the other lives.
/// - "Unknown order" in answer to a cancel says nothing about a submit that it may have overtaken.
///   Said again it is no news: the request stays as it is, and is repeated under its own id.
pub(super) fn what_it_proves(child: &Child, kind: &ExecKind) -> Option<ExecKind> {
    match kind {
        ExecKind::Rejected {
            reason: RejectReason::DuplicateClOrdId,
            ..
        } => (child.attempts > 1).then_some(ExecKind::New),
        ExecKind::Rejected { .. } if child.attempts > 1 => None,
        ExecKind::CancelRejected {
            request,
            reason: CancelRejectReason::UnknownOrder,
        } if !child.evidence => {
            let reason = CancelRejectReason::Other;
            Some(ExecKind::CancelRejected {
                request: *request,
                reason,
            })
        }
        ExecKind::CancelRejected {
            reason: CancelRejectReason::UnknownOrder,
            ..
        } if child.state.is_disowned() => None,
        other => Some(other.clone()),
    }
}

/// Whether a report changed anything: the answer to a question moves nothing, and what was said
/// before need not be said again.
pub(super) fn says_more(child: &Child, kind: &ExecKind, notes: &[OrderNote]) -> bool {
    match kind {
        ExecKind::Status { .. } => false,
        ExecKind::PendingNew => !child.evidence,
        _ => !notes.contains(&OrderNote::Duplicate),
    }
}

pub(super) fn is_evidence(kind: &ExecKind) -> bool {
    !matches!(
        kind,
        ExecKind::CancelRejected { .. } | ExecKind::Status { .. } | ExecKind::Fee { .. }
    )
}
