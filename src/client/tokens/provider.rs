//! What tokens are fetched from a token endpoint with.

use crate::auth::oauthbearer::oidc::{Algorithm, Oidc};
use crate::base::signal::Signal;
use crate::base::sync::Arc;
use crate::client::queue::events::EventQueue;
use crate::net::Transport;
use crate::net::http::{Proxy, Url};

/// How a web server is reached.
pub struct Route {
    pub transport: Box<dyn Transport>,
    /// Who is to ask the server, if the request goes to a proxy.
    pub proxy: Option<Proxy>,
}

/// Finds the way to a web server.
///
/// # Errors
/// The text says why there is none.
pub type Connector = Box<dyn Fn(&Url) -> Result<Route, String> + Send + Sync>;

/// Signs with a private key: algorithm, key (PEM), passphrase, data.
pub type Signer = fn(Algorithm, &[u8], &[u8], &[u8]) -> Result<Vec<u8>, String>;

/// What the thread that fetches tokens works with.
pub struct Provider {
    pub(super) oidc: Oidc,
    pub(super) connector: Connector,
    pub(super) signer: Signer,
    signal: Signal,
    /// Programs may ask for the SASL queue; nothing is ever in it.
    queue: Arc<EventQueue>,
}

impl Provider {
    #[must_use]
    pub fn new(oidc: Oidc, connector: Connector, signer: Signer) -> Self {
        Self { oidc, connector, signer, signal: Signal::unopened(), queue: Arc::default() }
    }

    /// Wakes the thread.
    pub(in crate::client) fn signal(&self) -> &Signal {
        &self.signal
    }

    pub(super) fn queue(&self) -> &Arc<EventQueue> {
        &self.queue
    }
}
