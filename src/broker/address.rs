//! Where a broker is: changes of its address, and logical brokers, which stand for whichever broker has a certain task.

use super::State;
use super::machine::Broker;
use super::session::backoff::Backoff;
use super::session::versions::Asking;
use crate::base::clock::Time;
use crate::base::error::{Error, ErrorCode};
use crate::net::{Endpoint, Transport};

impl Broker {
    /// Follows the broker to another address.
    pub(super) fn identify(&mut self, endpoint: Endpoint, now: Time, transport: &mut dyn Transport) {
        let moved = self.endpoint != endpoint;
        self.endpoint = endpoint;
        if self.handle.is_logical() {
            if moved {
                self.stand_for_another(now, transport);
            }
        } else if moved && !matches!(self.state, State::Init | State::Down) {
            let error = Error::new(ErrorCode::_TRANSPORT, "Broker hostname updated");
            self.end_connection(error, now, transport);
        } else if let Some(hooks) = self.context.hooks() {
            // A broker known by address only has got its id, and this is its connection.
            hooks.broker_state(self.handle.node_id(), &self.endpoint, self.state.name());
        }
    }

    /// This logical broker stands for another one now, of which nothing that was found out about the last one is true.
    fn stand_for_another(&mut self, now: Time, transport: &mut dyn Transport) {
        if !matches!(self.state, State::Init | State::Down) {
            let error = Error::new(ErrorCode::_TRANSPORT, "Closing connection due to nodename change");
            self.end_connection(error, now, transport);
        }
        self.backoff = Backoff::new(&self.context.settings);
        self.asking = Asking::default();
    }

    /// Requests went unanswered here, and the same broker has been named again: another connection may be better.
    pub(super) fn leave_silence(&mut self, now: Time, transport: &mut dyn Transport) {
        if self.handle.is_silent() {
            let error = Error::new(ErrorCode::_TRANSPORT, "Closing connection without answers");
            self.end_connection(error, now, transport);
            self.connect_wanted = true;
        }
    }

    /// A logical broker has a name in place of a host.
    pub(super) fn shown_endpoint(&self) -> Endpoint {
        if self.handle.is_logical() {
            Endpoint::new(&*self.handle.own_name(), 0)
        } else {
            self.endpoint.clone()
        }
    }

    /// The name of a logical broker does not say which broker has failed.
    pub(super) fn name_address(&self, error: &mut Error) {
        if self.handle.is_logical() {
            error.text = format!("{}: {}", self.endpoint, error.text);
        }
    }
}
