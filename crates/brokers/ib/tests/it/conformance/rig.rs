//! A connector in a folder of its own and a gateway with a hand on it, for the suite.

use std::net::SocketAddr;
use std::sync::Arc;

use polyfolio_broker_ib::{ContractSpec, IbAccount, IbConfig};
use polyfolio_matching::FeeModel;
use polyfolio_model::{ClOrdId, RejectReason, Side, Span};
use polyfolio_ports::{Broker, Command, Link, Report};
use polyfolio_simulators::tws::faults::{List, Meanwhile};
use polyfolio_simulators::tws::{Fault, Gateway, GatewayConfig};
use polyfolio_testkit::conformance::{Act, Cannot, JumpClock, Market, Rig, Verdict};
use tempfile::TempDir;
use tokio::sync::mpsc::unbounded_channel;

use crate::common::{config, gateway_config, order, soon, stock};

pub(super) struct IbRig {
    gateway: Gateway,
    clock: Arc<JumpClock>,
    dir: TempDir,
    process: Option<IbAccount>,
    /// Somebody else, while they are connected.
    others: Vec<(IbAccount, Box<dyn Broker>, TempDir)>,
}

impl IbRig {
    pub(super) async fn open() -> Self {
        let clock = JumpClock::from("2022-12-01T18:00:05Z".parse().unwrap());
        let address: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let gateway = Gateway::listen(address, Self::gateway(), clock.clone());
        Self {
            gateway: gateway.await.unwrap(),
            clock,
            dir: tempfile::tempdir().unwrap(),
            process: None,
            others: Vec::new(),
        }
    }

    /// AAA at 99.99 to 100.01, which stands still, and an account without positions.
    fn gateway() -> GatewayConfig {
        let mut stocks = vec![stock(1_001, "AAA", "NYSE", Some(100))];
        stocks[0].listing.market.arrival_rate = 0.0;
        GatewayConfig {
            positions: [].into(),
            fees: FeeModel::IbkrFixed,
            stocks,
            ..gateway_config()
        }
    }

    fn connector(&self) -> IbConfig {
        IbConfig {
            connect_timeout_ms: 1_000,
            snapshot_timeout_ms: 1_500,
            heartbeat_interval_ms: 300,
            heartbeat_timeout_ms: 1_500,
            ack_timeout_ms: 5_000,
            contracts: [("AAA".into(), ContractSpec::default())].into(),
            ..config(self.gateway.address())
        }
    }

    fn fault(&self, fault: Fault) {
        self.gateway.faults().order(fault).unwrap();
    }

    /// An order of 3 from another client, at the gateway.
    async fn place_foreign_order(&mut self) {
        let (dir, config) = (
            tempfile::tempdir().unwrap(),
            IbConfig {
                client_id: 18,
                ..self.connector()
            },
        );
        let clock = self.clock.clone();
        let account = IbAccount::open(dir.path(), config, clock, Arc::new(drop)).unwrap();
        let mut broker: Box<dyn Broker> = Box::new(account.broker());
        let (say, mut heard) = unbounded_channel();
        broker.start(Arc::new(move |report| {
            let _ = say.send(report);
        }));
        let ready = async { while heard.recv().await.unwrap() != Report::Link(Link::Ready) {} };
        soon("the other client", ready).await;
        let mut order = order(1, Side::Buy, 3, Some("99.00"));
        order.cl_ord_id.deployment = 7;
        broker.send(Command::New(order)).unwrap();
        let told = async { while !matches!(heard.recv().await.unwrap(), Report::Execution(_)) {} };
        soon("the other client's order", told).await;
        self.others.push((account, broker, dir));
    }

    /// As IB says it.
    fn reject(reason: RejectReason) -> Fault {
        let text = match reason {
            RejectReason::InsufficientFunds => {
                "Order rejected - reason:YOUR EQUITY WITH LOAN VALUE MUST EXCEED THE INITIAL MARGIN"
            }
            RejectReason::MarketClosed => "Order rejected - reason:The exchange is closed.",
            _ => "Order rejected - reason:No trading permissions.",
        };
        Fault::RejectNextOrder {
            code: 201,
            text: Some(text.to_owned()),
        }
    }
}

impl Rig for IbRig {
    fn start(&mut self) -> Box<dyn Broker> {
        self.stop();
        let (config, clock) = (self.connector(), self.clock.clone());
        let account = IbAccount::open(self.dir.path(), config, clock, Arc::new(drop));
        self.process = Some(account.unwrap());
        self.wire()
    }

    fn wire(&mut self) -> Box<dyn Broker> {
        Box::new(self.process.as_ref().unwrap().broker())
    }

    fn stop(&mut self) {
        self.process = None;
    }

    fn market(&self) -> Market {
        Market {
            instrument: "AAA".into(),
            unknown: "ZZZ".into(),
            tick: "0.01".parse().unwrap(),
            bid: "99.99".parse().unwrap(),
            ask: "100.01".parse().unwrap(),
        }
    }

    async fn act(&mut self, act: Act) -> Verdict {
        let fault = match act {
            Act::Fill(id, quantity) => Fault::Fill {
                order_ref: Some(id.to_string()),
                perm_id: None,
                quantity: Some(quantity),
            },
            Act::FillDuringCancel(_, quantity) => Fault::FillDuringNextCancel {
                quantity: Some(quantity),
            },
            Act::FillAfterCancel(quantity) => Fault::FillAfterNextCancel {
                quantity: Some(quantity),
                after_ms: 1_000,
            },
            Act::RejectNextOrder(reason) => Self::reject(reason),
            Act::RejectNextCancel => Fault::RejectNextCancel {
                code: 10_148,
                text: None,
            },
            Act::LoseNextOrder => Fault::DropBeforeNextOrder {},
            Act::LoseNextAnswer => Fault::DropAfterNextOrder {},
            Act::Mute => Fault::Mute {
                for_ms: None,
                messages: Meanwhile::Lost,
            },
            Act::Disconnect => Fault::Kill {
                refuse_ms: 3_600_000,
            },
            Act::Restore => Fault::Clear {},
            Act::DuplicateExecution => Fault::DuplicateExecutions { count: 1 },
            Act::ReorderExecutions => Fault::ReorderExecutions { count: 2 },
            Act::FailNextSnapshot => Fault::CutNextList {
                list: List::Executions,
                after: 0,
                code: Some(322),
                hang_up: false,
            },
            Act::CutNextSnapshot => Fault::CutNextList {
                list: List::OpenOrders,
                after: 0,
                code: None,
                hang_up: false,
            },
            Act::RollBackIds => Fault::RollBackIds {
                by: 2,
                client_id: None,
            },
            Act::ClockAhead(span) => Fault::ClockOff {
                by_ms: span.nanos() / 1_000_000,
            },
            Act::LimitRate(messages_per_second_max) => Fault::Pacing {
                messages_per_second_max,
            },
            Act::PlaceForeignOrder => {
                self.place_foreign_order().await;
                return Ok(());
            }
            Act::EndDay => {
                let why = "the simulated market does not close for the day";
                return Err(Cannot(why.to_owned()));
            }
        };
        self.fault(fault);
        Ok(())
    }

    fn taken(&mut self, id: ClOrdId) -> usize {
        let state = self.gateway.faults().state();
        let name = id.to_string();
        let of = state.orders.iter();
        of.filter(|order| order.order_ref.as_ref() == Some(&name))
            .count()
    }

    async fn wait(&mut self, span: Span) {
        self.clock.jump(span);
        // Whoever waited for it has a turn.
        tokio::task::yield_now().await;
    }
}
