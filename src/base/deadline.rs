//! A point in time that may be absent. There is no sentinel value: "never" is its own state.

use super::clock::Time;
use std::time::Duration;

/// When something has to be looked at again; `NEVER` orders after every time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deadline(Option<Time>);

impl Deadline {
    pub const NEVER: Self = Self(None);

    #[must_use]
    pub fn at(t: Time) -> Self {
        Self(Some(t))
    }

    #[must_use]
    pub fn time(self) -> Option<Time> {
        self.0
    }

    /// The earlier of the two.
    #[must_use]
    pub fn min(self, other: Self) -> Self {
        match (self.0, other.0) {
            (Some(a), Some(b)) => Self(Some(a.min(b))),
            (a, b) => Self(a.or(b)),
        }
    }

    #[must_use]
    pub fn is_due(self, now: Time) -> bool {
        self.0.is_some_and(|t| t <= now)
    }

    #[must_use]
    pub fn is_never(self) -> bool {
        self.0.is_none()
    }

    /// How long to wait from `now`; `None` for ever. Never rounds down: a wait that ends early would spin.
    #[must_use]
    pub fn wait_from(self, now: Time) -> Option<Duration> {
        self.0.map(|t| t.since(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_is_later_than_any_time() {
        let t = Deadline::at(Time(5));
        assert_eq!(Deadline::NEVER.min(t), t);
        assert_eq!(t.min(Deadline::NEVER), t);
        assert_eq!(t.min(Deadline::at(Time(3))).time(), Some(Time(3)));
        assert!(!Deadline::NEVER.is_due(Time(i64::MAX)));
        assert!(t.is_due(Time(5)) && !t.is_due(Time(4)));
    }
}
