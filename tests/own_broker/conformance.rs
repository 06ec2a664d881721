//! The suite, with what the broker cannot do and why. The page has no column for it: it is an
//! example, and nobody's account.

use std::collections::BTreeMap;

use polyfolio_testkit::conformance::{self, CASES, Verdict};

use crate::rig::{DeskRig, NO_HOURS, NO_NETWORK, ONE_ACCOUNT, ORDERS, OWN_RULES, REPLACES};

/// The cases that do not apply, with the reason of each.
fn not_applicable() -> BTreeMap<&'static str, &'static str> {
    let cases = [
        ("C02", ONE_ACCOUNT),
        ("C12", ORDERS),
        ("C13", ORDERS),
        ("C14", ORDERS),
        ("C15", ORDERS),
        ("C22", "a confirmed cancel is final (`settle` is 0)"),
        ("C23", OWN_RULES),
        ("C25", REPLACES),
        ("C26", REPLACES),
        ("C27", REPLACES),
        ("C28", REPLACES),
        ("C29", REPLACES),
        ("C30", NO_NETWORK),
        ("C31", NO_NETWORK),
        ("C34", OWN_RULES),
        ("C35", NO_HOURS),
        ("C36", OWN_RULES),
        ("C41", NO_NETWORK),
        ("C42", NO_NETWORK),
        ("C45", NO_NETWORK),
        ("C46", NO_NETWORK),
        ("C47", NO_NETWORK),
        ("C48", NO_NETWORK),
        ("C53", NO_NETWORK),
        ("C54", NO_NETWORK),
        ("C55", "our id is the only one that counts"),
        ("C57", "it takes any number of messages"),
        ("C58", "it has no clock but ours"),
    ];
    cases.into_iter().collect()
}

fn verdict(case: &str) -> Verdict {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    runtime.unwrap().block_on(async {
        let mut rig = DeskRig::new();
        conformance::run(case, &mut rig).await
    })
}

fn run(name: &str) {
    let case = conformance::case(name).unwrap();
    let reason = verdict(name).err().map(|cannot| cannot.0);
    let expect = not_applicable().remove(case.number().as_str());
    assert_eq!(reason.as_deref(), expect, "{}", case.what);
}

polyfolio_testkit::conformance_tests!(run);

#[test]
fn most_of_the_suite_applies() {
    let applicable = CASES.len() - not_applicable().len();
    assert_eq!((CASES.len(), applicable), (60, 32));
}
