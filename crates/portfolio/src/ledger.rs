//! Who owns what: positions and cash of every sleeve, in exact decimals.
//!
//! What no strategy owns stands in [`SleeveId::unassigned`], so the sleeves always sum to the
//! account. Everything that moves the ledger is one of six: a share of a fill, a fee, a cross, a
//! transfer, what goes in kind from one to another, or a difference that is adopted. The ledger does
//! not decide anything and knows no market; prices come in as an argument where a value is asked for.

use std::collections::BTreeMap;

use polyfolio_model::{InstrumentId, Money, Price, Qty, SleeveId};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The book of one sleeve.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SleeveAccount {
    /// What it holds; an instrument that is not listed is flat.
    pub positions: BTreeMap<InstrumentId, Qty>,
    /// What it has to spend; below zero when it is levered.
    pub cash: Money,
    /// All fees it has paid, already taken from the cash.
    pub fees: Money,
    /// What came in less what went out without a trade: transfers, gifts at their value, and cash
    /// adopted. Not a profit.
    pub funding: Money,
    /// The value of everything bought, crosses included.
    pub bought: Money,
    /// The value of everything sold, crosses included.
    pub sold: Money,
}

/// The books of all sleeves, `unassigned` among them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    accounts: BTreeMap<SleeveId, SleeveAccount>,
}

impl SleeveAccount {
    /// What it holds of an instrument.
    pub fn position(&self, instrument: &InstrumentId) -> Qty {
        self.positions.get(instrument).copied().unwrap_or_default()
    }

    fn trade(&mut self, instrument: &InstrumentId, signed: Qty, price: Price) {
        self.move_position(instrument, signed);
        let value = price * signed;
        self.cash -= value;
        if signed.is_positive() {
            self.bought += value;
        } else {
            self.sold -= value;
        }
    }

    fn move_position(&mut self, instrument: &InstrumentId, signed: Qty) {
        if signed.is_zero() {
            return;
        }
        let position = self.position(instrument) + signed;
        if position.is_zero() {
            self.positions.remove(instrument);
        } else {
            self.positions.insert(instrument.clone(), position);
        }
    }

    fn pay(&mut self, fee: Money) {
        self.cash -= fee;
        self.fees += fee;
    }

    fn fund(&mut self, cash: Money) {
        self.cash += cash;
        self.funding += cash;
    }
}

impl Ledger {
    /// Books one sleeve's share of an execution: a signed quantity at `price`, and its part of the
    /// fee (see [`split_fee`]).
    pub fn book_share(
        &mut self,
        sleeve: &SleeveId,
        instrument: &InstrumentId,
        signed: Qty,
        price: Price,
        fee: Money,
    ) {
        let account = self.account_mut(sleeve);
        account.trade(instrument, signed, price);
        account.pay(fee);
    }

    /// Books a cross: `from` gives `quantity` (above zero) to `to` at `price`. No fee.
    pub fn cross(
        &mut self,
        from: &SleeveId,
        to: &SleeveId,
        instrument: &InstrumentId,
        quantity: Qty,
        price: Price,
    ) {
        self.account_mut(from).trade(instrument, -quantity, price);
        self.account_mut(to).trade(instrument, quantity, price);
    }

    /// Moves cash into `sleeve` from what nobody owns; below zero out of it.
    pub fn transfer(&mut self, sleeve: &SleeveId, cash: Money) {
        self.account_mut(sleeve).fund(cash);
        self.account_mut(&SleeveId::unassigned()).fund(-cash);
    }

    /// Gives cash of one to another by a person's word: nobody earns by it.
    pub fn give_cash(&mut self, from: &SleeveId, to: &SleeveId, cash: Money) {
        self.account_mut(from).fund(-cash);
        self.account_mut(to).fund(cash);
    }

