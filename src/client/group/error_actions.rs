//! What an error calls for in the answers to OffsetCommit and OffsetFetch: librdkafka's actions.

use crate::base::error::ErrorCode;
use crate::protocol::error_action::ErrorAction;
use ErrorCode as E;

/// How often a commit is repeated that the coordinator cannot do at present.
pub(super) const COMMIT_RETRIES: u32 = 2;
/// How often a commit is repeated when the coordinator is lost.
pub(super) const COORDINATOR_RETRIES: u32 = 5;

/// OffsetCommit.
#[must_use]
pub(super) fn for_commit(code: ErrorCode) -> ErrorAction {
    match code {
        E::NO_ERROR => ErrorAction::DONE,
        E::NOT_COORDINATOR
        | E::COORDINATOR_NOT_AVAILABLE
        | E::_TRANSPORT
        | E::_TIMED_OUT
        | E::_TIMED_OUT_QUEUE => ErrorAction::RETRY.and_refresh(),
        E::COORDINATOR_LOAD_IN_PROGRESS | E::UNKNOWN_TOPIC_OR_PART | E::REQUEST_TIMED_OUT => {
            ErrorAction::RETRY
        }
        _ => ErrorAction::FAIL,
    }
}

/// OffsetFetch.
#[must_use]
pub(super) fn for_fetch(code: ErrorCode) -> ErrorAction {
    match code {
        E::NO_ERROR => ErrorAction::DONE,
        E::_TRANSPORT | E::_TIMED_OUT | E::_TIMED_OUT_QUEUE => ErrorAction::RETRY.and_refresh(),
        E::COORDINATOR_LOAD_IN_PROGRESS | E::REQUEST_TIMED_OUT | E::UNSTABLE_OFFSET_COMMIT => {
            ErrorAction::RETRY
        }
        E::NOT_COORDINATOR | E::COORDINATOR_NOT_AVAILABLE => ErrorAction::FAIL.and_refresh(),
        _ => ErrorAction::FAIL,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_coordinator_is_looked_up_again() {
        for code in [E::NOT_COORDINATOR, E::COORDINATOR_NOT_AVAILABLE, E::_TRANSPORT] {
            assert!(for_commit(code).refresh && for_commit(code).retries());
            assert!(for_fetch(code).refresh);
        }
        assert!(for_fetch(E::_TRANSPORT).retries() && !for_fetch(E::NOT_COORDINATOR).retries());
    }

    #[test]
    fn whoever_is_no_member_is_told_so_at_once() {
        for code in [E::ILLEGAL_GENERATION, E::UNKNOWN_MEMBER_ID, E::FENCED_INSTANCE_ID, E(31_000)] {
            assert_eq!((for_commit(code), for_fetch(code)), (ErrorAction::FAIL, ErrorAction::FAIL));
        }
    }
}
