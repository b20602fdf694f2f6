//! Starting brokers, and trying again when threads or descriptors are exhausted.

use crate::base::blocking::BlockingTask;
use crate::base::clock::Time;
use crate::base::error::{Error, ErrorCode};
use crate::base::log::Level;
use crate::broker::machine::Broker;
use crate::client::instance::Client;
use std::time::Duration;

/// How long nothing is started after an attempt was refused.
const PAUSE: Duration = Duration::from_secs(1);

/// Runs broker state machines: each on a thread, or stepped by a simulation.
pub trait BrokerHost: Send {
    /// # Errors
    /// When the host cannot run another broker at present. It gives the broker back.
    fn start(&self, broker: Box<Broker>) -> Result<(), Refused>;

    /// Has a task done that may block. Whoever waits for it knows if the host drops it instead.
    fn run_blocking(&self, task: BlockingTask);
}

/// A broker that the host could not start.
pub struct Refused {
    pub broker: Box<Broker>,
    /// What the application is told.
    pub why: String,
}

/// Starts brokers on the host. A refusal is not an error of the client: whoever wants the broker asks again.
pub(super) struct Starter {
    host: Box<dyn BrokerHost>,
    not_before: Time,
}

impl Starter {
    pub fn new(host: Box<dyn BrokerHost>, now: Time) -> Self {
        Self { host, not_before: now }
    }

    pub fn run_blocking(&self, task: BlockingTask) {
        self.host.run_blocking(task);
    }

    /// Makes sure that a broker runs; `machine` is empty once it does. Returns whether it runs.
    pub fn start(&mut self, machine: &mut Option<Box<Broker>>, client: &Client, now: Time) -> bool {
        if now < self.not_before {
            return machine.is_none();
        }
        let Some(broker) = machine.take() else { return true };
        let handle = broker.handle().clone();
        match self.host.start(broker) {
            Ok(()) => {
                handle.set_started();
                true
            }
            Err(refused) => {
                *machine = Some(refused.broker);
                self.not_before = now + PAUSE;
                client.logger().log(Level::Crit, "THREAD", format_args!("{}", refused.why));
                client.tell_error(Error::new(ErrorCode::_CRIT_SYS_RESOURCE, refused.why));
                false
            }
        }
    }
}
