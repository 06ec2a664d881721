//! Message ids, both ways. The same number means one thing from a client and another to it.

/// What a client sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum ClientMessageId {
    /// `MarketDataRequest`.
    MarketData = 1,
    /// `CancelMarketData`.
    CancelMarketData = 2,
    /// `PlaceOrderRequest`.
    PlaceOrder = 3,
    /// `CancelOrderRequest`.
    CancelOrder = 4,
    /// `OpenOrdersRequest`.
    OpenOrders = 5,
    /// `AccountDataRequest`.
    AccountData = 6,
    /// `ExecutionRequest`.
    Executions = 7,
    /// `IdsRequest`.
    Ids = 8,
    /// `ContractDataRequest`.
    ContractData = 9,
    /// `AutoOpenOrdersRequest`.
    AutoOpenOrders = 15,
    /// `AllOpenOrdersRequest`.
    AllOpenOrders = 16,
    /// `ManagedAccountsRequest`.
    ManagedAccounts = 17,
    /// `HistoricalDataRequest`.
    HistoricalData = 20,
    /// `CancelHistoricalData`.
    CancelHistoricalData = 25,
    /// `CurrentTimeRequest`.
    CurrentTime = 49,
    /// `RealTimeBarsRequest`.
    RealTimeBars = 50,
    /// `CancelRealTimeBars`.
    CancelRealTimeBars = 51,
    /// `GlobalCancelRequest`.
    GlobalCancel = 58,
    /// `MarketDataTypeRequest`.
    MarketDataType = 59,
    /// `PositionsRequest`.
    Positions = 61,
    /// `AccountSummaryRequest`.
    AccountSummary = 62,
    /// `CancelAccountSummary`.
    CancelAccountSummary = 63,
    /// `CancelPositions`.
    CancelPositions = 64,
    /// `StartApiRequest`.
    StartApi = 71,
    /// `HeadTimestampRequest`.
    HeadTimestamp = 87,
    /// `CancelHeadTimestamp`.
    CancelHeadTimestamp = 90,
    /// `MarketRuleRequest`.
    MarketRule = 91,
    /// `CompletedOrdersRequest`.
    CompletedOrders = 99,
    /// `CurrentTimeInMillisRequest`.
    CurrentTimeInMillis = 105,
}

impl ClientMessageId {
    /// All that are understood.
    pub const ALL: [Self; 29] = [
        Self::MarketData,
        Self::CancelMarketData,
        Self::PlaceOrder,
        Self::CancelOrder,
        Self::OpenOrders,
        Self::Executions,
        Self::Ids,
        Self::ContractData,
        Self::AllOpenOrders,
        Self::ManagedAccounts,
        Self::CurrentTime,
        Self::GlobalCancel,
        Self::MarketDataType,
        Self::Positions,
        Self::AccountSummary,
        Self::CancelAccountSummary,
        Self::CancelPositions,
        Self::StartApi,
        Self::MarketRule,
        Self::CompletedOrders,
        Self::CurrentTimeInMillis,
        Self::AccountData,
        Self::AutoOpenOrders,
        Self::HistoricalData,
        Self::CancelHistoricalData,
        Self::RealTimeBars,
        Self::CancelRealTimeBars,
        Self::HeadTimestamp,
        Self::CancelHeadTimestamp,
    ];

    /// The message of a number; `None` when it is not understood.
    pub fn of(id: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|known| *known as u32 == id)
    }
}

/// A message that the gateway sends, and its number.
pub trait Answer: prost::Message {
    /// The number, without what protobuf adds.
    const ID: u32;
}

macro_rules! answers {
    ($($message:ident = $id:literal),+ $(,)?) => {
        $(impl Answer for super::messages::$message {
            const ID: u32 = $id;
        })+

        /// Every message that the gateway sends, by number.
        pub const ANSWERS: &[(u32, &str)] = &[$(($id, stringify!($message))),+];
    };
}

answers! {
    TickPrice = 1,
    OrderStatus = 3,
    ErrorMessage = 4,
    OpenOrder = 5,
    AccountValue = 6,
    PortfolioValue = 7,
    AccountUpdateTime = 8,
    NextValidId = 9,
    ContractData = 10,
    ExecutionDetails = 11,
    ManagedAccounts = 15,
    HistoricalData = 17,
    CurrentTime = 49,
    RealTimeBarTick = 50,
    ContractDataEnd = 52,
    OpenOrdersEnd = 53,
    AccountDataEnd = 54,
    ExecutionDetailsEnd = 55,
    TickSnapshotEnd = 57,
    MarketDataType = 58,
    CommissionAndFeesReport = 59,
    Position = 61,
    PositionEnd = 62,
    AccountSummary = 63,
    AccountSummaryEnd = 64,
    TickReqParams = 81,
    HeadTimestamp = 88,
    HistoricalDataUpdate = 90,
    MarketRule = 93,
    CompletedOrder = 101,
    CompletedOrdersEnd = 102,
    HistoricalDataEnd = 108,
    CurrentTimeInMillis = 109,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn numbers_read_back_and_none_is_taken_twice() {
        let numbers: BTreeSet<u32> = ClientMessageId::ALL.iter().map(|id| *id as u32).collect();
        assert_eq!(numbers.len(), ClientMessageId::ALL.len());
        for id in ClientMessageId::ALL {
            assert_eq!(ClientMessageId::of(id as u32), Some(id));
        }
        assert_eq!(ClientMessageId::of(0), None);
        assert_eq!(ClientMessageId::of(200), None);
        let answers: BTreeSet<u32> = ANSWERS.iter().map(|(id, _)| *id).collect();
        assert_eq!(answers.len(), ANSWERS.len());
    }
}
