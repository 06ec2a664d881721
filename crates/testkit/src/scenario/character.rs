//! How a venue and the way to it behave, and what the venue promises of it.
//!
//! Everything drawn here stays within the promises: a simulation shows that the protocol keeps its
//! own promises when the venue keeps its. A venue that breaks them is a mutation.

use polyfolio_model::Span;
use polyfolio_model::broker::{Capabilities, DuplicateScope};

use crate::chance::Chance;

/// What busts and corrections are like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amends {
    /// They come at once, and again at every connection until the day is over.
    Restated,
    /// They come once, like any other report: who was not there does not hear of them.
    SaidOnce,
}

/// What a venue does with too many messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Busy {
    /// Our own connector holds them back: no byte leaves.
    NotSent,
    /// It drops them.
    Silent,
    /// It says so.
    Refused,
}

/// How many submits a second are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// At most so many.
    pub most: usize,
    /// What becomes of the others.
    pub busy: Busy,
}

/// Probabilities are per message.
#[derive(Clone, Debug)]
pub struct Character {
    /// What the venue promises.
    pub capabilities: Capabilities,
    /// The usual time of a message on its way.
    pub latency: (Span, Span),
    /// A report never comes.
    pub lose_report: f64,
    /// No report about an order ever comes.
    pub mute_order: f64,
    /// A report comes twice.
    pub repeat_report: f64,
    /// A report takes its time, and others overtake it.
    pub delay_report: f64,
    /// How long at most.
    pub delay_report_by: Span,
    /// A submit never arrives.
    pub lose_submit: f64,
    /// A submit arrives late.
    pub delay_submit: f64,
    /// How long at most.
    pub delay_submit_by: Span,
    /// A submit arrives twice; only where ids are unique for ever.
    pub repeat_submit: f64,
    /// The venue refuses a submit.
    pub refuse_submit: f64,
    /// No byte of a submit leaves.
    pub not_sent: f64,
    /// A cancel, a query or a question for a snapshot never arrives.
    pub lose_question: f64,
    /// Submits above a rate are not taken.
    pub rate: Option<Rate>,
    /// A snapshot cannot be had, or is cut short, and the answer says so.
    pub fail_snapshot: f64,
    /// A cancel that comes within the lag of its order finds no such order.
    pub disown: f64,
    /// A snapshot takes its time.
    pub delay_snapshot: f64,
    /// How long at most.
    pub delay_snapshot_by: Span,
    /// How far back done orders and executions are listed.
    pub reach: Option<Span>,
    /// What busts and corrections are like, where there are any.
    pub amends: Option<Amends>,
    /// The fee of an execution is known later.
    pub late_fee: f64,
    /// Order ids of the venue begin again at an older one with every session.
    pub ids_roll_back: bool,
    /// How old each list of a snapshot may be.
    pub lag: Span,
    /// The venue itself learns late of a fill, even after the order was canceled.
    pub late_fill: f64,
    /// The connection goes about this often.
    pub disconnect_every: Option<Span>,
    /// A session falls silent in both directions, and nobody is told.
    pub mute_session: f64,
    /// A submit waits in a gateway that has lost its own connection, until it begins anew. That is
    /// noticed within the propagation lag after the horizon.
    pub gateway_holds: f64,
    /// Quotes are not heard.
    pub lose_quote: f64,
    /// After this long the venue and the way to it are honest, quick and whole.
    pub honest_after: Span,
}

impl Character {
    /// The same venue on its best day.
    pub fn honest(&self) -> Self {
        Self {
            capabilities: self.capabilities.clone(),
            latency: (Span::from_millis(1), Span::from_millis(50)),
            lose_report: 0.0,
            mute_order: 0.0,
            repeat_report: 0.0,
            delay_report: 0.0,
            delay_report_by: Span::ZERO,
            lose_submit: 0.0,
            delay_submit: 0.0,
            delay_submit_by: Span::ZERO,
            repeat_submit: 0.0,
            refuse_submit: 0.0,
            not_sent: 0.0,
            lose_question: 0.0,
            rate: None,
            fail_snapshot: 0.0,
            disown: 0.0,
            delay_snapshot: 0.0,
            delay_snapshot_by: Span::ZERO,
            reach: self.reach,
            amends: self.amends,
            late_fee: 0.0,
            ids_roll_back: self.ids_roll_back,
            mute_session: 0.0,
            gateway_holds: 0.0,
            lag: Span::ZERO,
            late_fill: 0.0,
            disconnect_every: None,
            lose_quote: 0.0,
            honest_after: Span::ZERO,
        }
    }
}

