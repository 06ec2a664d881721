//! Between the router and the connector.

use polyfolio_model::ClOrdId;
use polyfolio_model::broker::{Command, Report};
use serde_json::{Value, json};

use crate::mail::Payload;

/// OrderRouter → BrokerConnector.
#[derive(Clone, Debug)]
pub struct SendToBroker(pub Command);

impl Payload for SendToBroker {
    const NAME: &'static str = "SendToBroker";
    fn body(&self) -> Value {
        match &self.0 {
            Command::Prepare(ids) => json!({ "prepare": ids }),
            Command::New(order) => json!({ "new": order }),
            Command::Cancel(id, request) => json!({ "cancel": id, "request": request }),
            Command::Replace(id, request, amend) => {
                json!({ "replace": id, "request": request, "amend": amend })
            }
            Command::Query(id) => json!({ "query": id }),
            Command::Snapshot(id) => json!({ "snapshot": id }),
        }
    }
}

/// What a connector has to say.
#[derive(Clone, Debug)]
pub enum Said {
    /// The broker spoke.
    Report(Report),
    /// No byte of this order left.
    NotSent(ClOrdId, &'static str),
}

/// BrokerConnector → OrderRouter: everything since the last word, in order.
#[derive(Clone, Debug)]
pub struct BrokerSaid {
    /// The connector's life that heard it. Facts are taken from any; the link's state only from
    /// the newest.
    pub generation: u64,
    /// What was said.
    pub said: Vec<Said>,
}

impl Payload for BrokerSaid {
    const NAME: &'static str = "BrokerSaid";
    fn body(&self) -> Value {
        Value::Array(self.said.iter().map(body_of_said).collect())
    }
}

fn body_of_said(said: &Said) -> Value {
    match said {
        Said::Report(Report::Execution(report)) => json!({ "execution": report }),
        Said::Report(Report::Snapshot(id, Ok(snapshot))) => json!({
            "snapshot": id, "orders": snapshot.orders.len(), "fills": snapshot.fills.len(),
            "positions": snapshot.positions.len(), "nav": snapshot.nav,
        }),
        Said::Report(Report::Snapshot(id, Err(failed))) => {
            json!({ "snapshot": id, "failed": failed.0 })
        }
        Said::Report(Report::Link(link)) => json!({ "link": format!("{link:?}") }),
        Said::NotSent(id, why) => json!({ "not_sent": id, "why": why }),
    }
}
