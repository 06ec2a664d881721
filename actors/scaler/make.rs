//! From everything that was said to a plan, or to why there is none.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use polyfolio_model::{InstrumentId, Price, SleeveId};
use polyfolio_portfolio::plan::{Account, Close};
use polyfolio_portfolio::scaling::Sizing;
use polyfolio_portfolio::{Plan, PlanInput, SleeveInput, Wish, plan};
use polyfolio_ports::Targets;

use super::{OnStrategyFailure, Scaler, ScalerSettings};
use crate::messages::{BookMark, NavMarked, PlanMade, SleeveSaid};

impl Scaler {
    pub(super) fn make(&mut self) -> PlanMade {
        let sleeves = self.sleeves_said();
        let nav = self
            .nav
            .as_ref()
            .and_then(|marked| marked.nav.as_ref().ok());
        let nav = nav.map(|nav| nav.account);
        match self.make_plan() {
            Ok(plan) => {
                let run = Some(Box::new(self.run_of(&plan, &sleeves)));
                PlanMade {
                    plan: Ok(Box::new(plan)),
                    sleeves,
                    nav,
                    run,
                }
            }
            Err(error) => PlanMade {
                plan: Err(error),
                sleeves,
                nav,
                run: None,
            },
        }
    }

    pub(super) fn make_plan(&mut self) -> Result<Plan, String> {
        let marked = self
            .nav
            .as_ref()
            .ok_or("the account was not marked in time")?;
        let closes = self
            .closes
            .as_ref()
            .ok_or("the closes did not come in time")?;
        let closes = closes.as_ref().map_err(String::clone)?;
        if self.settings.plan.scale.sizing == Sizing::Nav {
            marked.nav.as_ref().map_err(String::clone)?;
        }
        let loss = self.loss(marked);
        let trading = self.trading(marked.book.trading, loss.as_ref());
        let decision_date = self.decision_date(closes.date);
        let inputs = inputs(&self.settings, &mut self.answers)?;
        let close = |(id, (date, price)): (&InstrumentId, &(NaiveDate, Price))| {
            let (date, price) = (*date, *price);
            let volume = closes.volumes.get(id).copied();
            let close = Close {
                price,
                date,
                volume,
            };
            (id.clone(), close)
        };
        let mut plan = plan(&PlanInput {
            decision_date,
            settings: &self.settings.plan,
            limits: &self.settings.limits,
            trading,
            sleeves: &inputs,
            account: &account_of(&marked.book, marked),
            ledger: &marked.book.ledger,
            instruments: &self.settings.instruments,
            prices: &closes.prices.iter().map(close).collect(),
        });
        plan.refusals.extend(loss);
        Ok(plan)
    }

    /// The date of the closes; without a history, the last date of the sleeves' NAVs.
    pub(super) fn decision_date(&self, of_closes: NaiveDate) -> NaiveDate {
        let has_prices = matches!(&self.closes, Some(Ok(closes)) if !closes.prices.is_empty());
        let of_sleeves = self
            .answers
            .values()
            .filter_map(|answer| answer.as_ref().ok())
            .filter_map(|targets| targets.nav.iter().map(|(date, _)| *date).max())
            .max();
        if has_prices {
            of_closes
        } else {
            of_sleeves.unwrap_or(of_closes)
        }
    }

    pub(super) fn sleeves_said(&self) -> Vec<SleeveSaid> {
        let navs = self
            .nav
            .as_ref()
            .and_then(|marked| marked.nav.as_ref().ok());
        let said = self.settings.weights.keys().map(|sleeve| {
            let answer = self.answers.get(sleeve);
            let targets = answer.and_then(|answer| answer.as_ref().ok());
            SleeveSaid {
                sleeve: sleeve.clone(),
                nav: navs.and_then(|nav| nav.sleeves.get(sleeve).copied()),
                why: match answer {
                    Some(Ok(targets)) => Ok(targets.why.clone()),
                    Some(Err(error)) => Err(error.clone()),
                    None => Err(LATE.to_owned()),
                },
                wants: targets.map_or(0, |targets| {
                    targets
                        .positions
                        .iter()
                        .filter(|(_, quantity)| *quantity != 0.0)
                        .count()
                }),
            }
        });
        said.collect()
    }
}

/// What the sleeves wish, taken out of their answers: they are asked again for the next plan.
fn inputs(
    settings: &ScalerSettings,
    answers: &mut BTreeMap<SleeveId, Result<Targets, String>>,
) -> Result<Vec<SleeveInput>, String> {
    let input = |(id, weight): (&SleeveId, &f64)| {
        let answer = answers.remove(id).unwrap_or_else(|| Err(LATE.to_owned()));
        let wish = match answer {
            Ok(Targets { positions, nav, .. }) => Wish::Targets { positions, nav },
            Err(_) if settings.on_strategy_failure == OnStrategyFailure::HoldSleeve => Wish::Hold,
            Err(error) => return Err(format!("sleeve {id}: {error}")),
        };
        Ok(SleeveInput {
            id: id.clone(),
            weight: *weight,
            wish,
        })
    };
    settings.weights.iter().map(input).collect()
}

const LATE: &str = "it did not answer in time";

fn account_of(book: &BookMark, marked: &NavMarked) -> Account {
    Account {
        nav: marked.nav.as_ref().ok().map(|nav| nav.account),
        positions: book.account.positions.clone().into_iter().collect(),
        working: book.working.clone(),
        unknown: book.unknown.clone(),
    }
}
