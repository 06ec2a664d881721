//! Where notices go. Whoever knows the address may write there, so nobody is shown it.

use std::fmt;
use std::str::FromStr;

use ureq::http::Uri;

/// The address of a webhook.
#[derive(Clone, PartialEq, Eq)]
pub struct Target(Uri);

/// No address of a webhook. It does not say what it is instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTarget {
    /// No URL at all.
    #[error("is not a URL")]
    NoUrl,
    /// A URL of something else.
    #[error("is not a URL of http or https")]
    Scheme,
    /// A URL without a host.
    #[error("names no host")]
    Host,
}

impl FromStr for Target {
    type Err = BadTarget;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let uri: Uri = text.trim().parse().map_err(|_| BadTarget::NoUrl)?;
        match uri.scheme_str() {
            None => Err(BadTarget::NoUrl),
            Some("http" | "https") if uri.host().is_none_or(str::is_empty) => Err(BadTarget::Host),
            Some("http" | "https") => Ok(Self(uri)),
            Some(_) => Err(BadTarget::Scheme),
        }
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Target(not shown)")
    }
}

impl Target {
    pub(crate) fn uri(&self) -> Uri {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_on_the_web_is_one() {
        let said = [
            ("https://hooks.example.com/T0/secret?a=b", Ok(())),
            ("http://127.0.0.1:8080", Ok(())),
            ("http://[::1]:8080/x", Ok(())),
            ("hooks.example.com", Err(BadTarget::NoUrl)),
            ("/hooks", Err(BadTarget::NoUrl)),
            ("", Err(BadTarget::NoUrl)),
            ("https://", Err(BadTarget::NoUrl)),
            ("https://a b", Err(BadTarget::NoUrl)),
            ("ftp://example.com/x", Err(BadTarget::Scheme)),
        ];
        for (text, expected) in said {
            assert_eq!(text.parse::<Target>().map(drop), expected, "{text}");
        }
    }

    #[test]
    fn nobody_is_shown_it() {
        let target: Target = "https://example.com/hidden".parse().unwrap();
        assert!(!format!("{target:?}").contains("example"));
    }
}
