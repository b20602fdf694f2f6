//! Where a broker is found: a host and a port.

use crate::base::log::visible;
use std::fmt;

/// A broker's name and port as configured or as the cluster advertises it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Endpoint {
    /// An IPv6 address stands here without brackets, however it was written: so both spellings are equal.
    host: String,
    pub port: u16,
}

impl Endpoint {
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        let mut host = host.into();
        let bare = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).filter(|h| h.contains(':'));
        if let Some(bare) = bare {
            host = bare.to_owned();
        }
        Self { host, port }
    }

    /// What a broker says about where it, or another one, is. A port has 16 bits; of a larger number the
    /// lower ones count, as in librdkafka: connecting then fails, and that is logged.
    #[must_use]
    pub fn advertised(host: &str, port: i32) -> Self {
        Self::new(host, port as u16)
    }

    /// The host for the resolver.
    #[must_use]
    pub fn node(&self) -> &str {
        self.host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(&self.host)
    }

    /// The host as it is shown.
    #[must_use]
    pub fn shown_host(&self) -> String {
        let host = visible(&self.host);
        if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.into_owned() }
    }

    /// Whether there is no address yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.host.is_empty()
    }
}

/// The one way in which an address is shown: in log lines, texts of errors, names of brokers and statistics.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.shown_host(), self.port)
    }
}

#[cfg(test)]
mod tests;
