//! The only time there is.

use polyfolio_model::Ts;

use crate::BoxFuture;

/// Time as the runtime lives it: live, faster, or as fast as it goes.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Ts;

    /// Resolves when `at` has come; at once when it has passed.
    fn sleep_until(&self, at: Ts) -> BoxFuture<()>;
}
