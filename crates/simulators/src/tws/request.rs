//! What a client asks, as a type.

use prost::Message;

use super::frame::Frame;
use super::ids::ClientMessageId;
use super::messages::*;

/// Everything that a client may say.
#[derive(Clone, Debug, PartialEq)]
pub enum ClientMessage {
    /// Who it is.
    StartApi(StartApiRequest),
    /// Seconds.
    CurrentTime,
    /// Milliseconds.
    CurrentTimeInMillis,
    /// The accounts.
    ManagedAccounts,
    /// The next order id.
    Ids,
    /// Values of the account.
    AccountSummary(AccountSummaryRequest),
    /// No more of them.
    CancelAccountSummary(CancelAccountSummary),
    /// Positions.
    Positions,
    /// No more of them.
    CancelPositions,
    /// Contracts that fit.
    ContractData(ContractDataRequest),
    /// A price grid.
    MarketRule(MarketRuleRequest),
    /// Which kind of quotes.
    MarketDataType(MarketDataTypeRequest),
    /// Quotes.
    MarketData(MarketDataRequest),
    /// No more of them.
    CancelMarketData(CancelMarketData),
    /// An order, or new terms for one.
    PlaceOrder(Box<PlaceOrderRequest>),
    /// An order off the book.
    CancelOrder(CancelOrderRequest),
    /// Every order off the book.
    GlobalCancel,
    /// The client's open orders.
    OpenOrders,
    /// Everybody's.
    AllOpenOrders,
    /// What ended today.
    CompletedOrders,
    /// Executions.
    Executions(ExecutionRequest),
    /// All of the account.
    AccountData(AccountDataRequest),
    /// Orders that people enter.
    AutoOpenOrders(AutoOpenOrdersRequest),
    /// Bars.
    HistoricalData(Box<HistoricalDataRequest>),
    /// No more of them.
    CancelHistoricalData(CancelHistoricalData),
    /// Bars of five seconds.
    RealTimeBars(Box<RealTimeBarsRequest>),
    /// No more of them.
    CancelRealTimeBars(CancelRealTimeBars),
    /// How far bars go back.
    HeadTimestamp(HeadTimestampRequest),
    /// No need to tell it any more.
    CancelHeadTimestamp(CancelHeadTimestamp),
}

/// Why a frame says nothing.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum WireFault {
    /// Not a message of this gateway.
    #[error("message id {0} is not understood")]
    UnknownMessage(u32),
    /// Not the message that its id promises.
    #[error("a {id:?} message is no protobuf of that kind")]
    Malformed {
        /// What it should be.
        id: ClientMessageId,
        /// Why it is not.
        source: prost::DecodeError,
    },
}

impl ClientMessage {
    /// Reads a frame.
    pub fn of(frame: &Frame) -> Result<Self, WireFault> {
        use ClientMessageId as Id;
        let id = Id::of(frame.id).ok_or(WireFault::UnknownMessage(frame.id))?;
        Ok(match id {
            Id::StartApi => Self::StartApi(read(id, frame)?),
            Id::CurrentTime => Self::CurrentTime,
            Id::CurrentTimeInMillis => Self::CurrentTimeInMillis,
            Id::ManagedAccounts => Self::ManagedAccounts,
            Id::Ids => Self::Ids,
            Id::AccountSummary => Self::AccountSummary(read(id, frame)?),
            Id::CancelAccountSummary => Self::CancelAccountSummary(read(id, frame)?),
            Id::Positions => Self::Positions,
            Id::CancelPositions => Self::CancelPositions,
            Id::ContractData => Self::ContractData(read(id, frame)?),
            Id::MarketRule => Self::MarketRule(read(id, frame)?),
            Id::MarketDataType => Self::MarketDataType(read(id, frame)?),
            Id::MarketData => Self::MarketData(read(id, frame)?),
            Id::CancelMarketData => Self::CancelMarketData(read(id, frame)?),
            Id::PlaceOrder => Self::PlaceOrder(Box::new(read(id, frame)?)),
            Id::CancelOrder => Self::CancelOrder(read(id, frame)?),
            Id::GlobalCancel => Self::GlobalCancel,
            Id::OpenOrders => Self::OpenOrders,
            Id::AllOpenOrders => Self::AllOpenOrders,
            Id::CompletedOrders => Self::CompletedOrders,
            Id::Executions => Self::Executions(read(id, frame)?),
            Id::AccountData => Self::AccountData(read(id, frame)?),
            Id::AutoOpenOrders => Self::AutoOpenOrders(read(id, frame)?),
            Id::HistoricalData => Self::HistoricalData(Box::new(read(id, frame)?)),
            Id::CancelHistoricalData => Self::CancelHistoricalData(read(id, frame)?),
            Id::RealTimeBars => Self::RealTimeBars(Box::new(read(id, frame)?)),
            Id::CancelRealTimeBars => Self::CancelRealTimeBars(read(id, frame)?),
            Id::HeadTimestamp => Self::HeadTimestamp(read(id, frame)?),
            Id::CancelHeadTimestamp => Self::CancelHeadTimestamp(read(id, frame)?),
        })
    }
}

fn read<M: Message + Default>(id: ClientMessageId, frame: &Frame) -> Result<M, WireFault> {
    M::decode(frame.payload.as_slice()).map_err(|source| WireFault::Malformed { id, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_understood_is_named() {
        let frame = |id, payload: &[u8]| Frame {
            id,
            payload: payload.to_vec(),
        };
        let order = ClientMessage::of(&frame(3, &[0x08, 7]));
        let expect = PlaceOrderRequest {
            order_id: Some(7),
            ..PlaceOrderRequest::default()
        };
        assert_eq!(order, Ok(ClientMessage::PlaceOrder(Box::new(expect))));
        let unknown = ClientMessage::of(&frame(66, &[]));
        assert_eq!(unknown, Err(WireFault::UnknownMessage(66)));
        let broken = ClientMessage::of(&frame(3, &[0x08]));
        let said = broken.map_err(|fault| fault.to_string());
        assert_eq!(
            said,
            Err("a PlaceOrder message is no protobuf of that kind".into())
        );
    }
}
