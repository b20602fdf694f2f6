//! Where OAUTHBEARER tokens come from.

use crate::base::sync::Arc;
use crate::client::queue::events::EventQueue;
use crate::client::tokens::provider::Provider;

/// Who gives the client its tokens.
pub enum TokenSource {
    /// Nobody.
    None,
    /// The application, when it finds an event of that kind in this queue; `None`: the main queue.
    Application(Option<Arc<EventQueue>>),
    /// The client itself (`enable.sasl.oauthbearer.unsecure.jwt`).
    Unsecured,
    /// A token endpoint (`sasl.oauthbearer.method=oidc`).
    Endpoint(Box<Provider>),
}
