//! What a plan on record says of one instrument.
//!
//! The plan is read by its published names (`polyfolio plan --json`). One that an older program wrote
//! may lack some: what is not there is not known.

use std::collections::BTreeMap;

use polyfolio_model::{InstrumentId, Price, Qty, Side, SleeveId};
use polyfolio_oms::records::Parent;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// What was wanted of an instrument, and what there was.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Wanted {
    /// The close that decided.
    pub close: Option<Price>,
    /// What the account held.
    pub held: Qty,
    /// What of it nobody owned.
    pub unclaimed: Qty,
    /// What orders at work could still fill.
    pub working: Qty,
    /// What orders of unknown fate could fill.
    pub unknown: Qty,
    /// The net of the sleeves in whole lots.
    pub target: Option<Value>,
    /// What each sleeve wanted.
    pub sleeves: BTreeMap<SleeveId, Wish>,
    /// Which way the order went.
    pub side: Option<Side>,
    /// How much was ordered.
    pub quantity: Option<Value>,
    /// Why a difference was left as it was.
    pub untraded: Option<String>,
    /// What was refused, each in a sentence.
    pub refused: Vec<String>,
}

/// What a sleeve wanted of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Wish {
    /// Its scaled target, before lots.
    pub target: Option<Value>,
    /// What of it no whole lot holds.
    pub residue: Option<Value>,
    /// Its part of the order.
    pub ordered: Qty,
    /// What it said for itself.
    pub why: Option<String>,
}

impl Wanted {
    /// Nothing when the plan does not speak of the instrument.
    pub(super) fn of(plan: &Value, symbol: &InstrumentId, parent: Option<&Parent>) -> Option<Self> {
        let name = symbol.to_string();
        if !symbols(plan).contains(symbol) {
            return None;
        }
        let order = listed(plan, "orders", &name).next();
        let untraded = listed(plan, "untraded", &name).next();
        let refused = listed(plan, "refusals", &name);
        let quantity = |field: &str| read(&plan[field][&name]).unwrap_or_default();
        Some(Self {
            close: read(&plan["closes"][&name]),
            held: quantity("positions"),
            unclaimed: quantity("unclaimed"),
            working: quantity("working"),
            unknown: quantity("unknown"),
            target: there(&plan["targets"][&name]),
            sleeves: wishes(plan, &name, parent),
            side: order.and_then(|order| read(&order["side"])),
            quantity: order.and_then(|order| there(&order["quantity"])),
            untraded: untraded.and_then(|found| read(&found["reason"])),
            refused: refused
                .filter_map(|found| read(&found["message"]))
                .collect(),
        })
    }
}

impl Wanted {
    /// What the order alone says.
    pub(super) fn of_parent(parent: &Parent) -> Self {
        let wish = |(sleeve, ordered): &(SleeveId, Qty)| {
            let ordered = *ordered;
            let wish = Wish {
                ordered,
                ..Wish::default()
            };
            (sleeve.clone(), wish)
        };
        Self {
            close: parent.decision_price,
            side: Some(parent.side),
            quantity: Some(Value::from(parent.order_qty.to_string())),
            sleeves: parent.wants.iter().map(wish).collect(),
            ..Self::default()
        }
    }
}

/// Every instrument that a plan speaks of, in the order of its symbols.
pub(super) fn symbols(plan: &Value) -> Vec<InstrumentId> {
    let maps = ["targets", "positions"].map(|field| &plan[field]);
    let by_sleeve = entries(&plan["sleeves"]).map(|(_, wishes)| wishes);
    let named = maps.into_iter().chain(by_sleeve).flat_map(entries);
    let mut symbols: Vec<InstrumentId> = named.map(|(name, _)| name.as_str().into()).collect();
    let listed = ["orders", "untraded", "refusals"].map(|field| plan[field].as_array());
    let listed = listed.into_iter().flatten().flatten();
    symbols.extend(listed.filter_map(|found| read::<InstrumentId>(&found["symbol"])));
    symbols.sort();
    symbols.dedup();
    symbols
}

/// Sleeves that want some of it or none, and those whose part of the order it is.
fn wishes(plan: &Value, name: &str, parent: Option<&Parent>) -> BTreeMap<SleeveId, Wish> {
    let ordered: BTreeMap<&str, Qty> = parent
        .into_iter()
        .flat_map(|parent| &parent.wants)
        .map(|(sleeve, want)| (sleeve.as_str(), *want))
        .collect();
    let speaks =
        |sleeve: &str| !plan["sleeves"][sleeve][name].is_null() || ordered.contains_key(sleeve);
    let wish = |sleeve: &str| Wish {
        target: there(&plan["sleeves"][sleeve][name]),
        residue: there(&plan["residues"][sleeve][name]),
        ordered: ordered.get(sleeve).copied().unwrap_or_default(),
        why: read(&plan["why"][sleeve]),
    };
    let of_plan = entries(&plan["sleeves"]).map(|(sleeve, _)| sleeve.as_str());
    let sleeves = of_plan.chain(ordered.keys().copied());
    sleeves
        .filter(|sleeve| speaks(sleeve))
        .map(|sleeve| (sleeve.into(), wish(sleeve)))
        .collect()
}

fn entries(map: &Value) -> impl Iterator<Item = (&String, &Value)> {
    map.as_object().into_iter().flat_map(Map::iter)
}

fn listed<'a>(plan: &'a Value, field: &str, name: &'a str) -> impl Iterator<Item = &'a Value> {
    let all = plan[field].as_array().into_iter().flatten();
    all.filter(move |found| found["symbol"] == name)
}

fn there(value: &Value) -> Option<Value> {
    (!value.is_null()).then(|| value.clone())
}

fn read<T: DeserializeOwned>(value: &Value) -> Option<T> {
    serde_json::from_value(value.clone()).ok()
}
