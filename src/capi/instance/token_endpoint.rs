//! How an instance reaches its token endpoint (`sasl.oauthbearer.method=oidc`).

use crate::base::log::Logger;
use crate::client::tokens::provider::Provider;
use crate::conf::Settings;

/// Fetches the tokens of an instance, if they come from a token endpoint.
#[cfg(feature = "ssl")]
pub(crate) fn token_provider(settings: &Settings, logger: &Logger) -> Option<Provider> {
    let oidc = settings.security.oidc.as_deref()?.clone();
    let connector = with_openssl::connector(oidc.trust.clone(), logger.clone());
    Some(Provider::new(oidc, connector, crate::tls::signing::sign))
}

/// Token endpoints cannot be configured without OpenSSL.
#[cfg(not(feature = "ssl"))]
pub(crate) fn token_provider(_: &Settings, _: &Logger) -> Option<Provider> {
    None
}

#[cfg(feature = "ssl")]
mod with_openssl {
    use crate::auth::oauthbearer::oidc::HttpsTrust;
    use crate::base::error::Error;
    use crate::base::log::Logger;
    use crate::base::sync::Arc;
    use crate::client::tokens::provider::{Connector, Route};
    use crate::conf::{Peer, TlsSettings, Trust};
    use crate::net::Transport;
    use crate::net::http::{Proxy, Tunnel};
    use crate::net::tcp::{TcpOptions, TcpTransport};
    use crate::tls::Contexts;
    use crate::tls::transport::TlsTransport;

    /// The application's socket callbacks and `ssl.*` properties are for brokers. The environment may name a
    /// proxy, and is asked each time.
    pub(super) fn connector(trust: HttpsTrust, logger: Logger) -> Connector {
        Box::new(move |url| {
            let proxy = Proxy::of(url, &|name| std::env::var(name).ok())?;
            let tcp = Box::new(TcpTransport::new(TcpOptions::default()));
            if !url.is_https {
                return Ok(Route { transport: tcp, proxy });
            }
            let inner: Box<dyn Transport> = match proxy {
                Some(proxy) => Box::new(Tunnel::new(tcp, proxy)),
                None => tcp,
            };
            let transport = encrypted(inner, &trust, &logger).map_err(|e| e.text)?;
            Ok(Route { transport, proxy: None })
        })
    }

    /// Reads the certificates anew each time: they may have been replaced.
    fn encrypted(
        inner: Box<dyn Transport>,
        trust: &HttpsTrust,
        logger: &Logger,
    ) -> Result<Box<dyn Transport>, Error> {
        let trust = Trust {
            peer: Peer::WebServer,
            ca_location: trust.ca_location.clone(),
            ca_pem: trust.ca_pem.clone(),
            crl_location: None,
            verifies: true,
            identifies: true,
        };
        let contexts = Contexts::new(&TlsSettings { trust, ..TlsSettings::default() }, None, logger)?;
        Ok(Box::new(TlsTransport::new(inner, Arc::new(contexts))))
    }
}
