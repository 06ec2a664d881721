//! What no simulator is made of: a clear word, and the code for it.

use crate::house::House;

fn refused(house: &House, line: &str, code: i32, expect: &[&str]) {
    let output = house.command(line).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{line}: {said}");
    assert_eq!(output.stdout, b"", "{line}");
    for expect in expect {
        assert!(said.contains(expect), "{line}: {said}");
    }
}

#[test]
fn addresses() {
    let house = House::new();
    let alone = "not an address of this machine alone";
    refused(
        &house,
        "--listen 0.0.0.0:0",
        2,
        &[alone, "--listen 0.0.0.0:0"],
    );
    let control = "--listen 127.0.0.1:0 --control 0.0.0.0:0";
    refused(&house, control, 2, &[alone, "--control 0.0.0.0:0"]);
    refused(&house, "--listen localhost", 2, &["such as 127.0.0.1:4002"]);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let line = format!("--listen {address}");
    let expect = [
        &format!("cannot listen on {address}"),
        "given with --listen",
    ];
    refused(&house, &line, 2, &expect.map(|text| text as &str));
    let line = format!("--listen 127.0.0.1:0 --control {address}");
    refused(
        &house,
        &line,
        2,
        &["cannot listen on", "given with --control"],
    );
    // Told to, it listens anywhere.
    let mut anywhere = house.command("--listen 0.0.0.0:0 --beyond-loopback");
    let mut child = anywhere
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    let mut out = std::io::BufReader::new(child.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut out, &mut first).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(first.starts_with("{\"listen\":\"0.0.0.0:"), "{first}");
}

#[test]
fn scripts_and_numbers() {
    let house = House::new();
    std::fs::write(
        house.path("bad.jsonl"),
        "{\"do\":\"kill\"}\n{\"do\":\"explode\"}\n",
    )
    .unwrap();
    let line = "--listen 127.0.0.1:0 --script bad.jsonl";
    let expect = [
        "is no fault",
        "bad.jsonl, line 2: unknown variant `explode`",
    ];
    refused(&house, line, 2, &expect);
    let line = "--listen 127.0.0.1:0 --script none.jsonl";
    refused(&house, line, 2, &["none.jsonl cannot be read"]);
    refused(&house, "--faults 1.5", 2, &["from 0 to 1"]);
    refused(&house, "--faults NaN", 2, &["from 0 to 1"]);
}

#[test]
fn state_directories() {
    let house = House::new();
    std::fs::write(house.path("file"), "").unwrap();
    let line = "--listen 127.0.0.1:0 --state file";
    refused(
        &house,
        line,
        5,
        &["cannot create file", "given with --state"],
    );
    let holder = house.start("--state held");
    let line = "--listen 127.0.0.1:0 --state held";
    refused(&house, line, 5, &["held is in use by another gateway"]);
    drop(holder);
    let record = house.path("held/gateway.jsonl");
    let whole = std::fs::read_to_string(&record).unwrap();
    std::fs::write(&record, format!("{whole}nothing\n")).unwrap();
    let number = whole.lines().count() + 1;
    refused(
        &house,
        line,
        5,
        &[&format!("gateway.jsonl, line {number}: ")],
    );
    // A line without its end is cut off, and said.
    std::fs::write(&record, format!("{whole}{{\"line\"")).unwrap();
    let mut again = house.command(line);
    again.stderr(std::process::Stdio::piped());
    let mut child = again.stdout(std::process::Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    let mut out = std::io::BufReader::new(child.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut out, &mut first).unwrap();
    child.kill().unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("7 bytes are cut off"), "{said}");
}
