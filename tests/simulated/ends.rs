//! How it begins, and how it ends.

use rustix::process::Signal;
use serde_json::json;

use crate::client::{Client, Said};
use crate::house::House;

#[test]
fn it_says_where_it_listens_serves_and_ends_when_told_to() {
    let house = House::new();
    for signal in [Signal::TERM, Signal::INT] {
        let mut simulator = house.start("--control 127.0.0.1:0 --seed 7");
        let mut client = Client::connect(&simulator, 5);
        let names = client.buy(1);
        while !matches!(client.hear(), Some(Said::Executed(_))) {}
        let state = simulator.state();
        assert_eq!(state["orders"][0]["order_ref"], names[0]);
        assert_eq!(state["orders"][0]["status"], "Filled");
        assert_eq!(state["positions"], json!({"KO": "43"}));
        simulator.signal(signal);
        assert_eq!(simulator.ended(), Some(0), "{signal:?}");
        while client.hear().is_some() {}
    }
    let mut quiet = house.start("");
    assert_eq!(quiet.control, None);
    quiet.signal(Signal::TERM);
    assert_eq!(quiet.ended(), Some(0));
}

#[test]
fn faults_come_by_control_by_script_and_by_rate() {
    let house = House::new();
    let script = "# the second order\n{\"do\":\"drop_before_next_order\",\"after_orders\":1}\n";
    std::fs::write(house.path("faults.jsonl"), script).unwrap();
    let simulator = house.start("--control 127.0.0.1:0 --script faults.jsonl");
    let mut client = Client::connect(&simulator, 1);
    client.buy(2);
    while client.hear().is_some() {}
    assert_eq!(simulator.state()["orders"].as_array().unwrap().len(), 1);
    simulator.told("{\"do\":\"drop_before_next_order\"}");
    let mut client = Client::connect(&simulator, 1);
    assert_eq!(client.next_order_id, 2);
    client.buy(1);
    while client.hear().is_some() {}
    assert_eq!(simulator.state()["orders_heard"], 3);

    let simulator = house.start("--control 127.0.0.1:0 --faults 1 --seed 2");
    let mut clients: Vec<Client> = Vec::new();
    let mut lost = 0;
    for id in 1..=6 {
        // In a silence it waits for its greeting.
        clients.push(Client::connect(&simulator, id));
        clients.last_mut().unwrap().buy(1);
        while simulator.state()["messages_heard"] != id {}
        let sessions = simulator.state()["sessions"].clone();
        let is_there = |session: &serde_json::Value| session["client_id"] == id;
        lost += usize::from(!sessions.as_array().unwrap().iter().any(is_there));
    }
    // Each met something, and for this seed it was not always silence.
    assert!((1..6).contains(&lost), "{lost}");
}

#[test]
fn it_can_end_with_whoever_started_it() {
    let house = House::new();
    let mut simulator = house.start_with("--until-stdin-ends", std::process::Stdio::piped());
    let mut client = Client::connect(&simulator, 5);
    simulator.let_go();
    assert_eq!(simulator.ended(), Some(0));
    while client.hear().is_some() {}
}
