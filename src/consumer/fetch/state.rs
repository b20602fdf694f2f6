//! How far the fetching of a partition has come.

/// The states, with librdkafka's names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FetchState {
    /// Nobody consumes it.
    #[default]
    None,
    /// An offset has to be asked for.
    OffsetQuery,
    /// It has been asked for.
    OffsetWait,
    /// The broker has been asked whether its log still is the one that was read (KIP-320).
    ValidateEpochWait,
    /// Messages are fetched.
    Active,
    Stopped,
}

impl FetchState {
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::OffsetQuery => "offset-query",
            Self::OffsetWait => "offset-wait",
            Self::ValidateEpochWait => "validate-epoch-wait",
            Self::Active => "active",
            Self::Stopped => "stopped",
        }
    }

    /// librdkafka's number of the state. "stopping" does not occur here.
    #[must_use]
    pub const fn number(self) -> i32 {
        match self {
            Self::None => 0,
            Self::Stopped => 2,
            Self::OffsetQuery => 3,
            Self::OffsetWait => 4,
            Self::ValidateEpochWait => 5,
            Self::Active => 6,
        }
    }

    /// Whether the partition is being consumed.
    #[must_use]
    pub const fn is_started(self) -> bool {
        !matches!(self, Self::None | Self::Stopped)
    }
}
