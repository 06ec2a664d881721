//! A gateway on a port of the system's choice, a clock that the test moves, and clients of the real
//! crate with everything they hear.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ibapi::contracts::Contract;
use ibapi::orders::{Action, Order, OrderUpdate, order_builder};
use ibapi::prelude::{NoticeStream, StreamExt, Subscription, SubscriptionItem};
use ibapi::{Client, Notice};
use polyfolio_matching::{FeeModel, FillModel, Listing, MarketParams};
use polyfolio_model::{Instrument, Money, Price, Qty, Span, Ts};
use polyfolio_ports::{BoxFuture, Clock};
use polyfolio_simulators::tws::{ContractTerms, Gateway, GatewayConfig, Stock};
use tokio::sync::watch;

/// How long anything may take before a test gives up on it.
const PATIENCE: Duration = Duration::from_secs(20);

/// Within the bound, or the test fails and says for what it waited.
pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(value) => value,
        Err(_) => panic!("waited too long for {what}"),
    }
}

/// Time that stands until the test moves it.
pub(crate) struct HandClock {
    now: watch::Sender<Ts>,
}

impl HandClock {
    pub(crate) fn at(time: &str) -> Arc<Self> {
        let now = watch::Sender::new(time.parse().unwrap());
        Arc::new(Self { now })
    }

    pub(crate) fn pass(&self, span: Span) {
        self.now.send_modify(|now| *now = *now + span);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Ts {
        *self.now.borrow()
    }

    fn sleep_until(&self, at: Ts) -> BoxFuture<()> {
        let mut now = self.now.subscribe();
        Box::pin(async move {
            // The clock outlives whoever sleeps by it.
            let _ = now.wait_for(|now| *now >= at).await;
        })
    }
}

pub(crate) fn stock(con_id: i32, symbol: &str, exchange: &str, start: Option<i64>) -> Stock {
    Stock {
        con_id,
        symbol: symbol.into(),
        primary_exchange: exchange.into(),
        long_name: format!("{symbol} of {exchange}"),
        start: start.map(Price::from),
        listing: Listing {
            instrument: Instrument {
                id: format!("{symbol}.{exchange}").as_str().into(),
                tick: "0.01".parse().unwrap(),
                lot: Qty::from(1),
                min_notional: Money::ZERO,
                currency: "USD".into(),
            },
            // A quote that stands, and resting orders that trade within the hour.
            market: MarketParams {
                sigma: 0.0,
                arrival_rate: 0.05,
                decay: 0.0,
                tick: Price::ZERO,
            },
        },
        terms: ContractTerms::default(),
        closes: Vec::new(),
    }
}

/// AAA at 99.99 to 100.01, of which 50 are held; BBB at 50; CCC on two exchanges; DDD without a
/// market.
pub(crate) fn config() -> GatewayConfig {
    GatewayConfig {
        account: "DU1234567".into(),
        cash: Money::from(100_000),
        positions: [("AAA.NYSE".into(), Qty::from(50))].into(),
        latency_ms: 0,
        seed: 5,
        fees: FeeModel::IbkrFixed,
        fill_model: FillModel::Poisson,
        stocks: vec![
            stock(1_001, "AAA", "NYSE", Some(100)),
            stock(1_002, "BBB", "NASDAQ", Some(50)),
            stock(1_003, "CCC", "NYSE", Some(10)),
            stock(1_004, "CCC", "NASDAQ", Some(11)),
            stock(1_005, "DDD", "NYSE", None),
        ],
        ..GatewayConfig::default()
    }
}

pub(crate) struct Venue {
    pub(crate) gateway: Gateway,
    pub(crate) clock: Arc<HandClock>,
}

impl Venue {
    pub(crate) async fn open() -> Self {
        Self::of(config()).await
    }

    pub(crate) async fn of(config: GatewayConfig) -> Self {
        let clock = HandClock::at("2022-12-01T21:00:05Z");
        let address: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let gateway = Gateway::listen(address, config, clock.clone())
            .await
            .unwrap();
        Self { gateway, clock }
    }

    pub(crate) fn address(&self) -> String {
        self.gateway.address().to_string()
    }

    pub(crate) async fn try_connect(
        &self,
        id: i32,
    ) -> Result<(Client, NoticeStream), ibapi::Error> {
        let builder = Client::builder()
            .address(self.address())
            .client_id(id)
            .max_reconnect_attempts(1);
        soon("a connection", builder.connect_with_notice_stream()).await
    }

