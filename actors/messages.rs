//! What the actors say to each other. Commands are verbs, events past participles.

mod account;
mod broker;
mod market;
mod plan;
mod router;
mod task;
mod upkeep;

pub use account::{AccountMarked, BookMark, NavMarked, NoteNav};
pub use broker::{BrokerSaid, Said, SendToBroker};
pub use market::{ClosesPublished, QuotesChanged, RequestCloses, Subscribe};
pub use plan::{
    ExecutePlan, PlanMade, RequestPlan, RequestTargets, SleeveSaid, TargetsPublished,
    TargetsScaled, published, recorded,
};
pub use router::{Noticed, RouterCommand, RouterSaid};
pub use task::{StartRun, StopRun, Task};
pub use upkeep::{ActorRestarted, ActorStopped, GivenUp};
