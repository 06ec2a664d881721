//! The published form of a plan. The envelope (schema, time) is added where it is printed.
//!
//! `sleeves`: what each sleeve should hold, before lots. `targets`: the net of the sleeves in
//! whole lots. `residues`: what a sleeve's wish has beyond its lots, so that `sleeves − residues`
//! sums to `targets`. `closes`: the decision prices. `positions`, `unclaimed`, `working`, `unknown`: the account. An order's
//! `sleeves` are how much of its quantity each sleeve wants. All maps keep the order of the plan.

use polyfolio_model::Qty;
use serde::ser::{SerializeMap, SerializeStruct};
use serde::{Serialize, Serializer};

use super::{Plan, PlannedOrder, PlannedWish, Row};
use crate::units::Units;

impl Serialize for Plan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.fields(serializer, Extent::Whole)
    }
}

/// How much of a plan is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extent {
    /// All of it.
    Whole,
    /// Without what has records of its own: crosses, and the sleeves of an order.
    Recorded,
}

/// A plan as it goes on record.
struct Recorded<'a>(&'a Plan);

impl Serialize for Recorded<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.fields(serializer, Extent::Recorded)
    }
}

impl Plan {
    /// The published form without what has records of its own: crosses, and the sleeves of an
    /// order. Of many sleeves they are more than half of it.
    pub fn recorded(&self) -> impl Serialize + '_ {
        Recorded(self)
    }

    fn fields<S: Serializer>(&self, serializer: S, extent: Extent) -> Result<S::Ok, S::Error> {
        let is_whole = extent == Extent::Whole;
        let mut json = serializer.serialize_struct("Plan", 17 + usize::from(is_whole))?;
        json.serialize_field("decision_date", &self.decision_date)?;
        json.serialize_field("nav", &self.nav)?;
        json.serialize_field("shared_nav", &self.shared_nav)?;
        json.serialize_field("sleeves", &self.by_sleeve(printed_target))?;
        json.serialize_field("targets", &self.by_symbol(|row| row.target))?;
        json.serialize_field("positions", &self.by_symbol(|row| some_units(row.held)))?;
        json.serialize_field(
            "unclaimed",
            &self.by_symbol(|row| some_units(row.unclaimed)),
        )?;
        json.serialize_field("working", &self.by_symbol(|row| some_units(row.working)))?;
        json.serialize_field("unknown", &self.by_symbol(|row| some_units(row.unknown)))?;
        json.serialize_field("closes", &self.closes())?;
        if is_whole {
            json.serialize_field("crosses", &List(|| self.crosses()))?;
        }
        json.serialize_field("residues", &self.by_sleeve(printed_residue))?;
        json.serialize_field(
            "orders",
            &List(|| self.orders.iter().map(|order| Order(self, order, extent))),
        )?;
        json.serialize_field("untraded", &self.untraded)?;
        json.serialize_field("given", &self.given)?;
        json.serialize_field("transfers", &self.transfers)?;
        json.serialize_field("refusals", &self.refusals)?;
        json.serialize_field("totals", &self.totals)?;
        json.end()
    }
}

/// An order of a plan, with the names of its sleeves.
struct Order<'a>(&'a Plan, &'a PlannedOrder, Extent);

impl Serialize for Order<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(plan, order, extent) = self;
        let is_whole = *extent == Extent::Whole;
        let mut json = serializer.serialize_struct("PlannedOrder", 5 + usize::from(is_whole))?;
        json.serialize_field("symbol", &order.symbol)?;
        json.serialize_field("side", &order.side)?;
        json.serialize_field("quantity", &order.quantity)?;
        json.serialize_field("notional", &order.notional)?;
        json.serialize_field("volume_share", &order.volume_share)?;
        if is_whole {
            json.serialize_field("sleeves", &Map(|| plan.wants(order)))?;
        }
        json.end()
    }
}

fn printed_target(wish: &PlannedWish<'_>) -> Option<Units> {
    wish.target.float().is_finite().then_some(wish.target)
}

fn printed_residue(wish: &PlannedWish<'_>) -> Option<Units> {
    Some(wish.residue()).filter(|residue| !residue.is_zero())
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

    fn by_sleeve(&self, value: fn(&PlannedWish<'_>) -> Option<Units>) -> impl Serialize + '_ {
        let wishes = move |place| {
            let entry = move |wish: PlannedWish<'_>| Some((wish.symbol.clone(), value(&wish)?));
            Map(move || self.wishes(place).filter_map(entry))
        };
        let sleeves = move || self.sleeves.iter().enumerate();
        Map(move || sleeves().map(move |(place, sleeve)| (&sleeve.id, wishes(place))))
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

/// A list of the values that a function lists.
struct List<F>(F);

impl<F, I, V> Serialize for List<F>
where
    F: Fn() -> I,
    I: IntoIterator<Item = V>,
    V: Serialize,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
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
