//! The connection's states, event by event.

use proptest::prelude::*;

use super::*;

fn at(secs: i64) -> Ts {
    Ts::from_nanos(secs * 1_000_000_000)
}

struct Line {
    machine: LinkMachine,
    secs: i64,
    is_maintenance: bool,
}

impl Line {
    fn new() -> Self {
        Self {
            machine: LinkMachine::new(at(0), Span::from_secs(60)),
            secs: 0,
            is_maintenance: false,
        }
    }

    fn ready() -> Self {
        let mut line = Self::new();
        line.hears(LinkEvent::Dialling, &[]);
        line.hears(LinkEvent::Connected, &["synchronise"]);
        line.hears(LinkEvent::Synchronised, &["ready"]);
        line
    }

    /// One second later something happens.
    fn hears(&mut self, event: LinkEvent, expect: &[&str]) {
        self.secs += 1;
        let out = self.machine.on(event, at(self.secs), self.is_maintenance);
        let said: Vec<String> = out.iter().map(words).collect();
        assert_eq!(said, expect);
    }

    fn said(&mut self, code: i32, expect: &[&str]) {
        self.hears(
            LinkEvent::Said(code, format!("text:farm{}", code % 2)),
            expect,
        );
    }

    fn stands(&self, phase: Phase) {
        assert_eq!(self.machine.state().phase, phase);
    }
}

fn words(out: &LinkOut) -> String {
    match out {
        LinkOut::Ready => "ready".into(),
        LinkOut::Down(_) => "down".into(),
        LinkOut::Synchronise => "synchronise".into(),
        LinkOut::Resubscribe => "resubscribe".into(),
        LinkOut::BarsGone => "no bars".into(),
        LinkOut::AskBars => "ask bars".into(),
        LinkOut::QuotesGone => "no quotes".into(),
        LinkOut::HangUp => "hang up".into(),
        LinkOut::Tell(notice) => format!("{:?}", notice.level),
    }
}

#[test]
fn ready_comes_after_everything_was_asked() {
    let mut line = Line::new();
    line.stands(Phase::Down);
    line.hears(LinkEvent::Synchronised, &[]);
    line.hears(LinkEvent::Dialling, &[]);
    line.stands(Phase::Connecting);
    line.hears(LinkEvent::Connected, &["synchronise"]);
    line.stands(Phase::Synchronising);
    line.hears(LinkEvent::Synchronised, &["ready"]);
    line.stands(Phase::Ready);
    assert_eq!(line.machine.state().since, at(4));
    assert_eq!(line.machine.state().down, None);
}

#[test]
fn a_lost_ib_is_down_until_everything_was_asked_again() {
    for (restored, expect) in [
        (1101, &["synchronise", "resubscribe"][..]),
        (1102, &["synchronise"]),
    ] {
        for severed in [1100, 2110] {
            let mut line = Line::ready();
            line.said(severed, &["down", "no quotes", "Warning"]);
            line.stands(Phase::Down);
            line.said(restored, expect);
            line.stands(Phase::Synchronising);
            line.hears(LinkEvent::Synchronised, &["ready", "Info"]);
            line.stands(Phase::Ready);
        }
    }
}

#[test]
fn answers_from_before_the_loss_make_nothing_ready() {
    let mut line = Line::new();
    line.hears(LinkEvent::Dialling, &[]);
    line.hears(LinkEvent::Connected, &["synchronise"]);
    line.said(1100, &["no quotes", "Warning"]);
    line.hears(LinkEvent::Synchronised, &[]);
    line.stands(Phase::Down);
}

#[test]
fn a_restoration_without_a_loss_asks_again_too() {
    let mut line = Line::ready();
    line.said(1102, &["down", "synchronise"]);
    line.hears(LinkEvent::Synchronised, &["ready"]);
}

#[test]
fn a_farm_that_is_gone_degrades_and_does_not_stop() {
    let mut line = Line::ready();
    line.said(2105, &["Warning", "no bars"]);
    line.stands(Phase::Degraded);
    assert!(line.machine.is_up());
    line.said(2105, &["no bars"]);
    line.hears(
        LinkEvent::Said(2103, "x:usfarm".into()),
        &["Warning", "no quotes"],
    );
    line.hears(
        LinkEvent::Said(2104, "x:usfarm".into()),
        &["Info", "resubscribe", "ask bars"],
    );
    line.stands(Phase::Degraded);
    line.hears(
        LinkEvent::Said(2106, "x:farm1".into()),
        &["Info", "ask bars"],
    );
    line.stands(Phase::Ready);
    for idle in [2107, 2108, 2119] {
        line.said(idle, &[]);
    }
    line.said(2158, &[]);
    line.stands(Phase::Ready);
    // One that was gone and sleeps now is there again: nobody else would ever ask it.
    line.said(2105, &["Warning", "no bars"]);
    line.said(2107, &["Info", "ask bars"]);
    line.stands(Phase::Ready);
}

