//! Notices over HTTP on loopback: what arrives, and what becomes of what does not.

#![allow(clippy::expect_used, clippy::unwrap_used)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use polyfolio_model::{ClOrdId, Ts};
use polyfolio_ports::{NotTaken, Notice, NoticeKind, Notifier};
use polyfolio_webhook::{Count, Limits, Sender, Webhook};
use serde_json::{Value, json};

/// More than any of these tests takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// The part of the address that only we and it may know.
const SECRET: &str = "T0-very-secret";

struct Request {
    head: String,
    body: Value,
}

/// A listener that answers requests with these statuses in turn, the last one for ever; 0 says
/// nothing and keeps the connection.
struct Listener {
    port: u16,
    requests: Receiver<Request>,
}

impl Listener {
    fn answering(statuses: &'static [u16]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (tell, requests) = channel();
        std::thread::spawn(move || {
            let mut kept = Vec::new();
            for (number, stream) in listener.incoming().enumerate() {
                let mut stream = stream.unwrap();
                let status = statuses[number.min(statuses.len() - 1)];
                let Some(request) = read(&stream) else {
                    continue;
                };
                if status == 0 {
                    kept.push(stream);
                } else {
                    let rest =
                        "location: http://127.0.0.1:1/\r\ncontent-length: 0\r\nconnection: close";
                    let _ = write!(stream, "HTTP/1.1 {status} Said\r\n{rest}\r\n\r\n");
                }
                if tell.send(request).is_err() {
                    return;
                }
            }
        });
        Self { port, requests }
    }

    fn webhook(&self, limits: Limits) -> Webhook {
        webhook(self.port, limits)
    }

    fn next(&self) -> Request {
        self.requests.recv_timeout(PATIENCE).expect("a request")
    }

