//! Assertions (RFC 7523): signed statements with which a client asks for a token.

use super::{Algorithm, World};
use crate::auth::credentials::{Password, Secret};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

/// Where the private key is.
#[derive(Clone, Debug, PartialEq)]
pub enum Key {
    File(String),
    Pem(Secret),
}

/// What an assertion says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Claims {
    pub audience: Option<String>,
    pub issuer: Option<String>,
    pub subject: Option<String>,
    /// It ends so many seconds from now.
    pub expires_after_s: i64,
    /// It holds from so many seconds ago.
    pub valid_before_s: i64,
    /// Whether each has an identifier of its own.
    pub has_id: bool,
}

/// An assertion that the client makes itself.
#[derive(Clone, Debug, PartialEq)]
pub struct SignedAssertion {
    pub algorithm: Algorithm,
    pub key: Key,
    pub passphrase: Password,
    pub claims: Claims,
    /// A file with further headers and claims.
    pub template: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Assertion {
    /// Somebody else puts it into this file, which is read each time.
    File(String),
    Signed(Box<SignedAssertion>),
}

type Object = Map<String, Value>;

impl Assertion {
    /// # Errors
    /// The text says why there is none.
    pub(super) fn make(&self, world: &dyn World) -> Result<Zeroizing<Vec<u8>>, String> {
        match self {
            Self::File(path) => {
                let read = world.read(path);
                let read =
                    read.map_err(|why| format!("Failed to read JWT assertion from file {path}: {why}"))?;
                let assertion = read.trim_ascii();
                // Anything else would become part of the form.
                let may_stand = |b: &u8| b.is_ascii_alphanumeric() || b"-_.~=".contains(b);
                if assertion.is_empty() || !assertion.iter().all(may_stand) {
                    return Err(format!("There is no JWT assertion in file {path}"));
                }
                Ok(Zeroizing::new(assertion.to_vec()))
            }
            Self::Signed(signed) => signed.make(world),
        }
    }
}

impl SignedAssertion {
    fn make(&self, world: &dyn World) -> Result<Zeroizing<Vec<u8>>, String> {
        let (mut header, mut claims) = match &self.template {
            None => Default::default(),
            Some(path) => template(path, world)?,
        };
        header.insert("alg".to_owned(), self.algorithm.name().into());
        header.insert("typ".to_owned(), "JWT".into());
        self.claims.write(&mut claims, world);
        let part = |object: Object| URL_SAFE_NO_PAD.encode(Value::Object(object).to_string());
        let unsigned = Zeroizing::new(format!("{}.{}", part(header), part(claims)));
        let pem = match &self.key {
            Key::Pem(pem) => Zeroizing::new(pem.as_bytes().to_vec()),
            Key::File(path) => {
                let read = world.read(path);
                read.map_err(|why| format!("Failed to read private key from file {path}: {why}"))?
            }
        };
        let signature = world.sign(self.algorithm, &pem, &self.passphrase, unsigned.as_bytes())?;
        Ok(Zeroizing::new(format!("{}.{}", *unsigned, URL_SAFE_NO_PAD.encode(signature)).into_bytes()))
    }
}

impl Claims {
    /// Adds the claims to those of the template, which they replace.
    fn write(&self, claims: &mut Object, world: &dyn World) {
        let now = world.now_ms().div_euclid(1000);
        let mut set = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        set("iat", now.into());
        set("exp", (now + self.expires_after_s).into());
        set("nbf", (now - self.valid_before_s).into());
        for (name, text) in [("sub", &self.subject), ("iss", &self.issuer), ("aud", &self.audience)] {
            if let Some(text) = text {
                set(name, text.as_str().into());
            }
        }
        if self.has_id {
            set("jti", world.unique_id().into());
        }
    }
}

/// Reads `{"header": {...}, "payload": {...}}`.
fn template(path: &str, world: &dyn World) -> Result<(Object, Object), String> {
    let text = world.read(path).map_err(|why| format!("Failed to open JWT template file: {path}: {why}"))?;
    if text.is_empty() {
        return Err(format!("JWT template file is empty or invalid: {path}"));
    }
    let parsed = serde_json::Deserializer::from_slice(&text).into_iter::<Value>().next();
    let Some(Ok(mut template)) = parsed else {
        return Err(format!("Failed to parse JWT template JSON: {path}"));
    };
    let mut object = |name| match template.get_mut(name).map(Value::take) {
        Some(Value::Object(object)) => Some(object),
        _ => None,
    };
    object("header")
        .zip(object("payload"))
        .ok_or_else(|| format!("JWT template must contain both 'header' and 'payload' objects: {path}"))
}
