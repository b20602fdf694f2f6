//! The configuration: one property table, from which parsing, defaults, dump and documentation come, and the
//! typed settings that the rest of the library reads.
//!
//! [`Conf`] and [`TopicConf`] are what an application fills in by name; [`Conf::finalize`] and
//! [`TopicConf::finalize`] check them as a whole and turn them into [`Settings`] and [`TopicSettings`].

mod document;
mod engines;
mod number;
mod pattern;
mod property;
mod refusal;
mod resolve;
mod role;
mod settings;
mod store;
mod table;
mod value;
mod warnings;

pub use crate::base::version::REFERENCE_VERSION;
pub use crate::compress::Codec;
pub use document::properties_text;
pub use pattern::PatternList;
pub use settings::{
    AdaptiveSettings, AdaptiveWindow, AddressFamily, BatchingSettings, ClientSettings, ConsumerSettings,
    ConsumerTopicSettings, DnsLookup, EngineSettings, IdempotenceSettings, KerberosSettings, KinitSettings,
    LogSettings, MetadataRecovery, MetadataSettings, MockSettings, NetworkSettings, OffsetMethod,
    OffsetReset, OffsetStoreSettings, Partitioner, ProduceEngine, QueueSettings, QueuingStrategy,
    RequestPolicy, RetrySettings, SecuritySettings, Settings, ShareLimits, TopicSettings,
    TransactionSettings, V2Settings, VersionSettings, Warning,
};
pub use settings::{OpensslEngine, OwnIdentity, Peer, TlsSettings, Trust};
pub use store::{Conf, CopyStep, TopicConf};
pub use warnings::NO_BROKERS;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfErrorKind {
    /// There is no such property.
    Unknown,
    /// The property cannot take that value.
    Invalid,
}

/// Why a property could not be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfError {
    pub kind: ConfErrorKind,
    pub text: String,
}

impl ConfError {
    fn unknown(name: &str) -> Self {
        let text = format!("No such configuration property: \"{name}\"");
        Self { kind: ConfErrorKind::Unknown, text }
    }

    fn invalid(text: impl Into<String>) -> Self {
        Self { kind: ConfErrorKind::Invalid, text: text.into() }
    }
}
