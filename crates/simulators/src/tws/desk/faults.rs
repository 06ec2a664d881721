//! Faults at work: what waits for its message or its moment, and what lasts.
//!
//! Every message passes here before it is looked at. Nothing of this outlives the process: a
//! gateway that is started anew is well.

mod chance;
mod lasting;
mod lists;
mod orders;
mod read_only;
mod truth;

use std::collections::{BTreeMap, VecDeque};

use polyfolio_model::{ClOrdId, Qty, Span, Ts};
use tokio::sync::watch;

use super::{Desk, SessionId};
use crate::tws::faults::{Fault, FaultError, Meanwhile, Script, When};
use crate::tws::messages::ExecutionDetails;
use crate::tws::notices::{NO_REQUEST, Notice};
use crate::tws::record::Line;

use chance::Draw;
use lists::Cut;

/// All that is or will be wrong.
#[derive(Debug)]
pub(super) struct Faulty {
    /// For the next orders, one each; and for the next cancels.
    orders: VecDeque<Fault>,
    cancels: VecDeque<Fault>,
    cuts: Vec<Cut>,
    /// How many of the next executions are told twice.
    duplicates: u32,
    /// How many of the next executions are held before they are told.
    reorder: u32,
    /// Those that are held, and whose they are.
    held: Vec<(i32, ExecutionDetails)>,
    /// Faults and late fills that have a time, in the order in which they were ordered.
    timed: BTreeMap<(Ts, u64), Timed>,
    /// How many of those there ever were.
    numbered: u64,
    /// Faults that wait until so many orders came in.
    counted: Vec<(u64, Fault)>,
    /// How many messages came in, and how many of them were orders.
    pub(super) messages_heard: u64,
    orders_heard: u64,
    draw: Option<Draw>,
    /// How many starts a gateway that remembers has had.
    pub(super) starts: u64,
    mute: watch::Sender<Option<Meanwhile>>,
    mute_until: Ts,
    /// Moves on when every connection drops.
    kills: watch::Sender<u64>,
    refuse_until: Ts,
    /// How long a connection that ended holds its client id, and those that are held.
    hold: Span,
    held_ids: BTreeMap<i32, Ts>,
    /// Until when the broker is gone, and whether subscriptions go with it.
    out: Option<(Ts, bool)>,
    /// Stocks without quotes, by place, and until when.
    blank: BTreeMap<usize, Ts>,
    clock_off: Span,
    /// The API is read only; and whether the lists of orders are refused with it.
    read_only: Option<bool>,
    /// Instead of what the configuration says.
    pace: Option<u32>,
}

/// What has a time.
#[derive(Clone, Debug)]
enum Timed {
    Fault(Fault),
    LateFill { of: ClOrdId, quantity: Option<Qty> },
}

impl Faulty {
    pub(super) fn none() -> Self {
        Self {
            orders: VecDeque::new(),
            cancels: VecDeque::new(),
            cuts: Vec::new(),
            duplicates: 0,
            reorder: 0,
            held: Vec::new(),
            timed: BTreeMap::new(),
            numbered: 0,
            counted: Vec::new(),
            messages_heard: 0,
            orders_heard: 0,
            draw: None,
            starts: 0,
            mute: watch::Sender::new(None),
            mute_until: Ts::MAX,
            kills: watch::Sender::new(0),
            refuse_until: Ts::MIN,
            hold: Span::ZERO,
            held_ids: BTreeMap::new(),
            out: None,
            blank: BTreeMap::new(),
            clock_off: Span::ZERO,
            read_only: None,
            pace: None,
        }
    }

    fn at(&mut self, time: Ts, what: Timed) {
        self.numbered += 1;
        self.timed.insert((time, self.numbered), what);
    }
}

impl Desk {
    /// Lets something go wrong: now, or at what it waits for.
    pub(crate) fn fault(&mut self, fault: Fault, now: Ts) -> Result<(), FaultError> {
        self.advance(now);
        self.fall(fault, now)
    }

    /// Begins a script.
    pub(crate) fn play(&mut self, script: Script, now: Ts) {
        for step in script.steps {
            match step.when {
                When::After(span) => self.faults.at(now + span, Timed::Fault(step.fault)),
                When::Orders(orders) => self.faults.counted.push((orders, step.fault)),
            }
        }
        self.advance(now);
    }

