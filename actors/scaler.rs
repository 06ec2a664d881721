//! From what the sleeves wish to what the book sends: waits until every sleeve has spoken, the
//! account is marked and the closes are known, then plans.
//!
//! In: `RequestPlan`, `TargetsPublished`, `ClosesPublished`, `NavMarked`, `ExecutePlan`. Out:
//! `PlanMade` to the conductor, `TargetsScaled` to the order router.
//! Mailbox: 16,384, room for every sleeve. A sleeve that has not spoken in time (host time: a
//! strategy that hangs must not stop the clock) has failed, and the declared policy decides.
//! It sends nothing to a broker and writes nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix::prelude::*;
use chrono::NaiveDate;
use indexmap::IndexMap;
use polyfolio_execution::AlgoSpec;
use polyfolio_model::{Currency, Instrument, InstrumentId, Money, Price, Qty, SleeveId, Span};
use polyfolio_oms::records::AtDeadline;
use polyfolio_oms::router::{PlannedCross, PlannedParent, RunPlan};
use polyfolio_portfolio::plan::{Account, Close, PlanSettings, PlannedOrder};
use polyfolio_portfolio::scaling::Sizing;
use polyfolio_portfolio::{Plan, PlanInput, RiskLimits, SleeveInput, Wish, plan};
use polyfolio_ports::{Clock, Closes, Targets};

use crate::mail::{Mail, Station};
use crate::messages::{
    BookMark, ClosesPublished, ExecutePlan, NavMarked, PlanMade, RequestPlan, SleeveSaid,
    TargetsPublished, TargetsScaled,
};
use crate::switchboard::Switchboard;

/// What happens when a strategy fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnStrategyFailure {
    /// Its sleeve stays as it is, the others go on.
    HoldSleeve,
    /// Nothing is planned.
    Abort,
}

/// How an order for so much of an instrument is worked.
pub type AlgoChoice = Arc<dyn Fn(&Instrument, Qty) -> AlgoSpec + Send + Sync>;

/// How parents are worked.
#[derive(Clone)]
pub struct ExecutionSettings {
    /// The algorithm of each order.
    pub algo: AlgoChoice,
    /// How long a run may take.
    pub horizon: Span,
    /// What happens to the remainder then.
    pub at_deadline: AtDeadline,
    /// No child above this quantity.
    pub max_child: Option<Qty>,
    /// How long a sweep may wait for the market.
    pub sweep_for: Span,
}

impl std::fmt::Debug for ExecutionSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ExecutionSettings")
            .field("horizon", &self.horizon)
            .finish_non_exhaustive()
    }
}

/// How the book is sized.
#[derive(Clone, Debug)]
pub struct ScalerSettings {
    /// Sleeves and weights, in config order.
    pub weights: IndexMap<SleeveId, f64>,
    /// Sizing, netting, rounding.
    pub plan: PlanSettings,
    /// What is allowed.
    pub limits: RiskLimits,
    /// What instruments without rules are counted in.
    pub base_currency: Currency,
    /// Trading rules.
    pub instruments: BTreeMap<InstrumentId, Instrument>,
    /// How parents are worked.
    pub execution: ExecutionSettings,
    /// What happens when a strategy fails.
    pub on_strategy_failure: OnStrategyFailure,
    /// How long a strategy may compute (host time).
    pub strategy_timeout: Span,
}

/// How many messages may wait.
pub const MAILBOX: usize = 16_384;

/// The actor.
pub struct Scaler {
    settings: Arc<ScalerSettings>,
    host: Arc<dyn Clock>,
    board: Arc<Switchboard>,
    asked: Option<Asked>,
    answers: BTreeMap<SleeveId, Result<Targets, String>>,
    closes: Option<Result<Closes, String>>,
    nav: Option<NavMarked>,
    made: Option<Box<RunPlan>>,
}

/// A plan that is wanted.
#[derive(Debug)]
struct Asked {
    by: u64,
    timeout: SpawnHandle,
}

