//! Connections that end without our doing: closed by the peer, or broken.

use super::machine::Broker;
use crate::base::clock::Time;
use crate::base::error::{Error, ErrorCode};
use crate::base::log::Level;
use crate::net::{Transport, disconnect_text, io_text};
use std::io;
use std::time::Duration;

impl Broker {
    /// Nothing can be received any more; `None` is the orderly end of the connection.
    pub(super) fn receive_failed(
        &mut self,
        cause: Option<&io::Error>,
        now: Time,
        transport: &mut dyn Transport,
    ) {
        self.handle.stats().rx_errs.add(1);
        let (level, text) = match (disconnect_text(cause), cause) {
            // An error of the network is always told, whatever `log.connection.close` says.
            (None, Some(e)) => (Level::Error, format!("Receive failed: {}", io_text(e))),
            (text, _) => (self.close_level(now), text.unwrap_or_default().to_owned()),
        };
        self.fail(level, Error::new(ErrorCode::_TRANSPORT, text), now, transport);
    }

    pub(super) fn send_failed(&mut self, cause: &io::Error, now: Time, transport: &mut dyn Transport) {
        self.handle.stats().tx_errs.add(1);
        let error = Error::new(ErrorCode::_TRANSPORT, format!("Send failed: {}", io_text(cause)));
        self.fail(Level::Error, error, now, transport);
    }

    /// How loud it is logged that the peer has closed the connection: a broker that closes idle connections
    /// is no news (librdkafka's rules).
    fn close_level(&self, now: Time) -> Level {
        let s = &self.context.settings;
        let idle = Duration::from_secs(60).max(s.network.socket_timeout);
        if !s.log.connection_close
            || (self.connection.is_quiet()
                && now.since(self.since) > idle
                && now.since(self.last_activity) > idle)
        {
            Level::Debug
        } else if self.connection.in_flight() > 1 {
            Level::Warning
        } else {
            Level::Info
        }
    }
}
