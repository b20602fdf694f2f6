//! How a connection's failures are told: each once, and not again while they repeat.

use crate::base::clock::Time;
use crate::base::error::Error;
use crate::base::line::Line;
use crate::base::log::{Level, Logger, debug};
use crate::broker::session::state::ConnectionState;
use std::time::Duration;

/// The same failure is logged once in this time.
const REPEAT_AFTER: Duration = Duration::from_secs(30);

/// A connection, or an attempt at one, that ended.
pub struct ConnectionFailure<'a> {
    pub level: Level,
    pub error: &'a Error,
    pub state: ConnectionState,
    pub since: Time,
    pub now: Time,
}

impl ConnectionFailure<'_> {
    fn line(&self, text: String, broker: &str) -> Line {
        Line::new(text).of_broker(broker.into()).of_error(self.error.code)
    }
}

/// What the last failure was.
#[derive(Default)]
pub struct Failures {
    last: Option<Error>,
    logged_at: Option<Time>,
    suppressed: u32,
}

impl Failures {
    /// Logs a failure. Returns whether the application is to be told, and the text for it.
    pub fn note(&mut self, f: &ConnectionFailure<'_>, broker: &str, logger: &Logger) -> (bool, String) {
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
                logger.log_line(f.level, "FAIL", || f.line(shown.clone(), broker));
            }
        }
        logger.debug(debug::BROKER, "FAIL", || {
            let repeated = if suppress { ": error log suppressed" } else { "" };
            f.line(format!("{shown} ({}){repeated}", f.error.code.label()), broker)
        });
        (f.level <= Level::Error && !suppress, shown)
    }
}

#[cfg(test)]
mod tests;
