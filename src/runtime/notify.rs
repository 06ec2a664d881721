//! Who outside is told of what: a webhook while a process trades.

use std::sync::Arc;
use std::time::Duration;

use polyfolio_actors::notifier::Telling;
use polyfolio_webhook::{Limits, Sender, Webhook};

use crate::exit::Exit;
use crate::face::count;
use crate::failure::Failure;
use crate::settings::Loaded;

/// How long the end of a process waits for notices that are on their way (host time).
const PATIENCE: Duration = Duration::from_secs(5);

/// Notices, while they are told.
#[derive(Debug)]
pub(super) struct Notices {
    webhook: Option<Webhook>,
    telling: Option<Telling>,
}

impl Notices {
    /// Begins to tell, if anybody is to be told.
    pub(super) fn start(loaded: &Loaded) -> Result<Self, Failure> {
        let settings = &loaded.settings;
        let Some(target) = settings.notify.webhook.clone() else {
            return Ok(Self {
                webhook: None,
                telling: None,
            });
        };
        let sender = Sender {
            mode: settings.mode.to_string(),
            broker: settings.broker.to_string(),
        };
        let webhook = Webhook::start(target, sender, Limits::default()).map_err(|error| {
            Failure::new(Exit::State, format!("no thread for notices: {error}"))
        })?;
        let mouth = webhook.mouth();
        let telling = Telling {
            make: Arc::new(move || Box::new(mouth.clone())),
            kinds: settings.notify.events.clone(),
        };
        Ok(Self {
            webhook: Some(webhook),
            telling: Some(telling),
        })
    }

    /// For the actors.
    pub(super) fn telling(&self) -> Option<Telling> {
        self.telling.clone()
    }

    /// The last ones are told, not for long. What a person should know of those that were not.
    pub(super) fn close(&mut self) -> Option<String> {
        let told = self.webhook.take()?.close(PATIENCE);
        let why = told.why.map_or_else(String::new, |why| format!(": {why}"));
        let since = told.since?;
        Some(format!(
            "{} did not reach the webhook since {since}{why}",
            count(told.untold(), "notice")
        ))
    }
}
