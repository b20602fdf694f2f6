//! Whether a partition's broker is sure to have state of our producer id, and so how many batches may be in
//! flight.
//!
//! A broker checks sequence numbers against the producer's state in the partition. Where it has none, it
//! takes any first sequence number: were several batches in flight then, the second could be stored although
//! the first was refused, and the first could never be stored in its place. So one batch is in flight until
//! the broker has acknowledged one. See docs/internals/idempotence.md.

use crate::base::clock::Time;
use std::time::Duration;

/// Brokers recognise as many of a producer's last batches in a partition.
pub const MAX_IN_FLIGHT: usize = 5;

/// How long an acknowledgement counts. Brokers forget producers that have been idle
/// (`producer.id.expiration.ms`, by default a day, but it may be set as low as one likes). A partition that
/// has been idle for a minute loses nothing by waiting for one more answer.
const TRUSTED_FOR: Duration = Duration::from_secs(60);

#[derive(Default)]
pub(super) struct BrokerState {
    /// When the broker last acknowledged a batch; `None`: not yet, or something has happened since that may
    /// have cost it its state.
    acknowledged: Option<Time>,
    /// The connection that was looked at last: behind a new one there may be a broker that has restarted.
    connection: u64,
}

impl BrokerState {
    /// How many batches may be in flight. `connection`: the number of the connection that they are sent on.
    pub(super) fn limit(&mut self, now: Time, connection: u64) -> usize {
        if self.connection != connection {
            self.connection = connection;
            self.acknowledged = None;
        }
        match self.acknowledged {
            Some(at) if now < at + TRUSTED_FOR => MAX_IN_FLIGHT,
            _ => 1,
        }
    }

    /// The broker has acknowledged a batch.
    pub(super) fn confirm(&mut self, now: Time) {
        self.acknowledged = Some(now);
    }

    /// A batch came back without acknowledgement, the leader has changed, or the producer id is another one.
    pub(super) fn doubt(&mut self) {
        self.acknowledged = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_batch_is_in_flight_where_the_broker_may_have_no_state() {
        let mut s = BrokerState::default();
        assert_eq!(s.limit(Time(0), 1), 1, "nothing was acknowledged yet");
        s.confirm(Time(10));
        assert_eq!(s.limit(Time(20), 1), MAX_IN_FLIGHT);
        s.doubt();
        assert_eq!(s.limit(Time(20), 1), 1);
        s.confirm(Time(30));
        assert_eq!(s.limit(Time(40), 2), 1, "another connection");
        s.confirm(Time(50));
        assert_eq!(s.limit(Time(60), 2), MAX_IN_FLIGHT);
        assert_eq!(s.limit(Time(50) + TRUSTED_FOR, 2), 1, "the partition was idle");
    }
}
