//! A broker that says what it is and opens nothing: enough for the settings.

use super::prelude::*;
use crate::failure::Failure;
use crate::settings::{FlagValue, Key, Loaded, Merged, Sources};
use polyfolio_strategies::Registry;

#[derive(Debug)]
struct Named(&'static str, &'static [BrokerKey]);

const KEYS: &[BrokerKey] = &[
    BrokerKey::new("host", KeyKind::Text("127.0.0.1"), "where it is").needed(),
    BrokerKey::new("password", KeyKind::Secret("x"), "of the login"),
    BrokerKey::new("tries", KeyKind::Count("3"), "how many").or("3"),
    BrokerKey::new("share", KeyKind::Number("0.5"), "a share").or("0.5"),
    BrokerKey::new("is_slow", KeyKind::Switch, "a switch").or("true"),
    BrokerKey::new("cash", KeyKind::Money("1"), "an amount").or("0.1234567890123456789"),
    BrokerKey::new("tick", KeyKind::Price("0.01"), "a price").or("0.01"),
    BrokerKey::new("lot", KeyKind::Quantity("1"), "a quantity").or("1e2"),
    BrokerKey::new("wait", KeyKind::Span("1m"), "a length").or("1m30s"),
    BrokerKey::new("since", KeyKind::Date, "a date").or("2024-02-29"),
    BrokerKey::new("only", KeyKind::Symbols, "symbols").or("AAPL, XOM"),
    BrokerKey::new("side", KeyKind::Choice(&["near", "far"]), "a word").or("far"),
];

impl BrokerKind for Named {
    fn name(&self) -> &'static str {
        self.0
    }

    fn about(&self) -> &'static str {
        "nobody's"
    }

    fn keys(&self) -> &'static [BrokerKey] {
        self.1
    }

    fn modes(&self) -> &'static [Mode] {
        &[Mode::Paper, Mode::Live]
    }

    fn open(&self, _: &Opening<'_>) -> Result<Box<dyn OpenAccount>, CannotOpen> {
        Err(CannotOpen::Unreachable("nobody is there".to_owned()))
    }

    fn look(&self, opening: &Opening<'_>) -> Result<Box<dyn OpenAccount>, CannotOpen> {
        self.open(opening)
    }
}

fn flag(key: &[&str], text: &str) -> FlagValue {
    let key = key.iter().fold(Key::default(), |key, part| key.child(part));
    FlagValue {
        name: "--test",
        key,
        text: text.to_owned(),
    }
}

fn sources(flags: &[(&[&str], &str)]) -> Sources {
    Sources {
        flags: flags.iter().map(|(key, text)| flag(key, text)).collect(),
        brokers: Brokers::none().with(Named("nowhere", KEYS)),
        ..Sources::default()
    }
}

#[test]
fn values_are_of_their_kinds() -> Result<(), BadSetting> {
    let read = BrokerSettings::of(KEYS, &[("host", "there"), ("tries", "5")])?;
    assert_eq!(read.text("host"), Some("there"));
    assert_eq!(read.text("password"), None);
    assert_eq!(read.count("tries"), Some(5));
    assert_eq!(read.number("share"), Some(0.5));
    assert_eq!(read.switch("is_slow"), Some(true));
    let amount = read.money("cash").map(|cash| cash.to_string());
    assert_eq!(amount.as_deref(), Some("0.1234567890123456789"));
    assert_eq!(read.price("tick"), "0.01".parse().ok());
    assert_eq!(read.quantity("lot"), Some(Qty::from(100)));
    assert_eq!(read.span("wait"), Some(Span::from_secs(90)));
    assert_eq!(read.date("since"), "2024-02-29".parse().ok());
    let only: Option<Vec<InstrumentId>> = Some(vec!["AAPL".into(), "XOM".into()]);
    assert_eq!(read.symbols("only"), only);
    assert_eq!(read.text("side"), Some("far"));
    assert_eq!(read.count("host"), None, "it was not declared so");
    Ok(())
}

#[test]
fn a_test_of_a_broker_is_told_what_is_wrong() {
    let said = |given: &[(&'static str, &str)]| {
        let read = BrokerSettings::of(KEYS, given);
        read.map_or_else(|bad| bad.to_string(), |_| "nothing".to_owned())
    };
    assert_eq!(
        said(&[]),
        "host is missing; expected text such as \"127.0.0.1\""
    );
    assert!(said(&[("host", "a"), ("prot", "1")]).starts_with("there is no key prot; expected"));
    assert_eq!(
        said(&[("host", "a"), ("side", "left")]),
        "side is not one of its words; expected one of \"near\", \"far\""
    );
}

#[test]
fn a_mistake_is_found_when_the_program_starts() {
    const TWICE: &[BrokerKey] = &[
        BrokerKey::new("a", KeyKind::Switch, ""),
        BrokerKey::new("a", KeyKind::Switch, ""),
    ];
    const WRONG: &[BrokerKey] = &[BrokerKey::new("a", KeyKind::Switch, "").or("maybe")];
    let brokers = Brokers::none().with(Named("nowhere", &[]));
    for (kind, expect) in [
        (Named("ib", &[]), Some("the name is taken")),
        (Named("use", &[]), Some("the name is taken")),
        (Named("nowhere", &[]), Some("the name is taken")),
        (
            Named("No/Where", &[]),
            Some("the name is not of lower-case letters, digits and _"),
        ),
        (
            Named("other", TWICE),
            Some("\"a\" is no name of a key, or is taken"),
        ),
        (
            Named("other", WRONG),
            Some("the default of \"a\" is not of its kind"),
        ),
        (Named("other", KEYS), None),
    ] {
        assert_eq!(brokers.mistake(&kind).as_deref(), expect, "{kind:?}");
    }
}

#[test]
fn real_money_takes_the_same_consents_as_anywhere() -> Result<(), Failure> {
    let live = sources(&[
        (&["mode"], "live"),
        (&["broker", "use"], "nowhere"),
        (&["broker", "nowhere", "host"], "there"),
    ]);
    let loaded = Loaded::read(&live, &Registry::builtin())?;
    assert!(loaded.demand_consent(false).is_err());
    assert!(loaded.demand_consent(true).is_ok());
    let state = &loaded.settings.state_dir;
    assert_eq!(state, std::path::Path::new("state/live-nowhere"));
    assert_eq!(loaded.settings.venue(), "nowhere live");
    Ok(())
}

#[test]
fn what_it_needs_is_asked_for_only_where_it_is_chosen() {
    let chosen = sources(&[(&["broker", "use"], "nowhere")]);
    let fault = Loaded::read(&chosen, &Registry::builtin()).map_err(Failure::from);
    let said = fault.map_or_else(|failure| failure.to_string(), |_| String::new());
    assert!(
        said.starts_with("error: the broker nowhere needs host\n"),
        "{said}"
    );
    assert!(Loaded::read(&sources(&[]), &Registry::builtin()).is_ok());
}

#[test]
fn a_secret_of_its_own_is_never_shown() -> Result<(), Failure> {
    let secret = sources(&[(&["broker", "nowhere", "password"], "hunter2")]);
    let merged = Merged::read(&secret)?;
    let shown = format!("{}{}", merged.to_toml(true), merged.to_json()?);
    assert!(shown.contains("(not shown)") && !shown.contains("hunter2"));
    let read = BrokerSettings::of(KEYS, &[("host", "a"), ("password", "hunter2")]);
    assert!(read.is_ok_and(|read| {
        let debug = format!("{read:?}");
        debug.contains("password")
            && !debug.contains("hunter2")
            && read.text("password") == Some("hunter2")
    }));
    Ok(())
}