    pub(crate) async fn client(&self, id: i32) -> Trader {
        let (client, notices) = self.try_connect(id).await.unwrap();
        let updates = client.order_update_stream().await.unwrap();
        Trader {
            client,
            notices,
            updates,
        }
    }

    /// A client whose id may still be held by a connection that is ending.
    pub(crate) async fn client_again(&self, id: i32) -> Trader {
        for _ in 0..1_000 {
            match self.try_connect(id).await {
                Ok((client, notices)) => {
                    let updates = client.order_update_stream().await.unwrap();
                    return Trader {
                        client,
                        notices,
                        updates,
                    };
                }
                Err(ibapi::Error::ClientIdInUse { .. }) => tokio::task::yield_now().await,
                Err(fault) => panic!("{fault}"),
            }
        }
        panic!("client id {id} stays in use");
    }
}

/// A connected client, and what it hears of its orders.
pub(crate) struct Trader {
    pub(crate) client: Client,
    pub(crate) notices: NoticeStream,
    updates: Subscription<OrderUpdate>,
}

impl Trader {
    pub(crate) async fn submit(&self, id: i32, order: &Order) {
        self.submit_in(id, &aaa(), order).await;
    }

    pub(crate) async fn submit_in(&self, id: i32, contract: &Contract, order: &Order) {
        self.client.submit_order(id, contract, order).await.unwrap();
    }

    pub(crate) async fn cancel(&self, id: i32) {
        drop(self.client.cancel_order(id, "").await.unwrap());
    }

    /// The next thing that is heard of an order, in a few words.
    pub(crate) async fn heard(&mut self) -> String {
        words(&self.update().await)
    }

    pub(crate) async fn update(&mut self) -> SubscriptionItem<OrderUpdate> {
        soon("an order update", self.updates.next())
            .await
            .unwrap()
            .unwrap()
    }

    /// The next things that are heard.
    pub(crate) async fn hears(&mut self, expect: &[&str]) {
        let mut heard = Vec::new();
        for _ in expect {
            heard.push(self.heard().await);
        }
        assert_eq!(heard, expect);
    }

    /// Nothing more was said of orders: the gateway answers in order, so what came before the time
    /// came before it.
    pub(crate) async fn hears_no_more(&mut self) {
        soon("the time", self.client.server_time()).await.unwrap();
        let more = self.updates.next();
        tokio::select! {
            biased;
            more = more => panic!("heard {more:?}"),
            () = tokio::task::yield_now() => {}
        }
    }

    pub(crate) async fn notice(&mut self) -> Notice {
        soon("a notice", self.notices.next()).await.unwrap()
    }
}

fn words(item: &SubscriptionItem<OrderUpdate>) -> String {
    match item {
        SubscriptionItem::Notice(notice) => format!("notice {}", notice.code),
        SubscriptionItem::Data(OrderUpdate::OpenOrder(data)) => {
            let (order, state) = (&data.order, &data.order_state);
            let price = order.limit_price.map_or("market".into(), |p| p.to_string());
            let quantity = order.total_quantity;
            format!(
                "order {} {quantity} at {price}: {:?}",
                data.order_id, state.status
            )
        }
        SubscriptionItem::Data(OrderUpdate::OrderStatus(status)) => {
            let (filled, remaining) = (status.filled, status.remaining);
            format!(
                "status {} {:?} {filled}+{remaining}",
                status.order_id, status.status
            )
        }
        SubscriptionItem::Data(OrderUpdate::ExecutionData(data)) => {
            let execution = &data.execution;
            let (shares, price) = (execution.shares, execution.price);
            format!(
                "executed {} {:?} {shares} at {price}",
                execution.order_id, execution.side
            )
        }
        SubscriptionItem::Data(OrderUpdate::CommissionReport(report)) => {
            format!("commission {}", report.commission)
        }
        other => format!("{other:?}"),
    }
}

pub(crate) fn aaa() -> Contract {
    Contract::stock("AAA").build()
}

pub(crate) fn market(action: Action, quantity: f64) -> Order {
    order_builder::market_order(action, quantity)
}

pub(crate) fn limit(action: Action, quantity: f64, price: f64) -> Order {
    order_builder::limit_order(action, quantity, price)
}

pub(crate) fn named(mut order: Order, name: &str) -> Order {
    order.order_ref = name.into();
    order
}
