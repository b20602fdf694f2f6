//! How an instance reaches its token endpoint (`sasl.oauthbearer.method=oidc`).

use crate::client::tokens::provider::Provider;
use crate::conf::Settings;

/// Fetches the tokens of an instance, if they come from a token endpoint.
#[cfg(feature = "ssl")]
pub(crate) fn token_provider(settings: &Settings) -> Option<Provider> {
    let oidc = settings.security.oidc.as_deref()?.clone();
    let connector = with_openssl::connector(oidc.trust.clone());
    Some(Provider::new(oidc, connector, crate::tls::signing::sign))
}

/// Token endpoints cannot be configured without OpenSSL.
#[cfg(not(feature = "ssl"))]
pub(crate) fn token_provider(_: &Settings) -> Option<Provider> {
    None
}

#[cfg(feature = "ssl")]
mod with_openssl {
    use crate::auth::oauthbearer::oidc::HttpsTrust;
    use crate::client::tokens::provider::Connector;
    use crate::net::tcp::{TcpOptions, TcpTransport};

    /// The application's socket callbacks are for brokers.
    pub(super) fn connector(_trust: HttpsTrust) -> Connector {
        Box::new(move |is_https| {
            if is_https {
                return Err("HTTPS is not built yet".to_owned());
            }
            Ok(Box::new(TcpTransport::new(TcpOptions::default())))
        })
    }
}