pub(super) fn draw(chance: &mut Chance) -> Character {
    let capabilities = capabilities(chance);
    let scope = capabilities.duplicates;
    let settles = !capabilities.settle.is_zero();
    let bounded = capabilities.late_acceptance_bounded;
    let rates = [Busy::NotSent, Busy::Silent, Busy::Refused];
    let rate = chance.hits(0.15).then(|| Rate {
        most: chance.place(4) + 1,
        busy: chance.one_of(&rates),
    });
    let reach = chance
        .hits(0.08)
        .then(|| chance.span(Span::from_secs(20), Span::from_secs(120)));
    let amends = [Amends::Restated, Amends::Restated, Amends::SaidOnce];
    let amends = chance.hits(0.2).then(|| chance.one_of(&amends));
    let ids_roll_back = chance.hits(0.2);
    let lag = if chance.hits(0.5) {
        capabilities.propagation_lag
    } else {
        Span::ZERO
    };
    // What is accepted within the horizon is listed within it too.
    let in_time =
        capabilities.absence_horizon - capabilities.propagation_lag - Span::from_millis(500);
    let delay_submit_by = if bounded {
        in_time
    } else {
        in_time + Span::from_secs(30)
    };
    let mut often = |most: f64| {
        if chance.hits(0.6) {
            chance.real(0.0, most)
        } else {
            0.0
        }
    };
    let drawn = Character {
        lose_report: often(0.5),
        mute_order: often(0.5),
        repeat_report: often(0.4),
        delay_report: often(0.7),
        lose_submit: often(0.6),
        delay_submit: often(0.8),
        repeat_submit: if scope == DuplicateScope::Forever {
            often(0.3)
        } else {
            0.0
        },
        refuse_submit: often(0.35),
        not_sent: often(0.2),
        lose_question: often(0.5),
        fail_snapshot: often(0.6),
        disown: often(0.5),
        delay_snapshot: often(0.3),
        delay_snapshot_by: Span::from_secs(25),
        mute_session: often(0.4),
        gateway_holds: often(0.15),
        late_fee: often(0.3),
        rate,
        reach,
        amends,
        ids_roll_back,
        late_fill: if settles { often(0.6) } else { 0.0 },
        lose_quote: often(0.5),
        latency: (Span::from_millis(1), Span::from_millis(400)),
        delay_report_by: Span::from_secs(8),
        delay_submit_by,
        disconnect_every: None,
        honest_after: Span::from_secs(120),
        lag,
        capabilities,
    };
    let latency = (Span::ZERO, Span::from_millis(chance.one_of(&[0, 20, 400])));
    let disconnect_every = chance
        .hits(0.4)
        .then(|| chance.span(Span::from_secs(5), Span::from_secs(60)));
    let honest_after = Span::from_secs(chance.between(20, 150));
    let wild = Character {
        latency,
        disconnect_every,
        honest_after,
        ..drawn
    };
    if chance.hits(0.1) {
        wild.honest()
    } else {
        wild
    }
}

fn capabilities(chance: &mut Chance) -> Capabilities {
    let scopes = [
        DuplicateScope::Forever,
        DuplicateScope::WhileOpen,
        DuplicateScope::Never,
    ];
    let duplicates = chance.one_of(&scopes);
    let propagation_lag =
        Span::from_millis(chance.one_of(&[0, 0, 500, 500, 3_000, 3_000, 8_000, 25_000]));
    let bounded = chance.hits(0.75);
    Capabilities {
        ack_timeout: Span::from_secs(chance.between(2, 5)),
        absence_horizon: propagation_lag + Span::from_secs(chance.between(2, 15)),
        propagation_lag,
        settle: Span::from_secs(chance.one_of(&[0, 0, 1, 4])),
        duplicates,
        late_acceptance_bounded: bounded,
        replaces: false,
        prepares: false,
    }
}