    fn heard(self) -> usize {
        self.requests.try_iter().count()
    }
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let lower = line.to_lowercase();
        if let Some(said) = lower.strip_prefix("content-length:") {
            length = said.trim().parse().ok()?;
        }
        if line.trim().is_empty() {
            break;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body = serde_json::from_slice(&body).ok()?;
    Some(Request { head, body })
}

fn webhook(port: u16, limits: Limits) -> Webhook {
    let target = format!("http://127.0.0.1:{port}/hooks/{SECRET}");
    let sender = Sender {
        mode: "paper".to_owned(),
        broker: "ib".to_owned(),
    };
    Webhook::start(target.parse().unwrap(), sender, limits).unwrap()
}

fn quick() -> Limits {
    Limits {
        attempt: Duration::from_millis(300),
        backoff: Duration::from_millis(5),
        ..Limits::default()
    }
}

fn notice(text: &str) -> Notice {
    Notice {
        kind: NoticeKind::OrderRejected,
        time: Ts::on("2022-12-28".parse().unwrap(), 21),
        run: Some("20221228-001".to_owned()),
        symbol: Some("KO".into()),
        cl_ord_id: Some(ClOrdId {
            deployment: 1,
            run: 2,
            parent: 3,
            child: 4,
        }),
        text: text.to_owned(),
    }
}

fn untold(failed: u64, dropped: u64, why: Option<&'static str>) -> Count {
    Count {
        told: 0,
        failed,
        dropped,
        since: Some(notice("").time),
        why,
    }
}

#[test]
fn a_notice_arrives_as_it_is_documented() {
    let listener = Listener::answering(&[200]);
    let webhook = listener.webhook(quick());
    webhook.mouth().tell(notice("201 \"no\"")).unwrap();
    let Request { head, body } = listener.next();
    assert!(
        head.starts_with(&format!("POST /hooks/{SECRET} HTTP/1.1")),
        "{head}"
    );
    assert!(
        head.to_lowercase()
            .contains("content-type: application/json"),
        "{head}"
    );
    assert_eq!(
        body,
        json!({
            "schema": "polyfolio.notice/1", "kind": "order_rejected",
            "time": "2022-12-28T21:00:00Z", "text": "201 \"no\"", "mode": "paper",
            "broker": "ib", "run": "20221228-001", "symbol": "KO",
            "cl_ord_id": "00000001000000020000000300000004", "untold": 0,
            "untold_since": null,
        })
    );
    let count = webhook.close(PATIENCE);
    assert_eq!(
        count,
        Count {
            told: 1,
            ..Count::default()
        }
    );
}

#[test]
fn what_it_cannot_take_now_is_tried_again_and_told_once() {
    let listener = Listener::answering(&[500, 429, 204]);
    let webhook = listener.webhook(quick());
    webhook.mouth().tell(notice("a")).unwrap();
    for _ in 0..3 {
        assert_eq!(listener.next().body["text"], "a");
    }
    assert_eq!(webhook.close(PATIENCE).told, 1);
    assert_eq!(listener.heard(), 0);
}

#[test]
fn it_is_tried_as_often_as_may_be_and_the_next_one_says_how_many_were_lost() {
    let listener = Listener::answering(&[500, 500, 500, 200]);
    let webhook = listener.webhook(quick());
    let mut mouth = webhook.mouth();
    mouth.tell(notice("lost")).unwrap();
    mouth.tell(notice("told")).unwrap();
    for _ in 0..3 {
        assert_eq!(listener.next().body["text"], "lost");
    }
    let told = listener.next().body;
    assert_eq!(
        (&told["text"], &told["untold"], &told["untold_since"]),
        (&json!("told"), &json!(1), &json!("2022-12-28T21:00:00Z"))
    );
    let count = webhook.close(PATIENCE);
    assert_eq!((count.told, count.failed, count.dropped), (1, 1, 0));
    assert_eq!(count.why, Some("it answered that it cannot take it now"));
}

#[test]
fn what_never_came_here_is_counted_from_the_first_one_on() {
    let listener = Listener::answering(&[200]);
    let webhook = listener.webhook(quick());
    let mut mouth = webhook.mouth();
    let first = Ts::on("2022-12-28".parse().unwrap(), 20);
    mouth.missed(2, notice("").time);
    mouth.missed(3, first);
    mouth.tell(notice("told")).unwrap();
    let told = listener.next().body;
    assert_eq!(
        (&told["untold"], &told["untold_since"]),
        (&json!(5), &json!("2022-12-28T20:00:00Z"))
    );
    let count = webhook.close(PATIENCE);
    assert_eq!((count.untold(), count.since), (5, Some(first)));
}

#[test]
fn what_it_does_not_take_is_not_tried_again_and_nobody_is_followed() {
    for (status, why) in [
        (&[404_u16] as &[u16], "it answered that it does not take it"),
        (&[302], "it answered that it is somewhere else"),
    ] {
        let listener = Listener::answering(status);
        let webhook = listener.webhook(quick());
        webhook.mouth().tell(notice("a")).unwrap();
        listener.next();
        assert_eq!(webhook.close(PATIENCE), untold(1, 0, Some(why)));
        assert_eq!(listener.heard(), 0);
    }
}

#[test]
fn one_that_hangs_or_is_not_there_delays_nobody() {
    let hangs = Listener::answering(&[0]);
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let free = nobody.local_addr().unwrap().port();
    drop(nobody);
    for (port, why) in [
        (hangs.port, "it did not answer in time"),
        (free, "it cannot be reached"),
    ] {
        let webhook = webhook(port, quick());
        webhook.mouth().tell(notice("a")).unwrap();
        assert_eq!(webhook.close(PATIENCE), untold(1, 0, Some(why)));
    }
}

#[test]
fn what_does_not_fit_is_dropped_at_once_and_what_is_left_at_the_end_too() {
    let listener = Listener::answering(&[0]);
    let webhook = listener.webhook(Limits {
        waiting_max: 2,
        attempt: PATIENCE,
        ..Limits::default()
    });
    let mut mouth = webhook.mouth();
    mouth.tell(notice("on its way")).unwrap();
    listener.next();
    assert_eq!(mouth.tell(notice("waits")), Ok(()));
    assert_eq!(mouth.tell(notice("waits")), Ok(()));
    assert_eq!(mouth.tell(notice("does not fit")), Err(NotTaken));
    // One on its way without an answer, two that wait, one that did not fit.
    assert_eq!(webhook.close(Duration::from_millis(50)), untold(0, 4, None));
    assert_eq!(mouth.tell(notice("too late")), Err(NotTaken));
}

#[test]
fn nobody_is_shown_the_address() {
    let listener = Listener::answering(&[500]);
    let webhook = listener.webhook(quick());
    let mut shown = format!("{webhook:?} {:?}", webhook.mouth());
    webhook.mouth().tell(notice("a")).unwrap();
    shown.push_str(&format!("{:?}", webhook.close(PATIENCE)));
    assert!(
        !shown.contains(SECRET) && !shown.contains("127.0.0.1"),
        "{shown}"
    );
}

/// With https the first byte is that of a handshake, and nothing of a notice is said in the clear.
#[test]
fn https_speaks_tls_or_not_at_all() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, first) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut bytes = [0; 1];
            let _ = stream.read_exact(&mut bytes);
            let _ = tell.send(bytes[0]);
        }
    });
    let target = format!("https://127.0.0.1:{port}/{SECRET}");
    let webhook = Webhook::start(target.parse().unwrap(), Sender::default(), quick()).unwrap();
    webhook.mouth().tell(notice("a")).unwrap();
    assert_eq!(first.recv_timeout(PATIENCE).unwrap(), 22);
    assert_eq!(webhook.close(PATIENCE).failed, 1);
}
