//! Fetches tokens from a token endpoint, on a thread of its own: no broker waits for it, and nothing else
//! that the client does.

use super::fetch::{Fetch, FetchProgress};
use super::provider::{Provider, Signer};
use super::source::TokenSource;
use super::{give_up, keep, tokens};
use crate::auth::oauthbearer::oidc::{Algorithm, TokenError, World};
use crate::auth::oauthbearer::token::Token;
use crate::base::log::Level;
use crate::base::rand;
use crate::base::sync::Arc;
use crate::client::instance::Client;
use crate::net::io_text;
use zeroize::Zeroizing;

/// The system, and a client's clock.
struct System<'a> {
    client: &'a Client,
    signer: Signer,
}

impl World for System<'_> {
    fn read(&self, path: &str) -> Result<Zeroizing<Vec<u8>>, String> {
        std::fs::read(path).map(Zeroizing::new).map_err(|e| io_text(&e))
    }

    fn sign(
        &self,
        algorithm: Algorithm,
        pem: &[u8],
        passphrase: &[u8],
        data: &[u8],
    ) -> Result<Vec<u8>, String> {
        (self.signer)(algorithm, pem, passphrase, data)
    }

    fn now_ms(&self) -> i64 {
        self.client.context().clock.wall_ms()
    }

    fn unique_id(&self) -> String {
        rand::uuid()
    }
}

fn provider(client: &Client) -> Option<&Provider> {
    match client.token_source() {
        TokenSource::Endpoint(provider) => Some(provider),
        _ => None,
    }
}

/// Whether the client needs the thread.
pub(in crate::client) fn is_wanted(client: &Client) -> bool {
    provider(client).is_some()
}

/// The thread: fetches a token when one is due, until the client ends.
pub(in crate::client) fn run(client: &Arc<Client>) {
    let (Some(provider), Some(tokens)) = (provider(client), tokens(client)) else { return };
    while !client.is_terminating() {
        if tokens.ask(client.now()) {
            match fetch(client, provider) {
                Some(Ok(token)) => keep(client, token),
                Some(Err(failure)) => report(client, &failure),
                None => return,
            }
        }
        provider.signal().wait(None, tokens.ask_at().wait_from(client.now()));
    }
}

fn report(client: &Client, failure: &TokenError) {
    if let Some((facility, text)) = &failure.logged {
        client.logger().log(Level::Error, facility, format_args!("{text}"));
    }
    give_up(client, &failure.told);
}

/// `None`: the client has ended.
fn fetch(client: &Client, provider: &Provider) -> Option<Result<Token, TokenError>> {
    let world = System { client, signer: provider.signer };
    let mut fetch = Fetch::new(&provider.oidc, &provider.connector);
    while !client.is_terminating() {
        match fetch.serve(&world, client.now()) {
            FetchProgress::Done(result) => return Some(result),
            FetchProgress::Wait(interest, until) => {
                fetch.wait(provider.signal(), interest, until.wait_from(client.now()));
            }
        }
    }
    None
}
