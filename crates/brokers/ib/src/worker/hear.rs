//! What the gateway says of orders, and what follows.

use ibapi::Notice;
use ibapi::orders::OrderUpdate;
use polyfolio_ports::Report;

use super::Worker;
use crate::blotter::Heard;
use crate::ids::NoId;
use crate::link::LinkEvent;
use crate::notice::{IbNotice, Level};
use crate::refusals;

impl Worker {
    pub(super) fn hear_update(&mut self, update: &OrderUpdate) {
        let now = self.now();
        let heard = self.blotter.hear(update, &self.ids, now);
        self.follow(heard);
    }

    pub(super) fn hear_notice(&mut self, notice: &Notice) {
        if notice.request_id.is_none_or(|id| id < 0) {
            // Messages that were lost, for one.
            return self.on_link(LinkEvent::Said(notice.code, notice.message.clone()));
        }
        let now = self.now();
        let heard = refusals::hear(&mut self.blotter, notice, &self.ids, now);
        self.follow(heard);
    }

    pub(super) fn follow(&mut self, heard: Vec<Heard>) {
        for heard in heard {
            match heard {
                Heard::Report(report) => self.report(Report::Execution(report)),
                Heard::Tell(notice) => self.tell(notice),
                Heard::Perm(id, perm_id) => {
                    let learned = self.ids.learn(id, perm_id);
                    self.check_ids(learned);
                }
                Heard::OrderId(id, order_id) => {
                    let adopted = self.ids.adopt(id, order_id);
                    self.check_ids(adopted);
                }
                Heard::Seen(order_id) => self.ids.raise(order_id),
                Heard::Look(id) => self.questions.look(id),
                Heard::IdUsed(id) => self.questions.look_for_id(id),
            }
        }
    }

    /// Ids that cannot be written stop every order from now on; what is heard goes on.
    pub(super) fn check_ids(&self, written: Result<(), NoId>) {
        if let Err(fault) = written {
            let text = format!("no order leaves any more: {fault}");
            self.tell(IbNotice::new(Level::Alarm, text));
        }
    }
}
