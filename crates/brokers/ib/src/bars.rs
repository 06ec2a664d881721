//! The wire for bars.

use std::fmt;
use std::sync::Arc;

use polyfolio_model::Bar;
use polyfolio_ports::{BarUpdate, Bars, BarsFailed, BarsRequest, BarsWanted, BoxFuture, Sink};
use tokio::sync::oneshot;

use crate::account::Inner;
use crate::worker::Request;

/// The account's bars as [`Bars`]. The newest subscription counts, of whichever wire; it outlives
/// connections, and what was missed without one comes first on the next.
///
/// A strategy warms up on history, and goes on from the last bar it has:
///
/// ```no_run
/// use polyfolio_broker_ib::IbAccount;
/// use polyfolio_model::BarSize;
/// use polyfolio_ports::{
///     BarEvent, BarUpdate, Bars, BarsFailed, BarsRequest, BarsWanted, Reach, Sink,
/// };
///
/// async fn warm_up(account: &IbAccount, sink: Sink<BarUpdate>) -> Result<(), BarsFailed> {
///     let (instrument, size) = ("SPY".into(), BarSize::Min5);
///     let mut bars = account.bars();
///     let history = bars.history(BarsRequest {
///         instrument,
///         size,
///         reach: Reach::Count(200),
///     });
///     let history = history.await?;
///     for bar in &history {
///         sink(BarUpdate {
///             instrument: "SPY".into(),
///             size,
///             event: BarEvent::Closed(*bar),
///         });
///     }
///     let after = history.last().map(|bar| bar.start);
///     let instrument = "SPY".into();
///     bars.subscribe(vec![BarsWanted { instrument, size, after }], sink);
///     Ok(())
/// }
/// ```
pub struct IbBars {
    account: Arc<Inner>,
}

impl IbBars {
    pub(crate) fn new(account: Arc<Inner>) -> Self {
        Self { account }
    }
}

impl Bars for IbBars {
    fn history(&mut self, request: BarsRequest) -> BoxFuture<Result<Vec<Bar>, BarsFailed>> {
        let instrument = request.instrument.clone();
        let (answer, answered) = oneshot::channel();
        self.account.ask(Request::History(request, answer));
        Box::pin(async move {
            answered.await.unwrap_or_else(|_| {
                let what = "the connector has ended".to_owned();
                Err(BarsFailed::NoAnswer { instrument, what })
            })
        })
    }

    fn subscribe(&mut self, wanted: Vec<BarsWanted>, sink: Sink<BarUpdate>) {
        self.account.ask(Request::SubscribeBars(wanted, sink));
    }
}

impl fmt::Debug for IbBars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IbBars")
            .field("account", &self.account)
            .finish()
    }
}
