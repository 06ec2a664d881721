//! The messages' field numbers, against the published ones: what prost writes, byte for byte, next
//! to what a writer of ten lines makes of the table.

use std::collections::BTreeMap;

use polyfolio_simulators::tws::messages::*;
use prost::Message;

enum Value {
    Int(i64),
    Float(f64),
    Text(&'static str),
    Nested(Vec<u8>),
}
use Value::{Float, Int, Nested, Text};

type Table = BTreeMap<String, BTreeMap<String, u64>>;

#[derive(serde::Deserialize)]
struct File {
    provenance: String,
    fields: Table,
}

fn table() -> Table {
    let text = include_str!("../data/tws-fields.json");
    let file: File = serde_json::from_str(text).unwrap();
    assert!(file.provenance.contains("server version 226"));
    file.fields
}

fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn field(number: u64, value: &Value, out: &mut Vec<u8>) {
    let (kind, bytes) = match value {
        Int(n) => {
            varint(number << 3, out);
            return varint(*n as u64, out);
        }
        Float(n) => {
            varint(number << 3 | 1, out);
            return out.extend(n.to_le_bytes());
        }
        Text(text) => (2, text.as_bytes().to_vec()),
        Nested(bytes) => (2, bytes.clone()),
    };
    varint(number << 3 | kind, out);
    varint(bytes.len() as u64, out);
    out.extend(bytes);
}

/// Every field of the message that the table has is given, and comes out under its number.
fn check(name: &str, message: &impl Message, values: Vec<(&str, Value)>) {
    let numbers = &table()[name];
    let mut fields: Vec<(u64, Value)> = values
        .into_iter()
        .map(|(field, value)| (numbers[field], value))
        .collect();
    assert_eq!(fields.len(), numbers.len(), "{name}: a field is missing");
    fields.sort_by_key(|(number, _)| *number);
    let mut expect = Vec::new();
    fields
        .iter()
        .for_each(|(number, value)| field(*number, value, &mut expect));
    assert_eq!(message.encode_to_vec(), expect, "{name}");
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn notices_and_ids() {
    check(
        "NextValidId",
        &NextValidId { order_id: Some(7) },
        vec![("order_id", Int(7))],
    );
    let message = ErrorMessage {
        id: Some(-1),
        error_time: Some(1_669_928_405_000),
        error_code: Some(2104),
        error_msg: some("OK"),
        advanced_order_reject_json: some("{}"),
    };
    let values = vec![
        ("id", Int(-1)),
        ("error_time", Int(1_669_928_405_000)),
        ("error_code", Int(2104)),
        ("error_msg", Text("OK")),
        ("advanced_order_reject_json", Text("{}")),
    ];
    check("ErrorMessage", &message, values);
}

#[test]
fn statuses_and_executions() {
    let message = OrderStatus {
        order_id: Some(1),
        status: some("Filled"),
        filled: some("2"),
        remaining: some("0"),
        avg_fill_price: Some(1.5),
        perm_id: Some(1_900_000_001),
        parent_id: Some(3),
        last_fill_price: Some(2.5),
        client_id: Some(4),
        why_held: some("locate"),
        mkt_cap_price: Some(3.5),
    };
    let values = vec![
        ("order_id", Int(1)),
        ("status", Text("Filled")),
        ("filled", Text("2")),
        ("remaining", Text("0")),
        ("avg_fill_price", Float(1.5)),
        ("perm_id", Int(1_900_000_001)),
        ("parent_id", Int(3)),
        ("last_fill_price", Float(2.5)),
        ("client_id", Int(4)),
        ("why_held", Text("locate")),
        ("mkt_cap_price", Float(3.5)),
    ];
    check("OrderStatus", &message, values);
    let message = Execution {
        order_id: Some(1),
        exec_id: some("E-1.01"),
        time: some("now"),
        acct_number: some("DU1"),
        exchange: some("SMART"),
        side: some("BOT"),
        shares: some("10"),
        price: Some(1.5),
        perm_id: Some(2),
        client_id: Some(3),
        cum_qty: some("11"),
        avg_price: Some(2.5),
        order_ref: some("ref"),
        last_liquidity: Some(1),
    };
    let values = vec![
        ("order_id", Int(1)),
        ("exec_id", Text("E-1.01")),
        ("time", Text("now")),
        ("acct_number", Text("DU1")),
        ("exchange", Text("SMART")),
        ("side", Text("BOT")),
        ("shares", Text("10")),
        ("price", Float(1.5)),
        ("perm_id", Int(2)),
        ("client_id", Int(3)),
        ("cum_qty", Text("11")),
        ("avg_price", Float(2.5)),
        ("order_ref", Text("ref")),
        ("last_liquidity", Int(1)),
    ];
    check("Execution", &message, values);
    let message = CommissionAndFeesReport {
        exec_id: some("E-1.01"),
        commission_and_fees: Some(1.5),
        currency: some("USD"),
        realized_pnl: Some(2.5),
        bond_yield: Some(3.5),
        yield_redemption_date: some("never"),
    };
    let values = vec![
        ("exec_id", Text("E-1.01")),
        ("commission_and_fees", Float(1.5)),
        ("currency", Text("USD")),
        ("realized_pnl", Float(2.5)),
        ("bond_yield", Float(3.5)),
        ("yield_redemption_date", Text("never")),
    ];
    check("CommissionAndFeesReport", &message, values);
}

#[test]
fn an_order_and_its_contract() {
    let contract = Contract {
        con_id: Some(1),
        symbol: some("a"),
        sec_type: some("b"),
        last_trade_date_or_contract_month: some("c"),
        strike: Some(1.5),
        right: some("d"),
        multiplier: Some(2.5),
        exchange: some("e"),
        primary_exch: some("f"),
        currency: some("g"),
        local_symbol: some("h"),
        trading_class: some("i"),
        sec_id_type: some("j"),
        sec_id: some("k"),
    };
    let values = vec![
        ("con_id", Int(1)),
        ("symbol", Text("a")),
        ("sec_type", Text("b")),
        ("last_trade_date_or_contract_month", Text("c")),
        ("strike", Float(1.5)),
        ("right", Text("d")),
        ("multiplier", Float(2.5)),
        ("exchange", Text("e")),
        ("primary_exch", Text("f")),
        ("currency", Text("g")),
        ("local_symbol", Text("h")),
        ("trading_class", Text("i")),
        ("sec_id_type", Text("j")),
        ("sec_id", Text("k")),
    ];
    check("Contract", &contract, values);
    let order = Order {
        client_id: Some(1),
        order_id: Some(2),
        perm_id: Some(3),
        parent_id: Some(4),
        action: some("BUY"),
        total_quantity: some("5"),
        order_type: some("LMT"),
        lmt_price: Some(1.5),
        aux_price: Some(2.5),
        tif: some("DAY"),
        account: some("DU1"),
        outside_rth: Some(true),
        oca_group: some("a"),
        order_ref: some("b"),
        what_if: Some(true),
        transmit: Some(true),
        filled_quantity: some("6"),
    };
    let values = vec![
        ("client_id", Int(1)),
        ("order_id", Int(2)),
        ("perm_id", Int(3)),
        ("parent_id", Int(4)),
        ("action", Text("BUY")),
        ("total_quantity", Text("5")),
        ("order_type", Text("LMT")),
        ("lmt_price", Float(1.5)),
        ("aux_price", Float(2.5)),
        ("tif", Text("DAY")),
        ("account", Text("DU1")),
        ("outside_rth", Int(1)),
        ("oca_group", Text("a")),
        ("order_ref", Text("b")),
        ("what_if", Int(1)),
        ("transmit", Int(1)),
        ("filled_quantity", Text("6")),
    ];
    check("Order", &order, values);
    let nested = |message: &dyn Fn() -> Vec<u8>| Nested(message());
    let values = vec![
        ("order_id", Int(9)),
        ("contract", nested(&|| contract.encode_to_vec())),
        ("order", nested(&|| order.encode_to_vec())),
    ];
    let request = PlaceOrderRequest {
        order_id: Some(9),
        contract: Some(contract.clone()),
        order: Some(order.clone()),
    };
    check("PlaceOrderRequest", &request, values);
}

#[test]
fn account_values_positions_and_ticks() {
    let message = AccountSummary {
        req_id: Some(1),
        account: some("DU1"),
        tag: some("NetLiquidation"),
        value: some("2"),
        currency: some("USD"),
    };
    let values = vec![
        ("req_id", Int(1)),
        ("account", Text("DU1")),
        ("tag", Text("NetLiquidation")),
        ("value", Text("2")),
        ("currency", Text("USD")),
    ];
    check("AccountSummary", &message, values);
    let contract = Contract::default();
    let message = Position {
        account: some("DU1"),
        contract: Some(contract),
        position: some("0"),
        avg_cost: Some(1.5),
    };
    let values = vec![
        ("account", Text("DU1")),
        ("contract", Nested(Vec::new())),
        ("position", Text("0")),
        ("avg_cost", Float(1.5)),
    ];
    check("Position", &message, values);
    let message = TickPrice {
        req_id: Some(1),
        tick_type: Some(2),
        price: Some(-1.0),
        size: some("0"),
        attr_mask: Some(3),
    };
    let values = vec![
        ("req_id", Int(1)),
        ("tick_type", Int(2)),
        ("price", Float(-1.0)),
        ("size", Text("0")),
        ("attr_mask", Int(3)),
    ];
    check("TickPrice", &message, values);
}

#[test]
fn bars_and_the_account_as_a_whole() {
    let contract = Contract {
        con_id: Some(7),
        ..Contract::default()
    };
    let nested = contract.encode_to_vec();
    let message = HistoricalDataRequest {
        req_id: Some(2),
        contract: Some(contract.clone()),
        end_date_time: some("t4"),
        bar_size_setting: some("t5"),
        duration: some("t6"),
        use_rth: Some(true),
        what_to_show: some("t8"),
        format_date: Some(9),
        keep_up_to_date: Some(true),
    };
    let values = vec![
        ("req_id", Int(2)),
        ("contract", Nested(nested.clone())),
        ("end_date_time", Text("t4")),
        ("bar_size_setting", Text("t5")),
        ("duration", Text("t6")),
        ("use_rth", Int(1)),
        ("what_to_show", Text("t8")),
        ("format_date", Int(9)),
        ("keep_up_to_date", Int(1)),
    ];
    check("HistoricalDataRequest", &message, values);
    let bar = HistoricalDataBar {
        date: some("t2"),
        open: Some(3.5),
        high: Some(4.5),
        low: Some(5.5),
        close: Some(6.5),
        volume: some("t7"),
        wap: some("t8"),
        bar_count: Some(9),
    };
    let values = vec![
        ("date", Text("t2")),
        ("open", Float(3.5)),
        ("high", Float(4.5)),
        ("low", Float(5.5)),
        ("close", Float(6.5)),
        ("volume", Text("t7")),
        ("wap", Text("t8")),
        ("bar_count", Int(9)),
    ];
    check("HistoricalDataBar", &bar, values);
    let message = HistoricalData {
        req_id: Some(2),
        historical_data_bars: vec![bar.clone()],
    };
    let values = vec![
        ("req_id", Int(2)),
        ("historical_data_bars", Nested(bar.encode_to_vec())),
    ];
    check("HistoricalData", &message, values);
    let message = HistoricalDataEnd {
        req_id: Some(2),
        start_date_str: some("t3"),
        end_date_str: some("t4"),
    };
    let values = vec![
        ("req_id", Int(2)),
        ("start_date_str", Text("t3")),
        ("end_date_str", Text("t4")),
    ];
    check("HistoricalDataEnd", &message, values);
    let message = HistoricalDataUpdate {
        req_id: Some(2),
        historical_data_bar: Some(bar.clone()),
    };
    let values = vec![
        ("req_id", Int(2)),
        ("historical_data_bar", Nested(bar.encode_to_vec())),
    ];
    check("HistoricalDataUpdate", &message, values);
    let message = CancelHistoricalData { req_id: Some(2) };
    let values = vec![("req_id", Int(2))];
    check("CancelHistoricalData", &message, values);
    let message = HeadTimestampRequest {
        req_id: Some(2),
        contract: Some(contract.clone()),
        use_rth: Some(true),
        what_to_show: some("t5"),
        format_date: Some(6),
    };
    let values = vec![
        ("req_id", Int(2)),
        ("contract", Nested(nested.clone())),
        ("use_rth", Int(1)),
        ("what_to_show", Text("t5")),
        ("format_date", Int(6)),
    ];
    check("HeadTimestampRequest", &message, values);
    let message = HeadTimestamp {
        req_id: Some(2),
        head_timestamp: some("t3"),
    };
    let values = vec![("req_id", Int(2)), ("head_timestamp", Text("t3"))];
    check("HeadTimestamp", &message, values);
    let message = CancelHeadTimestamp { req_id: Some(2) };
    let values = vec![("req_id", Int(2))];
    check("CancelHeadTimestamp", &message, values);
    let message = RealTimeBarsRequest {
        req_id: Some(2),
        contract: Some(contract.clone()),
        bar_size: Some(4),
        what_to_show: some("t5"),
        use_rth: Some(true),
    };
    let values = vec![
        ("req_id", Int(2)),
        ("contract", Nested(nested.clone())),
        ("bar_size", Int(4)),
        ("what_to_show", Text("t5")),
        ("use_rth", Int(1)),
    ];
    check("RealTimeBarsRequest", &message, values);
    let message = RealTimeBarTick {
        req_id: Some(2),
        time: Some(3),
        open: Some(4.5),
        high: Some(5.5),
        low: Some(6.5),
        close: Some(7.5),
        volume: some("t8"),
        wap: some("t9"),
        count: Some(10),
    };
    let values = vec![
        ("req_id", Int(2)),
        ("time", Int(3)),
        ("open", Float(4.5)),
        ("high", Float(5.5)),
        ("low", Float(6.5)),
        ("close", Float(7.5)),
        ("volume", Text("t8")),
        ("wap", Text("t9")),
        ("count", Int(10)),
    ];
    check("RealTimeBarTick", &message, values);
    let message = CancelRealTimeBars { req_id: Some(2) };
    let values = vec![("req_id", Int(2))];
    check("CancelRealTimeBars", &message, values);
    let message = AccountDataRequest {
        subscribe: Some(true),
        acct_code: some("t3"),
    };
    let values = vec![("subscribe", Int(1)), ("acct_code", Text("t3"))];
    check("AccountDataRequest", &message, values);
    let message = AccountValue {
        key: some("t2"),
        value: some("t3"),
        currency: some("t4"),
        account_name: some("t5"),
    };
    let values = vec![
        ("key", Text("t2")),
        ("value", Text("t3")),
        ("currency", Text("t4")),
        ("account_name", Text("t5")),
    ];
    check("AccountValue", &message, values);
    let message = PortfolioValue {
        contract: Some(contract.clone()),
        position: some("t3"),
        market_price: Some(4.5),
        market_value: Some(5.5),
        average_cost: Some(6.5),
        unrealized_pnl: Some(7.5),
        realized_pnl: Some(8.5),
        account_name: some("t9"),
    };
    let values = vec![
        ("contract", Nested(nested.clone())),
        ("position", Text("t3")),
        ("market_price", Float(4.5)),
        ("market_value", Float(5.5)),
        ("average_cost", Float(6.5)),
        ("unrealized_pnl", Float(7.5)),
        ("realized_pnl", Float(8.5)),
        ("account_name", Text("t9")),
    ];
    check("PortfolioValue", &message, values);
    let message = AccountUpdateTime {
        time_stamp: some("t2"),
    };
    let values = vec![("time_stamp", Text("t2"))];
    check("AccountUpdateTime", &message, values);
    let message = AccountDataEnd {
        account_name: some("t2"),
    };
    let values = vec![("account_name", Text("t2"))];
    check("AccountDataEnd", &message, values);
    let message = AutoOpenOrdersRequest {
        auto_bind: Some(true),
    };
    let values = vec![("auto_bind", Int(1))];
    check("AutoOpenOrdersRequest", &message, values);
}
