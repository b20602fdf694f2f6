//! What a client has OpenSSL load: providers (`ssl.providers`) and an engine (`ssl.engine.location`).

use super::error::{OpensslError, invalid, refused};
use super::sys::engine::{self, Engine, NoEngine};
use crate::base::error::Error;
use crate::base::log::{Logger, debug};
use crate::conf::{OpensslEngine, TlsSettings};
use openssl::provider::Provider;
use openssl::ssl::SslContextBuilder;
use std::ffi::CString;

/// Loaded once, for as long as there are contexts that may use it.
pub struct Modules {
    _providers: Vec<Provider>,
    engine: Option<ClientEngine>,
}

impl Modules {
    /// # Errors
    /// `_INVALID_ARG` with what cannot be loaded.
    pub fn load(settings: &TlsSettings, log: &Logger) -> Result<Self, Error> {
        let providers = providers(settings.providers.as_deref(), log)?;
        let engine = settings.engine.as_ref().map(|engine| ClientEngine::load(engine, log)).transpose()?;
        Ok(Self { _providers: providers, engine })
    }

    /// Whose certificate the client is to show.
    pub fn engine(&self) -> Option<&ClientEngine> {
        self.engine.as_ref()
    }
}

/// Loads the OpenSSL providers of a list.
fn providers(list: Option<&str>, log: &Logger) -> Result<Vec<Provider>, Error> {
    let names = list.unwrap_or_default().split([',', ' ']).filter(|name| !name.is_empty());
    names
        .map(|name| {
            Provider::load(None, name).map_err(|e| {
                refused(&format!("Failed to load OpenSSL provider \"{name}\""), &OpensslError::of(&e), log)
            })
        })
        .collect()
}

/// An engine, with what its application wants it to have.
pub struct ClientEngine {
    engine: Engine,
    callback_data: usize,
}

impl ClientEngine {
    fn load(settings: &OpensslEngine, log: &Logger) -> Result<Self, Error> {
        let location = &settings.location;
        log.debug(debug::SECURITY, "SSL", || format!("Loading OpenSSL engine from \"{location}\""));
        let text = |value: &str| {
            CString::new(value).map_err(|_| invalid("OpenSSL engine initialization failed: a zero byte"))
        };
        let engine = Engine::load(&text(location)?, &text(&settings.id)?).map_err(|why| match why {
            NoEngine::NotBuilt => {
                invalid("OpenSSL engine initialization failed: the OpenSSL in use has no engines")
            }
            NoEngine::Failed(what, why) => refused(
                &format!("OpenSSL engine initialization failed in {what}"),
                &OpensslError::of(&why),
                log,
            ),
        })?;
        Ok(Self { engine, callback_data: settings.callback_data })
    }

    /// Has a context show the engine's certificate.
    pub fn apply(&self, builder: &mut SslContextBuilder, log: &Logger) -> Result<(), Error> {
        let refused = |what: &str, why| refused(what, &OpensslError::of(&why), log);
        let names = engine::authorities(builder)
            .map_err(|e| refused("Failed to list the authorities for the OpenSSL engine", e))?;
        let (certificate, key) = self
            .engine
            .client_certificate(&names, self.callback_data)
            .map_err(|(what, why)| refused(what, why))?;
        builder
            .set_certificate(&certificate)
            .map_err(|e| refused("Failed to use SSL_CTX_use_certificate with engine", e))?;
        builder
            .set_private_key(&key)
            .map_err(|e| refused("Failed to use SSL_CTX_use_PrivateKey with engine", e))
    }
}
