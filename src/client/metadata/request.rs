//! Metadata requests and their answers on the wire.

use crate::base::error::{Error, ErrorCode};
use crate::base::log::{Level, Logger, debug};
use crate::broker::{ControlRequest, ControlResult, Reply};
use crate::protocol::ApiKey;
use crate::protocol::error_action::ErrorAction;
use crate::protocol::metadata::{CLIENT_MAX_VERSION, Request, RequestTopic, Response};
use crate::protocol::primitives::Reader;
use std::time::Duration;

/// A request for `topics`, or for all topics of the cluster.
pub(super) fn request_for(topics: &[String], all: bool, auto_create: bool) -> Request {
    let named = |t: &String| RequestTopic { name: Some(t.clone()), ..RequestTopic::default() };
    Request {
        topics: (!all).then(|| topics.iter().map(named).collect()),
        allow_auto_topic_creation: auto_create,
        ..Request::default()
    }
}

pub(super) fn metadata_request(request: Request, reply: Reply) -> ControlRequest {
    ControlRequest {
        api: ApiKey::Metadata,
        // Version 0 has no way to ask for no topic (asked for the brokers it tells of all), none before 4 to
        // forbid their creation.
        versions: 0..=CLIENT_MAX_VERSION,
        encode: Box::new(move |version, out| request.encode(version, out)),
        reply,
    }
}

pub(super) fn decode(result: ControlResult<'_>) -> Result<Box<Response>, Error> {
    let (version, body) = result?;
    Response::decode(version, &mut Reader::new(body))
        .map(Box::new)
        .map_err(|e| Error::new(ErrorCode::_BAD_MSG, format!("malformed Metadata response: {e}")))
}

/// What an error in place of a response calls for. That a broker does not support the request, or answers
/// something that cannot be read, is final.
pub(super) fn error_action(code: ErrorCode) -> ErrorAction {
    use ErrorCode as E;
    match code {
        E::NO_ERROR => ErrorAction::DONE,
        E::_TRANSPORT | E::_TIMED_OUT | E::_TIMED_OUT_QUEUE | E::_DESTROY_BROKER | E::_RETRY => {
            ErrorAction::RETRY
        }
        _ => ErrorAction::FAIL,
    }
}

/// Logs why a question was not answered. A broken connection and a time-out have been logged by the broker
/// already, and what an instance that ends leaves unanswered is no news.
pub(super) fn log_failure(logger: &Logger, e: &Error, broker: &str, reason: &str, took: Duration) {
    if e.code == ErrorCode::_DESTROY {
        return;
    }
    if error_action(e.code).retries() {
        return logger
            .debug(debug::METADATA, "METADATA", || format!("{broker}: Metadata request failed: {}", e.text));
    }
    if e.code == ErrorCode::_BAD_MSG {
        logger.log(Level::Error, "PROTOERR", format_args!("{broker}: {}", e.text));
    }
    let (why, took) = (e.code.describe(), took.as_millis());
    logger.log(
        Level::Warning,
        "METADATA",
        format_args!("{broker}: Metadata request failed: {reason}: {why} ({took}ms): Permanent"),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::log::Lines;

    #[test]
    fn questions_that_an_instance_leaves_behind_are_not_logged() {
        let log = |code| {
            let lines = Lines::default();
            let took = Duration::from_millis(3);
            log_failure(
                &lines.logger(debug::METADATA),
                &Error::new(code, "why"),
                "h:1/1",
                "its reason",
                took,
            );
            lines.take()
        };
        assert_eq!(log(ErrorCode::_DESTROY), [""; 0]);
        assert_eq!(log(ErrorCode::_TRANSPORT), ["7 METADATA h:1/1: Metadata request failed: why"]);
        let unsupported = "Local: Required feature not supported by broker (3ms): Permanent";
        assert_eq!(
            log(ErrorCode::_UNSUPPORTED_FEATURE),
            [format!("4 METADATA h:1/1: Metadata request failed: its reason: {unsupported}")]
        );
    }
}
