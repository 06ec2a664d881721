//! An engine may panic over a damaged file. Here that is an error like any other, told once, by
//! whoever says what to do about it: the panic itself says nothing.

use std::cell::Cell;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::path::Path;
use std::sync::Once;

use crate::StoreError;
use crate::system::panic_message;

thread_local! {
    /// Whether a panic of this thread is expected.
    static IS_CALM: Cell<bool> = const { Cell::new(false) };
}

/// Gives the result of `act`, or the error that its panic is.
pub(crate) fn calmly<T>(path: &Path, act: impl FnOnce() -> io::Result<T>) -> Result<T, StoreError> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let loud = take_hook();
        set_hook(Box::new(move |panic| {
            if !IS_CALM.get() {
                loud(panic);
            }
        }));
    });
    let before = IS_CALM.replace(true);
    let done = catch_unwind(AssertUnwindSafe(act));
    IS_CALM.set(before);
    match done {
        Ok(done) => done.map_err(|error| StoreError::database(path, error)),
        Err(panic) => Err(StoreError::panicked(path, panic_message(panic.as_ref()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_and_the_next_act_is_not_touched_by_it() {
        let path = Path::new("db");
        let told = calmly::<()>(path, || panic!("segment 7 is not there")).unwrap_err();
        assert!(
            told.to_string().contains("segment 7 is not there"),
            "{told}"
        );
        assert!(!IS_CALM.get());
        assert_eq!(calmly(path, || Ok(3)).unwrap(), 3);
    }
}
