//! IB's numbers, and what each means here: one table, as data.
//!
//! A number that stands in no row and speaks of an order is a doubt: the lists are asked, and a
//! person is told. The table in `docs/brokers/ib.md` is this one.

use polyfolio_model::{CancelRejectReason, RejectReason};

/// What a number means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The order was refused. While new terms are asked for, it is they that were refused.
    Refused(RejectReason),
    /// The order id was used before.
    IdUsed,
    /// New terms were refused; the order works on.
    NotReplaced(CancelRejectReason),
    /// A cancel, or else new terms, were refused.
    NotChanged(CancelRejectReason),
    /// The order is off the book. Its status says how much had filled.
    Canceled,
    /// A word about an order that goes on.
    GoesOn,
    /// What it says of an order is not clear: the lists are asked.
    Doubt,
    /// The gateway has lost IB.
    Severed,
    /// The gateway has IB again; quotes have to be asked for again, or not.
    Restored {
        /// Whether subscriptions were lost.
        quotes_lost: bool,
    },
    /// A data farm is gone.
    FarmBroken,
    /// A data farm is there.
    FarmOk,
    /// A data farm sleeps until it is needed, or is on its way.
    FarmIdle,
    /// The connection is about to end.
    HangsUp,
    /// Messages were lost on the way to us: everything has to be asked again.
    Missed,
    /// Quotes are not what was asked for, or are not there.
    Quotes,
    /// A request other than an order failed; whoever asked is told.
    Request,
}

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// IB's number; below zero, the client library's own.
    pub code: i32,
    /// What it means.
    pub meaning: Meaning,
    /// In words.
    pub what: &'static str,
    /// What to do; nothing when nothing is to be done.
    pub next: &'static str,
}

const fn row(code: i32, meaning: Meaning, what: &'static str, next: &'static str) -> Code {
    Code {
        code,
        meaning,
        what,
        next,
    }
}

use CancelRejectReason as C;
use Meaning as M;
use RejectReason as R;

