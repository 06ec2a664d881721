//! A gateway that comes back: its record is read, and what was under way goes on.
//!
//! The ledger is built by the code that lives: what the market's tape reports is heard as it was
//! heard, with nobody connected. Orders and cancels that were handed to the market and had not
//! arrived there are handed over again. New terms that had not arrived are lost, as on a broken
//! wire: nobody was told of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use polyfolio_matching::{Happening, SyntheticVenue, TapeEvent, VenueCommand};
use polyfolio_model::{Amend, ClOrdId, InstrumentId, Price, Qty, Ts};

use super::Desk;
use super::holdings::Holdings;
use super::ledger::Asked;
use super::order::{Terms, name_of};
use super::place::new_order;
use crate::tws::GatewayError;
use crate::tws::config::GatewayConfig;
use crate::tws::record::{FORMAT, Line, RecordFile};

/// What a start found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// How many lines the record had.
    pub lines: usize,
    /// How many bytes of an unfinished last line were cut off.
    pub torn_bytes: u64,
}

/// A record that is being read.
#[derive(Debug)]
struct Replay {
    desk: Desk,
    opening: BTreeMap<InstrumentId, Qty>,
    is_priced: bool,
    /// Orders that were to be cancelled, and fills that were to follow a confirmed cancel.
    cancels: BTreeSet<u32>,
    late: BTreeMap<u32, Option<Qty>>,
}

impl Desk {
    /// A gateway that goes on where the record of a folder ends; without one it begins now.
    pub(crate) fn resume(
        config: GatewayConfig,
        dir: &Path,
        now: Ts,
    ) -> Result<(Self, Recovered), GatewayError> {
        config.check()?;
        let mut lines = Vec::new();
        let keep = |line| {
            lines.push(line);
            Ok(())
        };
        let (record, torn_bytes) = RecordFile::open(dir, keep)?;
        let recovered = Recovered {
            lines: lines.len(),
            torn_bytes,
        };
        let desk = match lines.is_empty() {
            true => Self::first(config, record, now)?,
            false => Self::again(config, lines, record, now)?,
        };
        match desk.failure() {
            Some(failure) => Err(GatewayError::Broken(failure)),
            None => Ok((desk, recovered)),
        }
    }

    fn first(config: GatewayConfig, record: RecordFile, now: Ts) -> Result<Self, GatewayError> {
        let account = config.account.clone();
        let mut desk = Self::unopened(config)?;
        desk.record = Some(record);
        let format = FORMAT;
        desk.note(&Line::Opened { format, account });
        desk.note(&Line::Started { time: now });
        desk.faults.starts = 1;
        desk.begin(now)?;
        Ok(desk)
    }

    fn again(
        config: GatewayConfig,
        lines: Vec<Line>,
        record: RecordFile,
        now: Ts,
    ) -> Result<Self, GatewayError> {
        let tape = lines.iter().filter_map(|line| match line {
            Line::Venue { event } => Some(event.clone()),
            _ => None,
        });
        let market = SyntheticVenue::restore(config.venue(), tape, Some(now))?;
        let mut desk = Self::unopened(config)?;
        desk.market = market;
        let mut replay = Replay {
            desk,
            opening: BTreeMap::new(),
            is_priced: false,
            cancels: BTreeSet::new(),
            late: BTreeMap::new(),
        };
        lines.into_iter().try_for_each(|line| replay.line(line))?;
        let (cancels, late) = (replay.cancels, replay.late);
        let mut desk = replay.desk;
        desk.record = Some(record);
        desk.faults.starts += 1;
        desk.note(&Line::Started { time: now });
        // A record that was begun and not priced, and stocks that are new since.
        desk.begin(now)?;
        desk.ledger.forget(now);
        desk.take_up(cancels, late, now);
        Ok(desk)
    }

