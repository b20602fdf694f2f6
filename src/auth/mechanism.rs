//! The SASL mechanisms and their names.

use super::scram::Hash;

/// A SASL mechanism that the library speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// RFC 4616: user name and password as they are.
    Plain,
    /// RFC 5802 and RFC 7677: both sides prove that they know the password without telling it.
    Scram(Hash),
    /// RFC 7628: a token that somebody else has issued.
    OAuthBearer,
    /// RFC 4752: Kerberos.
    Gssapi,
}

impl Mechanism {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 5] =
        [Self::Gssapi, Self::Plain, Self::Scram(Hash::Sha256), Self::Scram(Hash::Sha512), Self::OAuthBearer];

    /// By its registered name, as the property `sasl.mechanism` takes it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|m| m.name() == name)
    }

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::Scram(Hash::Sha256) => "SCRAM-SHA-256",
            Self::Scram(Hash::Sha512) => "SCRAM-SHA-512",
            Self::OAuthBearer => "OAUTHBEARER",
            Self::Gssapi => "GSSAPI",
        }
    }

    /// Whether a user name and a password are needed for it.
    #[must_use]
    pub fn needs_login(self) -> bool {
        matches!(self, Self::Plain | Self::Scram(_))
    }
}
