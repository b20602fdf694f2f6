//! What a Metadata response says about a topic.

use crate::base::error::ErrorCode;
use crate::protocol::metadata::Topic;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TopicVerdict {
    /// It exists with this many partitions.
    Exists(usize),
    /// The cluster does not know it; it may just have been created.
    Missing(ErrorCode),
    /// It will never exist, or never for this client.
    Refused(ErrorCode),
    /// Nothing certain; ask again.
    Pending(ErrorCode),
}

#[must_use]
pub fn topic_verdict(t: &Topic) -> TopicVerdict {
    use ErrorCode as E;
    match E(i32::from(t.error_code)) {
        e @ (E::UNKNOWN_TOPIC_OR_PART | E::UNKNOWN_TOPIC_ID) => TopicVerdict::Missing(e),
        // Permanent, whatever partitions come along with it.
        e @ (E::TOPIC_EXCEPTION | E::TOPIC_AUTHORIZATION_FAILED) => TopicVerdict::Refused(e),
        // As many as are listed, whatever their numbers: partitions are numbered from zero without gaps, and a number beyond
        // the count is a broker's mistake and no reason to allocate (librdkafka counts like this too).
        _ if !t.partitions.is_empty() => TopicVerdict::Exists(t.partitions.len()),
        E::NO_ERROR => TopicVerdict::Pending(E::NO_ERROR),
        e @ (E::LEADER_NOT_AVAILABLE
        | E::NOT_LEADER_FOR_PARTITION
        | E::BROKER_NOT_AVAILABLE
        | E::REPLICA_NOT_AVAILABLE
        | E::COORDINATOR_LOAD_IN_PROGRESS
        | E::REQUEST_TIMED_OUT
        | E::NETWORK_EXCEPTION
        | E::KAFKA_STORAGE_ERROR
        | E::UNKNOWN) => TopicVerdict::Pending(e),
        e => TopicVerdict::Refused(e),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::metadata::Partition;

    fn topic(error: i32, ids: &[i32]) -> Topic {
        Topic {
            error_code: i16::try_from(error).unwrap(),
            partitions: ids.iter().map(|id| Partition { partition: *id, ..Partition::default() }).collect(),
            ..Topic::default()
        }
    }

    #[test]
    fn errors_and_partitions() {
        assert_eq!(topic_verdict(&topic(0, &[0, 1, 2])), TopicVerdict::Exists(3));
        assert_eq!(topic_verdict(&topic(5, &[1, 0])), TopicVerdict::Exists(2));
        assert_eq!(topic_verdict(&topic(3, &[])), TopicVerdict::Missing(ErrorCode::UNKNOWN_TOPIC_OR_PART));
        assert_eq!(topic_verdict(&topic(17, &[])), TopicVerdict::Refused(ErrorCode::TOPIC_EXCEPTION));
        assert_eq!(topic_verdict(&topic(5, &[])), TopicVerdict::Pending(ErrorCode::LEADER_NOT_AVAILABLE));
        assert_eq!(
            topic_verdict(&topic(29, &[])),
            TopicVerdict::Refused(ErrorCode::TOPIC_AUTHORIZATION_FAILED)
        );
        assert_eq!(
            topic_verdict(&topic(29, &[0])),
            TopicVerdict::Refused(ErrorCode::TOPIC_AUTHORIZATION_FAILED)
        );
        assert_eq!(topic_verdict(&topic(0, &[])), TopicVerdict::Pending(ErrorCode::NO_ERROR));
    }

    #[test]
    fn partitions_are_counted_whatever_their_numbers() {
        assert_eq!(topic_verdict(&topic(0, &[i32::MAX])), TopicVerdict::Exists(1));
        assert_eq!(topic_verdict(&topic(0, &[-5, 0, i32::MIN])), TopicVerdict::Exists(3));
    }
}
