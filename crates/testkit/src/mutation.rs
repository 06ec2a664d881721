//! Ways to break the protocol from outside the core: in the driver that performs effects, in what
//! the router is told of the venue, in what a start finds. A simulation that does not notice them
//! proves nothing.

/// A broken driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutation {
    /// Orders leave before the append that stands before them.
    SubmitBeforeAppend,
    /// An append is taken for durable when it has only been written.
    AppendWithoutFlush,
    /// A start does not find the last intent.
    LoseLastIntent,
    /// A repeated execution comes under an id of its own.
    RepeatsAsNew,
    /// "Could not ask" is passed on as "asked, and nothing is there".
    FailedMeansEmpty,
    /// The router does not know that a submit may still be on its way.
    ForgetHorizon,
    /// The router does not know that a last fill may come after the close.
    ForgetSettle,
    /// A start does not wait for what the broker knows: the executions in a snapshot are dropped.
    SkipFillsOfSnapshots,
    /// A cancel is taken for done when it is asked for.
    AskedMeansCanceled,
    /// A submit that vanished is taken for one of which no byte left.
    SilenceMeansNotSent,
}

impl Mutation {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::SubmitBeforeAppend,
        Self::AppendWithoutFlush,
        Self::LoseLastIntent,
        Self::RepeatsAsNew,
        Self::FailedMeansEmpty,
        Self::ForgetHorizon,
        Self::ForgetSettle,
        Self::SkipFillsOfSnapshots,
        Self::AskedMeansCanceled,
        Self::SilenceMeansNotSent,
    ];
}
