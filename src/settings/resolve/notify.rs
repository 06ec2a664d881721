//! `[notify]`: who outside is told of what.

use polyfolio_ports::NoticeKind;
use polyfolio_webhook::Target;

use super::Check;
use crate::settings::fault::Fault;
use crate::settings::key::Key;
use crate::settings::raw;
use crate::settings::resolved::NotifySettings;

pub(super) fn notify(check: &Check<'_>, raw: raw::Notify) -> Result<NotifySettings, Fault> {
    let webhook = raw.webhook.map(|text| text.parse::<Target>()).transpose();
    let webhook = webhook.map_err(|bad| {
        let key = Key::of(["notify", "webhook"]);
        let expected = "a URL such as \"https://hooks.example.com/T0/x\"";
        check.refuse(&key, format!("webhook {bad}"), expected)
    })?;
    let all = || NoticeKind::ALL.map(|(kind, _)| kind).into();
    let events = raw.events.map_or_else(all, |names| {
        // The kind of the key has no other words.
        names
            .iter()
            .filter_map(|name| NoticeKind::named(name))
            .collect()
    });
    Ok(NotifySettings { webhook, events })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::keys::NOTICES;

    #[test]
    fn the_words_of_the_key_are_the_kinds_there_are() {
        assert_eq!(NoticeKind::ALL.map(|(_, name)| name), *NOTICES);
    }
}
