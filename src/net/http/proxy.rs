//! Which proxy a request goes through: the environment says so, in the way that libcurl reads it.

use super::Url;
use super::url::{Parts, without_login};
use crate::net::Endpoint;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::net::IpAddr;
use zeroize::Zeroizing;

/// What is used of a proxy's address without a port.
const PORT: u16 = 80;

pub struct Proxy {
    pub endpoint: Endpoint,
    /// The value of `Proxy-Authorization`.
    pub authorization: Option<Zeroizing<String>>,
}

impl Proxy {
    /// The proxy for an address; `variable` looks into the environment. A variable that is empty counts as
    /// missing. `HTTP_PROXY` is not looked at: where programs answer web requests (CGI) others set it.
    ///
    /// # Errors
    /// The text says what is wrong with the proxy's address.
    pub fn of(url: &Url, variable: &dyn Fn(&str) -> Option<String>) -> Result<Option<Self>, String> {
        let named = |names: &[&str]| names.iter().filter_map(|n| variable(n)).find(|v| !v.is_empty());
        let own: &[&str] = if url.is_https { &["https_proxy", "HTTPS_PROXY"] } else { &["http_proxy"] };
        let Some(text) = named(own).or_else(|| named(&["all_proxy", "ALL_PROXY"])) else { return Ok(None) };
        let exempt = named(&["no_proxy", "NO_PROXY"]);
        if exempt.is_some_and(|list| is_exempt(url.endpoint.node(), &list)) {
            return Ok(None);
        }
        Self::parse(&text).map(Some)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let shown = without_login(text);
        let parts = Parts::of(text).map_err(|why| format!("Unsupported proxy syntax in '{shown}': {why}"))?;
        if !parts.scheme.is_none_or(|scheme| scheme.eq_ignore_ascii_case("http")) {
            return Err(format!("Unsupported proxy scheme for '{shown}': only http is supported"));
        }
        let endpoint = Endpoint::new(parts.host, parts.port.unwrap_or(PORT));
        Ok(Self { endpoint, authorization: parts.login.map(basic) })
    }
}

fn basic(login: &str) -> Zeroizing<String> {
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    let plain = Zeroizing::new([decoded(user).as_slice(), b":", decoded(password).as_slice()].concat());
    Zeroizing::new(format!("Basic {}", &*Zeroizing::new(STANDARD.encode(&*plain))))
}

/// Bytes that a text names by `%` and two digits.
fn decoded(text: &str) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|_| *first == b'%').and_then(|d| std::str::from_utf8(d).ok());
        let byte = digits.and_then(|d| u8::from_str_radix(d, 16).ok());
        out.push(byte.unwrap_or(*first));
        rest = after.get(if byte.is_some() { 2 } else { 0 }..).unwrap_or_default();
    }
    out
}

/// Whether a host is on the list of those that are reached without a proxy: names, with all that end in them,
/// and addresses or networks, with commas between; or `*` alone.
fn is_exempt(host: &str, list: &str) -> bool {
    if list == "*" {
        return true;
    }
    let address = host.parse::<IpAddr>().ok();
    let host = host.strip_suffix('.').unwrap_or(host);
    for entry in list.split(',') {
        let mut words = entry.split_ascii_whitespace();
        let matches = words.next().is_some_and(|word| match address {
            Some(address) => is_in_network(address, word),
            None => is_in_domain(host, word),
        });
        if matches {
            return true;
        }
        // There should have been a comma: what follows is not read.
        if words.next().is_some() {
            return false;
        }
    }
    false
}

fn is_in_domain(host: &str, domain: &str) -> bool {
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    let domain = domain.strip_prefix('.').unwrap_or(domain);
    let Some(at) = host.len().checked_sub(domain.len()).filter(|_| !domain.is_empty()) else { return false };
    let (before, end) = (host.get(..at), host.get(at..));
    end.is_some_and(|end| end.eq_ignore_ascii_case(domain))
        && before.is_some_and(|b| b.is_empty() || b.ends_with('.'))
}

