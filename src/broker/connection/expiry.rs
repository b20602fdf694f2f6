//! Messages whose time is up while they are in a request. They are reported, and the request goes on: ending
//! the connection would hit every other request on it.

use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::sync::Arc;
use crate::producer::batch::Batch;
use crate::producer::partition::Partition;
use crate::producer::store::runs::Runs;

/// When the first messages of a request time out.
#[derive(Clone, Copy, Default)]
pub struct Expiry {
    first: Deadline,
    /// Nothing is given up before this time.
    floor: Time,
}

impl Expiry {
    pub fn of(batches: &[Batch], floor: Time) -> Self {
        let first = batches.iter().fold(Deadline::NEVER, |d, b| d.min(Self::of_batch(b, floor)));
        Self { first, floor }
    }

    pub fn first(&self) -> Deadline {
        self.first
    }

    /// Takes out what has timed out, of a request that the broker may have seen.
    /// `since`: when it was sent.
    pub fn take_sent(&mut self, batches: &mut Vec<Batch>, since: Time, now: Time, expired: &mut Expired) {
        let floor = self.floor;
        let is_due = |b: &Batch| Self::of_batch(b, floor).is_due(now);
        let before = expired.sequenced.len();
        expired.sequenced.extend(batches.extract_if(.., |b| b.stamp.is_some() && is_due(b)));
        if expired.sequenced.len() > before {
            expired.sent_at = earlier(expired.sent_at, since);
        }
        for b in batches.iter_mut().filter(|b| is_due(b)) {
            let partition = b.partition.clone();
            let Some(timeout) = partition.topic().settings.message_timeout else { continue };
            let messages = b.give_up(now, timeout);
            expired.given_up.push(GivenUp { partition, messages, since, was_all: b.messages == 0 });
        }
        batches.retain(|b| b.messages > 0);
        *self = Self::of(batches, floor);
    }

    /// Takes out the batches in which messages have timed out, of a request that is not yet written. Returns
    /// whether some were taken and some are left.
    pub fn take_unsent(
        &mut self,
        batches: &mut Vec<Batch>,
        since: Time,
        now: Time,
        expired: &mut Expired,
    ) -> bool {
        let floor = self.floor;
        let before = batches.len();
        expired.unsent.extend(batches.extract_if(.., |b| Self::of_batch(b, floor).is_due(now)));
        *self = Self::of(batches, floor);
        if batches.len() < before {
            expired.made_at = earlier(expired.made_at, since);
        }
        !batches.is_empty() && batches.len() < before
    }

    /// When the oldest message of a batch times out.
    fn of_batch(b: &Batch, floor: Time) -> Deadline {
        match (b.oldest(), b.partition.topic().settings.message_timeout) {
            (Some(t), Some(timeout)) => Deadline::at((t + timeout).max(floor)),
            _ => Deadline::NEVER,
        }
    }
}

/// Messages that were taken out of a batch in flight.
pub struct GivenUp {
    pub partition: Arc<Partition>,
    pub messages: Runs,
    /// When the request was sent.
    pub since: Time,
    /// Nothing else was in the batch; otherwise the rest still waits for the response.
    pub was_all: bool,
}

/// What was taken out of requests because its time is up.
#[derive(Default)]
pub struct Expired {
    pub given_up: Vec<GivenUp>,
    /// Batches of an idempotent producer that were sent: these stay whole.
    pub sequenced: Vec<Batch>,
    /// When the first of their requests was sent.
    pub sent_at: Option<Time>,
    /// Batches of requests that have not been written: their other messages can join a later batch.
    pub unsent: Vec<Batch>,
    /// When the first of their requests was made.
    pub made_at: Option<Time>,
}

fn earlier(known: Option<Time>, at: Time) -> Option<Time> {
    Some(known.map_or(at, |known| known.min(at)))
}
