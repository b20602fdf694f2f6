//! GSSAPI (RFC 4752): Kerberos. Both sides agree on a security context, then on no security layer: what a
//! connection carries afterwards is not for Kerberos to protect, but for TLS.

mod library;
mod provider;
pub mod relogin;
#[cfg(test)]
mod tests;

use super::Step;
use crate::base::sync::Arc;
use crate::base::sync::atomic::{AtomicBool, Ordering};
use std::fmt;

pub use provider::{Context, Provider};

/// The bit of "no security layer", in the broker's offer and in our answer.
const NO_LAYER: u8 = 1;
/// Layers, and the longest message of a layer.
const OFFER_LEN: usize = 4;

/// The system's Kerberos library, if it is installed. It is loaded when this is asked for the first time.
#[must_use]
pub fn system() -> Option<Arc<dyn Provider>> {
    library::load().map(|library| library as Arc<dyn Provider>)
}

/// What a client needs for Kerberos. Shared by all of its connections.
pub struct Kerberos {
    provider: Arc<dyn Provider>,
    service: String,
    /// Whether the command that fetches a ticket has ended once, or there is none.
    has_tried: AtomicBool,
}

impl Kerberos {
    /// `service` is what the broker is called in Kerberos, before its host name. With `fetches_tickets`,
    /// nobody connects before [`Self::tried`].
    #[must_use]
    pub fn new(provider: Arc<dyn Provider>, service: &str, fetches_tickets: bool) -> Self {
        Self { provider, service: service.to_owned(), has_tried: AtomicBool::new(!fetches_tickets) }
    }

    /// The command that fetches a ticket has ended, well or not. Returns whether it is the first time.
    pub fn tried(&self) -> bool {
        !self.has_tried.swap(true, Ordering::SeqCst)
    }

    pub(super) fn is_ready(&self) -> bool {
        self.has_tried.load(Ordering::SeqCst)
    }

    /// Begins an exchange with the broker on this host. Returns it and the first token; this may take long.
    ///
    /// # Errors
    /// In librdkafka's words, which are those of its SASL library.
    pub(super) fn begin(&self, host: &str) -> Result<(Client, Vec<u8>), String> {
        let mut context = self.provider.clone().context(&self.service, host).map_err(not_begun)?;
        let (token, complete) = context.step(&[]).map_err(not_begun)?;
        let phase = if complete { Phase::Offer } else { Phase::Context };
        Ok((Client { context, phase }, token))
    }
}

fn not_begun(why: String) -> String {
    format!("SASL handshake failed (start (-1)): SASL(-1): generic failure: {why}")
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The context is not complete.
    Context,
    /// The broker says which security layers it has.
    Offer,
    /// The broker decides.
    Verdict,
}

/// One exchange.
pub struct Client {
    context: Box<dyn Context>,
    phase: Phase,
}

impl Client {
    /// # Errors
    /// The text says why the exchange has failed.
    pub(super) fn answered(&mut self, token: &[u8]) -> Result<Step, String> {
        match self.phase {
            Phase::Context => {
                let (token, complete) = self.context.step(token)?;
                if complete {
                    self.phase = Phase::Offer;
                }
                Ok(Step::Send(token))
            }
            Phase::Offer => {
                let offer = self.context.unwrap(token)?;
                let answer = self.context.wrap(&answer_to(&offer)?)?;
                self.phase = Phase::Verdict;
                Ok(Step::Send(answer))
            }
            Phase::Verdict => Ok(Step::Done),
        }
    }
}

/// Takes "no security layer" of what the broker offers. Java's brokers state a longest message although they
/// offer no layer, so that number is not looked at. No authorization identity follows: the client acts as
/// the principal that it is.
fn answer_to(offer: &[u8]) -> Result<[u8; OFFER_LEN], String> {
    match offer {
        [layers, _, _, _] if layers & NO_LAYER != 0 => Ok([NO_LAYER, 0, 0, 0]),
        [_, _, _, _] => {
            Err("GSSAPI Error: the broker demands a security layer, which Kafka's protocol has not".into())
        }
        _ => Err(format!("GSSAPI Error: {} bytes in place of the broker's security layers", offer.len())),
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("phase", &self.phase).finish_non_exhaustive()
    }
}