fn is_in_network(address: IpAddr, network: &str) -> bool {
    let (network, bits) = network.split_once('/').unwrap_or((network, ""));
    let bits = bits.parse::<u32>().unwrap_or(0);
    let same = |a: u128, b: u128, width: u32| match bits {
        0 => a == b,
        bits if bits > width => false,
        bits => (a ^ b) >> (width - bits) == 0,
    };
    match (address, network.trim_matches(['[', ']']).parse()) {
        (IpAddr::V4(a), Ok(IpAddr::V4(b))) => same(a.to_bits().into(), b.to_bits().into(), 32),
        (IpAddr::V6(a), Ok(IpAddr::V6(b))) => same(a.to_bits(), b.to_bits(), 128),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Environment = [(&'static str, &'static str)];

    /// `host:port`, with what authorizes, or what is wrong; nothing for a direct connection.
    fn of(url: &str, environment: &Environment) -> String {
        let variable =
            |name: &str| environment.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        match Proxy::of(&Url::parse(url).unwrap(), &variable) {
            Ok(None) => String::new(),
            Ok(Some(proxy)) => {
                let login = proxy.authorization.as_deref().map_or("", String::as_str);
                format!("{} {login}", proxy.endpoint).trim_end().to_owned()
            }
            Err(why) => why,
        }
    }

    #[test]
    fn the_environment_is_read_as_libcurl_reads_it() {
        let p = "http://p:1";
        let cases: [(&str, &Environment, &str); 10] = [
            ("http://h", &[("http_proxy", p)], "p:1"),
            ("http://h", &[("HTTP_PROXY", p), ("https_proxy", p), ("HTTPS_PROXY", p)], ""),
            ("https://h", &[("http_proxy", p), ("HTTP_PROXY", p)], ""),
            ("https://h", &[("https_proxy", p), ("HTTPS_PROXY", "q")], "p:1"),
            ("https://h", &[("https_proxy", ""), ("HTTPS_PROXY", "q")], "q:80"),
            ("https://h", &[("ALL_PROXY", "http://p/x")], "p:80"),
            ("http://h", &[("all_proxy", "HTTP://[::1]:8"), ("ALL_PROXY", p)], "[::1]:8"),
            ("http://h", &[("http_proxy", p), ("no_proxy", ""), ("NO_PROXY", "h")], ""),
            ("http://h", &[("http_proxy", p), ("no_proxy", "x"), ("NO_PROXY", "h")], "p:1"),
            ("http://h", &[("http_proxy", "http://us%40er:p%3A%w@p:1")], "p:1 Basic dXNAZXI6cDoldw=="),
        ];
        for (url, environment, expected) in cases {
            assert_eq!(of(url, environment), expected, "{url} {environment:?}");
        }
        let login = [("http_proxy", "user@p:1")];
        assert_eq!(of("http://h", &login), "p:1 Basic dXNlcjo=");
    }

    #[test]
    fn what_is_no_proxy_is_refused_without_its_login() {
        let cases = [
            ("socks5://p:1", "Unsupported proxy scheme for 'socks5://p:1': only http is supported"),
            (
                "https://u:secret@p",
                "Unsupported proxy scheme for 'https://[redacted]@p': only http is supported",
            ),
            ("http://", "Unsupported proxy syntax in 'http://': No host present"),
            (
                "p:x",
                "Unsupported proxy syntax in 'p:x': Port number was not a decimal number between 0 and 65535",
            ),
            ("a b", "Unsupported proxy syntax in 'a b': Malformed input to a URL function"),
        ];
        for (proxy, expected) in cases {
            assert_eq!(of("https://h", &[("https_proxy", proxy)]), expected);
        }
    }

    #[test]
    fn hosts_are_exempt_by_name_and_by_network() {
        let exempt = |host, list| is_exempt(host, list);
        for list in
            ["*", "localhost", ".localhost", "LOCALHOST", "localhost.", "foo,localhost", "foo , localhost"]
        {
            assert!(exempt("localhost", list), "{list}");
        }
        for list in ["", "host", "ocalhost", "*.localhost", "foo,*", "foo localhost", "localhost:80", "."] {
            assert!(!exempt("localhost", list), "{list}");
        }
        assert!(exempt("a.example.com.", "example.com") && !exempt("anexample.com", "example.com"));
        for list in ["127.0.0.1", "127.0.0.0/8", "127.0.0.1/32", "127.0.0.1/0"] {
            assert!(exempt("127.0.0.1", list), "{list}");
        }
        for list in ["127.0.0", "128.0.0.0/8", "127.0.0.0/99", "127.0.0.0/0", "::1", "1"] {
            assert!(!exempt("127.0.0.1", list), "{list}");
        }
        assert!(exempt("fe80::1", "[fe80::]/10") && exempt("::1", "::1") && !exempt("::1", "::2"));
    }
}
