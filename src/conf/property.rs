//! What a configuration property is: the columns of the table.

/// Which configuration object a property belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    Global,
    Topic,
}

/// Which kind of client a property concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Both,
    Producer,
    Consumer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Importance {
    Low,
    Medium,
    High,
}

/// Whether this build does what the property promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Availability {
    Available,
    /// Only the default can be set, so that unsupported settings are rejected.
    NotBuilt(&'static str),
    /// Not even the default can be set.
    Unsupported(&'static str),
}

/// Why tokens cannot come from token endpoints in a build without OpenSSL.
const NO_OIDC: &str =
    "OAUTHBEARER/OIDC depends on libcurl and OpenSSL which were not available at build time";
/// Why there is no TLS in a build without OpenSSL.
const NO_TLS: &str = "TLS not available at build time";

/// What a text has to look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    Any,
    /// No comma and no space.
    SingleItem,
    /// The name of a built-in partitioner.
    Partitioner,
    /// A broker version that librdkafka knows.
    BrokerVersion,
    /// Nothing, or `unix:` and a path that a socket can have.
    UnixSocket,
}

/// A name for a number: one value of an enumeration, or one flag.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    pub name: &'static str,
    pub value: i32,
    /// Why this one cannot be chosen in this build.
    pub not_built: Option<&'static str>,
}

impl Choice {
    pub const fn new(name: &'static str, value: i32) -> Self {
        Self { name, value, not_built: None }
    }

    pub const fn not_built(name: &'static str, value: i32, why: &'static str) -> Self {
        Self { name, value, not_built: Some(why) }
    }

    /// One that token endpoints are for.
    pub const fn with_oidc(name: &'static str, value: i32) -> Self {
        if cfg!(feature = "ssl") { Self::new(name, value) } else { Self::not_built(name, value, NO_OIDC) }
    }

    /// One that needs a build with OpenSSL.
    pub const fn with_tls(name: &'static str, value: i32) -> Self {
        if cfg!(feature = "ssl") { Self::new(name, value) } else { Self::not_built(name, value, NO_TLS) }
    }
}

/// The type of a property, with its range and default.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Leading white space is dropped when `trim` is set.
    Text {
        default: Option<&'static str>,
        check: Check,
        trim: bool,
    },
    Int {
        min: i32,
        max: i32,
        default: i32,
        names: &'static [Choice],
    },
    Double {
        min: f64,
        max: f64,
        default: f64,
    },
    Bool(bool),
    Choice {
        choices: &'static [Choice],
        default: i32,
    },
    /// A comma-separated list of flags; `+` and `-` before a flag add and remove it.
    Flags {
        choices: &'static [Choice],
        default: i32,
    },
    /// A comma-separated list of names and regular expressions.
    Patterns,
    /// A pointer of the application, set through a function of its own.
    Pointer,
    /// Another spelling of the property named.
    Alias(&'static str),
    /// Neither settable nor readable.
    Internal,
    /// Known from the Java client and always refused, with the description as the error text.
    Refused,
}

impl Kind {
    pub const fn text(default: Option<&'static str>) -> Self {
        Self::Text { default, check: Check::Any, trim: true }
    }

    pub const fn raw_text(default: Option<&'static str>) -> Self {
        Self::Text { default, check: Check::Any, trim: false }
    }

    pub const fn checked_text(default: &'static str, check: Check) -> Self {
        Self::Text { default: Some(default), check, trim: true }
    }

    pub const fn int(min: i32, max: i32, default: i32) -> Self {
        Self::Int { min, max, default, names: &[] }
    }
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Property {
    pub name: &'static str,
    pub scope: Scope,
    pub kind: Kind,
    pub description: &'static str,
    pub side: Side,
    pub importance: Importance,
    pub availability: Availability,
    pub deprecated: bool,
    pub experimental: bool,
    /// Settable but not documented.
    pub hidden: bool,
    /// Holds a secret: never logged.
    pub sensitive: bool,
    /// Need not be UTF-8.
    pub any_bytes: bool,
    /// Read by `produce.engine=v2` only.
    pub v2_only: bool,
    /// Why nothing reads it, if nothing does.
    pub no_effect: Option<&'static str>,
}

pub const fn global(name: &'static str, kind: Kind, description: &'static str) -> Property {
    Property {
        name,
        scope: Scope::Global,
        kind,
        description,
        side: Side::Both,
        importance: Importance::Low,
        availability: Availability::Available,
        deprecated: false,
        experimental: false,
        hidden: false,
        sensitive: false,
        any_bytes: false,
        v2_only: false,
        no_effect: None,
    }
}

pub const fn topic(name: &'static str, kind: Kind, description: &'static str) -> Property {
    Property { scope: Scope::Topic, ..global(name, kind, description) }
}

impl Property {
    pub const fn producer(self) -> Self {
        Self { side: Side::Producer, ..self }
    }

    pub const fn consumer(self) -> Self {
        Self { side: Side::Consumer, ..self }
    }

    pub const fn high(self) -> Self {
        Self { importance: Importance::High, ..self }
    }

    pub const fn medium(self) -> Self {
        Self { importance: Importance::Medium, ..self }
    }

    pub const fn deprecated(self) -> Self {
        Self { deprecated: true, ..self }
    }

    pub const fn experimental(self) -> Self {
        Self { experimental: true, ..self }
    }

    pub const fn hidden(self) -> Self {
        Self { hidden: true, ..self }
    }

    pub const fn sensitive(self) -> Self {
        Self { sensitive: true, ..self }
    }

    /// A password: secret, and whatever bytes somebody has chosen.
    pub const fn password(self) -> Self {
        Self { sensitive: true, any_bytes: true, ..self }
    }

    pub const fn v2_only(self) -> Self {
        Self { v2_only: true, ..self }
    }

    /// It can be set, and nothing reads it, for the reason given (a clause without a stop).
    pub const fn without_effect(self, why: &'static str) -> Self {
        Self { no_effect: Some(why), ..self }
    }

    /// It is for token endpoints.
    pub const fn needs_oidc(self) -> Self {
        if cfg!(feature = "ssl") { self } else { self.not_built(NO_OIDC) }
    }

    pub const fn not_built(self, why: &'static str) -> Self {
        Self { availability: Availability::NotBuilt(why), ..self }
    }

    /// It needs a build with OpenSSL.
    pub const fn needs_tls(self) -> Self {
        if cfg!(feature = "ssl") { self } else { self.not_built(NO_TLS) }
    }

    pub const fn unsupported(self, why: &'static str) -> Self {
        Self { availability: Availability::Unsupported(why), ..self }
    }

    /// Has a value that can be set and read; the others only stand for one or are refused.
    pub(super) const fn has_value(&self) -> bool {
        !matches!(self.kind, Kind::Alias(_) | Kind::Internal | Kind::Refused)
    }
}
