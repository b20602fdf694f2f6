//! Fatal errors: the client goes on existing, but produces nothing any more.

use super::Client;
use crate::base::error::{Error, ErrorCode};
use crate::base::log::{Level, debug};
use crate::base::sync::atomic::Ordering;
use crate::client::ops::MainOp;
use crate::producer::idempotence::producer_id::IdempotenceState;

impl Client {
    /// The first fatal error, if there was one.
    #[must_use]
    pub fn fatal_error(&self) -> Option<Error> {
        self.fatal.get().cloned()
    }

    /// Puts the client into the fatal state: nothing is produced any more. Only the first call counts;
    /// returns whether this was it.
    pub fn set_fatal(&self, error: Error) -> bool {
        self.raise_fatal(error, true)
    }

    /// Whether a fatal error keeps messages out.
    #[must_use]
    pub fn refuses_messages(&self) -> bool {
        self.is_fatal.load(Ordering::Relaxed)
    }

    /// Like [`Self::set_fatal`], but says whether messages are refused from now on. In librdkafka only
    /// an idempotent producer stops at a fatal error.
    pub fn raise_fatal(&self, error: Error, refuse_messages: bool) -> bool {
        let first = self.fatal.set(error.clone()).is_ok();
        if refuse_messages {
            self.is_fatal.store(true, Ordering::SeqCst);
            if let Some(ids) = self.producer_ids() {
                ids.close(IdempotenceState::FatalError, self.now());
            }
        }
        if first {
            let text = format!("Fatal error: {}: {}", error.code.describe(), error.text);
            // If the application takes no errors, tell_error() below logs this one.
            if self.wants_errors {
                self.common.logger.log(Level::Emerg, "FATAL", format_args!("{text}"));
            } else {
                self.common.logger.debug(debug::ALL, "FATAL", || text.clone());
            }
            self.budget.wake_waiters();
            if let Some(t) = &self.transactions {
                // Whoever waits for the end of a transaction hears of it.
                t.with(self.logger(), |core| core.fail_for_good(error.code, &error.text));
            }
            self.tell_error(Error::new(ErrorCode::_FATAL, text));
            self.main.push(MainOp::Fatal);
        }
        first
    }
}
