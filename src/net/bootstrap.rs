//! `bootstrap.servers`: a comma-separated list of `[protocol://]host[:port]`.

use super::resolver::{ResolverOptions, resolve};
use super::{DEFAULT_PORT, Endpoint, sys};
use crate::auth::SecurityProtocol;

/// What a list of servers contains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bootstrap {
    /// In the order of the list, repeated ones included.
    pub endpoints: Vec<Endpoint>,
    /// What is wrong with the first entry that could not be read; reading stopped there. Logged as a warning
    /// with facility `BROKER`.
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

/// A port as C programs have always read one, with `atoi` and cut to 16 bits: blanks, a sign, digits; 0
/// without any.
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

/// `client.dns.lookup=resolve_canonical_bootstrap_servers_only`: each endpoint becomes one per canonical name
/// of its addresses. The second list holds warnings for the names that did not resolve.
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
mod tests;