#[test]
fn missed_messages_begin_a_new_session() {
    for code in [-6, -7] {
        let mut line = Line::ready();
        line.said(code, &["down", "synchronise"]);
        line.hears(LinkEvent::Synchronised, &["ready"]);
    }
}

#[test]
fn a_mute_gateway_is_hung_up_on() {
    let mut line = Line::ready();
    let mute = LinkEvent::Mute(Span::from_secs(10));
    line.hears(mute, &["hang up", "down", "no quotes", "Warning"]);
    let (_, reason) = line.machine.state().down.clone().unwrap();
    assert_eq!(reason, "the gateway has not answered for 10s");
}

#[test]
fn the_same_reason_is_told_once_and_another_one_again() {
    let mut line = Line::new();
    let lost = |why: &str| LinkEvent::Lost(why.to_owned());
    line.hears(lost("refused"), &["down", "no quotes", "Warning"]);
    line.hears(LinkEvent::Dialling, &[]);
    line.hears(lost("refused"), &["no quotes"]);
    line.hears(lost("client id in use"), &["down", "no quotes", "Warning"]);
}

#[test]
fn an_outage_that_lasts_is_an_alarm_again_and_again_but_not_in_maintenance() {
    let mut line = Line::ready();
    line.is_maintenance = true;
    line.hears(
        LinkEvent::Lost("reset".into()),
        &["down", "no quotes", "Info"],
    );
    line.secs += 600;
    line.hears(LinkEvent::Tick, &[]);
    line.is_maintenance = false;
    line.hears(LinkEvent::Tick, &["Alarm"]);
    line.hears(LinkEvent::Tick, &[]);
    line.secs += 60;
    line.hears(LinkEvent::Tick, &["Alarm"]);
    line.hears(LinkEvent::Dialling, &[]);
    line.hears(LinkEvent::Connected, &["synchronise"]);
    line.hears(LinkEvent::Synchronised, &["ready", "Info"]);
    line.secs += 600;
    line.hears(LinkEvent::Tick, &[]);
}

#[test]
fn an_outage_is_as_old_as_its_beginning() {
    let mut line = Line::ready();
    line.said(1100, &["down", "no quotes", "Warning"]);
    line.hears(
        LinkEvent::Lost("gone".into()),
        &["down", "no quotes", "Warning"],
    );
    let (since, reason) = line.machine.state().down.clone().unwrap();
    assert_eq!((since, reason.as_str()), (at(4), "gone"));
}

fn event() -> impl Strategy<Value = LinkEvent> {
    let codes = prop_oneof![
        Just(1100),
        Just(1101),
        Just(1102),
        Just(1300),
        Just(2103),
        Just(2104),
        Just(2105),
        Just(2106),
        Just(2110),
        Just(-6),
        Just(-7),
        Just(-8),
        Just(399),
        Just(7)
    ];
    prop_oneof![
        Just(LinkEvent::Dialling),
        Just(LinkEvent::Connected),
        Just(LinkEvent::Synchronised),
        codes.prop_map(|code| LinkEvent::Said(code, "x".into())),
        Just(LinkEvent::Mute(Span::from_secs(1))),
        any::<bool>().prop_map(|b| LinkEvent::Lost(b.to_string())),
        Just(LinkEvent::Tick),
    ]
}

proptest! {
    /// Whatever happens: ready is said exactly when orders may leave again, and never while the
    /// gateway has lost IB or before everything was asked.
    #[test]
    fn what_is_said_is_what_stands(events in prop::collection::vec(event(), 1..60)) {
        let mut machine = LinkMachine::new(at(0), Span::from_secs(60));
        let (mut up, mut severed, mut asked) = (false, false, false);
        for (n, event) in events.iter().enumerate() {
            // An attempt begins only when there is no connection.
            if matches!(event, LinkEvent::Dialling | LinkEvent::Connected) && up {
                continue;
            }
            match event {
                LinkEvent::Said(1100 | 2110, _) => severed = true,
                LinkEvent::Said(1101 | 1102, _)
                | LinkEvent::Connected
                | LinkEvent::Lost(_)
                | LinkEvent::Mute(_) => severed = false,
                _ => {}
            }
            for out in machine.on(event.clone(), at(n as i64), false) {
                match out {
                    LinkOut::Synchronise => asked = true,
                    LinkOut::Ready => {
                        prop_assert!(!up && asked && !severed);
                        (up, asked) = (true, false);
                    }
                    LinkOut::Down(_) => up = false,
                    _ => {}
                }
            }
            prop_assert_eq!(machine.is_up(), up, "after {:?}", event);
            prop_assert_eq!(machine.state().down.is_none(), up);
        }
    }
}
