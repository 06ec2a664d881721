//! IB's numbers about orders, made into reports: each becomes one report, or a break that is told.

use ibapi::Notice;
use polyfolio_model::{CancelRejectReason, ClOrdId, ExecKind, RejectReason};

use crate::blotter::{Blotter, Heard, Now, report, tell};
use crate::codes::{self, Meaning};
use crate::ids::Ids;
use crate::notice::{IbNotice, Level};

/// What a notice about an order id means.
pub(crate) fn hear(blotter: &mut Blotter, notice: &Notice, ids: &Ids, now: Now) -> Vec<Heard> {
    let (code, text) = (notice.code, notice.message.trim());
    let order_id = notice.request_id.unwrap_or_default();
    let Some(id) = ids.by_order_id(order_id) else {
        let text = format!("about order id {order_id}, which is none of ours: {text}");
        let notice = IbNotice::new(Level::Warning, text).coded(code);
        return vec![Heard::Tell(notice)];
    };
    let row = codes::find(code);
    let meaning = row.map_or(Meaning::Doubt, |row| row.meaning);
    let words = match row.map_or("", |row| row.next) {
        "" => format!("{code} {text}"),
        next => format!("{code} {text} Next: {next}."),
    };
    let said = |level| tell_coded(level, id, code, text);
    match meaning {
        Meaning::Refused(reason) => {
            let reason = codes::refusal(reason, text);
            refused(blotter, id, reason, words, now).unwrap_or_else(|| vec![said(Level::Info)])
        }
        Meaning::IdUsed => match blotter.answer(id).take_replace() {
            Some(request) => vec![not_changed(id, request, CancelRejectReason::TooLate, now)],
            None => vec![said(Level::Warning), Heard::IdUsed(id)],
        },
        Meaning::NotReplaced(reason) => match blotter.answer(id).take_replace() {
            Some(request) => vec![not_changed(id, request, reason, now)],
            // The repeat of an order that is there was read as new terms for it.
            None => vec![said(Level::Info), Heard::Look(id)],
        },
        Meaning::NotChanged(reason) => {
            let mut answer = blotter.answer(id);
            match answer.take_cancel().or_else(|| answer.take_replace()) {
                Some(request) => vec![not_changed(id, request, reason, now)],
                None => vec![said(Level::Info)],
            }
        }
        Meaning::Canceled => {
            blotter.answer(id).await_status(now.host);
            vec![said(Level::Info)]
        }
        Meaning::GoesOn => vec![said(Level::Info)],
        _ => vec![said(Level::Break), Heard::Look(id)],
    }
}

/// Of an order, or of its new terms. None when it had ended before.
fn refused(
    blotter: &mut Blotter,
    id: ClOrdId,
    reason: RejectReason,
    text: String,
    now: Now,
) -> Option<Vec<Heard>> {
    let mut answer = blotter.answer(id);
    if let Some(request) = answer.take_replace() {
        let told = tell(Level::Warning, id, format!("new terms refused: {text}"));
        let reason = CancelRejectReason::Other;
        return Some(vec![told, not_changed(id, request, reason, now)]);
    }
    let kind = ExecKind::Rejected { reason, text };
    let is_first = !answer.has_ended() && answer.refuse();
    if is_first {
        blotter.forget_later(id);
    }
    is_first.then(|| vec![report(id, None, now.wall, kind)])
}

fn not_changed(
    id: ClOrdId,
    request: polyfolio_model::RequestId,
    reason: CancelRejectReason,
    now: Now,
) -> Heard {
    report(
        id,
        None,
        now.wall,
        ExecKind::CancelRejected { request, reason },
    )
}

fn tell_coded(level: Level, id: ClOrdId, code: i32, text: &str) -> Heard {
    Heard::Tell(IbNotice::new(level, text).coded(code).of_order(id))
}
