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
        if text.bytes().any(|b| b <= b' ' || b == 0x7f) {
            return Err("URL rejected: Malformed input to a URL function".to_owned());
        }
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        let is_https = scheme.eq_ignore_ascii_case("https");
        if !is_https && !scheme.eq_ignore_ascii_case("http") {
            return Err(format!("Protocol \"{scheme}\" is disabled"));
        }
        let rest = rest.split('#').next().unwrap_or_default();
        let path_at = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(path_at);
        let host_and_port = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let (host, port) = split_port(host_and_port);
        if host.is_empty() {
            return Err("URL rejected: No host present".to_owned());
        }
        let port = match port {
            None | Some("") => {
                if is_https {
                    443
                } else {
                    80
                }
            }
            Some(port) => port.parse::<u16>().map_err(|_| {
                "URL rejected: Port number was not a decimal number between 0 and 65535".to_owned()
            })?,
        };
        let slash = if target.starts_with('/') { "" } else { "/" };
        Ok(Self {
            is_https,
            endpoint: Endpoint::new(host, port),
            target: format!("{slash}{target}"),
            host: host_and_port.to_owned(),
        })
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
