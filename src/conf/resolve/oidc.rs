//! `sasl.oauthbearer.method=oidc` and the properties that belong to it.

use crate::auth::Mechanism;
use crate::auth::credentials::{Password, Secret};
use crate::auth::oauthbearer::oidc::{
    Algorithm, Assertion, Claims, Grant, HttpsTrust, Key, Oidc, SignedAssertion, pairs,
};
use crate::base::error::Result;
use crate::conf::refusal::refuse;
use crate::conf::store::Conf;

/// Where Azure's metadata service is found on each of its machines.
const AZURE_IMDS: &str = "http://169.254.169.254/metadata/identity/oauth2/token";

const METHOD: &str = "sasl.oauthbearer.method";
const URL: &str = "sasl.oauthbearer.token.endpoint.url";
const FILE: &str = "sasl.oauthbearer.assertion.file";
const KEY_FILE: &str = "sasl.oauthbearer.assertion.private.key.file";
const KEY_PEM: &str = "sasl.oauthbearer.assertion.private.key.pem";
const PASSPHRASE: &str = "sasl.oauthbearer.assertion.private.key.passphrase";
const TEMPLATE: &str = "sasl.oauthbearer.assertion.jwt.template.file";

/// What cannot be set beside a ready assertion, in the order in which librdkafka looks.
const BESIDE_FILE: [&str; 10] = [
    KEY_FILE,
    KEY_PEM,
    PASSPHRASE,
    TEMPLATE,
    "sasl.oauthbearer.assertion.claim.sub",
    "sasl.oauthbearer.assertion.claim.aud",
    "sasl.oauthbearer.assertion.claim.iss",
    "sasl.oauthbearer.assertion.claim.jti.include",
    "sasl.oauthbearer.assertion.claim.exp.seconds",
    "sasl.oauthbearer.assertion.claim.nbf.seconds",
];

impl Conf {
    /// `None`: tokens do not come from a token endpoint.
    pub(super) fn oidc(&self) -> Result<Option<Box<Oidc>>> {
        let v = &self.values;
        let is_bearer = v.text("sasl.mechanisms") == Some(Mechanism::OAuthBearer.name());
        if !is_bearer || v.int(METHOD) != 1 {
            return Ok(None);
        }
        if v.on("enable.sasl.oauthbearer.unsecure.jwt") {
            return refuse(format!(
                "`enable.sasl.oauthbearer.unsecure.jwt` and `{METHOD}=oidc` are mutually exclusive"
            ));
        }
        let text = |name| v.text(name).map(str::to_owned);
        let (endpoint_url, grant) = match v.int("sasl.oauthbearer.metadata.authentication.type") {
            1 => self.azure_imds()?,
            2 => (String::new(), Grant::AwsIam),
            _ => (self.mandatory(URL)?, self.grant()?),
        };
        Ok(Some(Box::new(Oidc {
            endpoint_url,
            grant,
            scope: text("sasl.oauthbearer.scope"),
            // As in librdkafka, a list that is not well formed is none.
            extensions: v.text("sasl.oauthbearer.extensions").and_then(pairs).unwrap_or_default(),
            sub_claim_name: text("sasl.oauthbearer.sub.claim.name").unwrap_or_default(),
            trust: HttpsTrust { ca_location: text("https.ca.location"), ca_pem: text("https.ca.pem") },
        })))
    }

    fn mandatory(&self, name: &str) -> Result<String> {
        match self.values.text(name) {
            Some(text) => Ok(text.to_owned()),
            None => refuse(format!("`{name}` is mandatory when `{METHOD}=oidc` is set")),
        }
    }

    fn grant(&self) -> Result<Grant> {
        const SECRET: &str = "sasl.oauthbearer.client.secret";
        if self.values.int("sasl.oauthbearer.grant.type") == 1 {
            return Ok(Grant::JwtBearer(self.assertion()?));
        }
        let id = self.mandatory("sasl.oauthbearer.client.id")?;
        let secret = Password::new(self.values.password(SECRET));
        if secret.is_empty() {
            self.mandatory(SECRET)?;
        }
        Ok(Grant::ClientCredentials { id, secret })
    }

    fn azure_imds(&self) -> Result<(String, Grant)> {
        let config = self.values.text("sasl.oauthbearer.config").unwrap_or_default();
        let query = pairs(config).into_iter().flatten().find(|(name, _)| name == "query").map(|(_, q)| q);
        let is_asked_for = config.trim_start().starts_with("query=");
        let url = match self.values.text(URL) {
            Some(url) => url.to_owned(),
            None if query.is_some() || is_asked_for => AZURE_IMDS.to_owned(),
            None => {
                return refuse(format!(
                    "`{URL}` is mandatory for Azure IMDS authentication when `query` isn't set"
                ));
            }
        };
        Ok((url, Grant::AzureImds { query }))
    }

    fn assertion(&self) -> Result<Assertion> {
        let exclusive = |a: &str, b: &str| {
            refuse(format!("Mutually exclusive properties set. `{a}` and `{b}` cannot both be set"))
        };
        let v = &self.values;
        let text = |name| v.text(name).map(str::to_owned);
        if let Some(file) = text(FILE) {
            return match BESIDE_FILE.into_iter().find(|name| self.is_modified(name)) {
                Some(name) => exclusive(FILE, name),
                None => Ok(Assertion::File(file)),
            };
        }
        let key = match (text(KEY_FILE), v.text(KEY_PEM)) {
            (Some(_), Some(_)) => return exclusive(KEY_FILE, KEY_PEM),
            (Some(file), None) => Key::File(file),
            (None, Some(pem)) => Key::Pem(Secret::new(pem)),
            (None, None) => {
                return refuse(format!(
                    "`{KEY_FILE}` or `{KEY_PEM}` is mandatory when `sasl.oauthbearer.grant.type` is set to \
                     `urn:ietf:params:oauth:grant-type:jwt-bearer`"
                ));
            }
        };
        let claims = Claims {
            audience: text("sasl.oauthbearer.assertion.claim.aud"),
            issuer: text("sasl.oauthbearer.assertion.claim.iss"),
            subject: text("sasl.oauthbearer.assertion.claim.sub"),
            expires_after_s: v.int("sasl.oauthbearer.assertion.claim.exp.seconds").into(),
            valid_before_s: v.int("sasl.oauthbearer.assertion.claim.nbf.seconds").into(),
            has_id: v.on("sasl.oauthbearer.assertion.claim.jti.include"),
        };
        let algorithm = match v.int("sasl.oauthbearer.assertion.algorithm") {
            1 => Algorithm::Es256,
            _ => Algorithm::Rs256,
        };
        let passphrase = Password::new(v.password(PASSPHRASE));
        let template = text(TEMPLATE);
        Ok(Assertion::Signed(Box::new(SignedAssertion { algorithm, key, passphrase, claims, template })))
    }
}
