//! What went wrong on the way to the gateway, in words with a next step.

use std::io::ErrorKind;

use ibapi::Error;

use crate::IbConfig;
use crate::codes;

/// Why there is no connection.
pub(crate) fn no_connection(fault: &Error, config: &IbConfig) -> String {
    let address = config.address();
    match fault {
        Error::Io(io) if io.kind() == ErrorKind::ConnectionRefused => format!(
            "nothing listens at {address}: start TWS or IB Gateway, enable its API (Configuration > \
             API > Settings > Enable ActiveX and Socket Clients), and check broker.ib.port (4002 or \
             7497 for paper, 4001 or 7496 for live)"
        ),
        Error::Io(io) if is_hung_up(io) => hung_up(&address, io),
        Error::Io(io) if is_no_such_host(io) => {
            format!("{address} cannot be found: check broker.ib.host ({io})")
        }
        Error::ClientIdInUse { client_id } => format!(
            "client id {client_id} is in use at {address}: stop the other program; if it was this \
             one, the gateway still holds its dead connection and lets go by itself"
        ),
        Error::ConnectionRejected(why) => hung_up(&address, why),
        Error::ServerVersion(needed, have, _) => format!(
            "the gateway at {address} is too old (version {have}, {needed} is needed): update it"
        ),
        Error::UnsupportedTimeZone(zone) => format!(
            "the gateway at {address} is in a time zone of an unknown name ({zone}): set it to \
             another one in its settings, or name it in the environment as the library says: {fault}"
        ),
        _ => format!("no connection to {address}: {fault}"),
    }
}

/// The gateway took the connection and says nothing.
pub(crate) fn no_answer(config: &IbConfig) -> String {
    let (address, waited) = (config.address(), config.connect_timeout_ms);
    format!(
        "{address} did not answer within {waited} ms: check that it is TWS or IB Gateway, that it \
         is logged in, and that no window of it waits for an answer"
    )
}

/// Why a request failed.
pub(crate) fn request_failed(what: &str, fault: &Error) -> String {
    let next = match fault {
        Error::Notice(notice) => codes::find(notice.code).map_or("", |row| row.next),
        _ => "",
    };
    match next {
        "" => format!("{what}: {fault}"),
        next => format!("{what}: {fault} Next: {next}."),
    }
}

/// Which of the login's accounts is ours.
pub(crate) fn choose_account(config: &IbConfig, managed: &[String]) -> Result<String, String> {
    let names = managed.join(", ");
    let account = match (&config.account, managed) {
        (Some(asked), _) if managed.contains(asked) => asked,
        (Some(asked), []) => {
            return Err(format!(
                "the gateway names no account, and {asked} is asked for: is it logged in?"
            ));
        }
        (Some(asked), _) => {
            return Err(format!(
                "this login has no account {asked}, only {names}: set broker.ib.account to one of them"
            ));
        }
        (None, [only]) => only,
        (None, []) => return Err("the gateway names no account: is it logged in?".to_owned()),
        (None, _) => {
            return Err(format!(
                "this login has several accounts ({names}): set broker.ib.account to one of them"
            ));
        }
    };
    if !config.live && !account.starts_with('D') {
        return Err(format!(
            "{account} is an account with real money, and live trading is not switched on: connect \
             to a paper account (port 4002 or 7497), or switch it on"
        ));
    }
    Ok(account.clone())
}

fn hung_up(address: &str, why: &dyn std::fmt::Display) -> String {
    format!(
        "{address} hung up at once ({why}): add this machine to the gateway's trusted IPs, and make \
         sure that it is TWS or IB Gateway that listens there"
    )
}

fn is_hung_up(io: &std::io::Error) -> bool {
    matches!(
        io.kind(),
        ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
            | ErrorKind::UnexpectedEof
    )
}

fn is_no_such_host(io: &std::io::Error) -> bool {
    io.raw_os_error().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(account: Option<&str>, live: bool, managed: &[&str], expect: Result<&str, &str>) {
        let config = IbConfig {
            account: account.map(str::to_owned),
            live,
            ..IbConfig::default()
        };
        let managed: Vec<String> = managed.iter().map(|a| (*a).to_owned()).collect();
        match (choose_account(&config, &managed), expect) {
            (Ok(got), Ok(expect)) => assert_eq!(got, expect),
            (Err(got), Err(part)) => assert!(got.contains(part), "{got}"),
            (got, expect) => panic!("{got:?} where {expect:?} was expected"),
        }
    }

    #[test]
    fn the_account_is_the_only_one_or_the_named_one() {
        check(None, false, &["DU1"], Ok("DU1"));
        check(Some("DU2"), false, &["DU1", "DU2"], Ok("DU2"));
        check(None, false, &["DU1", "DU2"], Err("DU1, DU2"));
        check(Some("DU3"), false, &["DU1"], Err("no account DU3"));
        check(None, false, &[], Err("logged in"));
        check(Some("DU1"), false, &[], Err("logged in"));
    }

    #[test]
    fn real_money_takes_a_switch() {
        check(None, false, &["U7654321"], Err("real money"));
        check(Some("U7654321"), true, &["U7654321"], Ok("U7654321"));
    }

    #[test]
    fn a_refused_connection_names_the_next_step() {
        let config = IbConfig::default();
        let refused = Error::Io(ErrorKind::ConnectionRefused.into());
        let text = no_connection(&refused, &config);
        assert!(text.contains("127.0.0.1:4002") && text.contains("broker.ib.port"));
        let taken = no_connection(&Error::ClientIdInUse { client_id: 17 }, &config);
        assert!(taken.contains("client id 17 is in use"), "{taken}");
    }
}
