//! A webhook is told what a person may have to look at: at the simulated gateway, from the real
//! program, over HTTP. Nobody else is shown its address.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Output;
use std::sync::mpsc::{Receiver, channel};

use serde_json::Value;

use crate::house::{House, PATIENCE, Simulator};
use crate::traded::at;

/// The part of the address that only we and it may know.
const SECRET: &str = "T0-very-secret";

/// A listener that takes everything.
fn listener() -> (u16, Receiver<Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, told) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let Some(body) = body_of(&stream) else {
                continue;
            };
            let answer = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            let _ = stream.write_all(answer.as_bytes());
            if tell.send(body).is_err() {
                return;
            }
        }
    });
    (port, told)
}

fn body_of(stream: &TcpStream) -> Option<Value> {
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim().to_lowercase();
        if let Some(said) = line.strip_prefix("content-length:") {
            length = said.trim().parse().ok()?;
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

fn run(house: &House, simulator: &Simulator, webhook: &str) -> (Option<i32>, String) {
    let mut command = at(simulator, house, "run -v");
    command.env("POLYFOLIO__NOTIFY__WEBHOOK", webhook);
    let output = command.output().unwrap();
    let Output {
        status,
        stdout,
        stderr,
    } = output;
    let text = String::from_utf8([stdout, stderr].concat()).unwrap();
    println!("{text}");
    (status.code(), text)
}

/// Everything that the run left behind for people.
fn left_behind(house: &House) -> String {
    let mut text = String::new();
    let mut waiting = vec![house.path("logs"), house.path("state")];
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            let below = std::fs::read_dir(&path).unwrap();
            waiting.extend(below.map(|entry| entry.unwrap().path()));
        } else if let Ok(bytes) = std::fs::read(&path) {
            text.push_str(&String::from_utf8_lossy(&bytes));
        }
    }
    text
}

#[test]
fn a_rejected_order_reaches_the_webhook_with_the_brokers_code_and_words() {
    let house = House::with_cash(1_000_000);
    let simulator = house.start("--control 127.0.0.1:0");
    let why = "Order rejected - reason: the test says so";
    simulator.told(&format!(
        "{{\"do\":\"reject_next_order\",\"text\":\"{why}\"}}"
    ));
    let (port, told) = listener();
    let webhook = format!("http://127.0.0.1:{port}/{SECRET}");
    let (code, text) = run(&house, &simulator, &webhook);
    assert!(matches!(code, Some(0 | 1)), "{text}");
    let told: Vec<Value> = told.try_iter().collect();
    let of = |kind: &str| told.iter().find(|notice| notice["kind"] == kind);
    let rejected = of("order_rejected").unwrap_or_else(|| panic!("{told:#?}"));
    let words = rejected["text"].as_str().unwrap();
    assert!(words.contains(&format!("201 {why}")), "{words}");
    assert_eq!(rejected["schema"], "polyfolio.notice/1");
    assert_eq!(
        (&rejected["mode"], &rejected["broker"]),
        (&"paper".into(), &"ib".into())
    );
    assert!(rejected["symbol"].is_string() && rejected["cl_ord_id"].is_string());
    let over = of("run_ended").unwrap_or_else(|| panic!("{told:#?}"));
    assert_eq!(over["run"], rejected["run"]);
    let logged = left_behind(&house);
    assert!(
        logged.contains("\"Noticed\"") && logged.contains(why),
        "it is logged too"
    );
    for shown in [&text, &logged] {
        assert!(!shown.contains(SECRET), "the address is shown");
    }
}

#[test]
fn a_webhook_that_is_not_there_is_said_and_the_run_ends_as_it_would() {
    let house = House::with_cash(1_000_000);
    let simulator = house.start("--control 127.0.0.1:0");
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = nobody.local_addr().unwrap().port();
    drop(nobody);
    let webhook = format!("http://127.0.0.1:{port}/{SECRET}");
    let (code, text) = run(&house, &simulator, &webhook);
    assert_eq!(code, Some(0), "{text}");
    let said = "1 notice did not reach the webhook since 20";
    assert!(text.contains(said), "{text}");
    assert!(text.contains("Z: it cannot be reached"), "{text}");
    assert!(!text.contains(SECRET), "{text}");
}
