//! How often history may be asked for: beyond it IB answers with a violation (162) and nothing
//! else. One budget, over connections too: IB counts per login.
//!
//! Pure: the time comes in as an argument.

use std::collections::VecDeque;

use polyfolio_model::{BarSize, Span, Ts};

use super::Stretch;

const WINDOW: Span = Span::from_secs(600);
/// IB allows sixty; the rest is for whoever else asks with this login. It has lifted that for bars of
/// a minute and more, and asks for restraint: those within a day are counted here all the same, and
/// days are not, of which one question brings all there are.
const REQUESTS_MAX: usize = 55;
/// A little more than IB's fifteen seconds: its clock is not ours.
const SAME_AFTER: Span = Span::from_secs(16);
const CONTRACT_WINDOW: Span = Span::from_secs(2);
/// IB takes fewer than six of one contract.
const CONTRACT_MAX: usize = 4;

/// What makes two questions the same one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) con_id: i32,
    pub(crate) size: BarSize,
    pub(crate) stretch: Stretch,
    pub(crate) ending: Option<Ts>,
    pub(crate) keeps_up: bool,
}

/// The budget.
#[derive(Clone, Debug, Default)]
pub(crate) struct HistoryPacing {
    asked: VecDeque<(Ts, Question)>,
}

impl HistoryPacing {
    /// When the question may be asked, if not now.
    pub(crate) fn due(&mut self, question: &Question, now: Ts) -> Result<(), Ts> {
        while self
            .asked
            .front()
            .is_some_and(|(at, _)| *at + WINDOW <= now)
        {
            self.asked.pop_front();
        }
        let newest = |fits: &dyn Fn(&Question) -> bool, nth: usize| {
            let fitting = self.asked.iter().rev().filter(|(_, asked)| fits(asked));
            fitting.map(|(at, _)| *at).nth(nth)
        };
        let of_contract = |asked: &Question| asked.con_id == question.con_id;
        let waits = [
            newest(&|asked| asked == question, 0).map(|at| at + SAME_AFTER),
            newest(&of_contract, CONTRACT_MAX - 1).map(|at| at + CONTRACT_WINDOW),
            newest(&is_counted, REQUESTS_MAX - 1)
                .filter(|_| is_counted(question))
                .map(|at| at + WINDOW),
        ];
        match waits.into_iter().flatten().max().filter(|at| *at > now) {
            Some(at) => Err(at),
            None => Ok(()),
        }
    }

    /// It was asked.
    pub(crate) fn asked(&mut self, question: Question, now: Ts) {
        self.asked.push_back((now, question));
    }
}

fn is_counted(question: &Question) -> bool {
    question.size != BarSize::Day1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn question(con_id: i32, days: u32) -> Question {
        Question {
            con_id,
            size: BarSize::Min5,
            stretch: Stretch::Days(days),
            ending: None,
            keeps_up: false,
        }
    }

    fn at(secs: i64) -> Ts {
        Ts::from_nanos(secs * 1_000_000_000)
    }

    #[test]
    fn the_same_question_waits() {
        let mut pacing = HistoryPacing::default();
        pacing.asked(question(1, 1), at(0));
        assert_eq!(pacing.due(&question(1, 1), at(3)), Err(at(16)));
        assert_eq!(pacing.due(&question(1, 2), at(3)), Ok(()));
        assert_eq!(pacing.due(&question(2, 1), at(3)), Ok(()));
        assert_eq!(pacing.due(&question(1, 1), at(16)), Ok(()));
    }

    #[test]
    fn days_of_many_instruments_are_asked_for_at_once() {
        let mut pacing = HistoryPacing::default();
        for con_id in 0..500 {
            let days = Question {
                size: BarSize::Day1,
                ..question(con_id, 1)
            };
            assert_eq!(pacing.due(&days, at(0)), Ok(()));
            pacing.asked(days, at(0));
        }
        assert_eq!(pacing.due(&question(1, 1), at(1)), Ok(()));
    }

    proptest! {
        /// No stretch of time holds more than IB takes, and waiting as told always helps.
        #[test]
        fn no_window_holds_more_than_is_taken(
            wishes in prop::collection::vec((0..20_i64, 1..4_i32, 1..4_u32), 1..150),
        ) {
            let mut pacing = HistoryPacing::default();
            let (mut now, mut asked) = (at(0), Vec::new());
            for (wait, con_id, days) in wishes {
                now = now + Span::from_secs(wait);
                let question = question(con_id, days);
                if let Err(due) = pacing.due(&question, now) {
                    prop_assert!(due > now);
                    now = due;
                    prop_assert_eq!(pacing.due(&question, now), Ok(()));
                }
                pacing.asked(question.clone(), now);
                asked.push((now, question));
            }
            for (i, (end, question)) in asked.iter().enumerate() {
                let within = |span: Span| asked[..=i].iter().filter(move |(t, _)| *t + span > *end);
                prop_assert!(within(WINDOW).count() <= 60);
                let contract = within(CONTRACT_WINDOW).filter(|(_, q)| q.con_id == question.con_id);
                prop_assert!(contract.count() < 6);
                let same = within(Span::from_secs(15)).filter(|(_, q)| q == question);
                prop_assert_eq!(same.count(), 1);
            }
        }
    }
}
