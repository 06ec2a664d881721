//! What came of a request that came to nothing, as far as it decides what is done next.

use ibapi::Error;

use super::REFUSED;

/// Why a request came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// There are no bars there.
    NoData,
    /// IB was asked too often.
    TooOften,
    /// There is no connection.
    Connection,
    /// The answer was not whole in time.
    Late,
    Other,
}

impl Trouble {
    pub(super) fn of(fault: &Error) -> Self {
        match fault {
            Error::Notice(notice) if notice.code == REFUSED => {
                let text = notice.message.to_ascii_lowercase();
                let says = |words: &str| text.contains(words);
                if says("pacing violation") {
                    Self::TooOften
                } else if says("no data") {
                    Self::NoData
                } else if says("connection") || says("disconnected") {
                    Self::Connection
                } else {
                    Self::Other
                }
            }
            Error::ConnectionReset
            | Error::ConnectionFailed
            | Error::Shutdown
            | Error::Cancelled
            | Error::EndOfStream
            | Error::UnexpectedEndOfStream
            | Error::Io(_) => Self::Connection,
            Error::Timeout => Self::Late,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ibapi::Notice;

    #[test]
    fn what_the_history_service_refuses_is_told_apart_by_its_text() {
        let check = |code, message: &str, expect| {
            let notice = Notice {
                code,
                message: format!("Historical Market Data Service error message:{message}"),
                request_id: Some(1),
                error_time: None,
                advanced_order_reject_json: String::new(),
            };
            assert_eq!(Trouble::of(&Error::Notice(notice)), expect, "{message}");
        };
        let none = "HMDS query returned no data: AAA@SMART Trades";
        check(162, none, Trouble::NoData);
        check(
            162,
            "Historical data request pacing violation",
            Trouble::TooOften,
        );
        check(
            162,
            "HMDS server connection was not successful",
            Trouble::Connection,
        );
        check(
            162,
            "No market data permissions for NYSE STK",
            Trouble::Other,
        );
        check(200, "no data", Trouble::Other);
        assert_eq!(Trouble::of(&Error::Timeout), Trouble::Late);
        assert_eq!(Trouble::of(&Error::ConnectionReset), Trouble::Connection);
    }
}
