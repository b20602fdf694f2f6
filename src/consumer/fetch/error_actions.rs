//! What error codes in Fetch answers call for.

use crate::base::error::ErrorCode;

/// What becomes of the fetching of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FetchAction {
    /// There was no error.
    Done,
    /// The offset is none that the broker has.
    Reset,
    /// Another broker leads the partition, or the broker knows less than we do: its leader is looked up.
    Refresh,
    /// It is tried again, and the application is told once until it goes well.
    TellOnce,
    /// It is tried again, and the application is told each time.
    Tell,
}

/// librdkafka's actions.
#[must_use]
pub fn fetch_action(code: ErrorCode) -> FetchAction {
    use ErrorCode as E;
    match code {
        E::NO_ERROR => FetchAction::Done,
        E::OFFSET_OUT_OF_RANGE => FetchAction::Reset,
        E::UNKNOWN_TOPIC_OR_PART
        | E::LEADER_NOT_AVAILABLE
        | E::NOT_LEADER_FOR_PARTITION
        | E::BROKER_NOT_AVAILABLE
        | E::REPLICA_NOT_AVAILABLE
        | E::KAFKA_STORAGE_ERROR
        | E::FENCED_LEADER_EPOCH
        | E::UNKNOWN_LEADER_EPOCH
        | E::OFFSET_NOT_AVAILABLE
        | E::UNKNOWN_TOPIC_ID => FetchAction::Refresh,
        E::TOPIC_AUTHORIZATION_FAILED => FetchAction::TellOnce,
        _ => FetchAction::Tell,
    }
}
