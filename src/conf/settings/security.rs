//! Settings of who a client says it is, and how that is protected.

use super::TlsSettings;
use crate::auth::credentials::{Login, Secret};
use crate::auth::oauthbearer::oidc::Oidc;
use crate::auth::{Mechanism, SecurityProtocol};
use std::time::Duration;

/// `sasl.kerberos.*`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KerberosSettings {
    pub service_name: String,
    /// `None`: others see to the ticket.
    pub kinit: Option<KinitSettings>,
}

/// How a ticket is fetched.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KinitSettings {
    /// For the shell, with the values of its variables.
    pub command: Secret,
    /// The same for the log, without what nobody may see.
    pub shown: String,
    /// From one run to the next.
    pub interval: Duration,
}

/// `security.protocol` and what it needs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SecuritySettings {
    pub protocol: SecurityProtocol,
    /// `None`: connections are not encrypted.
    pub tls: Option<Box<TlsSettings>>,
    /// `None`: the client does not say who it is.
    pub mechanism: Option<Mechanism>,
    /// For PLAIN and SCRAM.
    pub login: Login,
    /// `sasl.oauthbearer.config`, for the application's callback or for unsecured tokens.
    pub oauthbearer_config: Secret,
    /// For GSSAPI.
    pub kerberos: KerberosSettings,
    /// Make up unsigned tokens instead of asking the application.
    pub unsecured_tokens: bool,
    /// Ask the application in a queue of its own.
    pub own_token_queue: bool,
    /// Fetch tokens from a token endpoint.
    pub oidc: Option<Box<Oidc>>,
}
