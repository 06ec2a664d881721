//! Running a task: to its end, for a while, or until the process dies.

use std::future::{Future, pending};
use std::sync::{Arc, Mutex};

use polyfolio_actors::messages::StartRun;
use polyfolio_actors::{Office, Tempo};
use polyfolio_clock::{HostClock, Pace, PacedClock};
use polyfolio_model::Span;
use polyfolio_oms::events::Event;
use polyfolio_oms::router::StopPolicy;
use polyfolio_ports::Clock;

use super::world::start_time;
use super::{Finished, Setup};

/// A run that takes longer than this on the host's clock hangs.
const HANGS: Span = Span::from_secs(60);

impl Setup {
    /// Runs the task in a house of its own and empties it again.
    pub(crate) async fn run(&self) -> Finished {
        let clock = Arc::new(PacedClock::start(start_time(), Pace::Max).unwrap());
        let host = HostClock::start();
        tokio::select! {
            biased;
            finished = self.run_to_the_end(&clock) => finished,
            () = clock.sleep_until(start_time() + self.standstill) => panic!("the house stands still"),
            () = host.sleep_until(host.now() + HANGS) => panic!("the house hangs"),
        }
    }

    /// Runs the task for so long on its clock; none when it is not over by then. The house is left
    /// as a process leaves it that dies.
    pub(crate) async fn run_for(&self, time: Span) -> Option<Finished> {
        let clock = Arc::new(PacedClock::start(start_time(), Pace::Max).unwrap());
        let finished = tokio::select! {
            biased;
            finished = self.run_to_the_end(&clock) => Some(finished),
            () = clock.sleep_until(start_time() + time) => None,
        };
        clock.resume();
        finished
    }

    /// Runs the task in a process that dies some moments after its `nth` event; none if it did.
    pub(crate) async fn run_and_die(&self, nth: usize) -> Option<Finished> {
        let clock = Arc::new(PacedClock::start(start_time(), Pace::Max).unwrap());
        let (die, mut dies) = tokio::sync::watch::channel(0);
        let on_event = Arc::clone(&self.on_event);
        let mortal = Self {
            on_event: Arc::new(move |event| {
                die.send_modify(|count| *count += 1);
                on_event(event);
            }),
            ..self.clone()
        };
        let finished = tokio::select! {
            biased;
            _ = dies.wait_for(|count| *count >= nth) => None,
            finished = mortal.run_to_the_end(&clock) => Some(finished),
        };
        clock.resume();
        tokio::task::yield_now().await;
        finished
    }

    async fn run_to_the_end(&self, clock: &Arc<PacedClock>) -> Finished {
        let events: Arc<Mutex<Vec<Event>>> = Arc::default();
        let tempos: Arc<Mutex<Vec<Tempo>>> = Arc::default();
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let wiring = self.wiring(clock, &events, &tempos, stop);
        let mut office = Office::open(wiring).unwrap();
        let start = StartRun {
            task: self.task.clone(),
            as_of: None,
        };
        let outcome = office.run(start, self.stop_of(stopped)).await.unwrap();
        let book = office.book().await;
        office.close().await;
        clock.resume();
        let events = events.lock().unwrap().clone();
        let tempos = tempos.lock().unwrap().clone();
        Finished {
            outcome,
            book,
            events,
            tempos,
            log_lines: office.log_lines(),
        }
    }

    fn stop_of(
        &self,
        mut stopped: tokio::sync::watch::Receiver<bool>,
    ) -> impl Future<Output = StopPolicy> + use<> {
        let policy = self.stop.map(|(_, policy)| policy);
        async move {
            match policy {
                Some(policy) => {
                    // The sender lives as long as the house.
                    let _ = stopped.wait_for(|stop| *stop).await;
                    policy
                }
                None => pending().await,
            }
        }
    }
}
