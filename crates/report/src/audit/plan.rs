//! A plan as it was published and journalled, as far as an audit needs it.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use polyfolio_model::{InstrumentId, Qty};
use rust_decimal::Decimal;
use serde_json::Value;

/// What a run set out from, and where it meant to arrive.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    pub(super) targets: BTreeMap<InstrumentId, Qty>,
    pub(super) positions: BTreeMap<InstrumentId, Qty>,
    pub(super) unclaimed: BTreeMap<InstrumentId, Qty>,
    /// What earlier orders might still have filled, known or not, signed: the plan left room for it.
    in_flight: BTreeMap<InstrumentId, Qty>,
    /// What the plan itself leaves as it is: the band, a lot, a refusal.
    pub(super) is_left: BTreeSet<InstrumentId>,
}

impl Plan {
    pub(super) fn read(plan: &Value) -> Self {
        let symbols = |list: &str| {
            let entries = plan[list].as_array().into_iter().flatten();
            let named = entries.filter_map(|entry| entry["symbol"].as_str());
            named.map(InstrumentId::from).collect::<Vec<_>>()
        };
        let left = [symbols("untraded"), symbols("refusals")];
        let mut in_flight = quantities(&plan["working"]);
        for (symbol, quantity) in quantities(&plan["unknown"]) {
            *in_flight.entry(symbol).or_default() += quantity;
        }
        Self {
            targets: quantities(&plan["targets"]),
            positions: quantities(&plan["positions"]),
            unclaimed: quantities(&plan["unclaimed"]),
            in_flight,
            is_left: left.into_iter().flatten().collect(),
        }
    }

    pub(super) fn position(&self, instrument: &InstrumentId) -> Qty {
        self.positions.get(instrument).copied().unwrap_or_default()
    }

    /// Whether an account short of its target by so much is short by what the plan left room for.
    pub(super) fn has_reserved(&self, instrument: &InstrumentId, short: Qty) -> bool {
        let reserved = self.in_flight.get(instrument).copied().unwrap_or_default();
        let same_way = short.is_negative() == reserved.is_negative();
        same_way && short.abs() <= reserved.abs()
    }

    pub(super) fn unclaimed(&self, instrument: &InstrumentId) -> Qty {
        self.unclaimed.get(instrument).copied().unwrap_or_default()
    }
}

fn quantities(map: &Value) -> BTreeMap<InstrumentId, Qty> {
    let entries = map.as_object().into_iter().flatten();
    let read = entries.filter_map(|(symbol, value)| {
        let quantity = match value {
            Value::String(text) => quantity(text),
            Value::Number(number) => quantity(&number.to_string()),
            _ => None,
        };
        Some((InstrumentId::from(symbol.as_str()), quantity?))
    });
    read.collect()
}

fn quantity(text: &str) -> Option<Qty> {
    let exact = Decimal::from_str(text).or_else(|_| Decimal::from_scientific(text));
    exact.ok().map(Qty::new)
}
