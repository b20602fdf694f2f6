//! Where the simple consumer keeps its offsets: in a file of each partition, or with the group's coordinator.

use super::offset_file::OffsetFile;
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use std::time::Duration;

pub(in crate::client) enum OffsetStorage {
    /// `None`: it cannot be opened.
    File(Option<OffsetFile>),
    Broker,
}

pub(in crate::client) struct OffsetStore {
    place: OffsetStorage,
    /// How often offsets are committed before the end.
    interval: Option<Duration>,
    next: Deadline,
}

impl OffsetStore {
    pub fn new(place: OffsetStorage, interval: Option<Duration>, now: Time) -> Self {
        let next = interval.map_or(Deadline::NEVER, |i| Deadline::at(now + i));
        Self { place, interval, next }
    }

    pub fn place(&mut self) -> &mut OffsetStorage {
        &mut self.place
    }

    /// Whether offsets are to be committed now.
    pub fn take_due(&mut self, now: Time) -> bool {
        let due = self.next.is_due(now);
        if due && let Some(interval) = self.interval {
            self.next = Deadline::at(now + interval);
        }
        due
    }

    /// When there is something to be done.
    pub fn deadline(&self) -> Deadline {
        match &self.place {
            OffsetStorage::File(Some(file)) => self.next.min(file.deadline()),
            _ => self.next,
        }
    }
}
