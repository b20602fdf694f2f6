//! The configuration: one property table, from which parsing, defaults, dump and documentation come, and the typed
//! settings that the rest of the library reads.

mod settings;

pub use settings::{
    AddressFamily, DnsLookup, MetadataRecovery, Partitioner, ProduceEngine, QueuingStrategy, Settings,
    TopicSettings, Warning,
};

/// The librdkafka version whose interface and behaviour this library has.
pub const REFERENCE_VERSION: &str = "2.15.1";

/// Compression codecs by their number in a record batch's attributes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Codec {
    #[default]
    None = 0,
    Gzip = 1,
    Snappy = 2,
    Lz4 = 3,
    Zstd = 4,
}