/// Every number that is known here, in order.
#[rustfmt::skip]
pub const CODES: &[Code] = &[
    row(-8, M::HangsUp, "the library made a connection of its own", ""),
    row(-7, M::Missed, "notices were lost: we read too slowly", ""),
    row(-6, M::Missed, "order updates were lost: we read too slowly", ""),
    row(-5, M::Request, "a message of an unknown kind", "update polyfolio, or the gateway"),
    row(100, M::Refused(R::RateLimited), "too many messages in a second", "lower broker.ib.messages_per_second"),
    row(101, M::Quotes, "too many instruments are quoted at once", "trade fewer instruments, or buy quote boosters"),
    row(103, M::IdUsed, "duplicate order id", ""),
    row(104, M::NotReplaced(C::TooLate), "a filled order cannot be changed", ""),
    row(105, M::NotReplaced(C::Other), "the new terms are of another order", ""),
    row(106, M::Refused(R::Other), "the order cannot be transmitted", ""),
    row(107, M::Refused(R::Other), "the order is incomplete", ""),
    row(109, M::Refused(R::Other), "the price is out of the precautionary range", "widen it under API > Precautions in TWS"),
    row(110, M::Refused(R::Tick), "the price is off the contract's grid", "check the instrument's tick"),
    row(111, M::Refused(R::Other), "the time in force does not fit the order type", ""),
    row(113, M::Refused(R::Other), "on-close orders last for the day only", ""),
    row(116, M::Refused(R::MarketClosed), "the exchange takes no orders", ""),
    row(133, M::Refused(R::Other), "the order could not be submitted", ""),
    row(134, M::NotReplaced(C::Other), "the order could not be changed", ""),
    row(135, M::NotChanged(C::UnknownOrder), "no order has this id", ""),
    row(136, M::NotChanged(C::Other), "the order cannot be cancelled", ""),
    row(145, M::Refused(R::Other), "a field of the order is not valid", ""),
    row(161, M::NotChanged(C::TooLate), "the order is in no state to be cancelled", ""),
    row(162, M::Request, "the history service refuses: no data, no permission, or asked too often", "the text says which: without permission subscribe in IB's client portal"),
    row(163, M::Refused(R::Other), "the price is too far from the market for the precautionary settings", "widen them under API > Precautions in TWS"),
    row(164, M::Refused(R::Other), "there is no quote to check the price against", "subscribe to quotes, or bypass the precaution in TWS"),
    row(165, M::Request, "a word of the history service", ""),
    row(200, M::Refused(R::UnknownInstrument), "no such contract, or several", "check [instrument.X.ib]"),
    row(201, M::Refused(R::Other), "the order was rejected", ""),
    row(202, M::Canceled, "the order was cancelled", ""),
    row(203, M::Refused(R::Other), "the account may not trade this", "ask for the trading permission in IB's client portal"),
    row(300, M::Request, "no such quote request", ""),
    row(317, M::Request, "the market depth was reset", ""),
    row(320, M::Refused(R::Other), "the gateway could not read the request", ""),
    row(321, M::Refused(R::Other), "the request is not valid, or the API is read-only", "if the text says read-only: untick Read-Only API in the gateway's API settings"),
    row(322, M::Doubt, "the gateway failed on the request", ""),
    row(323, M::Doubt, "the gateway failed on the request", ""),
    row(326, M::HangsUp, "the client id is in use", "stop the other program, or wait: the gateway may still hold a dead connection"),
    row(329, M::NotReplaced(C::Other), "the order cannot become one of another type", ""),
    row(354, M::Quotes, "no subscription to these quotes", "subscribe in IB's client portal, or set broker.ib.market_data = \"delayed\""),
    row(355, M::Refused(R::Lot), "the size does not obey the market rule", "check the instrument's lot"),
    row(366, M::Request, "no such history request", ""),
    row(382, M::Refused(R::Lot), "the size is out of the precautionary range", "widen it under API > Precautions in TWS"),
    row(383, M::Refused(R::Lot), "the size is above the precautionary limit", "widen it under API > Precautions in TWS"),
    row(387, M::Refused(R::Other), "this order type is not worked there", ""),
    row(388, M::Refused(R::Lot), "the size is below the smallest one", "check the instrument's lot"),
    row(392, M::Refused(R::UnknownInstrument), "the contract has expired", "roll [instrument.X.ib] expiry to the next one"),
    row(399, M::GoesOn, "a message about the order", ""),
    row(404, M::GoesOn, "the order is held while shares to sell short are located", ""),
    row(420, M::Request, "bars in real time are refused, for lack of a subscription or asked too often", "subscribe in IB's client portal, or ask for fewer instruments"),
    row(434, M::Refused(R::Lot), "the size is zero", ""),
    row(435, M::Refused(R::Other), "the account is missing", "set broker.ib.account"),
    row(436, M::Refused(R::Other), "the allocation is missing", "set broker.ib.account to a single account"),
    row(501, M::Request, "already connected", ""),
    row(502, M::HangsUp, "nothing listens there", "start TWS or IB Gateway and enable its API"),
    row(503, M::HangsUp, "the gateway is too old", "update it"),
    row(504, M::HangsUp, "not connected", ""),
    row(505, M::Request, "the gateway does not know the message", "update the gateway"),
    row(507, M::HangsUp, "a message of a wrong length", ""),
    row(1100, M::Severed, "the gateway has lost its connection to IB", ""),
    row(1101, M::Restored { quotes_lost: true }, "connected to IB again; quotes were lost", ""),
    row(1102, M::Restored { quotes_lost: false }, "connected to IB again", ""),
    row(1300, M::HangsUp, "the gateway's port was changed", "set broker.ib.port"),
    row(2103, M::FarmBroken, "a market data farm is gone", ""),
    row(2104, M::FarmOk, "a market data farm is there", ""),
    row(2105, M::FarmBroken, "a history farm is gone", ""),
    row(2106, M::FarmOk, "a history farm is there", ""),
    row(2107, M::FarmIdle, "a history farm sleeps", ""),
    row(2108, M::FarmIdle, "a market data farm sleeps", ""),
    row(2109, M::GoesOn, "the order's outside-hours mark is ignored", ""),
    row(2110, M::Severed, "the gateway has lost its server and will come back by itself", ""),
    row(2119, M::FarmIdle, "a market data farm is on its way", ""),
    row(2157, M::FarmBroken, "a contract farm is gone", ""),
    row(2158, M::FarmOk, "a contract farm is there", ""),
    row(2161, M::GoesOn, "IB caps the order's price", ""),
    row(2176, M::GoesOn, "the gateway reads sizes by other rules", ""),
    row(10052, M::Refused(R::Other), "the time in force is not valid", ""),
    row(10089, M::Quotes, "these quotes need a subscription for the API", "subscribe in IB's client portal, or set broker.ib.market_data = \"delayed\""),
    row(10090, M::Quotes, "a part of these quotes is not subscribed to", "subscribe in IB's client portal"),
    row(10091, M::Quotes, "a part of these quotes needs a subscription for the API", "subscribe in IB's client portal"),
    row(10147, M::NotChanged(C::UnknownOrder), "no order to cancel has this id", ""),
    row(10148, M::NotChanged(C::TooLate), "the order can no longer be cancelled", ""),
    row(10167, M::Quotes, "not subscribed: delayed quotes are shown", "subscribe in IB's client portal, or set broker.ib.market_data = \"delayed\" to agree"),
    row(10168, M::Quotes, "not subscribed, and delayed quotes are not enabled", "set broker.ib.market_data = \"delayed\""),
    row(10186, M::Quotes, "not subscribed, and delayed quotes are not enabled", "set broker.ib.market_data = \"delayed\""),
    row(10197, M::Quotes, "another session of the same login gets the quotes", "log the other one off"),
    row(10243, M::Refused(R::Lot), "fractions cannot be traded through the API", "set the instrument's lot to 1"),
    row(10268, M::Refused(R::Other), "an attribute of the order is not supported", ""),
    row(10311, M::Refused(R::Other), "direct routing is barred by the precautionary settings", "set the contract's exchange to SMART, or bypass the precaution in TWS"),
    row(10314, M::Request, "a time that IB cannot read", ""),
    row(10318, M::Refused(R::Lot), "the order cannot be of a fraction", "set the instrument's lot to 1"),
    row(10349, M::GoesOn, "an order preset changed the time in force", "remove the preset in TWS"),
];

