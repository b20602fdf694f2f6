//! Places in a partition.

use crate::conf::OffsetReset;

/// Logical offsets, with their numbers in the C API.
pub mod logical {
    pub const END: i64 = -1;
    pub const BEGINNING: i64 = -2;
    /// Where the last committed offset says.
    pub const STORED: i64 = -1000;
    /// Nowhere in particular.
    pub const INVALID: i64 = -1001;
    /// So many messages before the end: this number minus their count.
    pub const TAIL_BASE: i64 = -2000;
}

/// An offset with the leader epoch of the message before it; the offset may be a logical one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    pub offset: i64,
    /// -1 if it is not known.
    pub epoch: i32,
}

impl Position {
    pub const INVALID: Self = Self::at(logical::INVALID);

    #[must_use]
    pub const fn new(offset: i64, epoch: i32) -> Self {
        Self { offset, epoch }
    }

    #[must_use]
    pub const fn at(offset: i64) -> Self {
        Self { offset, epoch: -1 }
    }

    /// Whether it is a place and no wish.
    #[must_use]
    pub const fn is_absolute(self) -> bool {
        self.offset >= 0
    }

    /// How many messages before the end, if that is what it says.
    #[must_use]
    pub fn tail(self) -> Option<i64> {
        (self.offset <= logical::TAIL_BASE).then(|| logical::TAIL_BASE.saturating_sub(self.offset))
    }
}

/// The logical offset to look for when there is no other; `None`: that is an error.
#[must_use]
pub fn reset_target(reset: OffsetReset) -> Option<i64> {
    match reset {
        OffsetReset::Earliest => Some(logical::BEGINNING),
        OffsetReset::Latest => Some(logical::END),
        OffsetReset::Error => None,
    }
}
