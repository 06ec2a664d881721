//! What goes wrong in a simulation, by kind, so that a campaign can say what it has met.

/// One kind of trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(usize)]
pub enum Trouble {
    /// A submit never arrives.
    SubmitLost,
    /// A submit arrives late.
    SubmitLate,
    /// A submit arrives twice.
    SubmitTwice,
    /// A submit waits in a gateway for the connection to come back.
    SubmitHeld,
    /// The venue refuses a submit.
    SubmitRefused,
    /// No byte of a submit leaves.
    SubmitNotSent,
    /// A submit is above the venue's rate.
    RateLimited,
    /// A cancel, a query or a question for a snapshot never arrives.
    QuestionLost,
    /// A cancel is refused because a front end does not know the order yet.
    CancelDisowned,
    /// Nothing is ever heard of an order.
    OrderMute,
    /// A report never comes.
    ReportLost,
    /// A report comes twice.
    ReportTwice,
    /// A report comes late, and others overtake it.
    ReportLate,
    /// The venue itself learns late of a fill.
    FillLate,
    /// The fee of a fill comes later.
    FeeLate,
    /// An order is over though nobody asked.
    EndUnasked,
    /// An execution is busted or corrected.
    FillAmended,
    /// A snapshot cannot be had, or is cut short.
    SnapshotFailed,
    /// A snapshot comes late.
    SnapshotLate,
    /// A snapshot does not reach back to the beginning.
    SnapshotShort,
    /// The connection goes, and it is said.
    DisconnectSaid,
    /// The connection goes, and nobody is told.
    DisconnectSilent,
    /// A session falls silent.
    SessionMute,
    /// A batch is torn on the medium.
    BatchTorn,
    /// Batches that were not flushed are lost.
    TailLost,
    /// Batches that were not flushed have reached the medium all the same.
    TailKept,
}

impl Trouble {
    /// All of them.
    pub const ALL: [Self; 26] = [
        Self::SubmitLost,
        Self::SubmitLate,
        Self::SubmitTwice,
        Self::SubmitHeld,
        Self::SubmitRefused,
        Self::SubmitNotSent,
        Self::RateLimited,
        Self::QuestionLost,
        Self::CancelDisowned,
        Self::OrderMute,
        Self::ReportLost,
        Self::ReportTwice,
        Self::ReportLate,
        Self::FillLate,
        Self::FeeLate,
        Self::EndUnasked,
        Self::FillAmended,
        Self::SnapshotFailed,
        Self::SnapshotLate,
        Self::SnapshotShort,
        Self::DisconnectSaid,
        Self::DisconnectSilent,
        Self::SessionMute,
        Self::BatchTorn,
        Self::TailLost,
        Self::TailKept,
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_trouble_has_its_place() {
        for (place, trouble) in Trouble::ALL.into_iter().enumerate() {
            assert_eq!(trouble as usize, place, "{trouble:?}");
        }
    }
}
