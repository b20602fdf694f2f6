//! Topics and partitions: who leads, and the log.

use crate::base::clock::Time;
use crate::base::error::ErrorCode;
use crate::mock::configs::properties::{Effects, Values};
use crate::mock::errors::{ErrorStacks, RecordErrors};
use crate::mock::log::PartitionLog;
use crate::mock::log::producers::Producers;
use crate::mock::log::txn_index::TxnIndex;
use crate::protocol::TopicId;
use std::collections::VecDeque;
use std::time::Duration;

#[derive(Debug)]
pub struct Topic {
    pub name: String,
    pub id: TopicId,
    /// Reported for the whole topic in Metadata when set.
    pub error: ErrorCode,
    pub partitions: Vec<Partition>,
    /// What has been set for it, and what of that concerns the logs.
    pub(super) configs: Values,
    pub(super) effects: Effects,
}

#[derive(Debug)]
pub struct Partition {
    pub id: i32,
    /// -1: none.
    pub leader: i32,
    pub leader_epoch: i32,
    pub replicas: Vec<i32>,
    /// Replication factor asked for, which may be more than there are brokers.
    pub replication: usize,
    pub log: PartitionLog,
    pub producers: Producers,
    pub txns: TxnIndex,
    /// The replica that consumers are told to read from; -1: the leader itself.
    pub follower: i32,
    /// What the follower claims to have; -1: what the leader has.
    pub follower_start: i64,
    pub follower_end: i64,
    copy: Option<FollowerCopy>,
    pub errors: ErrorStacks,
    /// Batches to refuse because of single records, first in, first out.
    pub record_errors: VecDeque<RecordErrors>,
    /// What the next Metadata responses claim about the leader (id, epoch) instead of the truth.
    pub leader_responses: VecDeque<(i32, i32)>,
    /// The last Produce request that named this partition: none may do so twice.
    pub named_in: u64,
}

/// What the follower has copied by now: it takes a while.
#[derive(Clone, Copy, Debug)]
struct FollowerCopy {
    end: i64,
    leader_end: i64,
    since: Time,
}

impl FollowerCopy {
    const TAKES: Duration = Duration::from_millis(100);

    /// One that has everything.
    fn whole(end: i64, now: Time) -> Self {
        Self { end, leader_end: end, since: now }
    }

    /// The leader's log has come to this end.
    fn follow(&mut self, leader_end: i64, now: Time) {
        if now.since(self.since) >= Self::TAKES {
            self.end = self.leader_end;
        }
        if leader_end != self.leader_end {
            (self.leader_end, self.since) = (leader_end, now);
        }
        self.end = self.end.min(leader_end);
    }
}

impl Topic {
    /// A topic whose replicas are dealt out over `brokers`.
    #[must_use]
    pub fn new(name: &str, id: TopicId, partitions: i32, replication: usize, brokers: &[i32]) -> Self {
        let mut topic = Self {
            name: name.to_owned(),
            id,
            error: ErrorCode::NO_ERROR,
            partitions: Vec::new(),
            configs: Values::default(),
            effects: Effects::default(),
        };
        topic.add_partitions(partitions, replication, brokers);
        topic
    }

    /// Adds partitions until there are so many.
    pub fn add_partitions(&mut self, count: i32, replication: usize, brokers: &[i32]) {
        let present = i32::try_from(self.partitions.len()).unwrap_or(i32::MAX);
        self.partitions.extend((present..count).map(|id| Partition::new(id, replication, brokers)));
    }

    #[must_use]
    pub fn partition(&self, id: i32) -> Option<&Partition> {
        self.partitions.get(usize::try_from(id).ok()?)
    }

    pub fn partition_mut(&mut self, id: i32) -> Option<&mut Partition> {
        self.partitions.get_mut(usize::try_from(id).ok()?)
    }
}

impl Partition {
    /// Where the follower's log ends, if it has been asked.
    #[must_use]
    pub fn copied_end(&self) -> Option<i64> {
        self.copy.map(|copy| copy.end)
    }

    /// Consumers are told to read from this replica; -1: from the leader.
    pub fn set_follower(&mut self, broker_id: i32) {
        (self.follower, self.copy) = (broker_id, None);
    }

    /// The follower copies what it can have copied by now. It begins with everything.
    pub fn copy_to_follower(&mut self, now: Time) {
        let end = self.log.end_offset();
        self.copy.get_or_insert(FollowerCopy::whole(end, now)).follow(end, now);
    }

