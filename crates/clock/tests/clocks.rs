//! Both clocks, mostly under a paused tokio clock.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use polyfolio_clock::{CannotPause, HostClock, Pace, PacedClock, wall_now};
use polyfolio_model::{Span, Ts};
use polyfolio_ports::Clock;
use proptest::prelude::*;
use tokio::time::advance;

fn base() -> Ts {
    "2022-12-28T21:00:00Z".parse().unwrap()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn time_goes_at_its_pace() {
    for (pace, after_a_second) in [
        (Pace::Live, Span::from_secs(1)),
        (Pace::Factor(60.0), Span::from_secs(60)),
        (Pace::Factor(0.25), Span::from_millis(250)),
    ] {
        let clock = PacedClock::start(base(), pace).unwrap();
        assert_eq!(clock.now(), base());
        advance(Duration::from_secs(1)).await;
        assert_eq!(clock.now(), base() + after_a_second, "{pace}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_has_passed_is_not_waited_for_and_never_does_not_come() {
    let clock = PacedClock::start(base(), Pace::Live).unwrap();
    clock.sleep_until(base()).await;
    clock.sleep_until(base() - Span::from_secs(1)).await;
    clock.sleep_until(Ts::MIN).await;
    assert_eq!(clock.now(), base());

    let mut never = clock.sleep_until(Ts::MAX);
    advance(Duration::from_secs(300 * 365 * 86_400)).await;
    let polled = never.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert_eq!(polled, Poll::Pending);
}

#[tokio::test(start_paused = true)]
async fn waiters_wake_in_the_order_of_their_times() {
    let clock = Arc::new(PacedClock::start(base(), Pace::Factor(60.0)).unwrap());
    let (wake, woken) = channel();
    let waits = [300, 60, 180, 120, 240].map(|seconds| {
        let (clock, wake) = (Arc::clone(&clock), wake.clone());
        tokio::spawn(async move {
            clock.sleep_until(base() + Span::from_secs(seconds)).await;
            wake.send((seconds, clock.now())).unwrap();
        })
    });
    for wait in waits {
        wait.await.unwrap();
    }
    let woken: Vec<(i64, Ts)> = woken.try_iter().collect();
    assert!(
        woken
            .iter()
            .map(|(seconds, _)| *seconds)
            .eq([60, 120, 180, 240, 300])
    );
    for (seconds, at) in woken {
        let late = at.since(base() + Span::from_secs(seconds));
        assert!(
            (Span::ZERO..=Span::from_millis(60)).contains(&late),
            "{seconds} s: {late} late"
        );
    }
}

proptest! {
    #[test]
    fn nobody_wakes_before_the_time(
        nanos in 0..1_000_000_000_000i64,
        factor in prop_oneof![Just(1.0), 1e-3..1e4f64],
        gone in 0..5_000_000u64,
    ) {
        runtime().block_on(async {
            tokio::time::pause();
            advance(Duration::from_nanos(gone)).await;
            let clock = PacedClock::start(base(), Pace::Factor(factor)).unwrap();
            let at = base() + Span::from_nanos(nanos);
            clock.sleep_until(at).await;
            let late = clock.now().since(at).nanos();
            prop_assert!(late >= 0, "woke {} ns early", -late);
            prop_assert!(late as f64 <= 2e6 * factor + 1.0, "woke {late} ns late");
            Ok(())
        })?;
    }
}

#[test]
fn at_full_speed_time_jumps_while_paused_and_only_then() {
    runtime().block_on(async {
        let clock = PacedClock::start(base(), Pace::Max).unwrap();
        clock.pause().unwrap();
        clock.pause().unwrap();
        let hour = base() + Span::from_secs(3_600);
        clock.sleep_until(hour).await;
        assert!(clock.now() >= hour);

        clock.resume();
        clock.resume();
        let next = clock.now() + Span::from_secs(3_600);
        let polled = clock
            .sleep_until(next)
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
        assert_eq!(polled, Poll::Pending);
        clock.pause().unwrap();
        clock.sleep_until(next).await;
        clock.resume();
    });
}

#[test]
fn other_paces_are_never_paused() {
    runtime().block_on(async {
        let clock = PacedClock::start(base(), Pace::Live).unwrap();
        clock.pause().unwrap();
        // Would panic, had the clock been paused above.
        tokio::time::pause();
    });
}

#[test]
fn full_speed_needs_a_runtime_of_one_thread() {
    let clock = PacedClock::start(base(), Pace::Max).unwrap();
    assert_eq!(clock.pause(), Err(CannotPause));
    clock.resume();
}

#[test]
fn a_factor_that_is_no_speed_is_refused() {
    for factor in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(
            PacedClock::start(base(), Pace::Factor(factor)).is_err(),
            "{factor}"
        );
    }
}

#[test]
fn the_machines_time_passes_while_the_runs_stands_or_jumps() {
    runtime().block_on(async {
        let (host, run) = (
            HostClock::start(),
            PacedClock::start(base(), Pace::Max).unwrap(),
        );
        run.pause().unwrap();
        let began = host.now();
        run.sleep_until(base() + Span::from_secs(86_400)).await;
        assert!(
            host.now().since(began) < Span::from_secs(60),
            "a day in less than a minute"
        );

        let at = host.now() + Span::from_millis(5);
        host.sleep_until(at).await;
        assert!(host.now() >= at);
        run.resume();
    });
}

#[test]
#[cfg(target_os = "linux")]
fn a_wait_that_is_given_up_ends_its_thread() {
    let timers = || {
        let threads = std::fs::read_dir("/proc/self/task")
            .unwrap()
            .map(Result::unwrap);
        let names = threads.map(|thread| std::fs::read_to_string(thread.path().join("comm")));
        names
            .filter(|name| {
                name.as_deref()
                    .is_ok_and(|name| name.trim() == "host-timer")
            })
            .count()
    };
    runtime().block_on(async {
        let host = HostClock::start();
        let hour = host.now() + Span::from_secs(3_600);
        let mut waits: Vec<_> = (0..20).map(|_| host.sleep_until(hour)).collect();
        for wait in &mut waits {
            let polled = wait.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert_eq!(polled, Poll::Pending);
        }
        drop(waits);
        let patience = host.now() + Span::from_secs(30);
        // Another test may have a timer of its own.
        while timers() > 2 {
            assert!(host.now() < patience, "{} threads still wait", timers());
            host.sleep_until(host.now() + Span::from_millis(1)).await;
        }
    });
}

#[test]
fn the_wall_clock_is_the_systems() {
    let earlier = wall_now();
    let host = HostClock::start();
    let (now, later) = (host.now(), wall_now());
    assert!(earlier <= now && earlier > base());
    assert!(now.since(later) < Span::from_secs(1));
}
