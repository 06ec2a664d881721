//! The short way from bytes to a record of the frequent kinds.
//!
//! The tag of a record could stand anywhere in it, so reading one in general puts everything into
//! a buffer until the tag has been found. We write the tag first; what follows it is then read at
//! once. It knows nothing of versions.

use serde::de::DeserializeOwned;

use super::Record;

/// The record, when its tag stands first and is of a frequent kind; `None` for the general way. A
/// second tag is passed over, as any key that a record does not have.
pub(super) fn tag_first(bytes: &[u8]) -> Option<serde_json::Result<Record>> {
    // Once for the whole, not for every string in it.
    let text = std::str::from_utf8(bytes).ok()?;
    let (kind, _) = text.strip_prefix(r#"{"kind":""#)?.split_once('"')?;
    match kind {
        "parent" => Some(read(text, Record::Parent)),
        "arrived" => Some(read(text, Record::Arrived)),
        "stage" => Some(read(text, Record::Stage)),
        "intent" => Some(read(text, Record::Intent)),
        "asked" => Some(read(text, Record::Asked)),
        "fact" => Some(read(text, Record::Fact)),
        "allocated" => Some(read(text, Record::Allocated)),
        "transfer" => Some(read(text, Record::Transfer)),
        _ => None,
    }
}

fn read<T: DeserializeOwned>(text: &str, of: fn(T) -> Record) -> serde_json::Result<Record> {
    serde_json::from_str(text).map(of)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::{
        Allocated, Arrived, Asked, Fact, Intent, ParentStage, ParentStaged, Share, Transfer,
    };
    use polyfolio_model::{
        ClOrdId, ExecKind, ExecutionReport, Fill, Money, NewOrder, OrdType, RequestId, Side,
        TimeInForce, Ts,
    };

    fn general(bytes: &[u8]) -> serde_json::Result<Record> {
        serde_json::from_slice(bytes)
    }

    #[test]
    fn the_short_way_leads_where_the_general_one_does() {
        let time = Ts::from_nanos(1_672_261_200_000_000_000);
        let cl_ord_id = ClOrdId {
            deployment: 7,
            run: 1,
            parent: 1,
            child: 42,
        };
        let order = NewOrder {
            cl_ord_id,
            instrument: "A\"\\Ä\n".into(),
            side: Side::Buy,
            order_qty: 3.into(),
            ord_type: OrdType::Limit("1.50".parse().unwrap()),
            time_in_force: TimeInForce::Day,
        };
        let fill = Fill {
            exec_id: "e1".into(),
            last_qty: 2.into(),
            last_px: "10.25".parse().unwrap(),
            fee: Some("-0.01".parse().unwrap()),
            liquidity: None,
        };
        let shares = vec![Share {
            sleeve: "s".into(),
            quantity: 2.into(),
            fee: Money::ZERO,
        }];
        let parent = cl_ord_id.parent_id();
        let left = Some("late".to_owned());
        for record in [
            Record::Allocated(Allocated {
                cl_ord_id,
                exec_id: fill.exec_id.clone(),
                instrument: order.instrument.clone(),
                price: fill.last_px,
                shares,
            }),
            Record::Intent(Intent {
                order,
                attempt: 1,
                time,
                mid: Some("100.005".parse().unwrap()),
            }),
            Record::Fact(Fact {
                report: ExecutionReport {
                    cl_ord_id,
                    venue_id: Some("v".into()),
                    time,
                    kind: ExecKind::Trade(fill),
                },
                heard: time,
            }),
            Record::Asked(Asked {
                cl_ord_id,
                request: RequestId(9),
                amend: None,
                time,
            }),
            Record::Arrived(Arrived {
                parent,
                mid: "100.005".parse().unwrap(),
                time,
            }),
            Record::Stage(ParentStaged {
                parent,
                stage: ParentStage::Done { left },
                time,
            }),
            Record::Transfer(Transfer {
                run: parent.run,
                sleeve: "s".into(),
                cash: "-12.5".parse().unwrap(),
            }),
        ] {
            let bytes = record.encode().unwrap();
            let short = tag_first(&bytes).expect("a frequent kind").unwrap();
            assert_eq!(short, record);
            assert_eq!(short, general(&bytes).unwrap());
        }
    }

    /// What was written before the mid was: an intent without one.
    #[test]
    fn an_intent_without_a_mid_reads_as_it_was_written() {
        let bytes = br#"{"kind":"intent","order":{"cl_ord_id":"00000001000000020000000300000004",
            "instrument":"KO","side":"BUY","order_qty":"3","ord_type":"market",
            "time_in_force":"day"},"attempt":1,"time":"2022-12-28T21:00:00Z"}"#;
        let Record::Intent(read) = Record::decode("intent", 1, bytes).unwrap() else {
            panic!("an intent is one");
        };
        assert_eq!((read.attempt, read.mid), (1, None));
        let written = Record::Intent(read).encode().unwrap();
        assert!(!String::from_utf8(written).unwrap().contains("mid"));
    }

    #[test]
    fn what_the_general_way_refuses_the_short_one_refuses_or_leaves_to_it() {
        for text in [
            "",
            "{",
            r#"{"kind":"fact"}"#,
            r#"{"kind":"fact","report":1,"heard":2}"#,
            r#"{"kind":"transfer","run":1,"sleeve":"s","cash":"-12.5"} x"#,
            r#"{"kind":"transfer","run":1,"run":1,"sleeve":"s","cash":"-12.5"}"#,
            r#"{"kind":"nothing"}"#,
        ] {
            assert!(general(text.as_bytes()).is_err(), "{text}");
            assert!(
                tag_first(text.as_bytes()).is_none_or(|read| read.is_err()),
                "{text}"
            );
        }
        assert!(tag_first(b"{\"kind\":\"fact\xff\"}").is_none());
    }
}
