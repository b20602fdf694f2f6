//! Messages whose time is up while they are in a request. They are reported, and the request goes on: on the
//! connection are other requests, which have no part in it.

use super::{Purpose, Request};
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::sync::Arc;
use crate::producer::batch::Batch;
use crate::producer::partition::Partition;
use crate::producer::runs::Runs;

/// When the first messages of a request time out.
#[derive(Clone, Copy, Default)]
pub(in crate::broker) struct Expiry {
    first: Deadline,
    /// Nothing is given up before this time.
    floor: Time,
}

impl Expiry {
    pub(in crate::broker) fn of(batches: &[Batch], floor: Time) -> Self {
        let first = batches.iter().fold(Deadline::NEVER, |d, b| d.min(Self::of_batch(b, floor)));
        Self { first, floor }
    }

    pub(in crate::broker) fn first(&self) -> Deadline {
        self.first
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
pub(in crate::broker) struct GivenUp {
    pub(in crate::broker) partition: Arc<Partition>,
    pub(in crate::broker) messages: Runs,
    /// Nothing else was in the batch; otherwise the rest still waits for the response.
    pub(in crate::broker) was_all: bool,
}

/// What was taken out of requests because its time is up.
#[derive(Default)]
pub(in crate::broker) struct Expired {
    pub(in crate::broker) given_up: Vec<GivenUp>,
    /// Batches of an idempotent producer that were sent: these stay whole.
    pub(in crate::broker) sequenced: Vec<Batch>,
    /// Batches of requests that have not been written: their other messages can join a later batch.
    pub(in crate::broker) unsent: Vec<Batch>,
}

impl Request {
    /// Takes out what has timed out, of a request that the broker may have seen.
    pub(in crate::broker) fn expire_sent(&mut self, now: Time, expired: &mut Expired) {
        let floor = self.expiry.floor;
        let Purpose::Produce(batches) = &mut self.purpose else { return };
        if !self.expiry.first.is_due(now) {
            return;
        }
        // If it is partly written, the rest has to follow.
        self.frame.detach(batches);
        let is_due = |b: &Batch| Expiry::of_batch(b, floor).is_due(now);
        expired.sequenced.extend(batches.extract_if(.., |b| b.stamp.is_some() && is_due(b)));
        for b in batches.iter_mut().filter(|b| is_due(b)) {
            let partition = b.partition.clone();
            let Some(timeout) = partition.topic().settings.message_timeout else { continue };
            let messages = b.give_up(now, timeout);
            expired.given_up.push(GivenUp { partition, messages, was_all: b.messages == 0 });
        }
        batches.retain(|b| b.messages > 0);
        self.expiry = Expiry::of(batches, floor);
    }

    /// Takes the batches out in which messages have timed out, of a request that is not yet written. Returns
    /// whether some were taken and some are left.
    pub(in crate::broker) fn expire_unsent(&mut self, now: Time, expired: &mut Expired) -> bool {
        let floor = self.expiry.floor;
        let Purpose::Produce(batches) = &mut self.purpose else { return false };
        if !self.expiry.first.is_due(now) {
            return false;
        }
        let before = batches.len();
        expired.unsent.extend(batches.extract_if(.., |b| Expiry::of_batch(b, floor).is_due(now)));
        self.expiry = Expiry::of(batches, floor);
        !batches.is_empty() && batches.len() < before
    }
}
