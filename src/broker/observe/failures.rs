//! How a connection's failures are told: each once, and not again while they repeat.

use crate::base::clock::Time;
use crate::base::error::Error;
use crate::base::log::{Level, Logger, debug};
use crate::broker::State;
use std::time::Duration;

/// The same failure is logged once in this time.
const REPEAT_AFTER: Duration = Duration::from_secs(30);

/// A connection, or an attempt at one, that ended.
pub(in crate::broker) struct Failure<'a> {
    pub(in crate::broker) level: Level,
    pub(in crate::broker) error: &'a Error,
    pub(in crate::broker) state: State,
    pub(in crate::broker) since: Time,
    pub(in crate::broker) now: Time,
}

/// What the last failure was.
#[derive(Default)]
pub(in crate::broker) struct Failures {
    last: Option<Error>,
    logged_at: Option<Time>,
    suppressed: u32,
}

impl Failures {
    /// Logs a failure. Returns whether the application is to be told, and the text for it.
    pub(in crate::broker) fn note(
        &mut self,
        f: &Failure<'_>,
        broker: &str,
        logger: &Logger,
    ) -> (bool, String) {
        let text = &f.error.text;
        let identical = self.last.as_ref() == Some(f.error);
        let suppress = identical && self.logged_at.is_some_and(|t| f.now.since(t) < REPEAT_AFTER);
        let times = if identical && !suppress && self.suppressed > 0 {
            format!(", {} identical error(s) suppressed", self.suppressed)
        } else {
            String::new()
        };
        let in_state = f.now.since(f.since).as_millis();
        let shown = format!("{broker}: {text} (after {in_state}ms in state {}{times})", f.state.name());
        self.last = Some(f.error.clone());
        if suppress {
            self.suppressed += 1;
        } else {
            self.suppressed = 0;
            self.logged_at = Some(f.now);
            if f.level <= Level::Info {
                logger.log(f.level, "FAIL", format_args!("{shown}"));
            }
        }
        logger.debug(debug::BROKER, "FAIL", || {
            let repeated = if suppress { ": error log suppressed" } else { "" };
            format!("{shown} ({}){repeated}", f.error.code.label())
        });
        (f.level <= Level::Error && !suppress, shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::error::ErrorCode;

    fn note(f: &mut Failures, error: &Error, now: i64) -> (bool, String) {
        let failure =
            Failure { level: Level::Error, error, state: State::Connect, since: Time(0), now: Time(now) };
        f.note(&failure, "h:1/bootstrap", &Logger::silent())
    }

    #[test]
    fn a_repeated_failure_is_told_once_in_a_while() {
        let mut f = Failures::default();
        let e = Error::new(ErrorCode::_TRANSPORT, "Connect to x failed: Connection refused");
        let (told, text) = note(&mut f, &e, 5_000);
        assert!(told);
        assert_eq!(
            text,
            "h:1/bootstrap: Connect to x failed: Connection refused (after 5ms in state CONNECT)"
        );
        assert!(!note(&mut f, &e, 10_000).0);
        assert!(!note(&mut f, &e, 20_000).0);
        let (told, text) = note(&mut f, &e, 30_005_000);
        assert!(
            told && text.ends_with("(after 30005ms in state CONNECT, 2 identical error(s) suppressed)"),
            "{text}"
        );
        let other = Error::new(ErrorCode::_TRANSPORT, "Connect to y failed: Connection refused");
        assert!(note(&mut f, &other, 30_006_000).0);
    }
}
