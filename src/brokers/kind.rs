//! The hook: a kind of broker, and an account of it that is open.

use std::fmt;
use std::sync::Arc;

use polyfolio_model::Span;
use polyfolio_ports::{Broker, Clock, MarketData};

use super::{BadSetting, BrokerKey, BrokerSettings, Opening};
use crate::settings::Mode;

/// A kind of broker: what the config calls it, what it takes there, and how its account is opened.
///
/// `[broker] use = "NAME"` chooses it, `[broker.NAME]` has its keys, and its journal lies in
/// `state/<mode>-NAME`: a state directory is the truth about one account, so everything that says
/// *which* account it is (an account's number, a host) has to stay what it was for as long as that
/// directory is used.
///
/// # What an implementer guarantees
///
/// The runtime sees to it that no order is duplicated, lost or forgotten, *as far as the broker
/// keeps to this*. Each point is a case of `polyfolio_testkit::conformance`, which every broker
/// should pass (its numbers in brackets).
///
/// 1. **One order, one id.** The [`ClOrdId`](polyfolio_model::ClOrdId) goes with the order to the
///    venue, in the field that the venue keeps and gives back with every order and every execution
///    (FIX 11; at IB `orderRef`): 32 hex digits. Whoever asks the venue later must find the order by
///    it, from another process too. Where the venue's own ids are needed to cancel, they are learned
///    from the lists, or written down and synced before the order leaves: at its `New`, if they are
///    not on disk by then. [`Command::Prepare`](polyfolio_ports::Command::Prepare) makes that quicker,
///    and may be lost. (C01, C51, C54, C56)
/// 2. **Nothing is sent twice.** A broker sends an order for a
///    [`Command::New`](polyfolio_ports::Command::New) and never by itself: not after a timeout, not
///    after a reconnect. Whether it goes again is the runtime's to decide, by another `New` of the
///    same id. One that meets the first, on the way or at the venue, is that order and no second one:
///    the venue refuses it, or takes it as the same, or else the broker remembers what it has sent.
///    (C50 to C54)
/// 3. **`Err(NotSent)` is a definite answer**: no byte left, and none will. Whatever may have left is
///    `Ok`, and then a report, or silence. While the connection is down, before `start` and on a wire
///    that a newer one has replaced, everything is `NotSent`. (C44, C45, C60)
/// 4. **A rejection is the venue's word** about that order, and final. An HTTP 500, a timeout, a
///    refusal that cannot be read, a lost connection are no rejection: they are silence. "This id is
///    known already" is [`DuplicateClOrdId`](polyfolio_model::RejectReason::DuplicateClOrdId), which
///    proves that the first one arrived. (C32 to C36)
/// 5. **A snapshot is everything, or it is a failure.** Orders that are open, orders that are done
///    and executions as far back as `reaches_back_to`, positions: each list to its own end.
///    `reaches_back_to` is how far the venue's lists of what is over go: `None` says for ever, and of
///    a venue that lists a day only it is a lie by which yesterday's order is sent again. A page
///    that is missing, a timeout, an answer that cannot be read, a connection that was lost meanwhile
///    make it [`SnapshotFailed`](polyfolio_ports::SnapshotFailed). An order that is in no list of two
///    of them is taken as never accepted, and *is sent again*. (C38 to C42, C47)
/// 6. **An execution has one id for ever**, in reports, after a restart and in the lists, and another
///    one for each execution: it counts once by that id. (C04, C08, C30, C39)
/// 7. **The account's orders are all told**, those of others as well; with our id only where they
///    carry one. (C02)
/// 8. **Each [`Link::Ready`](polyfolio_ports::Link::Ready) begins a session** and is said when
///    everything that may be sent arrives. A gateway that was restarted, a socket that is new, is
///    another session. (C43, C45, C46, C48)
/// 9. **What it says of itself is true**, and where it is not known, the cautious value: see
///    [`Capabilities`](polyfolio_ports::Capabilities). `duplicates` is what the venue documents, and
///    [`DuplicateScope::Never`](polyfolio_ports::DuplicateScope::Never) where it documents nothing;
///    `late_acceptance_bounded` is `true` only where an order that is late by more than
///    `absence_horizon` can no longer be accepted (a deadline that travels with it, or no wire in
///    between). With both at their worst an order in doubt is not sent again, and waits for a person.
///    (C03, C22, C53)
/// 10. **A wire that is dropped says nothing more and cancels nothing**; orders rest. (C59)
pub trait BrokerKind: fmt::Debug + Send + Sync {
    /// What a config calls it: lower-case letters, digits and `_`. It never changes, as the state
    /// directory is named by it.
    fn name(&self) -> &'static str;

