//! Our book is not the broker's, and a policy takes the difference over: that is said.

use polyfolio_model::Money;
use polyfolio_oms::Record;
use polyfolio_oms::records::{Adopted, VERSION};
use polyfolio_ports::{Blob, Journal};
use polyfolio_store::SledJournal;
use serde_json::json;

use crate::house::House;
use crate::mismatched::said;
use crate::restored::code;

/// Our book holds five KO more than the broker.
fn differ(house: &House) {
    let record = Record::Adopted(Adopted {
        positions: [("KO".into(), 5.into())].into(),
        cash: Money::ZERO,
        reason: "a test".to_owned(),
        time: polyfolio_model::Ts::default(),
    });
    let blob = Blob {
        kind: record.kind().to_owned(),
        version: VERSION,
        bytes: record.encode().expect("bytes"),
    };
    let journal = SledJournal::open(house.path("state/paper")).expect("a journal");
    let written = actix::System::new().block_on(async { journal.append(vec![blob]).await });
    written.expect("it takes it");
    journal.close().expect("it closes");
}

#[test]
fn what_a_policy_takes_over_is_said() {
    let house = House::new("leave");
    assert_eq!(code(&house, &["run"]), Some(0));
    let adopt = house.path("adopt.toml");
    std::fs::write(&adopt, "[portfolio]\non_break = \"adopt\"\n").expect("a config");
    let adopt = adopt.to_str().expect("text").to_owned();

    differ(&house);
    let (ended, text) = said(&house, &["reconcile", "-c", &adopt]);
    assert_eq!(ended, Some(0));
    assert!(
        text.contains("taken into unassigned, on the record"),
        "{text}"
    );
    assert!(
        text.contains("on_break = \"adopt\": nobody was asked"),
        "{text}"
    );
    assert!(text.contains("KO") && text.contains("−5"), "{text}");

    differ(&house);
    let (ended, found) = house.asked(&format!("reconcile -c {adopt}"));
    assert_eq!(ended, Some(0));
    assert_eq!(found["differences"], json!({"KO": "-5"}));
    assert_eq!(found["adopted"], true);
    let (ended, found) = house.asked(&format!("reconcile -c {adopt}"));
    assert_eq!((ended, &found["differences"]), (Some(0), &json!({})));
    assert_eq!(found["adopted"], false);
}
