//! Unsigned tokens (RFC 7515, appendix A.5) made up from the property `sasl.oauthbearer.config`, for
//! development.

use super::token::Token;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fmt::Write;

const DEFAULT_LIFE_SECONDS: i64 = 3600;

/// What the property says: `name=value` pairs, separated by blanks.
#[derive(Debug, Default, PartialEq, Eq)]
struct UnsecuredClaims<'a> {
    principal_claim_name: Option<&'a str>,
    principal: Option<&'a str>,
    scope_claim_name: Option<&'a str>,
    scope: Option<&'a str>,
    life_seconds: Option<i64>,
    extensions: Vec<(String, String)>,
}

/// Makes a token that is valid from now on. `now_ms` is in milliseconds since 1970 UTC.
///
/// # Errors
/// The text says what is wrong with the property.
pub fn token(config: &str, now_ms: i64) -> Result<Token, String> {
    let claims = UnsecuredClaims::parse(config)?;
    let Some(principal) = claims.principal else {
        return Err(invalid("no principal=<value>"));
    };
    let life_ms = claims.life_seconds.unwrap_or(DEFAULT_LIFE_SECONDS).saturating_mul(1000);
    let expires_at_ms = now_ms.saturating_add(life_ms);
    let value = format!(
        "{}.{}.",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#),
        URL_SAFE_NO_PAD.encode(claims.to_json(principal, now_ms, expires_at_ms))
    );
    Token::new(&value, expires_at_ms, principal, claims.extensions, now_ms)
}

fn invalid(why: &str) -> String {
    format!("Invalid sasl.oauthbearer.config: {why}")
}

impl<'a> UnsecuredClaims<'a> {
    fn parse(config: &'a str) -> Result<Self, String> {
        let mut claims = Self::default();
        let mut rest = config.trim_start_matches(' ');
        if rest.is_empty() {
            return Err(invalid("must not be empty"));
        }
        while !rest.is_empty() {
            let (item, behind) = rest.split_once(' ').unwrap_or((rest, ""));
            if !claims.take(item)? {
                return Err(format!("Unrecognized sasl.oauthbearer.config beginning at: {rest}"));
            }
            rest = behind.trim_start_matches(' ');
        }
        Ok(claims)
    }

    /// Takes one pair. Returns whether its name is known.
    fn take(&mut self, item: &'a str) -> Result<bool, String> {
        if let Some(extension) = item.strip_prefix("extension_") {
            return self.take_extension(extension);
        }
        let Some((name, value)) = item.split_once('=') else { return Ok(false) };
        let place = match name {
            "principalClaimName" => &mut self.principal_claim_name,
            "principal" => &mut self.principal,
            "scopeClaimName" => &mut self.scope_claim_name,
            "scope" => &mut self.scope,
            "lifeSeconds" => {
                self.life_seconds = Some(life_seconds(value)?);
                return Ok(true);
            }
            _ => return Ok(false),
        };
        if place.is_some() {
            return Err(invalid(&format!("multiple '{name}=' entries")));
        }
        if value.is_empty() {
            return Err(invalid(&format!("empty '{name}='")));
        }
        // Names and values go into the claims as they are.
        if value.contains('"') {
            return Err(invalid(&format!("'\"' cannot appear in {name}: {value}")));
        }
        if value.contains(|c: char| c == '\\' || c.is_control()) {
            return Err(invalid(&format!("backslash or control character in {name}")));
        }
        *place = Some(value);
        Ok(true)
    }

    fn take_extension(&mut self, extension: &str) -> Result<bool, String> {
        match extension.split_once('=') {
            None => Ok(false),
            Some(("", _)) => Err(invalid("empty 'extension_' key")),
            Some((name, value)) => {
                self.extensions.push((name.to_owned(), value.to_owned()));
                Ok(true)
            }
        }
    }

    fn to_json(&self, principal: &str, now_ms: i64, expires_at_ms: i64) -> String {
        let seconds = |ms: i64| format!("{}.{:03}", ms.div_euclid(1000), ms.rem_euclid(1000));
        let mut json = format!(
            r#"{{"{}":"{principal}","iat":{},"exp":{}"#,
            self.principal_claim_name.unwrap_or("sub"),
            seconds(now_ms),
            seconds(expires_at_ms),
        );
        if let Some(scope) = self.scope {
            let roles: Vec<String> =
                scope.split(',').filter(|role| !role.is_empty()).map(|role| format!("\"{role}\"")).collect();
            let name = self.scope_claim_name.unwrap_or("scope");
            // Writing to a string does not fail.
            let _ = write!(json, r#","{name}":[{}]"#, roles.join(","));
        }
        json.push('}');
        json
    }
}

fn life_seconds(value: &str) -> Result<i64, String> {
    let digits = value.strip_prefix(['-', '+']).unwrap_or(value);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(invalid(&format!("non-integral 'lifeSeconds=': {value}")));
    }
    match value.parse::<i32>() {
        Ok(seconds) if seconds > 0 => Ok(i64::from(seconds)),
        _ => Err(invalid(&format!("value out of range of positive int 'lifeSeconds=': {value}"))),
    }
}
