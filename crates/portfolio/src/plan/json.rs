//! The published form of a plan. The envelope (schema, time) is added where it is printed.
//!
//! `sleeves`: what each sleeve should hold, before lots. `targets`: the net of the sleeves in
//! whole lots. `residues`: what a sleeve's wish has beyond its lots, so that `sleeves − residues`
//! sums to `targets`. `closes`: the decision prices. `positions`, `unclaimed`, `working`, `unknown`: the account. An order's
//! `sleeves` are how much of its quantity each sleeve wants. All maps keep the order of the plan.

use polyfolio_model::Qty;
use serde::ser::{SerializeMap, SerializeStruct};
use serde::{Serialize, Serializer};

use super::{Plan, PlannedOrder, PlannedSleeve, PlannedWish, Row};
use crate::units::Units;

impl Serialize for Plan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut json = serializer.serialize_struct("Plan", 17)?;
        json.serialize_field("decision_date", &self.decision_date)?;
        json.serialize_field("nav", &self.nav)?;
        json.serialize_field("shared_nav", &self.shared_nav)?;
        json.serialize_field("sleeves", &self.by_sleeve(PlannedWish::printed_target))?;
        json.serialize_field("targets", &self.by_symbol(|row| row.target))?;
        json.serialize_field("positions", &self.by_symbol(|row| some_units(row.held)))?;
        json.serialize_field(
            "unclaimed",
            &self.by_symbol(|row| some_units(row.unclaimed)),
        )?;
        json.serialize_field("working", &self.by_symbol(|row| some_units(row.working)))?;
        json.serialize_field("unknown", &self.by_symbol(|row| some_units(row.unknown)))?;
        json.serialize_field("closes", &self.closes())?;
        json.serialize_field("crosses", &self.crosses)?;
        json.serialize_field("residues", &self.by_sleeve(PlannedWish::printed_residue))?;
        json.serialize_field("orders", &self.orders)?;
        json.serialize_field("untraded", &self.untraded)?;
        json.serialize_field("transfers", &self.transfers)?;
        json.serialize_field("refusals", &self.refusals)?;
        json.serialize_field("totals", &self.totals)?;
        json.end()
    }
}

impl Serialize for PlannedOrder {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let wants = self
            .wants
            .iter()
            .map(|(sleeve, quantity)| (sleeve, quantity));
        let mut json = serializer.serialize_struct("PlannedOrder", 5)?;
        json.serialize_field("symbol", &self.symbol)?;
        json.serialize_field("side", &self.side)?;
        json.serialize_field("quantity", &self.quantity)?;
        json.serialize_field("notional", &self.notional)?;
        json.serialize_field("sleeves", &Map(|| wants.clone()))?;
        json.end()
    }
}

impl PlannedWish {
    fn printed_target(&self) -> Option<Units> {
        self.target.float().is_finite().then_some(self.target)
    }

    fn printed_residue(&self) -> Option<Units> {
        Some(self.residue()).filter(|residue| !residue.is_zero())
    }
}

fn some_units(quantity: Qty) -> Option<Units> {
    (!quantity.is_zero()).then_some(Units::Exact(quantity))
}

impl Plan {
    fn by_symbol(&self, value: fn(&Row) -> Option<Units>) -> impl Serialize + '_ {
        let entry = move |row: &'_ Row| value(row).map(|units| (row.symbol.clone(), units));
        Map(move || self.rows.iter().filter_map(entry))
    }

    fn closes(&self) -> impl Serialize + '_ {
        let entry = |row: &Row| row.close.map(|close| (row.symbol.clone(), close.price));
        Map(move || self.rows.iter().filter_map(entry))
    }

    fn by_sleeve(&self, value: fn(&PlannedWish) -> Option<Units>) -> impl Serialize + '_ {
        Map(move || {
            self.sleeves
                .iter()
                .map(move |sleeve| (&sleeve.id, Wishes { sleeve, value }))
        })
    }
}

/// One sleeve's wishes as a map.
struct Wishes<'a> {
    sleeve: &'a PlannedSleeve,
    value: fn(&PlannedWish) -> Option<Units>,
}

impl Serialize for Wishes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entries = self.sleeve.wishes.iter();
        let entries = entries.filter_map(|wish| Some((&wish.symbol, (self.value)(wish)?)));
        collect(serializer, entries)
    }
}

/// A map of the entries that a function lists.
struct Map<F>(F);

impl<F, I, K, V> Serialize for Map<F>
where
    F: Fn() -> I,
    I: IntoIterator<Item = (K, V)>,
    K: Serialize,
    V: Serialize,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        collect(serializer, (self.0)())
    }
}

fn collect<S: Serializer, K: Serialize, V: Serialize>(
    serializer: S,
    entries: impl IntoIterator<Item = (K, V)>,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    for (key, value) in entries {
        map.serialize_entry(&key, &value)?;
    }
    map.end()
}
