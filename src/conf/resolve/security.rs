//! Who the client says it is, and how connections are protected: `security.protocol` and the `sasl.*` and
//! `ssl.*` properties that belong together.

use super::kinit;
use crate::auth::credentials::{Login, Password, Secret};
use crate::auth::{Mechanism, SecurityProtocol, gssapi};
use crate::base::error::Result;
use crate::conf::refusal::refuse;
use crate::conf::settings::{
    KerberosSettings, KinitSettings, OpensslEngine, OwnIdentity, Peer, SecuritySettings, TlsSettings, Trust,
};
use crate::conf::store::Conf;
use std::path::Path;
use std::time::Duration;

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
        let oidc = self.oidc()?;
        let tls = if protocol.has_tls() { Some(Box::new(self.tls()?)) } else { None };
        self.check_authorities()?;
        self.check_https()?;
        if !protocol.has_sasl() {
            return Ok(SecuritySettings { protocol, tls, ..SecuritySettings::default() });
        }
        let mechanism = mechanism(v.text("sasl.mechanisms").unwrap_or_default())?;
        let text = |name| v.text(name).unwrap_or_default();
        let login = Login::new(text("sasl.username"), v.password("sasl.password"));
        if mechanism.needs_login() && (login.user_name.is_empty() || login.password.is_empty()) {
            return refuse("sasl.username and sasl.password must be set");
        }
        Ok(SecuritySettings {
            protocol,
            tls,
            mechanism: Some(mechanism),
            login,
            kerberos: self.kerberos(mechanism)?,
            oauthbearer_config: Secret::new(text("sasl.oauthbearer.config")),
            unsecured_tokens: v.on("enable.sasl.oauthbearer.unsecure.jwt"),
            own_token_queue: v.on("enable_sasl_queue"),
            oidc,
        })
    }

    fn kerberos(&self, mechanism: Mechanism) -> Result<KerberosSettings> {
        if mechanism != Mechanism::Gssapi {
            return Ok(KerberosSettings::default());
        }
        let v = &self.values;
        let service_name = v.text("sasl.kerberos.service.name").unwrap_or_default().to_owned();
        let interval = u64::try_from(v.int("sasl.kerberos.min.time.before.relogin")).unwrap_or_default();
        let template = v.text("sasl.kerberos.kinit.cmd").unwrap_or_default();
        if interval == 0 || template.is_empty() {
            return Ok(KerberosSettings { service_name, kinit: None });
        }
        let command = kinit::render(template, |name| v.get(name));
        // A password may be meant for the command, but never for the log.
        let shown = kinit::render(template, |name| v.get_shown(name));
        match (command, shown) {
            (Ok(command), Ok(shown)) => {
                let (command, interval) = (Secret::new(&command), Duration::from_millis(interval));
                Ok(KerberosSettings { service_name, kinit: Some(KinitSettings { command, shown, interval }) })
            }
            (Err(why), _) | (_, Err(why)) => refuse(format!("Invalid sasl.kerberos.kinit.cmd value: {why}")),
        }
    }
}

/// TLS.
impl Conf {
    fn tls(&self) -> Result<TlsSettings> {
        let text = |name| self.values.text(name).map(str::to_owned);
        if self.values.text("ssl.keystore.location").is_some()
            && self.values.password("ssl.keystore.password").is_empty()
        {
            return refuse("`ssl.keystore.password` is mandatory when `ssl.keystore.location` is set");
        }
        Ok(TlsSettings {
            cipher_suites: text("ssl.cipher.suites"),
            curves: text("ssl.curves.list"),
            signature_algorithms: text("ssl.sigalgs.list"),
            own: self.own_identity(),
            trust: Trust {
                peer: Peer::Broker,
                ca_location: text("ssl.ca.location"),
                ca_pem: text("ssl.ca.pem").or_else(|| text("ssl_ca")),
                crl_location: text("ssl.crl.location"),
                verifies: self.values.on("enable.ssl.certificate.verification"),
                identifies: self.values.int("ssl.endpoint.identification.algorithm") == 1,
            },
            providers: text("ssl.providers"),
            engine: text("ssl.engine.location").map(|location| OpensslEngine {
                location,
                id: text("ssl.engine.id").unwrap_or_default(),
                callback_data: self.pointer("ssl_engine_callback_data"),
            }),
        })
    }

    fn own_identity(&self) -> OwnIdentity {
        let text = |name| self.values.text(name).map(str::to_owned);
        let secret = |name| self.values.text(name).map(Secret::new);
        let password = |name| Some(Password::new(self.values.password(name))).filter(|p| !p.is_empty());
        OwnIdentity {
            given_certificate: text("ssl_certificate"),
            given_key: secret("ssl_key"),
            key_location: text("ssl.key.location"),
            key_pem: secret("ssl.key.pem"),
            key_password: password("ssl.key.password"),
            certificate_location: text("ssl.certificate.location"),
            certificate_pem: text("ssl.certificate.pem"),
            keystore_location: text("ssl.keystore.location"),
            keystore_password: password("ssl.keystore.password"),
        }
    }

    fn check_authorities(&self) -> Result<()> {
        let is_set = |name| self.values.text(name).is_some();
        if is_set("ssl_ca") && (is_set("ssl.ca.location") || is_set("ssl.ca.pem")) {
            return refuse(
                "`ssl.ca.location` or `ssl.ca.pem`, and memory-based set_ssl_cert(CERT_CA) are mutually exclusive.",
            );
        }
        Ok(())
    }

    fn check_https(&self) -> Result<()> {
        if self.values.text("https.ca.location").is_some() && self.values.text("https.ca.pem").is_some() {
            return refuse("`https.ca.location` and `https.ca.pem` are mutually exclusive");
        }
        let location = self.values.text("https.ca.location").filter(|location| *location != "probe");
        if location.is_some_and(|location| !Path::new(location).exists()) {
            return refuse("`https.ca.location` must be an existing file or directory");
        }
        Ok(())
    }
}

fn mechanism(name: &str) -> Result<Mechanism> {
    match Mechanism::from_name(name) {
        // As librdkafka says it where it was built without.
        Some(Mechanism::Gssapi) if gssapi::system().is_none() => refuse(
            "No provider for SASL mechanism GSSAPI: recompile librdkafka with libsasl2 or openssl support. Current \
             build options: PLAIN SASL_SCRAM OAUTHBEARER",
        ),
        Some(mechanism) => Ok(mechanism),
        None if name.starts_with("SCRAM-SHA-") => {
            refuse(format!("Unsupported hash function: {name} (try SCRAM-SHA-512)"))
        }
        None => refuse(format!("Unsupported SASL mechanism: {name}")),
    }
}
