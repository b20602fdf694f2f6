//! What the error of a topic in a Metadata response calls for.

use crate::base::error::ErrorCode;
use crate::protocol::error_action::ErrorAction;
use crate::protocol::metadata::Topic;

/// The topic's error and the action for it.
///
/// * `Done`: the topic exists, with as many partitions as are listed, whatever their numbers. Partitions are
///   numbered from zero without gaps, and a number beyond the count is a broker's mistake and no reason to
///   allocate (librdkafka counts like this too).
/// * `RetryForAWhile`: the cluster does not know the topic; it may just have been created.
/// * `Fail`: the topic will never exist, or never for this client.
/// * `Retry`: nothing is certain.
#[must_use]
pub fn topic_error(t: &Topic) -> (ErrorCode, ErrorAction) {
    use ErrorCode as E;
    let code = E(i32::from(t.error_code));
    let action = match code {
        E::UNKNOWN_TOPIC_OR_PART | E::UNKNOWN_TOPIC_ID => ErrorAction::RETRY_FOR_A_WHILE,
        // Permanent, whatever partitions come along with it.
        E::TOPIC_EXCEPTION | E::TOPIC_AUTHORIZATION_FAILED => ErrorAction::FAIL,
        _ if !t.partitions.is_empty() => ErrorAction::DONE,
        E::NO_ERROR
        | E::LEADER_NOT_AVAILABLE
        | E::NOT_LEADER_FOR_PARTITION
        | E::BROKER_NOT_AVAILABLE
        | E::REPLICA_NOT_AVAILABLE
        | E::COORDINATOR_LOAD_IN_PROGRESS
        | E::REQUEST_TIMED_OUT
        | E::NETWORK_EXCEPTION
        | E::KAFKA_STORAGE_ERROR
        | E::UNKNOWN => ErrorAction::RETRY,
        _ => ErrorAction::FAIL,
    };
    (code, action)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::metadata::Partition;

    fn action(error: i32, ids: &[i32]) -> ErrorAction {
        let topic = Topic {
            error_code: i16::try_from(error).unwrap(),
            partitions: ids.iter().map(|id| Partition { partition: *id, ..Partition::default() }).collect(),
            ..Topic::default()
        };
        let (code, action) = topic_error(&topic);
        assert_eq!(code, ErrorCode(error));
        action
    }

    #[test]
    fn errors_and_partitions() {
        assert_eq!(action(0, &[0, 1, 2]), ErrorAction::DONE);
        assert_eq!(action(5, &[1, 0]), ErrorAction::DONE);
        assert_eq!(action(3, &[]), ErrorAction::RETRY_FOR_A_WHILE);
        assert_eq!(action(17, &[]), ErrorAction::FAIL);
        assert_eq!(action(5, &[]), ErrorAction::RETRY);
        assert_eq!(action(29, &[]), ErrorAction::FAIL);
        assert_eq!(action(29, &[0]), ErrorAction::FAIL);
        assert_eq!(action(0, &[]), ErrorAction::RETRY);
    }

    #[test]
    fn odd_partition_numbers_make_no_error() {
        assert_eq!(action(0, &[i32::MAX]), ErrorAction::DONE);
        assert_eq!(action(0, &[-5, 0, i32::MIN]), ErrorAction::DONE);
    }
}