    /// Hands over again what had not arrived at the market.
    fn take_up(&mut self, cancels: BTreeSet<u32>, late: BTreeMap<u32, Option<Qty>>, now: Ts) {
        let is_open = |id| {
            let order = self.market.book().order(id);
            order.is_some_and(|record| record.is_open())
        };
        let lost = self.ledger.orders().filter(|entry| entry.is_open());
        let lost = lost.filter(|entry| !self.market.book().knows(entry.cl_ord_id()));
        let lost: Vec<_> = lost
            .filter_map(|entry| {
                let stock = self.config.stocks.get(entry.terms.stock)?;
                Some(new_order(entry, stock.instrument().clone()))
            })
            .collect();
        let fresh: BTreeSet<ClOrdId> = lost.iter().map(|order| order.cl_ord_id).collect();
        let works = |id: ClOrdId| is_open(id) || fresh.contains(&id);
        let cancels = cancels.into_iter().map(name_of);
        let cancels: Vec<ClOrdId> = cancels.filter(|id| works(*id)).collect();
        let late = late
            .into_iter()
            .map(|(number, most)| (name_of(number), most));
        let late: Vec<(ClOrdId, Option<Qty>)> = late.filter(|(id, _)| works(*id)).collect();
        for order in lost {
            self.command(VenueCommand::New(order), now);
        }
        for id in cancels {
            self.send_cancel(id, now);
        }
        for (id, most) in late {
            self.fill_later(id, most, now);
        }
    }

    fn place_of(&self, instrument: &InstrumentId) -> Result<usize, GatewayError> {
        let mut stocks = self.config.stocks.iter();
        let place = stocks.position(|stock| stock.instrument() == instrument);
        place.ok_or_else(|| GatewayError::Unlisted(instrument.clone()))
    }
}

impl Replay {
    fn line(&mut self, line: Line) -> Result<(), GatewayError> {
        let desk = &mut self.desk;
        match line {
            Line::Opened { account, .. } if account != desk.config.account => {
                return Err(GatewayError::OtherAccount {
                    have: account,
                    asked: desk.config.account.clone(),
                });
            }
            Line::Opened { .. } => {}
            Line::Started { .. } => desk.faults.starts += 1,
            Line::Entered {
                number,
                client_id,
                order_id,
                order_ref,
                outside_rth,
                order,
            } => {
                let terms = Terms {
                    stock: desk.place_of(&order.instrument)?,
                    side: order.side,
                    quantity: order.order_qty,
                    ord_type: order.ord_type,
                    tif: order.time_in_force,
                    order_ref,
                    outside_rth,
                };
                desk.ledger.uses(client_id, order_id);
                desk.ledger.enter_as(number, client_id, order_id, terms);
            }
            Line::Used {
                client_id,
                order_id,
                ..
            } => desk.ledger.uses(client_id, order_id),
            Line::CancelAsked { number } => {
                self.cancels.insert(number);
            }
            Line::CancelConfirmed { number, time, late } => {
                desk.canceled(name_of(number), "", time);
                // What trades late is cancelled after that.
                self.cancels.remove(&number);
                self.late.insert(number, late);
            }
            Line::RolledBack { by, client_id } => desk.ledger.roll_back(by, client_id),
            Line::Midnight => desk.ledger.midnights += 1,
            Line::Venue { event } => self.happened(&event)?,
        }
        Ok(())
    }

    fn happened(&mut self, event: &TapeEvent) -> Result<(), GatewayError> {
        let desk = &mut self.desk;
        match &event.what {
            Happening::Opened { positions, .. } => {
                self.opening = positions.iter().cloned().collect()
            }
            Happening::Market(set) if !self.is_priced => {
                let starts = set.starts.iter();
                let starts: Vec<(InstrumentId, Price)> =
                    starts.map(|s| (s.instrument.clone(), s.price)).collect();
                desk.ledger.holdings = Holdings::opening(&self.opening, &starts);
                self.is_priced = true;
            }
            Happening::Accepted { order, .. } => drop(desk.place_of(&order.instrument)?),
            Happening::Replaced {
                request,
                order_qty,
                ord_type,
                ..
            } => {
                let amend = Amend {
                    order_qty: *order_qty,
                    price: ord_type.limit(),
                    trigger: ord_type.trigger(),
                };
                desk.ledger.asked_before(*request, Asked::Amend(amend));
            }
            _ => {}
        }
        if let Some(report) = event.report() {
            desk.reported(&report);
        }
        Ok(())
    }
}
