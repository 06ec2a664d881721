//! The rules of order safety, as a value that the router core carries.
//!
//! Production has one, [`Protocol::WHOLE`], which keeps every rule: without the cargo feature
//! `mutations` the type has no field and no other value, and the questions put to it are decided
//! by the compiler. The test kit alone asks for the feature. It breaks one rule at a time, to show
//! that the simulation notices.

/// A rule of order safety that can be broken, to show that somebody notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// An intent is durable before its order leaves.
    IntentIsDurableFirst,
    /// An order without an answer is Unknown, and not refused.
    SilenceIsUnknown,
    /// A start watches the orders that nobody has spoken of.
    UnknownSurvivesAStart,
    /// "Not listed" counts only after the venue's horizon.
    AbsenceWaitsForTheHorizon,
    /// Absence takes two complete snapshots.
    AbsenceTakesTwoSnapshots,
    /// An absence proof never spans a reconnect, nor begins before a session shows what it let go.
    AbsenceStaysInASession,
    /// A list that does not reach back to the intent proves nothing.
    AbsenceNeedsListsThatReachBack,
    /// A repeat goes out under the id of the first.
    RepeatKeepsTheId,
    /// Where ids can be used again and nothing bounds late acceptance nothing is repeated.
    RepeatOnlyWhereItIsSafe,
    /// A refusal of a repeat may speak of one copy while the other lives.
    RefusalOfARepeatProvesNothing,
    /// A repeat that is refused as a duplicate says that the first exists.
    DuplicateMeansItExists,
    /// "Unknown order" in answer to a cancel says nothing of a submit that it overtook.
    CancelMayOvertake,
    /// A cancel is over when the broker says so.
    CancelIsARequest,
    /// The room of a closed order is given out after a settle wait and one more look.
    CloseWaitsToSettle,
    /// A fill counts, however late it comes.
    LateFillsCount,
    /// A fill is given to the sleeves once.
    FillsCountOnce,
    /// An execution that was busted is taken back.
    BustsCount,
    /// What is unknown keeps its reservation when a sweep takes the rest.
    SweepLeavesTheUnknown,
    /// After a reconnect nothing is sent before the broker's facts and ours are one.
    ReconnectReconcilesFirst,
    /// A new child waits until there is room for it.
    RoomIsForAll,
}

impl Rule {
    /// All of them.
    pub const ALL: [Self; 20] = [
        Self::IntentIsDurableFirst,
        Self::SilenceIsUnknown,
        Self::UnknownSurvivesAStart,
        Self::AbsenceWaitsForTheHorizon,
        Self::AbsenceTakesTwoSnapshots,
        Self::AbsenceStaysInASession,
        Self::AbsenceNeedsListsThatReachBack,
        Self::RepeatKeepsTheId,
        Self::RepeatOnlyWhereItIsSafe,
        Self::RefusalOfARepeatProvesNothing,
        Self::DuplicateMeansItExists,
        Self::CancelMayOvertake,
        Self::CancelIsARequest,
        Self::CloseWaitsToSettle,
        Self::LateFillsCount,
        Self::FillsCountOnce,
        Self::BustsCount,
        Self::SweepLeavesTheUnknown,
        Self::ReconnectReconcilesFirst,
        Self::RoomIsForAll,
    ];
}

/// The rules that a router follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Protocol {
    #[cfg(feature = "mutations")]
    without: Option<Rule>,
}

impl Protocol {
    /// Every rule.
    pub const WHOLE: Self = Self {
        #[cfg(feature = "mutations")]
        without: None,
    };

    /// Every rule but one: a router that must not be let near an account.
    #[cfg(feature = "mutations")]
    pub const fn without(rule: Rule) -> Self {
        Self {
            without: Some(rule),
        }
    }

    #[cfg(feature = "mutations")]
    pub(crate) fn keeps(self, rule: Rule) -> bool {
        self.without != Some(rule)
    }

    #[cfg(not(feature = "mutations"))]
    #[expect(
        clippy::unused_self,
        reason = "the other reading of it asks for `self`"
    )]
    pub(crate) const fn keeps(self, _: Rule) -> bool {
        true
    }
}

#[cfg(all(test, not(feature = "mutations")))]
mod tests {
    use super::*;

    #[test]
    fn production_has_one_protocol_and_no_switch() {
        assert_eq!(size_of::<Protocol>(), 0);
        assert!(Rule::ALL.iter().all(|rule| Protocol::WHOLE.keeps(*rule)));
    }
}
