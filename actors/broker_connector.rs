//! One account at one broker: commands go to the adapter, what it says goes to the router.
//!
//! In: `SendToBroker`. Out: `BrokerSaid` to the order router.
//! Mailbox: 4,096; a full one is a definite "not sent" for the router. What the broker says waits
//! in an outbox of its own and goes to the router one bundle at a time, in order; the connector
//! never waits for the router. A full router is tried again when everybody else has had a turn. A
//! router that is gone is not: its next life begins a new life of the connector, which reconciles.
//! An outbox above 65,536 entries is a router that does not listen: the connector stops, and its
//! next life reconciles.
//! It knows no parent, no sleeve and no journal.

use std::collections::VecDeque;
use std::sync::Arc;

use actix::prelude::*;
use futures_channel::mpsc;
use polyfolio_model::broker::{Command, Report};
use polyfolio_ports::Broker;

use crate::mail::{Mail, Station};
use crate::messages::{BrokerSaid, Said, SendToBroker};
use crate::switchboard::Switchboard;

/// Makes a connection; every life of the connector gets a new one.
pub type BrokerFactory = Arc<dyn Fn() -> Box<dyn Broker> + Send + Sync>;

const OUTBOX_MAX: usize = 65_536;

/// How many messages may wait.
pub const MAILBOX: usize = 4_096;

/// The actor.
pub struct BrokerConnector {
    broker: Box<dyn Broker>,
    generation: u64,
    outbox: VecDeque<Said>,
    /// Whether somebody sees to the outbox already.
    delivering: bool,
    board: Arc<Switchboard>,
}

impl std::fmt::Debug for BrokerConnector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BrokerConnector")
            .field("generation", &self.generation)
            .finish_non_exhaustive()
    }
}

impl BrokerConnector {
    /// A connector's `generation`-th life.
    pub fn new(broker: Box<dyn Broker>, generation: u64, board: Arc<Switchboard>) -> Self {
        Self {
            broker,
            generation,
            outbox: VecDeque::new(),
            delivering: false,
            board,
        }
    }

    fn say(&mut self, said: Said, ctx: &mut Context<Self>) {
        self.outbox.push_back(said);
        if self.outbox.len() > OUTBOX_MAX {
            ctx.stop();
            return;
        }
        if !std::mem::replace(&mut self.delivering, true) {
            // Everything that is said in this turn of the loop goes in one bundle.
            ctx.notify(Deliver);
        }
    }

    fn deliver(&mut self, ctx: &mut Context<Self>) {
        self.delivering = false;
        let said: Vec<Said> = self.outbox.drain(..).collect();
        let bundle = BrokerSaid {
            generation: self.generation,
            said,
        };
        let line = &self.board.broker_said;
        if let Err(undelivered) =
            self.board
                .post
                .send(&Station::BrokerConnector, line, bundle, None)
        {
            self.outbox = undelivered.body.said.into();
            if undelivered.why == "full" {
                self.deliver_later(ctx);
            }
        }
    }

    /// Not by `notify`: that would be handled before the router has had a turn, for ever.
    fn deliver_later(&mut self, ctx: &mut Context<Self>) {
        self.delivering = true;
        let turn = tokio::task::yield_now().into_actor(self);
        ctx.spawn(turn.map(|(), connector, ctx| connector.deliver(ctx)));
    }
}

/// Hand over what waits.
#[derive(Message)]
#[rtype(result = "()")]
struct Deliver;

impl Handler<Deliver> for BrokerConnector {
    type Result = ();
    fn handle(&mut self, _: Deliver, ctx: &mut Self::Context) {
        self.deliver(ctx);
    }
}

impl Actor for BrokerConnector {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        let (sender, receiver) = mpsc::unbounded::<Report>();
        ctx.add_stream(receiver);
        self.broker.start(Arc::new(move |report| {
            // A connector that is gone hears nothing; its next life reconciles.
            let _ = sender.unbounded_send(report);
        }));
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        // A former life that ends is nobody's loss: another one stands here already.
        if self.board.is_newest_connector(self.generation) {
            self.board.report_stopped(&Station::BrokerConnector);
        }
    }
}

impl StreamHandler<Report> for BrokerConnector {
    fn handle(&mut self, report: Report, ctx: &mut Self::Context) {
        self.say(Said::Report(report), ctx);
    }

    fn finished(&mut self, _: &mut Self::Context) {
        // The adapter dropped its sink. The connector goes on: commands still get an answer.
    }
}

impl Handler<Mail<SendToBroker>> for BrokerConnector {
    type Result = ();

    fn handle(&mut self, mail: Mail<SendToBroker>, ctx: &mut Self::Context) {
        let id = match &mail.body.0 {
            Command::New(order) => Some(order.cl_ord_id),
            _ => None,
        };
        let sent = self.broker.send(mail.body.0);
        // Only an order needs the answer: everything else is asked again when nothing comes.
        if let (Err(not_sent), Some(id)) = (sent, id) {
            self.say(Said::NotSent(id, not_sent.0), ctx);
        }
    }
}
