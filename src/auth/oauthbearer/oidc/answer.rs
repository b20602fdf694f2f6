//! What a token endpoint answers.

use super::Oidc;
use crate::auth::oauthbearer::token::Token;
use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value;
use zeroize::Zeroizing;

/// So much of an error's text is shown.
const MAX_SHOWN: usize = 500;

/// What a status of 400 and more is reported with.
#[must_use]
pub fn error_of(body: &[u8]) -> String {
    if body.is_empty() {
        return "Server did not provide an error string".to_owned();
    }
    let text = String::from_utf8_lossy(body);
    text.chars().take(MAX_SHOWN).collect()
}

/// Reads the body of an answer without an error. Nothing is `null`.
///
/// # Errors
/// The text says that it is no JSON.
pub fn json_of(content_type: Option<&str>, body: &[u8]) -> Result<Value, String> {
    let content_type = content_type.unwrap_or("(null)");
    if !content_type.to_ascii_lowercase().starts_with("application/json") {
        return Err(format!("Response is not JSON encoded: {content_type}"));
    }
    if body.is_empty() {
        return Ok(Value::Null);
    }
    let mut documents = serde_json::Deserializer::from_slice(body).into_iter();
    documents
        .next()
        .unwrap_or(Ok(Value::Null))
        .map_err(|e| format!("Failed to parse JSON response at {}/{}", offset(body, &e), body.len()))
}

/// Where in the text an error is.
fn offset(text: &[u8], e: &serde_json::Error) -> usize {
    let lines_before = text.split_inclusive(|b| *b == b'\n').take(e.line().saturating_sub(1));
    let before: usize = lines_before.map(<[u8]>::len).sum();
    (before + e.column().saturating_sub(1)).min(text.len())
}

/// Takes the token out of an answer. `now_ms` is in milliseconds since 1970 UTC.
///
/// # Errors
/// The text says what is wrong with it.
pub fn token(answer: &Value, oidc: &Oidc, now_ms: i64) -> Result<Token, String> {
    let Some(token) = answer.get("access_token") else {
        return Err("Expected JSON response with \"access_token\" field".to_owned());
    };
    let Some(token) = token.as_str() else {
        return Err("Expected token as a string value".to_owned());
    };
    let claims = claims(token).map_err(|why| {
        if why.starts_with("Failed to parse") { why } else { format!("Failed to decode JWT payload: {why}") }
    })?;
    let expires_at_ms = expiry_ms(&claims)?;
    let principal = principal(&claims, &oidc.sub_claim_name)?;
    Token::new(token, expires_at_ms, principal, oidc.extensions.clone(), now_ms)
}

/// The claims of a token, whose signature is the broker's business.
fn claims(token: &str) -> Result<Value, String> {
    let mut parts = token.splitn(3, '.');
    let (Some(_), Some(payload), Some(_)) = (parts.next(), parts.next(), parts.next()) else {
        return Err("The token is invalid with less than 2 delimiters".to_owned());
    };
    // Some issuers use the alphabet of ordinary Base64, or padding.
    let payload = Zeroizing::new(payload.replace('+', "-").replace('/', "_"));
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let engine = GeneralPurpose::new(&URL_SAFE, config);
    let decoded = engine.decode(payload.as_bytes()).map(Zeroizing::new);
    let decoded = decoded.map_err(|_| "Failed to decode base64 payload".to_owned())?;
    serde_json::from_slice(&decoded).map_err(|_| "Failed to parse JSON JWT payload".to_owned())
}

/// Seconds since 1970, in milliseconds.
fn expiry_ms(claims: &Value) -> Result<i64, String> {
    let Some(exp) = claims.get("exp") else {
        return Err("Expected JSON JWT response with \"exp\" field".to_owned());
    };
    let seconds = exp.as_f64().unwrap_or(0.0);
    if seconds < 0.0 {
        return Err("Expected JSON JWT response with valid \"exp\" field".to_owned());
    }
    // Dates beyond what can be counted are far enough away.
    const FAR: f64 = 9e15;
    #[allow(clippy::cast_possible_truncation)] // Bounded on both sides.
    let seconds = seconds.min(FAR) as i64;
    Ok(seconds.saturating_mul(1000).min(i64::MAX - 1))
}

fn principal<'a>(claims: &'a Value, name: &str) -> Result<&'a str, String> {
    let Some(sub) = claims.get(name) else {
        return Err(format!("Expected JSON JWT response with \"{name}\" field"));
    };
    sub.as_str().filter(|sub| !sub.is_empty()).ok_or_else(|| {
        format!("Expected JSON JWT response with valid \"{name}\" field (non-empty value required)")
    })
}
