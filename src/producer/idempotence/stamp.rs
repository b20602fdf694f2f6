//! What a batch of an idempotent producer carries about its place in the partition's sequence and its fate so
//! far.

use super::producer_id::ProducerId;
use crate::base::error::ErrorCode;

/// What identifies a batch to the broker, and what is known of its fate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    pub pid: ProducerId,
    pub position: u64,
    /// An attempt may have stored it.
    pub maybe_stored: bool,
    /// How many of its first messages have been reported as timed out. They are still sent, since a batch
    /// must not change.
    pub reported: usize,
    /// What brokers have said of it though it may be stored.
    pub denials: Denials,
}

/// Statements of brokers that cannot be true if the batch is stored. One alone is not enough to act upon: it
/// may come from a leader that has just begun to be one. Nor are two different ones, which contradict each
/// other: a broker that has forgotten the producer does not miss a sequence number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Denials {
    out_of_order: bool,
    unknown_producer: bool,
}

impl Denials {
    /// Notes what a broker has said; returns whether it is the first time.
    pub fn note(&mut self, code: ErrorCode) -> bool {
        let said = match code {
            ErrorCode::UNKNOWN_PRODUCER_ID => &mut self.unknown_producer,
            _ => &mut self.out_of_order,
        };
        !std::mem::replace(said, true)
    }
}

impl Stamp {
    /// The batch's base sequence on the wire: after the largest comes 0.
    #[must_use]
    pub fn base_sequence(&self) -> i32 {
        sequence_at(self.position)
    }
}
/// The sequence number at a position.
#[must_use]
pub fn sequence_at(position: u64) -> i32 {
    i32::try_from(position & u64::from(i32::MAX.unsigned_abs())).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PID: ProducerId = ProducerId { id: 7, epoch: 0 };

    #[test]
    fn after_the_largest_sequence_comes_0() {
        let at = |position| Stamp {
            pid: PID,
            position,
            maybe_stored: false,
            reported: 0,
            denials: Denials::default(),
        };
        assert_eq!(at((1 << 31) - 1).base_sequence(), i32::MAX);
        assert_eq!(at(1 << 31).base_sequence(), 0);
        assert_eq!(at((1 << 33) + 5).base_sequence(), 5);
    }

    #[test]
    fn a_denial_counts_when_it_is_repeated() {
        let mut d = Denials::default();
        assert!(d.note(ErrorCode::UNKNOWN_PRODUCER_ID) && d.note(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER));
        assert!(!d.note(ErrorCode::UNKNOWN_PRODUCER_ID) && !d.note(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER));
    }
}
