//! Who the client says it is: `security.protocol` and the `sasl.*` properties that belong together.

use super::refuse;
use crate::auth::credentials::{Login, Secret};
use crate::auth::{Mechanism, SecurityProtocol};
use crate::base::error::Result;
use crate::conf::settings::SecuritySettings;
use crate::conf::store::Conf;

impl Conf {
    pub(super) fn security(&self) -> Result<SecuritySettings> {
        let v = &self.values;
        // The mock cluster that an instance brings with it knows no authentication.
        let protocol = match v.int("security.protocol") {
            _ if v.int("test.mock.num.brokers") > 0 => SecurityProtocol::Plaintext,
            1 => SecurityProtocol::Ssl,
            2 => SecurityProtocol::SaslPlaintext,
            3 => SecurityProtocol::SaslSsl,
            _ => SecurityProtocol::Plaintext,
        };
        if !protocol.has_sasl() {
            return Ok(SecuritySettings { protocol, ..SecuritySettings::default() });
        }
        let mechanism = mechanism(v.text("sasl.mechanisms").unwrap_or_default())?;
        let text = |name| v.text(name).unwrap_or_default();
        let login = Login::new(text("sasl.username"), v.password("sasl.password"));
        let needs_login = mechanism != Mechanism::OAuthBearer;
        if needs_login && (login.user_name.is_empty() || login.password.is_empty()) {
            return refuse("sasl.username and sasl.password must be set");
        }
        Ok(SecuritySettings {
            protocol,
            mechanism: Some(mechanism),
            login,
            oauthbearer_config: Secret::new(text("sasl.oauthbearer.config")),
            unsecured_tokens: v.on("enable.sasl.oauthbearer.unsecure.jwt"),
            own_token_queue: v.on("enable_sasl_queue"),
        })
    }
}

fn mechanism(name: &str) -> Result<Mechanism> {
    match Mechanism::from_name(name) {
        Some(mechanism) => Ok(mechanism),
        None if name == "GSSAPI" => refuse(
            "No provider for SASL mechanism GSSAPI: recompile librdkafka with libsasl2 or openssl support. Current \
             build options: PLAIN SASL_SCRAM OAUTHBEARER",
        ),
        None if name.starts_with("SCRAM-SHA-") => {
            refuse(format!("Unsupported hash function: {name} (try SCRAM-SHA-512)"))
        }
        None => refuse(format!("Unsupported SASL mechanism: {name}")),
    }
}
