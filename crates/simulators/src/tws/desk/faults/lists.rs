//! Lists that end early: the next of a kind tells some of its entries and is not said to be over.

use polyfolio_model::Ts;

use crate::tws::desk::{Desk, SessionId};
use crate::tws::faults::List;
use crate::tws::ids::Answer;
use crate::tws::notices::Notice;

/// How a list ends early.
#[derive(Clone, Debug)]
pub(in crate::tws::desk) struct Cut {
    pub(super) list: List,
    pub(super) after: usize,
    pub(super) code: Option<i32>,
    pub(super) hang_up: bool,
}

/// A list that is about to be told.
#[derive(Debug)]
#[must_use = "a list has an end, or a cut"]
pub(in crate::tws::desk) struct Telling {
    cut: Option<Cut>,
}

impl Telling {
    /// How many entries are told.
    pub(in crate::tws::desk) fn most(&self) -> usize {
        self.cut.as_ref().map_or(usize::MAX, |cut| cut.after)
    }
}

impl Desk {
    /// Begins a list, which may be one that goes wrong.
    pub(in crate::tws::desk) fn telling(&mut self, list: List) -> Telling {
        let cuts = &mut self.faults.cuts;
        let at = cuts.iter().position(|cut| cut.list == list);
        Telling {
            cut: at.map(|at| cuts.remove(at)),
        }
    }

    /// Ends a list as it should be, or as it was told to go wrong; `about` is its request.
    pub(in crate::tws::desk) fn ends<A: Answer>(
        &mut self,
        id: SessionId,
        telling: Telling,
        about: i32,
        end: &A,
        now: Ts,
    ) {
        let Some(cut) = telling.cut else {
            return self.say(id, end);
        };
        if let Some(code) = cut.code {
            self.notice(id, about, &Notice::coded(code, None), now);
        }
        if cut.hang_up {
            // What was told of it arrives.
            self.leave(id);
        }
    }
}
