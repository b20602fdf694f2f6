//! OAUTHBEARER tokens: the application is asked for one in time, one is fetched from a token endpoint, or
//! one is made up for development.

mod fetch;
pub(super) mod fetcher;
pub mod provider;
pub(super) mod source;

use super::instance::Client;
use super::part::Ctx;
use super::queue::events::{Event, EventQueue};
use crate::auth::Mechanism;
use crate::auth::credentials::Login;
use crate::auth::oauthbearer::token::{Token, Tokens};
use crate::auth::oauthbearer::unsecured;
use crate::base::deadline::Deadline;
use crate::base::error::{Error, ErrorCode};
use crate::base::log::debug;
use crate::base::sync::Arc;
pub use source::TokenSource;

/// Asks for a token if it is time. Returns when to come again.
pub(super) fn serve(ctx: &mut Ctx<'_>) -> Deadline {
    let Some(tokens) = tokens(ctx.client) else { return Deadline::NEVER };
    if matches!(ctx.client.token_source(), TokenSource::Endpoint(_)) {
        return Deadline::NEVER; // It has a thread of its own.
    }
    if tokens.ask(ctx.now) {
        match ctx.client.token_source() {
            TokenSource::None | TokenSource::Endpoint(_) => {}
            TokenSource::Application(queue) => {
                queue.as_ref().unwrap_or(ctx.client.main_queue()).push(Event::TokenRefresh);
            }
            TokenSource::Unsecured => make_up(ctx.client),
        }
    }
    tokens.ask_at()
}

fn make_up(client: &Client) {
    client.logger().debug(debug::SECURITY, "OAUTHBEARER", || "Creating unsecured token".to_owned());
    let config = &client.settings().security.oauthbearer_config;
    match unsecured::token(config, client.context().clock.wall_ms()) {
        Ok(token) => keep(client, token),
        Err(why) => give_up(client, &why),
    }
}

/// The client's tokens; `None` if it does not authenticate with any.
fn tokens(client: &Client) -> Option<&Tokens> {
    let principal = client.context().principal.as_ref()?;
    (principal.mechanism() == Mechanism::OAuthBearer).then_some(&principal.tokens)
}

fn keep(client: &Client, token: Token) {
    let Some(tokens) = tokens(client) else { return };
    tokens.set(token, client.now(), client.context().clock.wall_ms());
    // Brokers without a connection may have waited for it, and the main thread has to know when to ask for
    // the next one.
    client.logger().debug(debug::SECURITY, "BRKMAIN", || {
        "Waking up waiting broker threads after setting OAUTHBEARER token".to_owned()
    });
    client.wake_brokers();
    client.main_signal().notify();
    if let TokenSource::Endpoint(provider) = client.token_source() {
        provider.signal().notify();
    }
}

fn give_up(client: &Client, why: &str) {
    let Some(tokens) = tokens(client) else { return };
    let is_news = tokens.failed(why, client.now());
    client.main_signal().notify();
    if is_news {
        let text = format!("Failed to acquire SASL OAUTHBEARER token: {why}");
        client.tell_error(Error::new(ErrorCode::_AUTHENTICATION, text));
    }
}

/// # Errors
/// `_STATE` if the client does not use tokens.
pub fn require(client: &Client) -> Result<(), Error> {
    tokens(client).map(|_| ()).ok_or_else(not_configured)
}

fn not_configured() -> Error {
    Error::new(ErrorCode::_STATE, "SASL/OAUTHBEARER is not the configured authentication mechanism")
}

/// Gives the client a token, for connections to come and for those that authenticate again. `expires_at_ms`
/// is in milliseconds since 1970 UTC.
///
/// # Errors
/// `_STATE` if the client does not use tokens, `_INVALID_ARG` if this is none.
pub fn set(
    client: &Client,
    value: &str,
    expires_at_ms: i64,
    principal: &str,
    extensions: Vec<(String, String)>,
) -> Result<(), Error> {
    require(client)?;
    let token = Token::new(value, expires_at_ms, principal, extensions, client.context().clock.wall_ms());
    keep(client, token.map_err(|why| Error::new(ErrorCode::_INVALID_ARG, why))?);
    Ok(())
}

/// Tells the client that there is no token, and why. It asks again later.
///
/// # Errors
/// `_STATE` if the client does not use tokens, `_INVALID_ARG` without a reason.
pub fn fail(client: &Client, why: &str) -> Result<(), Error> {
    require(client)?;
    if why.is_empty() {
        return Err(Error::new(ErrorCode::_INVALID_ARG, "No reason given"));
    }
    give_up(client, why);
    Ok(())
}

/// Sets user name and password for PLAIN and SCRAM, from the next authentication on.
pub fn set_login(client: &Client, user_name: &str, password: &[u8]) {
    if let Some(principal) = &client.context().principal {
        principal.credentials.set(Login::new(user_name, password));
    }
}

/// The queue of its own in which a client asks for tokens, if it has one.
pub fn own_queue(client: &Client) -> Option<&Arc<EventQueue>> {
    match client.token_source() {
        TokenSource::Application(queue) => queue.as_ref(),
        TokenSource::Endpoint(provider) => Some(provider.queue()),
        TokenSource::None | TokenSource::Unsecured => None,
    }
}