    /// One line on what it is.
    fn about(&self) -> &'static str;

    /// The keys of `[broker.NAME]`. They are read, checked and shown like all others.
    fn keys(&self) -> &'static [BrokerKey] {
        &[]
    }

    /// What it may be chosen for; one that has real money only is for [`Mode::Live`] alone, since a
    /// config is for paper while it says nothing. A broker that has accounts with play money and
    /// accounts with real money opens no real one in [`Mode::Paper`], whatever the other settings say.
    fn modes(&self) -> &'static [Mode];

    /// What of its settings cannot be used, beyond their kinds. Nothing is opened.
    ///
    /// # Errors
    /// The key, and what should stand there: [`BrokerSettings::refuse`].
    fn check(&self, settings: &BrokerSettings) -> Result<(), BadSetting> {
        let _ = settings;
        Ok(())
    }

    /// The account as a person knows it before anybody is connected.
    fn account(&self, settings: &BrokerSettings) -> String {
        let _ = settings;
        self.name().to_owned()
    }

    /// How long a start waits for [`Link::Ready`](polyfolio_ports::Link::Ready), several attempts to
    /// connect included.
    fn connect_timeout(&self, settings: &BrokerSettings) -> Span {
        let _ = settings;
        Span::from_secs(30)
    }

    /// Whether its market is the history's last close, whenever that was. A run at any other decides
    /// on closes of these days, or a person names the date.
    fn trades_at_old_closes(&self) -> bool {
        false
    }

    /// Opens the account for a process that trades: the only one, as it holds the state directory.
    /// Nothing has to be connected before a wire is started. A tokio runtime is running.
    ///
    /// # Errors
    /// What keeps it from being opened.
    fn open(&self, opening: &Opening<'_>) -> Result<Box<dyn OpenAccount>, CannotOpen>;

    /// Opens the account for a look, maybe beside a process that trades: nothing is locked, written
    /// or sent, and that process is not disturbed (a login of its own where the broker allows one at
    /// a time). Its wire is asked for [`Command::Snapshot`](polyfolio_ports::Command::Snapshot) and
    /// [`Command::Query`](polyfolio_ports::Command::Query) alone: the runtime refuses anything else.
    ///
    /// # Errors
    /// What keeps it from being opened.
    fn look(&self, opening: &Opening<'_>) -> Result<Box<dyn OpenAccount>, CannotOpen>;
}

/// An account that is open. It makes wires: when an actor falls, the next one gets a new wire to the
/// same account, and the old one is dropped, before or after.
pub trait OpenAccount: Send + Sync {
    /// A wire for orders. `clock` is the run's, and the only time. One may be asked what the venue
    /// promises, and dropped without ever being started.
    fn broker(&self, clock: Arc<dyn Clock>) -> Box<dyn Broker>;

    /// A wire for quotes.
    fn market_data(&self, clock: Arc<dyn Clock>) -> Box<dyn MarketData>;
}

/// Why an account cannot be opened: a sentence for a person. Further lines say what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotOpen {
    /// The settings or the data cannot be used (exit code 2).
    #[error("{0}")]
    Settings(String),
    /// The broker cannot be reached (exit code 3).
    #[error("{0}")]
    Unreachable(String),
    /// What it keeps on disk is damaged, in use or not to be written (exit code 5).
    #[error("{0}")]
    State(String),
}
