//! `http://` and `https://` addresses.

use crate::net::Endpoint;

/// Where a request goes. Texts of refusals are libcurl's, which librdkafka shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    pub is_https: bool,
    pub endpoint: Endpoint,
    /// Path and query, beginning with `/`.
    pub target: String,
    /// What the server is told of where it was found.
    pub host: String,
}

impl Url {
    /// Reads an address. Without a scheme it is `http`; user name, password and fragment are left out.
    ///
    /// # Errors
    /// The text says what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let parts = Parts::of(text).map_err(|why| format!("URL rejected: {why}"))?;
        let scheme = parts.scheme.unwrap_or("http");
        let is_https = scheme.eq_ignore_ascii_case("https");
        if !is_https && !scheme.eq_ignore_ascii_case("http") {
            return Err(format!("Protocol \"{scheme}\" is disabled"));
        }
        let port = parts.port.unwrap_or(if is_https { 443 } else { 80 });
        let slash = if parts.target.starts_with('/') { "" } else { "/" };
        Ok(Self {
            is_https,
            endpoint: Endpoint::new(parts.host, port),
            target: format!("{slash}{}", parts.target),
            host: parts.host_and_port.to_owned(),
        })
    }
}

/// What the text of an address consists of.
pub(super) struct Parts<'a> {
    pub scheme: Option<&'a str>,
    /// User name and password, as they are written.
    pub login: Option<&'a str>,
    pub host: &'a str,
    pub port: Option<u16>,
    host_and_port: &'a str,
    /// Path and query; empty if there are none.
    target: &'a str,
}

impl<'a> Parts<'a> {
    /// # Errors
    /// What is wrong with it, in libcurl's words.
    pub fn of(text: &'a str) -> Result<Self, &'static str> {
        if text.bytes().any(|b| b <= b' ' || b == 0x7f) {
            return Err("Malformed input to a URL function");
        }
        let (scheme, rest) = text.split_once("://").map_or((None, text), |(s, rest)| (Some(s), rest));
        let rest = rest.split('#').next().unwrap_or_default();
        let path_at = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(path_at);
        let (login, host_and_port) =
            authority.rsplit_once('@').map_or((None, authority), |(login, host)| (Some(login), host));
        let (host, port) = split_port(host_and_port);
        if host.is_empty() {
            return Err("No host present");
        }
        let port = port.filter(|port| !port.is_empty()).map(str::parse).transpose();
        let port = port.map_err(|_| "Port number was not a decimal number between 0 and 65535")?;
        Ok(Self { scheme, login, host, port, host_and_port, target })
    }
}

/// An address without user name and password, for texts.
#[must_use]
pub fn without_login(url: &str) -> String {
    let host_at = url.find("://").map_or(0, |at| at + 3);
    let (scheme, rest) = url.split_at(host_at);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match authority.rfind('@') {
        None => url.to_owned(),
        Some(at) => format!("{scheme}[redacted]{}", rest.get(at..).unwrap_or_default()),
    }
}

/// The colons of an IPv6 address stand in brackets.
fn split_port(text: &str) -> (&str, Option<&str>) {
    let name_ends = text.rfind(']').map_or(0, |at| at + 1);
    match text.get(name_ends..).unwrap_or_default().rfind(':') {
        None => (text, None),
        Some(at) => (text.get(..name_ends + at).unwrap_or_default(), text.get(name_ends + at + 1..)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> (bool, String, String, String) {
        let url = Url::parse(text).unwrap();
        (url.is_https, url.endpoint.to_string(), url.target, url.host)
    }

    #[test]
    fn addresses_are_taken_apart() {
        let cases = [
            ("http://h/p?q=1", (false, "h:80", "/p?q=1", "h")),
            ("HTTPS://h:8443", (true, "h:8443", "/", "h:8443")),
            ("https://user:p@ss@h?q#f", (true, "h:443", "/?q", "h")),
            ("h:81/p", (false, "h:81", "/p", "h:81")),
            ("http://[::1]:82/p", (false, "[::1]:82", "/p", "[::1]:82")),
            ("http://[::1]/p", (false, "[::1]:80", "/p", "[::1]")),
            ("http://h:/", (false, "h:80", "/", "h:")),
        ];
        for (text, (https, endpoint, target, host)) in cases {
            assert_eq!(parts(text), (https, endpoint.into(), target.into(), host.into()), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let cases = [
            ("ftp://x/", "Protocol \"ftp\" is disabled"),
            ("http://", "URL rejected: No host present"),
            ("", "URL rejected: No host present"),
            ("http://h:99999/", "URL rejected: Port number was not a decimal number between 0 and 65535"),
            ("http://h:x/", "URL rejected: Port number was not a decimal number between 0 and 65535"),
            ("http://h/a b", "URL rejected: Malformed input to a URL function"),
            ("http://h/a\r\nX: y", "URL rejected: Malformed input to a URL function"),
        ];
        for (text, error) in cases {
            assert_eq!(Url::parse(text), Err(error.to_owned()), "{text}");
        }
    }
}
