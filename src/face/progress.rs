//! A run as it goes: a bar on a terminal, a line per fill for who asks for it, silence on a pipe.
//!
//! It hears the events of the book and remembers only what it draws.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use polyfolio_model::{InstrumentId, Money, ParentId, Price, Qty, SleeveId, Span, Ts, convert};
use polyfolio_oms::events::{Event, Recovered};

use super::next_step::with_flags;
use super::recovery_text::{RecoveryHeader, recovery_text};
use super::stopped_text::next_step;
use super::wrap::PAGE;
use super::{Style, count, fit, money, page, quantity, sentence, signed_money};

/// Steps of the bar.
const STEPS: u64 = 1_000;

/// How much is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Nothing.
    Nothing,
    /// What was found at the start, and a bar on a terminal.
    Progress,
    /// And every fill.
    Fills,
}

/// Hears a run and shows it.
#[derive(Clone, Debug)]
pub struct Progress(Arc<Mutex<Drawn>>);

#[derive(Debug)]
struct Drawn {
    told: Told,
    bar: ProgressBar,
    /// The state directory, as a person writes it.
    state: String,
    /// What a next step needs to mean the same portfolio.
    flags: String,
    recovered: Option<Recovered>,
    shares: BTreeMap<ParentId, f64>,
    parents: usize,
    done: usize,
    unknown: usize,
    /// When the run must be over, and the last time anybody spoke of.
    deadline: Option<Ts>,
    heard: Option<Ts>,
}

impl Progress {
    /// Shows a run on stderr.
    pub fn new(told: Told, state: String, flags: String) -> Self {
        let is_seen = told != Told::Nothing && std::io::stderr().is_terminal();
        let target = if is_seen {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(STEPS), target);
        // A line with a bar has no room on a narrow page, and what is too long is cut off.
        let looks = match page::talk_width() {
            PAGE.. => "  {bar:25} {percent:>3}%   {msg}",
            _ => "  {percent:>3}%   {wide_msg}",
        };
        let looks = ProgressStyle::with_template(looks);
        if let Ok(looks) = looks {
            bar.set_style(looks.progress_chars("█▌ "));
        }
        Self(Arc::new(Mutex::new(Drawn {
            told,
            bar,
            state,
            flags,
            recovered: None,
            shares: BTreeMap::new(),
            parents: 0,
            done: 0,
            unknown: 0,
            deadline: None,
            heard: None,
        })))
    }

    /// Takes an event.
    pub fn hear(&self, event: &Event) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .hear(event);
    }

    /// Shows a line of somebody else's.
    pub fn tell(&self, text: &str) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .say(text);
    }

    /// Takes the bar away.
    pub fn clear(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .bar
            .finish_and_clear();
    }
}

impl Drawn {
    fn hear(&mut self, event: &Event) {
        match event {
            Event::Recovered(found) => {
                self.done = found.done;
                self.recovered = Some(found.clone());
            }
            Event::Reconciled(found) => {
                if let Some(recovered) = self.recovered.take() {
                    let header = RecoveryHeader {
                        state: self.state.clone(),
                        after: Some(recovered.elapsed),
                        done: recovered.done,
                        left: Some(recovered.left),
                    };
                    let style = Style::of(&std::io::stderr());
                    let text = recovery_text(&recovered, found, &header, style);
                    if !text.is_empty() {
                        self.say(text.trim_end());
                    }
                }
            }
            Event::RunPlanned {
                label,
                parents,
                deadline,
                ..
            } => {
                self.parents = *parents as usize;
                self.deadline = Some(*deadline);
                if *parents > 0 {
                    let orders = count(*parents, "parent order");
                    self.say(&format!("run {label} · {orders}"));
                }
            }
            Event::Filled {
                parent,
                parent_cum,
                parent_qty,
                heard,
                ..
            } => {
                self.heard = Some(*heard);
                self.shares.insert(*parent, share(*parent_cum, *parent_qty));
                self.tell_fill(event);
            }
            Event::ParentStaged { parent, stage, .. } if stage.is_done() => {
                self.shares.insert(*parent, 1.0);
                self.done += 1;
            }
            Event::OrderUnknown { symbol, cl_ord_id } => {
                self.unknown += 1;
                self.say(&format!(
                    "  {symbol}: no answer to order {cl_ord_id}; it is reserved"
                ));
            }
            Event::OrderDenied {
                symbol,
                message,
                code,
                ..
            } => {
                self.say(&format!("  {symbol}: denied ({code}): {message}"));
            }
            Event::OrderChanged {
                symbol,
                text: Some(text),
                ..
            } => {
                self.say(&format!("  {symbol}: the broker refused an order: {text}"));
            }
            Event::BreakFound(found) => self.say(&format!("  break: {}", found.message)),
            Event::TradingChanged { state, reason } => {
                self.say(&format!("  trading is {state}: {reason}"));
            }
            Event::InstrumentStopped { symbol, reason } => {
                self.say(&format!("  {symbol} stops: {reason}"));
                let next = format!("  {}", next_step(reason));
                self.say(&with_flags(&next, &self.flags));
            }
            Event::InstrumentFreed { symbol } => self.say(&format!("  {symbol} goes on")),
            Event::ResolveRefused { reason, .. } => self.say(&format!("  {reason}")),
            Event::SnapshotFailed { reason } => self.say(&format!("  {reason}; asking again")),
            _ => return,
        }
        self.draw();
    }

    fn draw(&self) {
        let parents = self.parents.max(self.shares.len()).max(1);
        let filled: f64 = self.shares.values().sum();
        self.bar
            .set_position((filled / parents as f64 * STEPS as f64) as u64);
        let working = parents.saturating_sub(self.done);
        let unknown = self.unknown;
        let left = self
            .deadline
            .zip(self.heard)
            .map(|(deadline, heard)| deadline.since(heard).max(Span::ZERO));
        let left = left.map_or_else(String::new, |left| format!("   {left} left"));
        let done = self.done;
        self.bar.set_message(format!(
            "{done} done · {working} working · {unknown} unknown{left}"
        ));
    }

    fn tell_fill(&self, event: &Event) {
        let Event::Filled {
            symbol,
            side,
            last_qty,
            last_px,
            fee,
            shares,
            heard,
            ..
        } = event
        else {
            return;
        };
        if self.told == Told::Fills {
            self.say(&fill_line(
                symbol,
                &format!("{side}"),
                *last_qty,
                *last_px,
                *fee,
                shares,
                *heard,
            ));
        }
    }

    fn say(&self, line: &str) {
        if self.told == Told::Nothing {
            return;
        }
        let line = fit(&sentence(line), page::talk_width());
        if self.bar.is_hidden() {
            eprintln!("{line}");
        } else {
            self.bar.println(line);
        }
    }
}

fn fill_line(
    symbol: &InstrumentId,
    side: &str,
    last_qty: Qty,
    last_px: Price,
    fee: Money,
    shares: &[(SleeveId, Qty)],
    heard: Ts,
) -> String {
    let sleeves: Vec<String> = shares
        .iter()
        .map(|(id, got)| format!("{id} {}", quantity(got.abs())))
        .collect();
    format!(
        "  {}  {side:<4} {:>7} {symbol:<6} @ {:>9}  fee {:>6}   {}",
        heard.datetime().format("%H:%M:%S"),
        quantity(last_qty),
        money(Money::new(last_px.get())),
        signed_money(fee).trim_start_matches('+'),
        sleeves.join(" · "),
    )
}

fn share(part: Qty, whole: Qty) -> f64 {
    (convert::qty_f64(part) / convert::qty_f64(whole)).clamp(0.0, 1.0)
}
