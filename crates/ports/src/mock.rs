//! Mocks of the ports, for tests (feature `mock`).

use mockall::mock;
use polyfolio_model::{Bar, InstrumentId, Ts};

use crate::{
    BarUpdate, Bars, BarsFailed, BarsRequest, BarsWanted, Blob, BoxFuture, Broker, Capabilities,
    Clock, Command, Journal, JournalError, MarketData, NotSent, QuoteUpdate, Report, Seq, Sink,
};

mock! {
    /// A broker that does what a test says.
    #[derive(Debug)]
    pub Broker {}
    impl Broker for Broker {
        fn account(&self) -> String;
        fn capabilities(&self) -> Capabilities;
        fn start(&mut self, reports: Sink<Report>);
        fn send(&mut self, command: Command) -> Result<(), NotSent>;
    }
}

mock! {
    /// A clock that stands where a test puts it.
    #[derive(Debug)]
    pub Clock {}
    impl Clock for Clock {
        fn now(&self) -> Ts;
        fn sleep_until(&self, at: Ts) -> BoxFuture<()>;
    }
}

mock! {
    /// A journal that fails when a test says so.
    #[derive(Debug)]
    pub Journal {}
    impl Journal for Journal {
        fn deployment(&self) -> u32;
        fn append(&self, batch: Vec<Blob>) -> BoxFuture<Result<Seq, JournalError>>;
        fn first_seq(&self) -> Seq;
        fn replay(&self, from: Seq, each: &mut dyn FnMut(Seq, Blob)) -> Result<Seq, JournalError>;
        fn snapshot(&self, at: Seq, state: Blob) -> BoxFuture<Result<(), JournalError>>;
        fn latest_snapshot(&self) -> Result<Option<(Seq, Blob)>, JournalError>;
        fn compact(&self, upto: Seq) -> BoxFuture<Result<(), JournalError>>;
    }
}

mock! {
    /// A market that quotes what a test says.
    #[derive(Debug)]
    pub MarketData {}
    impl MarketData for MarketData {
        fn subscribe(&mut self, instruments: Vec<InstrumentId>, sink: Sink<QuoteUpdate>);
    }
}

mock! {
    /// A source of bars that has what a test says.
    #[derive(Debug)]
    pub Bars {}
    impl Bars for Bars {
        fn history(&mut self, request: BarsRequest) -> BoxFuture<Result<Vec<Bar>, BarsFailed>>;
        fn subscribe(&mut self, wanted: Vec<BarsWanted>, sink: Sink<BarUpdate>);
    }
}
