use super::*;

fn price(text: &str) -> Price {
    text.parse().unwrap()
}

fn order(ord_type: &str, time_in_force: &str) -> Result<NewOrder, String> {
    let text = format!(
        r#"{{"cl_ord_id":"0000000700000001000000010000002a","instrument":"KO","side":"BUY","order_qty":"3","ord_type":{ord_type},"time_in_force":"{time_in_force}"}}"#
    );
    let read: NewOrder = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    assert_eq!(serde_json::to_string(&read).unwrap(), text);
    Ok(read)
}

/// What stands in journals and on tapes that were written before there were stops.
#[test]
fn orders_of_before_there_were_stops_read_and_write_as_they_did() {
    let types = [
        (r#""market""#, OrdType::Market),
        (r#"{"limit":"1.5"}"#, OrdType::Limit(price("1.5"))),
    ];
    let times = [
        ("day", TimeInForce::Day),
        ("good_till_cancel", TimeInForce::GoodTillCancel),
        ("immediate_or_cancel", TimeInForce::ImmediateOrCancel),
    ];
    for (text, ord_type) in types {
        for (tif, time_in_force) in times {
            let read = order(text, tif).unwrap();
            assert_eq!(
                (read.ord_type, read.time_in_force),
                (ord_type, time_in_force)
            );
        }
    }
    for text in [
        r#"{"order_qty":"3","price":"1.5"}"#,
        r#"{"order_qty":"3","price":null}"#,
    ] {
        let amend: Amend = serde_json::from_str(text).unwrap();
        assert_eq!(amend.trigger, None);
        assert_eq!(serde_json::to_string(&amend).unwrap(), text);
    }
}

#[test]
fn stops_and_on_close_orders_have_a_form_of_their_own() {
    let stop = order(r#"{"stop":"95.5"}"#, "day").unwrap();
    assert_eq!(stop.ord_type, OrdType::Stop(price("95.5")));
    let both = order(r#"{"stop_limit":{"trigger":"95.5","limit":"95"}}"#, "day").unwrap();
    let (trigger, limit) = (price("95.5"), price("95"));
    assert_eq!(both.ord_type, OrdType::StopLimit { trigger, limit });
    let close = order(r#""market""#, "at_the_close").unwrap();
    assert_eq!(close.time_in_force, TimeInForce::AtTheClose);
    assert!(order(r#"{"stop_limit":{"trigger":"95.5"}}"#, "day").is_err());
    assert!(order(r#""stop""#, "day").is_err());
}

#[test]
fn a_stop_is_not_for_the_close() {
    for (ord_type, expect) in [
        (r#""market""#, None),
        (r#"{"limit":"1.5"}"#, None),
        (r#"{"stop":"95.5"}"#, Some("95.5")),
        (
            r#"{"stop_limit":{"trigger":"95.5","limit":"95"}}"#,
            Some("95.5"),
        ),
    ] {
        let refused = order(ord_type, "at_the_close").unwrap().check_terms();
        let trigger = refused.err().map(|refused| refused.trigger);
        assert_eq!(trigger, expect.map(price), "{ord_type}");
        assert_eq!(order(ord_type, "day").unwrap().check_terms(), Ok(()));
    }
}

#[test]
fn a_type_is_its_prices_and_new_terms_never_change_the_type() {
    let types = [
        OrdType::Market,
        OrdType::Limit(price("1")),
        OrdType::Stop(price("2")),
        OrdType::StopLimit {
            trigger: price("3"),
            limit: price("4"),
        },
    ];
    let (seven, eight) = (Some(price("7")), Some(price("8")));
    for ord_type in types {
        let (limit, trigger) = (ord_type.limit(), ord_type.trigger());
        assert_eq!(OrdType::of(limit, trigger), ord_type);
        assert_eq!(ord_type.triggered(), OrdType::of(limit, None));
        for (price, new_trigger) in [(None, None), (seven, None), (None, eight), (seven, eight)] {
            let amend = Amend {
                order_qty: 1.into(),
                price,
                trigger: new_trigger,
            };
            let lacks = (price.is_some() && limit.is_none())
                || (new_trigger.is_some() && trigger.is_none());
            let expect = OrdType::of(price.or(limit), new_trigger.or(trigger));
            assert_eq!(ord_type.amended(&amend), (!lacks).then_some(expect));
        }
    }
}
