//! What the system says, in the system's own words.
//!
//! sled repeats an error of the system as the debug form of itself, and panics with it. A person
//! should read "No space left on device" instead.

use std::any::Any;
use std::io;

/// An error of sled as one of the system, with its code if there is one.
pub(crate) fn io_error(error: sled::Error) -> io::Error {
    match error {
        sled::Error::Io(error) if error.raw_os_error().is_some() => error,
        sled::Error::Io(error) => os_error(&error.to_string()).unwrap_or(error),
        other => os_error(&other.to_string()).unwrap_or_else(|| io::Error::other(other)),
    }
}

/// The error of the system whose debug form stands in a text.
pub(crate) fn os_error(text: &str) -> Option<io::Error> {
    let (_, behind) = text.split_once("Os { code: ")?;
    let (code, _) = behind.split_once(',')?;
    code.parse().ok().map(io::Error::from_raw_os_error)
}

/// What a panic said.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("it panicked")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    use crate::StoreError;

    /// `ENOSPC`.
    const FULL: i32 = 28;

    #[test]
    fn a_full_disk_is_said_in_plain_words() {
        let full = || io::Error::from_raw_os_error(FULL);
        let repeated = io::Error::new(full().kind(), format!("{:?}", full()));
        for error in [full(), repeated] {
            let said = io_error(sled::Error::Io(error));
            assert_eq!(said.to_string(), full().to_string());
            let named = StoreError::database(Path::new("db"), said);
            assert!(matches!(named, StoreError::Full { .. }), "{named:?}");
        }
        let panic = format!("called `unwrap()` on an `Err` value: Io({:?})", full());
        let named = StoreError::panicked(Path::new("db"), &panic);
        assert!(matches!(named, StoreError::Full { .. }), "{named:?}");
    }

    #[test]
    fn what_is_not_of_the_system_stays_as_it_is() {
        assert!(os_error("segment 7 { code: 28, }").is_none());
        let torn = io::Error::new(io::ErrorKind::UnexpectedEof, "failed to fill whole buffer");
        let named = StoreError::database(Path::new("db"), io_error(sled::Error::Io(torn)));
        assert!(
            named.to_string().contains("failed to fill whole buffer"),
            "{named}"
        );
        assert!(matches!(named, StoreError::Database { .. }), "{named:?}");
    }
}
