//! Tokens, and when the application is to be asked for a new one.

use crate::auth::credentials::Secret;
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::sync::{Arc, Mutex, Rank};
use std::time::Duration;

/// After this part of its life a token is replaced. librdkafka's figure.
const REFRESH_AT: f64 = 0.8;

/// How long to wait before the application is asked again after it had no token. librdkafka's figure.
const RETRY_AFTER: Duration = Duration::from_secs(10);

/// A bearer token.
#[derive(Debug)]
pub struct Token {
    value: Secret,
    /// Milliseconds since 1970 UTC.
    expires_at_ms: i64,
    principal: String,
    extensions: Vec<(String, String)>,
}

impl Token {
    /// Checks what a token is made of. `expires_at_ms` and `now_ms` are milliseconds since 1970 UTC.
    ///
    /// # Errors
    /// The text says what is wrong.
    pub fn new(
        value: &str,
        expires_at_ms: i64,
        principal: &str,
        extensions: Vec<(String, String)>,
        now_ms: i64,
    ) -> Result<Self, String> {
        // The largest number is refused as in librdkafka: the time between refreshes is computed from it.
        if expires_at_ms <= now_ms || expires_at_ms == i64::MAX {
            return Err(format!("Must supply an unexpired token: now={now_ms}ms, exp={expires_at_ms}ms"));
        }
        check_value(value, "The SASL/OAUTHBEARER token")?;
        for (name, value) in &extensions {
            check_name(name)?;
            check_value(value, "SASL/OAUTHBEARER extension values")?;
        }
        let (value, principal) = (Secret::new(value), principal.to_owned());
        Ok(Self { value, expires_at_ms, principal, extensions })
    }

    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    #[must_use]
    pub fn principal(&self) -> &str {
        &self.principal
    }

    #[must_use]
    pub fn extensions(&self) -> &[(String, String)] {
        &self.extensions
    }
}

fn check_name(name: &str) -> Result<(), String> {
    let keys = "SASL/OAUTHBEARER extension keys";
    if name == "auth" {
        return Err("Cannot explicitly set the reserved `auth` SASL/OAUTHBEARER extension key".to_owned());
    }
    if name.is_empty() {
        return Err(format!("{keys} must not be empty"));
    }
    match name.chars().find(|c| !c.is_ascii_alphabetic()) {
        None => Ok(()),
        Some(c) => Err(format!("{keys} must only consist of A-Z or a-z characters: {name} ({c})")),
    }
}

/// RFC 7628, section 3.1: what may stand in a value. The value itself may be secret and is not repeated.
fn check_value(value: &str, what: &str) -> Result<(), String> {
    let may_stand = |b: u8| matches!(b, b' ' | b'\t' | b'\r' | b'\n' | 0x21..=0x7e);
    if value.bytes().all(may_stand) {
        return Ok(());
    }
    Err(format!(
        "{what} must only consist of space, horizontal tab, CR, LF, and visible characters (%x21-7E)"
    ))
}

/// The token of a client instance and its renewal.
pub struct Tokens(Mutex<Renewal>);

struct Renewal {
    token: Option<Arc<Token>>,
    /// When the application is to be asked for a token.
    ask_at: Deadline,
    /// Why there was none the last time.
    failure: Option<String>,
}

impl Default for Tokens {
    /// There is no token, and the first is to be asked for at once.
    fn default() -> Self {
        Self(Mutex::new(
            Rank::Leaf,
            Renewal { token: None, ask_at: Deadline::at(Time::default()), failure: None },
        ))
    }
}

impl Tokens {
    #[must_use]
    pub fn get(&self) -> Option<Arc<Token>> {
        self.0.lock().token.clone()
    }

    /// Takes a new token. `now` and `now_ms` are the same moment on the two clocks.
    pub fn set(&self, token: Token, now: Time, now_ms: i64) {
        let life_ms = u64::try_from(token.expires_at_ms.saturating_sub(now_ms)).unwrap_or(0);
        let mut renewal = self.0.lock();
        renewal.ask_at = Deadline::at(now + Duration::from_millis(life_ms).mul_f64(REFRESH_AT));
        renewal.token = Some(Arc::new(token));
        renewal.failure = None;
    }

    /// There is no new token. One that is there is kept: it may still be good. Returns whether the reason is
    /// another one than the last time.
    pub fn failed(&self, why: &str, now: Time) -> bool {
        let mut renewal = self.0.lock();
        renewal.ask_at = Deadline::at(now + RETRY_AFTER);
        let is_news = renewal.failure.as_deref() != Some(why);
        renewal.failure = Some(why.to_owned());
        is_news
    }

    /// Whether the application is to be asked now. It is asked once, until it has answered in one way or the
    /// other.
    pub fn ask(&self, now: Time) -> bool {
        let mut renewal = self.0.lock();
        let due = renewal.ask_at.is_due(now);
        if due {
            renewal.ask_at = Deadline::NEVER;
        }
        due
    }

    /// When to ask next.
    #[must_use]
    pub fn ask_at(&self) -> Deadline {
        self.0.lock().ask_at
    }
}
