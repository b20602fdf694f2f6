//! Why a request was put together at that moment.

/// Why a request was put together at that moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    Flush,
    /// `broker.batch.max.partitions`
    Partitions,
    /// `broker.batch.max.bytes`
    Bytes,
    /// `broker.linger.ms`
    Linger,
    /// The last of `max.in.flight` requests is about to leave.
    Slot,
}

impl Trigger {
    /// In the order of [`super::snapshot::Engine::triggers`].
    pub const ALL: [Self; 5] = [Self::Flush, Self::Partitions, Self::Bytes, Self::Linger, Self::Slot];

    /// As it is called in the JSON document.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Flush => "flush",
            Self::Partitions => "partitions",
            Self::Bytes => "bytes",
            Self::Linger => "linger",
            Self::Slot => "slot",
        }
    }
}