/// IB's number for a request that is not valid, whatever makes it so.
const INVALID: i32 = 321;

/// The row of a number.
pub fn find(code: i32) -> Option<&'static Code> {
    let place = CODES.binary_search_by_key(&code, |row| row.code).ok()?;
    CODES.get(place)
}

/// Why an order was refused; for some numbers only the text says it.
pub(crate) fn refusal(reason: RejectReason, text: &str) -> RejectReason {
    let text = text.to_ascii_lowercase();
    let speaks_of = |words: &[&str]| words.iter().any(|word| text.contains(word));
    match reason {
        R::Other
            if speaks_of(&[
                "insufficient",
                "margin",
                "equity with loan",
                "available funds",
            ]) =>
        {
            R::InsufficientFunds
        }
        R::Other if speaks_of(&["minimum price variation"]) => R::Tick,
        R::Other if speaks_of(&["market is closed", "exchange is closed", "halted"]) => {
            R::MarketClosed
        }
        other => other,
    }
}

/// Whether a refusal speaks of an API that is set to read only.
pub(crate) fn is_read_only(code: i32, text: &str) -> bool {
    code == INVALID && text.to_ascii_lowercase().contains("read-only")
}

/// The table as the documentation shows it.
pub fn markdown() -> String {
    let mut text =
        String::from("| number | IB says | means here | next step |\n|---|---|---|---|\n");
    for row in CODES {
        let line = format!(
            "| {} | {} | {} | {} |\n",
            row.code,
            row.what,
            in_words(row.meaning),
            row.next
        );
        text.push_str(&line);
    }
    text
}

fn in_words(meaning: Meaning) -> String {
    match meaning {
        M::Refused(reason) => format!("Rejected ({reason:?}); new terms: CancelRejected"),
        M::IdUsed => "the lists are asked, then sent under a new id or reported".into(),
        M::NotReplaced(reason) => format!("CancelRejected ({reason:?})"),
        M::NotChanged(reason) => format!("CancelRejected ({reason:?})"),
        M::Canceled => "Canceled".into(),
        M::GoesOn => "notice; the order goes on".into(),
        M::Doubt => "break; the lists are asked".into(),
        M::Severed => "link down".into(),
        M::Restored { quotes_lost: true } => "everything is asked again, quotes too".into(),
        M::Restored { quotes_lost: false } => "everything is asked again".into(),
        M::FarmBroken => "degraded".into(),
        M::FarmOk => "no longer degraded".into(),
        M::FarmIdle => "nothing".into(),
        M::HangsUp => "connected again".into(),
        M::Missed => "everything is asked again".into(),
        M::Quotes => "notice; no quote".into(),
        M::Request => "notice".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_every_row_is_found() {
        assert!(CODES.windows(2).all(|pair| pair[0].code < pair[1].code));
        for row in CODES {
            assert_eq!(find(row.code), Some(row));
            assert!(!row.what.is_empty(), "{}", row.code);
        }
        assert_eq!(find(12_345), None);
    }

    #[test]
    fn what_keeps_somebody_from_trading_has_a_next_step() {
        for row in CODES.iter().filter(|row| row.meaning == Meaning::Quotes) {
            assert!(!row.next.is_empty(), "{}", row.code);
        }
    }

    #[test]
    fn a_rejections_text_says_what_its_number_does_not() {
        let check = |text: &str, expect| {
            assert_eq!(refusal(RejectReason::Other, text), expect, "{text}");
        };
        check(
            "Order rejected - reason:YOUR ORDER IS NOT ACCEPTED. IN ORDER TO OBTAIN THE DESIRED POSITION YOUR EQUITY WITH LOAN VALUE MUST EXCEED THE INITIAL MARGIN",
            RejectReason::InsufficientFunds,
        );
        check(
            "The price does not conform to the minimum price variation",
            RejectReason::Tick,
        );
        check("The exchange is closed.", RejectReason::MarketClosed);
        check("No trading permissions.", RejectReason::Other);
        assert_eq!(refusal(RejectReason::Lot, "margin"), RejectReason::Lot);
    }

    #[test]
    fn the_documentation_shows_this_table() {
        let page = include_str!("../../../../docs/brokers/ib.md");
        let (_, rest) = page.split_once("<!-- codes -->\n").unwrap();
        let (shown, _) = rest.split_once("<!-- /codes -->").unwrap();
        assert_eq!(shown, markdown(), "print `codes::markdown()` into the page");
    }
}