    /// Gives a signed position of one to another, in kind: its value at `price` is what the one
    /// pays out and the other is paid, nothing is bought or sold, and no cash moves.
    pub fn give_position(
        &mut self,
        from: &SleeveId,
        to: &SleeveId,
        instrument: &InstrumentId,
        signed: Qty,
        price: Price,
    ) {
        let value = price * signed;
        for (sleeve, quantity, value) in [(from, -signed, -value), (to, signed, value)] {
            let account = self.account_mut(sleeve);
            account.move_position(instrument, quantity);
            account.funding += value;
        }
    }

    /// Takes over a difference of positions into what nobody owns. It moves no cash.
    pub fn adopt_position(&mut self, instrument: &InstrumentId, difference: Qty) {
        self.account_mut(&SleeveId::unassigned())
            .move_position(instrument, difference);
    }

    /// Takes over a difference of cash into what nobody owns.
    pub fn adopt_cash(&mut self, difference: Money) {
        self.account_mut(&SleeveId::unassigned()).fund(difference);
    }

    /// The book of one sleeve; `None` when nothing was ever booked on it.
    pub fn account(&self, sleeve: &SleeveId) -> Option<&SleeveAccount> {
        self.accounts.get(sleeve)
    }

    /// Every sleeve, by name.
    pub fn accounts(&self) -> impl Iterator<Item = (&SleeveId, &SleeveAccount)> {
        self.accounts.iter()
    }

    /// What a sleeve holds of an instrument.
    pub fn position(&self, sleeve: &SleeveId, instrument: &InstrumentId) -> Qty {
        self.account(sleeve)
            .map_or(Qty::ZERO, |account| account.position(instrument))
    }

    /// What all sleeves and `unassigned` hold together: the account, as far as we know it.
    pub fn positions(&self) -> BTreeMap<InstrumentId, Qty> {
        let mut sum = BTreeMap::<_, Qty>::new();
        for account in self.accounts.values() {
            for (instrument, held) in &account.positions {
                *sum.entry(instrument.clone()).or_default() += *held;
            }
        }
        sum.retain(|_, held| !held.is_zero());
        sum
    }

    /// The cash of all sleeves and `unassigned` together.
    pub fn cash(&self) -> Money {
        self.accounts.values().map(|account| account.cash).sum()
    }

    fn account_mut(&mut self, sleeve: &SleeveId) -> &mut SleeveAccount {
        self.accounts.entry(sleeve.clone()).or_default()
    }
}

/// The fee of each sleeve; the parts sum to the fee exactly.
///
/// The fee follows the fill, in proportion to the shares; its last digit goes to the largest.
/// A fee without any quantity is split evenly over the sleeves named, and one without sleeves
/// is `unassigned`'s.
pub fn split_fee(fee: Money, shares: &[(SleeveId, Qty)]) -> Vec<(SleeveId, Money)> {
    if fee.is_zero() {
        return Vec::new();
    }
    let Some(largest) = largest_share(shares) else {
        return vec![(SleeveId::unassigned(), fee)];
    };
    let total: Decimal = shares.iter().map(|(_, share)| share.get().abs()).sum();
    let part = |share: Qty| {
        let (of, all) = if total.is_zero() {
            (Decimal::ONE, Decimal::from(shares.len()))
        } else {
            (share.get().abs(), total)
        };
        let exact = fee.get().checked_mul(of).map(|part| part / all);
        // Ten places are far below any fee's own digits and keep the sum exact.
        Money::new(exact.unwrap_or_else(|| of / all * fee.get()).round_dp(10))
    };
    let mut parts: Vec<_> = shares
        .iter()
        .map(|(sleeve, share)| (sleeve.clone(), part(*share)))
        .collect();
    let given: Money = parts.iter().map(|(_, part)| *part).sum();
    parts[largest].1 += fee - given;
    parts
}

/// The first of the largest shares.
fn largest_share(shares: &[(SleeveId, Qty)]) -> Option<usize> {
    (0..shares.len()).rev().max_by_key(|&i| shares[i].1.abs())
}