    fn fall(&mut self, fault: Fault, now: Ts) -> Result<(), FaultError> {
        use Fault as F;
        positive(&fault)?;
        match fault {
            F::RejectNextOrder { .. } | F::DropBeforeNextOrder {} | F::DropAfterNextOrder {} => {
                self.faults.orders.push_back(fault);
            }
            F::RejectNextCancel { .. }
            | F::DropBeforeNextCancel {}
            | F::DropAfterNextCancel {}
            | F::FillDuringNextCancel { .. }
            | F::FillAfterNextCancel { .. } => self.faults.cancels.push_back(fault),
            F::Mute { for_ms, messages } => self.fall_silent(messages, until(now, for_ms)),
            F::Unmute {} => self.speak_again(),
            F::Kill { refuse_ms } => self.kill(now + millis(refuse_ms)),
            F::HoldClientIds { for_ms } => self.faults.hold = millis(for_ms),
            F::Fill {
                order_ref,
                perm_id,
                quantity,
            } => return self.fill(order_ref.as_deref(), perm_id, quantity, now),
            F::CancelByHand { order_ref, perm_id } => {
                return self.cancel_by_hand(order_ref.as_deref(), perm_id, now);
            }
            F::DuplicateExecutions { count } => self.faults.duplicates += count,
            F::ReorderExecutions { count } => {
                self.faults.reorder = count;
                self.release_held(false);
            }
            F::BlankQuotes { symbol, for_ms } => {
                return self.blank_quotes(symbol, until(now, for_ms));
            }
            F::RestoreQuotes {} => self.restore_quotes(Ts::MAX),
            F::Notice {
                code,
                text,
                order_id,
                client_id,
            } => {
                let about = order_id.unwrap_or(NO_REQUEST);
                self.announce(&Notice::coded(code, text), about, client_id, now);
            }
            F::LoseConnectivity { for_ms, data_lost } => {
                self.lose_connectivity(until(now, for_ms), data_lost, now);
            }
            F::RestoreConnectivity { data_lost } => self.restore_connectivity(data_lost, now),
            F::RollBackIds { by, client_id } => {
                self.note(&Line::RolledBack { by, client_id });
                self.ledger.roll_back(by, client_id);
            }
            F::Midnight {} => {
                self.note(&Line::Midnight);
                self.ledger.midnights += 1;
                self.ledger.forget(now);
            }
            F::CutNextList {
                list,
                after,
                code,
                hang_up,
            } => self.faults.cuts.push(Cut {
                list,
                after,
                code,
                hang_up,
            }),
            F::ClockOff { by_ms } => self.faults.clock_off = Span::from_millis(by_ms),
            F::ReadOnly { lists } => self.faults.read_only = Some(lists),
            F::Pacing {
                messages_per_second_max,
            } => self.faults.pace = Some(messages_per_second_max),
            F::Clear {} => self.heal(now),
        }
        Ok(())
    }

    /// When the next thing goes wrong, or right, by itself.
    pub(super) fn next_fault(&self) -> Option<Ts> {
        let faults = &self.faults;
        let timed = faults.timed.first_key_value().map(|((time, _), _)| *time);
        let out = faults.out.map(|(until, _)| until);
        let ends = [timed, out, Some(faults.mute_until)];
        let ends = ends.into_iter().flatten();
        ends.chain(faults.blank.values().copied())
            .min()
            .filter(|time| *time < Ts::MAX)
    }

    /// What goes wrong, or right, at a time.
    pub(super) fn fall_due(&mut self, now: Ts) {
        if self.faults.mute_until <= now {
            self.speak_again();
        }
        if let Some((until, data_lost)) = self.faults.out
            && until <= now
        {
            self.restore_connectivity(data_lost, now);
        }
        self.restore_quotes(now);
        while let Some(first) = self.faults.timed.first_entry() {
            if first.key().0 > now {
                break;
            }
            match first.remove() {
                // A script's fault that cannot be has nobody to tell.
                Timed::Fault(fault) => drop(self.fall(fault, now)),
                Timed::LateFill { of, quantity } => self.fill_late(of, quantity, now),
            }
        }
    }

    /// Ends everything. Fills that are due after a confirmed cancel still come: they are nobody's
    /// to call off.
    fn heal(&mut self, now: Ts) {
        let late = |timed: &Timed| matches!(timed, Timed::LateFill { .. });
        self.faults.timed.retain(|_, timed| late(timed));
        self.faults.counted.clear();
        self.faults.orders.clear();
        self.faults.cancels.clear();
        self.faults.cuts.clear();
        self.faults.duplicates = 0;
        self.faults.reorder = 0;
        self.release_held(false);
        self.faults.draw = None;
        self.faults.hold = Span::ZERO;
        self.faults.held_ids.clear();
        self.faults.refuse_until = Ts::MIN;
        self.faults.clock_off = Span::ZERO;
        self.faults.read_only = None;
        self.faults.pace = None;
        self.restore_quotes(Ts::MAX);
        self.speak_again();
        if let Some((_, data_lost)) = self.faults.out {
            self.restore_connectivity(data_lost, now);
        }
    }

    fn announce(&mut self, notice: &Notice, about: i32, client_id: Option<i32>, now: Ts) {
        let to = self.sessions.iter();
        let to = to.filter(|(_, session)| client_id.is_none_or(|id| id == session.client_id));
        let to: Vec<SessionId> = to.map(|(id, _)| *id).collect();
        for id in to {
            self.notice(id, about, notice, now);
        }
    }
}

fn positive(fault: &Fault) -> Result<(), FaultError> {
    let refused = |name, value: String| Err(FaultError::NotPositive { name, value });
    match fault {
        Fault::RollBackIds { by, .. } if *by <= 0 => refused("by", by.to_string()),
        Fault::Fill {
            quantity: Some(most),
            ..
        }
        | Fault::FillDuringNextCancel {
            quantity: Some(most),
        }
        | Fault::FillAfterNextCancel {
            quantity: Some(most),
            ..
        } if !most.is_positive() => refused("quantity", most.to_string()),
        _ => Ok(()),
    }
}

fn millis(millis: u64) -> Span {
    Span::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
}

/// The end of something that lasts so long; without a length it lasts.
fn until(now: Ts, for_ms: Option<u64>) -> Ts {
    for_ms.map_or(Ts::MAX, |for_ms| now + millis(for_ms))
}
