//! Posting: few attempts, each with a limit, and words of our own for what went wrong.

use std::sync::Arc;

use polyfolio_ports::Notice;
use ureq::Agent;

use crate::body::{Sender, body};
use crate::queue::Queue;
use crate::{Count, Limits, Target};

pub(crate) struct Post {
    agent: Agent,
    target: Target,
    sender: Sender,
    limits: Limits,
    queue: Arc<Queue>,
}

/// What came of an attempt.
enum Attempt {
    Accepted,
    /// Another attempt may do better.
    Failed(&'static str),
    /// None will.
    Refused(&'static str),
}

impl Post {
    pub(crate) fn new(target: Target, sender: Sender, limits: Limits, queue: Arc<Queue>) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(limits.attempt))
            .http_status_as_error(false)
            // The address is for whoever it names.
            .max_redirects(0)
            .user_agent(concat!("polyfolio/", env!("CARGO_PKG_VERSION")))
            .build();
        Self {
            agent: config.into(),
            target,
            sender,
            limits,
            queue,
        }
    }

    /// Until there is nothing more.
    pub(crate) fn work(&self) {
        while let Some((notice, before)) = self.queue.take() {
            let outcome = self.tell(&notice, &before);
            self.queue.done(outcome);
        }
    }

    fn tell(&self, notice: &Notice, before: &Count) -> Result<(), &'static str> {
        let body = body(notice, &self.sender, before).to_string();
        let (mut attempts, mut backoff) = (0, self.limits.backoff);
        loop {
            let why = match self.attempt(&body) {
                Attempt::Accepted => return Ok(()),
                Attempt::Refused(why) => return Err(why),
                Attempt::Failed(why) => why,
            };
            attempts += 1;
            if attempts >= self.limits.attempts_max || !self.queue.pause(backoff) {
                return Err(why);
            }
            backoff = backoff.saturating_mul(2);
        }
    }

    fn attempt(&self, body: &str) -> Attempt {
        let request = self.agent.post(self.target.uri());
        let request = request.header("content-type", "application/json");
        match request.send(body) {
            Ok(answer) => match answer.status().as_u16() {
                200..=299 => Attempt::Accepted,
                408 | 429 | 500..=599 => Attempt::Failed("it answered that it cannot take it now"),
                300..=399 => Attempt::Refused("it answered that it is somewhere else"),
                _ => Attempt::Refused("it answered that it does not take it"),
            },
            // What the client says may hold the address.
            Err(ureq::Error::Timeout(_)) => Attempt::Failed("it did not answer in time"),
            Err(ureq::Error::HostNotFound) => Attempt::Failed("its host is not known"),
            Err(ureq::Error::Io(_) | ureq::Error::ConnectionFailed) => {
                Attempt::Failed("it cannot be reached")
            }
            Err(_) => Attempt::Failed("it cannot be spoken to"),
        }
    }
}
