//! The server's side of OAUTHBEARER (RFC 7628) for unsigned tokens, as Kafka's handler for development takes
//! them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// What a client is told whose token is no good, before it is refused.
pub const REFUSAL: &[u8] = br#"{"status":"invalid_token"}"#;

/// Reads the client's first message. Returns the principal of its token; `None` when the message is
/// malformed, or the token is signed, has expired, or names nobody.
#[must_use]
pub fn principal(message: &[u8], wall_ms: i64) -> Option<String> {
    let message = std::str::from_utf8(message).ok()?;
    let (header, rest) = message.split_once('\x01')?;
    if !header.starts_with("n,") || !rest.ends_with("\x01\x01") {
        return None;
    }
    let token = rest.split('\x01').find_map(|part| part.strip_prefix("auth=Bearer "))?;
    let mut parts = token.split('.');
    let (Some(head), Some(claims), Some(""), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let claims = json(claims)?;
    // Seconds with a fraction; a double is exact enough for dates.
    let expires_ms = claims.get("exp")?.as_f64()? * 1000.0;
    if json(head)?.get("alg")?.as_str()? != "none" || expires_ms <= wall_ms as f64 {
        return None;
    }
    claims.get("sub")?.as_str().filter(|name| !name.is_empty()).map(str::to_owned)
}

fn json(part: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}
