//! Settings of who a client says it is, and how that is protected.

use crate::auth::credentials::{Login, Secret};
use crate::auth::{Mechanism, SecurityProtocol};

/// `security.protocol` and what it needs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SecuritySettings {
    pub protocol: SecurityProtocol,
    /// `None`: the client does not say who it is.
    pub mechanism: Option<Mechanism>,
    /// For PLAIN and SCRAM.
    pub login: Login,
    /// `sasl.oauthbearer.config`, for the application's callback or for unsecured tokens.
    pub oauthbearer_config: Secret,
    /// Make up unsigned tokens instead of asking the application.
    pub unsecured_tokens: bool,
    /// Ask the application in a queue of its own.
    pub own_token_queue: bool,
}