impl std::fmt::Debug for Scaler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scaler")
            .field("asked", &self.asked)
            .finish_non_exhaustive()
    }
}

impl Scaler {
    /// A scaler that was asked for nothing.
    pub fn new(
        settings: Arc<ScalerSettings>,
        host: Arc<dyn Clock>,
        board: Arc<Switchboard>,
    ) -> Self {
        let (answers, closes) = (BTreeMap::new(), None);
        Self {
            settings,
            host,
            board,
            asked: None,
            answers,
            closes,
            nav: None,
            made: None,
        }
    }

    fn try_plan(&mut self, ctx: &mut Context<Self>) {
        let complete = self.answers.len() == self.settings.weights.len();
        if complete && self.closes.is_some() && self.nav.is_some() {
            self.plan(ctx);
        }
    }

    fn plan(&mut self, ctx: &mut Context<Self>) {
        let Some(asked) = self.asked.take() else {
            return;
        };
        ctx.cancel_future(asked.timeout);
        let made = self.make();
        self.made.clone_from(&made.run);
        let line = &self.board.plan_made;
        let _ = self
            .board
            .post
            .send(&Station::Scaler, line, made, Some(asked.by));
    }

    fn make(&mut self) -> PlanMade {
        let sleeves = self.sleeves_said();
        let nav = self
            .nav
            .as_ref()
            .and_then(|marked| marked.nav.as_ref().ok());
        let nav = nav.map(|nav| nav.account);
        match self.make_plan() {
            Ok(plan) => {
                let run = Some(Box::new(self.run_of(&plan)));
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

    fn make_plan(&self) -> Result<Plan, String> {
        let marked = self
            .nav
            .as_ref()
            .ok_or("the account was not marked in time")?;
        let closes = self
            .closes
            .clone()
            .ok_or("the closes did not come in time")??;
        if self.settings.plan.scale.sizing == Sizing::Nav {
            marked.nav.as_ref().map_err(String::clone)?;
        }
        let book = &marked.book;
        let account = account_of(book, marked);
        let inputs = self.inputs()?;
        let prices = closes
            .prices
            .iter()
            .map(|(id, (date, price))| {
                (
                    id.clone(),
                    Close {
                        price: *price,
                        date: *date,
                    },
                )
            })
            .collect();
        Ok(plan(&PlanInput {
            decision_date: self.decision_date(closes.date),
            settings: &self.settings.plan,
            limits: &self.settings.limits,
            trading: book.trading,
            sleeves: &inputs,
            account: &account,
            ledger: &book.ledger,
            instruments: &self.settings.instruments,
            prices: &prices,
        }))
    }

    /// The date of the closes; without a history, the last date of the sleeves' NAVs.
    fn decision_date(&self, of_closes: NaiveDate) -> NaiveDate {
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

    fn inputs(&self) -> Result<Vec<SleeveInput>, String> {
        let input = |(id, weight): (&SleeveId, &f64)| {
            let answer = self
                .answers
                .get(id)
                .cloned()
                .unwrap_or_else(|| Err(LATE.to_owned()));
            let wish = match answer {
                Ok(targets) => Wish::Targets {
                    positions: targets.positions.into_iter().collect(),
                    nav: targets.nav,
                },
                Err(_) if self.settings.on_strategy_failure == OnStrategyFailure::HoldSleeve => {
                    Wish::Hold
                }
                Err(error) => return Err(format!("sleeve {id}: {error}")),
            };
            Ok(SleeveInput {
                id: id.clone(),
                weight: *weight,
                wish,
            })
        };
        self.settings.weights.iter().map(input).collect()
    }

    fn sleeves_said(&self) -> Vec<SleeveSaid> {
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

    /// The plan as the router takes it.
    fn run_of(&self, plan: &Plan) -> RunPlan {
        let execution = &self.settings.execution;
        RunPlan {
            decision_date: plan.decision_date,
            horizon: execution.horizon,
            plan: serde_json::to_value(plan).unwrap_or_default(),
            transfers: plan
                .transfers
                .iter()
                .map(|t| (t.sleeve.clone(), t.cash))
                .collect(),
            crosses: plan.crosses.iter().map(cross_of).collect(),
            parents: plan
                .orders
                .iter()
                .map(|order| self.parent_of(order))
                .collect(),
        }
    }

    fn parent_of(&self, order: &PlannedOrder) -> PlannedParent {
        let execution = &self.settings.execution;
        // Without lots a plan needs no trading rules, and an order none of its own.
        let unruled = || Instrument {
            id: order.symbol.clone(),
            tick: Price::ZERO,
            lot: Qty::ZERO,
            min_notional: Money::ZERO,
            currency: self.settings.base_currency.clone(),
        };
        let instrument = self
            .settings
            .instruments
            .get(&order.symbol)
            .cloned()
            .unwrap_or_else(unruled);
        PlannedParent {
            side: order.side,
            order_qty: order.order_qty,
            wants: order.wants.clone(),
            algo: (execution.algo)(&instrument, order.order_qty),
            instrument,
            limit: None,
            max_child: execution.max_child,
            decision_price: order.price,
            at_deadline: execution.at_deadline,
            sweep_for: execution.sweep_for,
        }
    }
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

fn cross_of(cross: &polyfolio_portfolio::plan::Cross) -> PlannedCross {
    PlannedCross {
        instrument: cross.symbol.clone(),
        quantity: cross.quantity,
        price: cross.price,
        from: cross.from.clone(),
        to: cross.to.clone(),
    }
}

impl Actor for Scaler {
    type Context = Context<Self>;

    fn stopped(&mut self, _: &mut Self::Context) {
        self.board.report_stopped(&Station::Scaler);
    }
}

impl Handler<Mail<RequestPlan>> for Scaler {
    type Result = ();

    fn handle(&mut self, mail: Mail<RequestPlan>, ctx: &mut Self::Context) {
        self.answers.clear();
        self.made = None;
        if let Some(former) = self.asked.take() {
            ctx.cancel_future(former.timeout);
        }
        let patience = self
            .host
            .sleep_until(self.host.now() + self.settings.strategy_timeout);
        let waited = patience
            .into_actor(self)
            .map(|(), scaler, ctx| scaler.plan(ctx));
        let timeout = ctx.spawn(waited);
        self.asked = Some(Asked {
            by: mail.id,
            timeout,
        });
    }
}

impl Handler<Mail<TargetsPublished>> for Scaler {
    type Result = ();

    fn handle(&mut self, mail: Mail<TargetsPublished>, ctx: &mut Self::Context) {
        // A sleeve that speaks after the plan was made is too late.
        if self.asked.is_some() {
            self.answers.insert(mail.body.sleeve, mail.body.targets);
            self.try_plan(ctx);
        }
    }
}

impl Handler<Mail<ClosesPublished>> for Scaler {
    type Result = ();

    fn handle(&mut self, mail: Mail<ClosesPublished>, ctx: &mut Self::Context) {
        self.closes = Some(mail.body.0);
        self.try_plan(ctx);
    }
}

impl Handler<Mail<NavMarked>> for Scaler {
    type Result = ();

    fn handle(&mut self, mail: Mail<NavMarked>, ctx: &mut Self::Context) {
        self.nav = Some(mail.body);
        self.try_plan(ctx);
    }
}

impl Handler<Mail<ExecutePlan>> for Scaler {
    type Result = ();

    fn handle(&mut self, mail: Mail<ExecutePlan>, _: &mut Self::Context) {
        let Some(made) = self.made.take() else { return };
        let line = &self.board.targets_scaled;
        let sent = self
            .board
            .post
            .send(&Station::Scaler, line, TargetsScaled(made), Some(mail.id));
        if let Err(undelivered) = sent {
            self.made = Some(undelivered.body.0);
        }
    }
}
