//! How a broker ends: at once, or when what is under way is done.

use super::machine::{Broker, Next};
use super::{BrokerEvent, State};
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::{Error, ErrorCode};
use crate::base::log::debug;
use crate::base::signal::Interest;
use crate::net::Transport;

/// Whether, and how, a broker comes to its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Ending {
    #[default]
    No,
    /// When everything that it was asked is answered.
    WhenDone,
    Now,
}

impl Broker {
    /// Gives up after an internal error: what is under way here fails, so that every message gets its report.
    pub fn give_up(&mut self, now: Time) {
        self.handle.retire();
        let error = Error::new(ErrorCode::_FATAL, "internal error");
        let (in_flight, unsent) = self.connection.reset();
        for r in in_flight.into_iter().chain(unsent) {
            self.fail_request(r, &error, now);
        }
    }

    /// The broker has left the cluster and leads nothing: it ends when nothing is under way.
    pub(super) fn dismiss(&mut self, now: Time) {
        if self.ending == Ending::No {
            self.ending = Ending::WhenDone;
        }
        self.connect_wanted = false;
        self.context.logger.debug(debug::BROKER, "FAIL", || {
            let (name, ms, state) =
                (self.handle.name(), now.since(self.since).as_millis(), self.state.name());
            format!("{name}: Decommissioning this broker (after {ms}ms in state {state}) (_DESTROY_BROKER)")
        });
    }

    /// The broker is of no use any more: what is under way goes back to where it came from.
    pub(super) fn decommission(&mut self, now: Time) {
        let error = Error::new(ErrorCode::_DESTROY_BROKER, "broker is not used any more");
        let (in_flight, unsent) = self.connection.reset();
        for r in in_flight.into_iter().chain(unsent) {
            self.fail_request(r, &error, now);
        }
        for r in std::mem::take(&mut self.parked) {
            (r.reply)(Err(error.clone()));
        }
        self.ending = Ending::Now;
    }

    /// Whether this is the end.
    pub(super) fn is_over(&self) -> bool {
        match self.ending {
            Ending::No => false,
            Ending::WhenDone => self.connection.is_quiet() && self.parked.is_empty(),
            Ending::Now => true,
        }
    }

    /// Ends the broker for good.
    pub(super) fn end(&mut self, transport: &mut dyn Transport) -> Next {
        transport.close();
        self.handle.retire();
        let (in_flight, unsent) = self.connection.reset();
        if self.context.hooks().is_some() {
            // Nothing is reported any more, but the observer hears of every message.
            let error = Error::new(ErrorCode::_DESTROY, "client is terminating");
            for r in in_flight.into_iter().chain(unsent) {
                self.fail_request(r, &error, self.since);
            }
        }
        self.parked.clear();
        self.newly_ready.clear();
        self.set_state(State::Down, self.since);
        self.context.listener.event(&self.handle, BrokerEvent::Ended);
        Next { deadline: Deadline::NEVER, interest: Interest::default(), terminated: true }
    }
}