    fn new(id: i32, replication: usize, brokers: &[i32]) -> Self {
        let mut p = Self {
            id,
            leader: -1,
            leader_epoch: -1,
            replicas: Vec::new(),
            replication,
            log: PartitionLog::default(),
            producers: Producers::default(),
            txns: TxnIndex::default(),
            follower: -1,
            follower_start: -1,
            follower_end: -1,
            copy: None,
            errors: ErrorStacks::default(),
            record_errors: VecDeque::new(),
            leader_responses: VecDeque::new(),
            named_in: 0,
        };
        p.assign(brokers);
        p
    }

    /// Deals out the replicas over `brokers` and makes the first one the leader: always the same for the same
    /// brokers, and spread evenly.
    pub fn assign(&mut self, brokers: &[i32]) {
        let first = usize::try_from(self.id).unwrap_or(0).checked_rem(brokers.len()).unwrap_or(0);
        self.replicas =
            brokers.iter().cycle().skip(first).take(self.replication.min(brokers.len())).copied().collect();
        self.set_leader(self.replicas.first().copied().unwrap_or(-1));
    }

    pub fn set_leader(&mut self, broker_id: i32) {
        self.leader = broker_id;
        self.leader_epoch = self.leader_epoch.wrapping_add(1) & i32::MAX;
    }

    /// The offset up to which a reader of committed records may read.
    #[must_use]
    pub fn last_stable_offset(&self) -> i64 {
        self.txns.last_stable_offset(self.log.end_offset())
    }

    /// Whether `broker_id` may answer for this partition to a client that believes in `claimed_epoch` (-1: in
    /// none).
    ///
    /// # Errors
    /// The code that says what the client has wrong.
    pub fn check_leader(&self, broker_id: i32, claimed_epoch: i32) -> Result<(), ErrorCode> {
        if self.leader != broker_id {
            return Err(ErrorCode::NOT_LEADER_FOR_PARTITION);
        }
        self.check_epoch(claimed_epoch)
    }

    /// Whether a client that believes in `claimed_epoch` knows the present leader.
    ///
    /// # Errors
    /// The code that says whether the client is behind or ahead.
    pub fn check_epoch(&self, claimed_epoch: i32) -> Result<(), ErrorCode> {
        match claimed_epoch {
            -1 => Ok(()),
            e if e < self.leader_epoch => Err(ErrorCode::FENCED_LEADER_EPOCH),
            e if e > self.leader_epoch => Err(ErrorCode::UNKNOWN_LEADER_EPOCH),
            _ => Ok(()),
        }
    }
}

/// Whether Kafka allows this as a topic's name.
#[must_use]
pub fn is_valid_name(name: &str) -> bool {
    (1..=249).contains(&name.len())
        && name != "."
        && name != ".."
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replicas_and_leaders_are_spread() {
        let t = Topic::new("t", [0; 16], 6, 2, &[1, 2, 3]);
        let leaders: Vec<i32> = t.partitions.iter().map(|p| p.leader).collect();
        assert_eq!(leaders, [1, 2, 3, 1, 2, 3]);
        assert_eq!(t.partitions[2].replicas, [3, 1]);
        assert_eq!(t.partitions[0].leader_epoch, 0);
        assert_eq!(Topic::new("t", [0; 16], 1, 3, &[]).partitions[0].leader, -1);
        assert_eq!(Topic::new("t", [0; 16], 1, 3, &[9]).partitions[0].replicas, [9]);
        assert!(t.partition(-1).is_none() && t.partition(6).is_none());
    }

    #[test]
    fn epochs_are_checked() {
        let mut t = Topic::new("t", [0; 16], 1, 1, &[1, 2]);
        let p = t.partition_mut(0).unwrap();
        p.set_leader(2);
        assert_eq!(p.check_leader(1, -1), Err(ErrorCode::NOT_LEADER_FOR_PARTITION));
        assert_eq!(p.check_leader(2, 0), Err(ErrorCode::FENCED_LEADER_EPOCH));
        assert_eq!(p.check_leader(2, 2), Err(ErrorCode::UNKNOWN_LEADER_EPOCH));
        assert_eq!(p.check_leader(2, 1), Ok(()));
    }

    #[test]
    fn names() {
        assert!(is_valid_name("a.b_c-D9"));
        for bad in ["", ".", "..", "a b", "ü", &"x".repeat(250)] {
            assert!(!is_valid_name(bad), "{bad:?}");
        }
    }
}
