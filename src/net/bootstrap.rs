//! `bootstrap.servers`: a comma-separated list of `[protocol://]host[:port]`.

use super::resolver::{ResolverOptions, resolve};
use super::{DEFAULT_PORT, Endpoint, sys};
use std::str::FromStr;

/// `security.protocol`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SecurityProtocol {
    #[default]
    Plaintext,
    Ssl,
    SaslPlaintext,
    SaslSsl,
}

impl SecurityProtocol {
    /// The name as configured and as it stands in log lines.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Plaintext => "plaintext",
            Self::Ssl => "ssl",
            Self::SaslPlaintext => "sasl_plaintext",
            Self::SaslSsl => "sasl_ssl",
        }
    }
}

impl FromStr for SecurityProtocol {
    type Err = ();

    fn from_str(s: &str) -> Result<Self, ()> {
        [Self::Plaintext, Self::Ssl, Self::SaslPlaintext, Self::SaslSsl]
            .into_iter()
            .find(|p| p.name().eq_ignore_ascii_case(s))
            .ok_or(())
    }
}

/// What a list of servers contains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bootstrap {
    /// In the order of the list, repeated ones included.
    pub endpoints: Vec<Endpoint>,
    /// What is wrong with the first entry that could not be read; reading stopped there. Logged as a warning with
    /// facility `BROKER`.
    pub error: Option<String>,
}

/// Reads a list of servers for a client whose `security.protocol` is `protocol`.
#[must_use]
pub fn parse(list: &str, protocol: SecurityProtocol) -> Bootstrap {
    let mut found = Bootstrap::default();
    let mut rest = list;
    loop {
        rest = rest.trim_start_matches([',', ' ']);
        if rest.is_empty() {
            return found;
        }
        let (entry, after) = rest.split_once(',').unwrap_or((rest, ""));
        match parse_entry(entry, protocol) {
            Ok(endpoint) => found.endpoints.push(endpoint),
            Err(why) => {
                found.error = Some(format!("Broker name \"{rest}\" parse error: {why}"));
                return found;
            }
        }
        rest = after;
    }
}

fn parse_entry(entry: &str, protocol: SecurityProtocol) -> Result<Endpoint, String> {
    let mut host = entry.trim_end();
    if let Some((scheme, rest)) = host.split_once("://") {
        if scheme.is_empty() {
            return Err("empty protocol name".into());
        }
        let scheme = scheme.to_ascii_uppercase();
        let named: SecurityProtocol =
            scheme.parse().map_err(|()| format!("unsupported protocol \"{scheme}\""))?;
        if named != protocol {
            return Err(format!(
                "protocol \"{scheme}\" does not match security.protocol setting \"{}\"",
                protocol.name()
            ));
        }
        // Whatever looks like the path of a URL is ignored.
        host = rest.split_once('/').map_or(rest, |(h, _)| h);
    }
    let mut port = DEFAULT_PORT;
    // A colon begins the port if it is the only one or follows "]"; otherwise this is a bare IPv6 address.
    if let (Some(first), Some(last)) = (host.find(':'), host.rfind(':'))
        && (first == last || host[..last].ends_with(']'))
    {
        port = port_number(&host[last + 1..]);
        host = &host[..last];
    }
    Ok(Endpoint::new(if host.is_empty() { "localhost" } else { host }, port))
}

/// A port as C programs have always read one, with `atoi` and cut to 16 bits: blanks, a sign, digits; 0 without any.
fn port_number(text: &str) -> u16 {
    let text = text.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '\u{b}');
    let (negative, digits) = match text.strip_prefix(['-', '+']) {
        Some(digits) => (text.starts_with('-'), digits),
        None => (false, text),
    };
    let number = digits
        .bytes()
        .take_while(u8::is_ascii_digit)
        .fold(0i64, |n, d| n.saturating_mul(10).saturating_add(i64::from(d - b'0')));
    (if negative { -number } else { number }) as u16
}

/// `client.dns.lookup=resolve_canonical_bootstrap_servers_only`: each endpoint becomes one per canonical name of its
/// addresses. The second list holds warnings for the names that did not resolve.
#[must_use]
pub fn canonicalize(endpoints: &[Endpoint], options: &ResolverOptions) -> (Vec<Endpoint>, Vec<String>) {
    let (mut found, mut warnings) = (Vec::new(), Vec::new());
    for endpoint in endpoints {
        match resolve(endpoint, options) {
            Ok(addresses) => {
                found.extend(addresses.iter().map(|a| Endpoint::new(sys::getnameinfo(a), endpoint.port)));
            }
            Err(why) => warnings.push(format!("Failed to resolve '{}': {why}", endpoint.shown_host())),
        }
    }
    (found, warnings)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(list: &str) -> Vec<String> {
        let b = parse(list, SecurityProtocol::Plaintext);
        assert_eq!(b.error, None, "{list}");
        b.endpoints.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_usual_spellings() {
        assert_eq!(plain("a:1,b, c:3"), ["a:1", "b:9092", "c:3"]);
        assert_eq!(plain(",, a:1 ,"), ["a:1"]);
        assert_eq!(plain("[::1]:9093,[::1],::1"), ["[::1]:9093", "[::1]:9092", "[::1]:9092"]);
        assert_eq!(plain("plaintext://a:5/path,PLAINTEXT://b"), ["a:5", "b:9092"]);
        assert_eq!(plain(":7"), ["localhost:7"]);
        assert_eq!(plain("a:x"), ["a:0"]);
        assert_eq!(plain("a:65537"), ["a:1"]);
        for (list, shown) in [
            ("a: 1", "a:1"),
            ("a:\t\u{b}1", "a:1"),
            ("a:+1", "a:1"),
            ("a:-1", "a:65535"),
            ("a:-70000", "a:61072"),
            ("a:+-1", "a:0"),
            ("a:", "a:0"),
            ("a:18446744073709551617", "a:65535"),
            ("a:1.5", "a:1"),
            ("::1:9093", "[::1:9093]:9092"),
            ("plaintext://::1", "[::1]:9092"),
        ] {
            assert_eq!(plain(list), [shown], "{list}");
        }
        assert!(plain("").is_empty());
    }

    #[test]
    fn errors_name_the_rest_of_the_list() {
        let b = parse("a:1,foo://b,c", SecurityProtocol::Plaintext);
        assert_eq!(b.endpoints, [Endpoint::new("a", 1)]);
        assert_eq!(b.error.unwrap(), "Broker name \"foo://b,c\" parse error: unsupported protocol \"FOO\"");
        assert_eq!(
            parse("ssl://b", SecurityProtocol::Plaintext).error.unwrap(),
            "Broker name \"ssl://b\" parse error: protocol \"SSL\" does not match security.protocol setting \"plaintext\""
        );
        assert_eq!(
            parse("://b", SecurityProtocol::Ssl).error.unwrap(),
            "Broker name \"://b\" parse error: empty protocol name"
        );
    }

    #[test]
    fn odd_input_does_not_panic() {
        for list in ["\u{e4}:\u{e4}", "[", "]:", "://", "a://:/", ":::", "[]:1", "a:99999999999999999999"] {
            let _ = parse(list, SecurityProtocol::Plaintext);
        }
    }

    #[test]
    fn canonical_names_of_an_address() {
        let options = ResolverOptions::default();
        let (found, warnings) = canonicalize(&[Endpoint::new("127.0.0.1", 7)], &options);
        assert_eq!((found.len(), warnings.len()), (1, 0));
        assert_eq!(found[0].port, 7);
    }
}
