//! The control port, as another process drives it.

use polyfolio_simulators::tws::control::Control;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::common::{Venue, soon};
use crate::raw::Raw;

struct Driver {
    stream: BufReader<TcpStream>,
    _control: Control,
}

impl Driver {
    async fn of(venue: &Venue) -> Self {
        let any = "127.0.0.1:0".parse().unwrap();
        let control = Control::listen(any, venue.gateway.faults()).await.unwrap();
        let stream = TcpStream::connect(control.address()).await.unwrap();
        Self {
            stream: BufReader::new(stream),
            _control: control,
        }
    }

    async fn says(&mut self, line: &str) -> Value {
        let line = format!("{line}\n");
        self.stream.write_all(line.as_bytes()).await.unwrap();
        let mut answer = String::new();
        let read = soon("an answer", self.stream.read_line(&mut answer));
        read.await.unwrap();
        serde_json::from_str(&answer).unwrap()
    }
}

#[tokio::test]
async fn faults_are_ordered_and_the_truth_is_told() {
    let venue = Venue::open().await;
    let mut driver = Driver::of(&venue).await;
    let mut raw = Raw::connect(&venue, 4).await;
    raw.place(1, "BUY", 5, 101.0).await;
    raw.all().await;
    let fault = r#"{"do":"drop_after_next_order"}"#;
    assert_eq!(driver.says(fault).await, json!({"ok": true}));
    // An empty line says nothing and is not answered.
    let state = driver.says("\n{\"do\":\"state\"}").await;
    assert_eq!(state["ok"], true);
    let state = &state["state"];
    assert_eq!(state["time"], "2022-12-01T21:00:05Z");
    assert_eq!(state["positions"], json!({"AAA.NYSE": "55"}));
    assert_eq!(state["sessions"], json!([{"number": 1, "client_id": 4}]));
    assert_eq!(state["waiting"], json!([{"do": "drop_after_next_order"}]));
    let order = json!({
        "perm_id": 1_900_000_001, "client_id": 4, "order_id": 1, "order_ref": "ref-1",
        "symbol": "AAA", "side": "BUY", "quantity": "5", "filled": "5", "limit": "101",
        "status": "Filled", "works": false,
    });
    assert_eq!(state["orders"], json!([order]));
    let execution = json!({
        "exec_id": "E-1.01", "perm_id": 1_900_000_001, "order_ref": "ref-1", "symbol": "AAA",
        "side": "BUY", "quantity": "5", "price": "100.01", "time": "2022-12-01T21:00:05Z",
    });
    assert_eq!(state["executions"], json!([execution]));
    raw.place(2, "BUY", 5, 90.0).await;
    raw.is_hung_up_on().await;
}

#[tokio::test]
async fn what_is_no_command_is_refused_by_name() {
    let venue = Venue::open().await;
    let mut driver = Driver::of(&venue).await;
    for (line, expect) in [
        ("kill", "no JSON: expected value"),
        (
            "{\"do\":\"explode\"}",
            "unknown variant `explode`, expected",
        ),
        ("{\"do\":\"kill\",\"now\":true}", "unknown field `now`"),
        ("{\"do\":\"fill\"}", "no order that works fits"),
        ("{\"do\":\"roll_back_ids\",\"by\":-1}", "`by` is -1"),
        (
            "{\"do\":\"state\",\"of\":\"all\"}",
            "`state` takes nothing else",
        ),
    ] {
        let answer = driver.says(line).await;
        assert_eq!(answer["ok"], false, "{line}");
        let said = answer["error"].as_str().unwrap();
        assert!(said.contains(expect), "{line}: {said}");
    }
    let long = format!("{{\"do\":\"{}\"}}", "x".repeat(70_000));
    let answer = driver.says(&long).await;
    assert_eq!(answer["error"], "a line has at most 65536 bytes");
}

#[tokio::test]
async fn a_control_port_is_for_this_machine_alone() {
    let venue = Venue::open().await;
    let anywhere = "0.0.0.0:0".parse().unwrap();
    let listening = Control::listen(anywhere, venue.gateway.faults()).await;
    let said = listening.map(|_| ()).unwrap_err().to_string();
    assert!(
        said.contains("not an address of this machine alone"),
        "{said}"
    );
}
