//! SIGKILL at any moment: every order that was acknowledged and every execution that was told is
//! there afterwards, each once, and the position is their sum.

use std::collections::BTreeSet;

use polyfolio_matching::chance::Chance;

use crate::client::{Client, Said};
use crate::house::House;

const SEED: u64 = 20_221_201;
const KILLS: u64 = 12;
const ORDERS: i32 = 12;

#[test]
fn a_kill_loses_nothing_that_was_said() {
    println!("seed {SEED}");
    let house = House::new();
    let chance = Chance::new(SEED);
    let (mut told, mut executed) = (BTreeSet::new(), BTreeSet::new());
    for kill in 0..KILLS {
        let simulator = house.start("--control 127.0.0.1:0 --state kept");
        let mut client = Client::connect(&simulator, 1);
        client.buy(ORDERS);
        // An order comes to about eight messages.
        let messages = (chance.uniform(kill) * f64::from(ORDERS * 8)) as usize;
        let mut heard = Vec::new();
        while heard.len() < messages {
            heard.push(client.hear().unwrap());
        }
        simulator.kill();
        // What was said before the kill and is still on the way was said.
        while let Some(said) = client.hear() {
            heard.push(said);
        }
        for said in heard {
            match said {
                Said::Order(name) => drop(told.insert(name)),
                Said::Executed(id) => drop(executed.insert(id)),
                Said::Other => {}
            }
        }
        let simulator = house.start("--control 127.0.0.1:0 --state kept");
        let state = simulator.state();
        let names = |list: &str, name: &str| {
            let entries = state[list].as_array().unwrap().iter();
            let names: Vec<String> = entries.map(|e| e[name].as_str().unwrap().into()).collect();
            let once: BTreeSet<String> = names.iter().cloned().collect();
            assert_eq!(once.len(), names.len(), "kill {kill}: twice in {list}");
            once
        };
        let missing: Vec<_> = told
            .difference(&names("orders", "order_ref"))
            .cloned()
            .collect();
        assert_eq!(missing, [""; 0], "kill {kill}");
        let missing: Vec<_> = executed
            .difference(&names("executions", "exec_id"))
            .cloned()
            .collect();
        assert_eq!(missing, [""; 0], "kill {kill}");
        let bought = state["executions"].as_array().unwrap().len() * 3;
        let held: usize = state["positions"]["KO"].as_str().unwrap().parse().unwrap();
        assert_eq!(held, 40 + bought, "kill {kill}");
    }
    // The kills came while orders were at work, or they proved nothing.
    assert!(
        told.len() > 24 && executed.len() > 12,
        "{} {}",
        told.len(),
        executed.len()
    );
}
